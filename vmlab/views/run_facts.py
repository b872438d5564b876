"""What a view of a run needs to know of an outcome, read off in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from vmlab.migration.copy_case import crosses_network
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.files import files_of
from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import ORDER, TABLES, Stage, succession
from vmlab.migration.timeline import Span

#: Fault -> what the topology marks, whose it is, and the words beside it.
_MARKS: dict[str, tuple[str, str | None, str]] = {
    "licence-withdrawn": ("licence", "destination", "licence withdrawn"),
    "licence-expired": ("licence", "destination", "licence expired"),
    "pmem-unlicensed": ("licence", "destination", "no PMem licence"),
    "link-down": ("link", None, "VMotion link down"),
    "link-flapping": ("link", None, "VMotion link flaps"),
    "vlan-changed": ("link", None, "VLANs differ"),
    "mtu-changed": ("link", None, "full frames dropped"),
    "port-closed": ("link", None, "port closed"),
    "connect-timeout": ("link", None, "not accepted"),
    "data-timeout": ("link", None, "nothing is sent"),
    "nfc-stuck": ("link", None, "file copy hangs"),
    "destination-lost": ("host", "destination", "not answering"),
    "source-lost": ("host", "source", "not answering"),
    "destination-power": ("host", "destination", "without power"),
    "source-power": ("host", "source", "without power"),
    "storage-lost": ("storage", "destination", "storage paths lost"),
    "all-paths-down-source": ("storage", "source", "all paths down"),
    "all-paths-down-destination": ("storage", "destination", "all paths down"),
    "datastore-full": ("storage", "destination", "datastore full"),
    "lock-held": ("storage", "destination", "file locked"),
    "disks-slow-to-open": ("storage", "destination", "disks open slowly"),
    "memory-exhausted": ("memory", "destination", "out of memory"),
}


@dataclass(frozen=True)
class Step:
    """A stage on the way there, or one thing undone on the way back."""

    stage: str
    text: str
    start_s: float
    end_s: float
    vm_runs_on: str | None


@dataclass(frozen=True)
class Mark:
    """What the topology shows of a fault: kind, host and words."""

    kind: str | None
    host: str | None
    label: str


@dataclass(frozen=True)
class Facts:
    """An outcome, with the instants that a picture of it needs.

    Parameters
    ----------
    outcome : Outcome
        What happened.
    steps : tuple of Step
        The stages that were reached; one that failed ends at the fault.
    undone : tuple of Step
        The way back, newest effect first.
    fault_s, found_s : float
        When the fault began to tell, and when the stage failed of it.
    during_fault : str or None
        Where the VM runs between the two.
    mark : Mark or None
        The fault on the picture.
    """

    outcome: Outcome
    steps: tuple[Step, ...]
    undone: tuple[Step, ...]
    fault_s: float
    found_s: float
    during_fault: str | None
    mark: Mark | None

    @property
    def kind(self) -> str:
        """The kind of move."""
        return self.outcome.move.kind

    @property
    def rest(self) -> str:
        """How the VM does not run: powered off or suspended; empty where it runs."""
        power = self.outcome.before.vms[self.vm].power_state
        return {"off": "powered off", "suspended": "suspended"}.get(power, "")

    @cached_property
    def target(self) -> str | None:
        """The datastore that files go to."""
        return files_of(self.outcome.before, self.outcome.move).target

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Every stage that such a move goes through, reached or not."""
        outcome = self.outcome
        files = files_of(outcome.before, outcome.move)
        over = crosses_network(files, outcome.move.kind)
        found = succession(
            outcome.move.kind, files_move=files.target is not None, over_network=over
        )
        return tuple(stage.value for stage in found)

    @property
    def vm(self) -> str:
        """Name of the VM."""
        return self.outcome.move.vm

    @property
    def failed_in(self) -> str | None:
        """The stage that failed."""
        return None if self.outcome.stage is None else self.outcome.stage.value

    @property
    def lost(self) -> bool:
        """Whether the VM went down with its host."""
        return self.outcome.outcome == "lost"

    @property
    def cancelled(self) -> bool:
        """Whether the user ended it: nothing went wrong then."""
        return self.outcome.code == "cancelled"

    @property
    def copy_from_s(self) -> float | None:
        """When the copy began, s; None where it did not."""
        found = self.outcome.timeline.span_of(Stage.PRE_COPY)
        return None if found is None else found.start_s

    @property
    def copied_s(self) -> float:
        """When the copy ended or was cut, seconds into it."""
        return math.inf if self.outcome.copied_s is None else self.outcome.copied_s


