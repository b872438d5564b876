"""Which stage, when, and where the VM runs: without a gap, in an order that is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from vmlab.inventory.move import Kind
from vmlab.migration.algorithm import Algorithm, table_for
from vmlab.migration.stages import STAGES, Stage


@dataclass(frozen=True, slots=True)
class Span:
    """A stage, from an instant to an instant.

    Parameters
    ----------
    stage : Stage
        Which one.
    start_s, end_s : float
        Seconds from the start of the task.
    vm_runs_on : str or None
        A host; None while the VM is paused, or down with its host.
    way_back : bool, optional
        What has been done is being undone.
    """

    stage: Stage
    start_s: float
    end_s: float
    vm_runs_on: str | None
    way_back: bool = False

    @property
    def guide_stage(self) -> Literal[1, 2, 3]:
        """The guide's stage above it, or the place of another kind's among the same three."""
        return STAGES[self.stage].guide_stage

    @property
    def duration_s(self) -> float:
        """How long it takes, s."""
        return self.end_s - self.start_s

    def to_json(self) -> dict[str, Any]:
        """The span as plain data."""
        return {
            "stage": self.stage.value,
            "guide_stage": self.guide_stage,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "vm_runs_on": self.vm_runs_on,
            "way_back": self.way_back,
        }


@dataclass(frozen=True)
class Timeline:
    """Spans from 0 on, each beginning where the last one ended.

    A stage is followed by one that its kind's table allows. One that fails may be
    followed by itself, at most twice: the VM is down with its host, and the
    way back, which is always the end. A VM whose memory follows it may stand
    still and go on again as often as its link is lost and recovered.

    Parameters
    ----------
    spans : tuple of Span
        At least one.
    kind : str, optional
        Whose table.
    algorithm : str, optional
        How memory is sent.

    Raises
    ------
    ValueError
        There is a gap, or a succession that the table does not allow.
    """

    spans: tuple[Span, ...]
    kind: Kind = "vmotion"
    algorithm: Algorithm = "pre-copy"

    def __post_init__(self) -> None:
        if not self.spans or self.spans[0].stage is not Stage.REQUESTED or self.spans[0].start_s:
            raise ValueError("a timeline starts with requested, at 0 s")
        if self.spans[0].way_back:
            raise ValueError("a timeline does not start on the way back")
        for span in self.spans:
            if not span.start_s <= span.end_s:
                raise ValueError(f"{span.stage} ends before it starts")
        for before, after in pairwise(self.spans):
            if before.end_s != after.start_s:
                raise ValueError(f"between {before.stage} and {after.stage} is a gap")
            if not self._may_follow(before, after):
                raise ValueError(f"{after.stage} may not follow {before.stage}")

    @property
    def total_s(self) -> float:
        """When it ends, s."""
        return self.spans[-1].end_s

    @property
    def paused_s(self) -> float:
        """How long the VM runs nowhere, s."""
        return sum(span.duration_s for span in self.spans if span.vm_runs_on is None)

    def at(self, at_s: float) -> Span:
        """The span at an instant; a span holds its start, the last one its end too.

        Parameters
        ----------
        at_s : float
            Seconds from the start of the task.

        Returns
        -------
        Span
            Exactly one.

        Raises
        ------
        ValueError
            The instant is outside.
        """
        if not 0 <= at_s <= self.total_s:
            raise ValueError(f"{at_s} s is outside 0 … {self.total_s} s")
        return next((span for span in self.spans if at_s < span.end_s), self.spans[-1])

    def vm_runs_on_at(self, at_s: float) -> str | None:
        """The host on which the VM runs at an instant, None where on none."""
        return self.at(at_s).vm_runs_on

    def span_of(self, stage: Stage) -> Span | None:
        """The span of a stage on the way forward, None where it was not reached."""
        return next((span for span in self.spans if span.stage is stage), None)

    def _may_follow(self, before: Span, after: Span) -> bool:
        if before.way_back:
            return False
        if after.stage is not before.stage:
            row = table_for(self.kind, self.algorithm).get(before.stage)
            allowed = row is not None and after.stage in {row.follows, row.or_follows}
            return allowed and not after.way_back
        goes_down = before.vm_runs_on is not None and after.vm_runs_on is None
        comes_back = before.vm_runs_on is None and after.vm_runs_on is not None
        follows = self.algorithm != "pre-copy" and after.stage is Stage.SWITCHED_OVER
        return after.way_back or goes_down or (follows and comes_back)
