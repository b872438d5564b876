"""A stretch of the run's axis: a bundle of straight lines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Line = tuple[float, float]


@dataclass(frozen=True)
class Span:
    """One stretch of the axis; a pair is the value at its start and at its end.

    Parameters
    ----------
    kind : str
        stage, fault (found and waited for), undo, or end.
    stage : str
        Fine stage; of an undo step, the stage that it passes.
    weight : float
        Width on the axis; 38 are a second of playing.
    start_s, end_s : float
        True time from the start of the task, s.
    vm_runs_on : str or None
        A host, or None while the VM is paused or down.
    title, text, where, tone : str
        The status strip: heading, sentence, right end, ground.
    guide_stage : int
        1, 2 or 3.
    round : str or None
        Row of the rounds that is being sent.
    fill : pair or None
        Share of the stage's cell on the ribbon.
    sent_mib, left_mib : pair
        Sent and still to send; the latter None once given up.
    of_mib : float
        All that there is of what is being sent: memory, or disks.
    down_s : pair
        How long the VM has been paused.
    copy_s : pair
        The film's clock.
    wipe : pair
        Share of the memory map that is freed.
    phase, crossing, dots : str, pair, bool
        What the topology draws.
    x0, x1 : float
        Where it lies on the axis, 0 to 1.
    """

    kind: str
    stage: str
    weight: float
    start_s: float
    end_s: float
    vm_runs_on: str | None
    title: str
    text: str
    where: str
    tone: str = "live"
    guide_stage: int = 1
    round: str | None = None
    fill: Line | None = None
    sent_mib: Line = (0.0, 0.0)
    left_mib: Line | None = None
    of_mib: float = 0.0
    down_s: Line = (0.0, 0.0)
    copy_s: Line = (0.0, 0.0)
    wipe: Line = (0.0, 0.0)
    phase: str = "none"
    crossing: Line = (0.0, 0.0)
    dots: bool = False
    x0: float = 0.0
    x1: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The span as plain data."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