def facts(outcome: Outcome) -> Facts:
    """Read an outcome.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.

    Returns
    -------
    Facts
        With one step for each stage that was reached.
    """
    spans = outcome.timeline.spans
    forward = [span for i, span in enumerate(spans) if not i or spans[i - 1].stage != span.stage]
    down = next((b for a, b in pairwise(spans) if a.stage == b.stage and not b.way_back), None)
    back = spans[-1] if spans[-1].way_back else None
    last = forward[-1]
    found_s = down.end_s if down else last.end_s
    fault_s, cause = found_s, None
    if outcome.stage is not None:
        cause = _cause(outcome)
        fault_s = down.start_s if down else _begins_s(outcome, last, cause)
    steps = tuple(
        Step(
            span.stage.value,
            TABLES[outcome.move.kind][span.stage].what,
            span.start_s,
            fault_s if span is last else span.end_s,
            span.vm_runs_on,
        )
        for span in forward
    )
    return Facts(
        outcome=outcome,
        steps=steps,
        undone=_undone(outcome, back),
        fault_s=fault_s,
        found_s=found_s,
        during_fault=(down or last).vm_runs_on,
        mark=_mark(outcome, cause) if outcome.stage is not None else None,
    )


def _undone(outcome: Outcome, back: Span | None) -> tuple[Step, ...]:
    if back is None:
        return ()
    steps = []
    since_s = back.start_s
    for entry in outcome.journal:
        if entry.undoes and entry.what:
            stage = entry.stage.value
            steps.append(Step(stage, entry.what, since_s, entry.at_s, back.vm_runs_on))
            since_s = entry.at_s
    return tuple(steps)


def _cause(outcome: Outcome) -> Disturbance | None:
    """The injected fault that shows as this outcome does."""
    stage = outcome.stage
    if stage is None:
        return None
    shown = (d for d in outcome.disturbances if d.kind.shown_as(stage, outcome.code, outcome.fault))
    return next(shown, None)


def _begins_s(outcome: Outcome, last: Span, cause: Disturbance | None) -> float:
    """When the fault began to tell; a stage that waits for a time-out fails later."""
    first = outcome.timeline.span_of(Stage.PRE_COPY)
    copying = last.stage in {Stage.PRE_COPY, Stage.CHECKPOINT}
    if first and copying and outcome.copied_s is not None:
        return min(max(first.start_s + outcome.copied_s, last.start_s), last.end_s)
    patience_s = 0.0 if outcome.code == "F-SWITCHOVER" else last.duration_s
    symptom = cause and cause.kind.shown_as(last.stage, outcome.code, outcome.fault)
    if symptom:
        patience_s = symptom.patience_s
    return max(last.start_s, last.end_s - patience_s)


def _mark(outcome: Outcome, cause: Disturbance | None) -> Mark:
    move, late = outcome.move, outcome.stage is Stage.CLEAN_UP
    if cause is None or cause.fault not in _MARKS:
        silent = cause is None and outcome.stage is Stage.CONNECT
        label = cause.kind.title if cause else "no connection" if silent else "failed"
        return Mark("link" if silent else None, None, label)
    kind, side, label = _MARKS[cause.fault]
    if cause.fault == "storage-lost" and late:  # the old files are the source's to remove
        side = "source"
    host = {"source": move.source, "destination": move.destination}.get(side or "")
    return Mark(kind, host, label)


def is_past_no_return(stage: Stage | None) -> bool:
    """Whether a run that failed there had switched over."""
    return stage is not None and ORDER[stage] >= ORDER[Stage.SWITCHED_OVER]
