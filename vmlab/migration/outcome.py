"""How a migration went, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.patch import patched
from vmlab.migration.algorithm import Algorithm
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.journal import Entry
from vmlab.migration.stages import Stage, after_switch_over
from vmlab.migration.timeline import Timeline
from vmlab.models.case import Case
from vmlab.models.estimate import Estimate
from vmlab.rules.report import Report
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

Word = Literal["migrated", "refused", "rolled-back", "failed-after-switchover", "lost"]
_EXIT_CODES: dict[Word, int] = {
    "migrated": 0,
    "refused": 1,
    "rolled-back": 3,
    "failed-after-switchover": 4,
    "lost": 4,
}


@dataclass(frozen=True, repr=False)
class Outcome:
    """What became of a migration.

    Parameters
    ----------
    outcome : str
        In one word: migrated, refused, rolled-back, failed-after-switchover
        or lost (the VM went down with its host, or without a part of its memory).
    move : Move
        What was asked for.
    stage : Stage or None
        Where it failed, None where it did not.
    code : str or None
        The failure catalogue's name for it.
    reason : str or None
        Why, in a sentence.
    fault : str or None
        The vSphere fault, None where vCenter has none.
    timeline : Timeline
        Stage by stage, the way back included.
    journal : tuple of Entry
        What was done and undone, in order.
    left_behind : tuple of str
        What nobody has removed.
    notes : tuple of str
        What else is worth knowing: faults that did not strike, and why.
    events : tuple of str
        vCenter's, in order.
    report : Report
        What the check said.
    case : Case or None
        The copy as it met its link and its guest, None where none began.
    estimate : Estimate or None
        What was copied, up to the cut; None where nothing was.
    copied_s : float or None
        Seconds into the copy at which it ended: where a film is cut.
    disturbances : tuple of Disturbance
        What was injected.
    before : Datacenter
        As it was.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory was sent.
    """

    outcome: Word
    move: Move
    stage: Stage | None
    code: str | None
    reason: str | None
    fault: str | None
    timeline: Timeline
    journal: tuple[Entry, ...]
    left_behind: tuple[str, ...]
    notes: tuple[str, ...]
    events: tuple[str, ...]
    report: Report
    case: Case | None
    estimate: Estimate | None
    copied_s: float | None
    disturbances: tuple[Disturbance, ...]
    before: Datacenter
    algorithm: Algorithm = "pre-copy"

    @cached_property
    def datacenter(self) -> Datacenter:
        """As it is afterwards: what the journal says, done to what was before."""
        edits = [edit for entry in self.journal for edit in entry.edits]
        return patched(self.before, edits) if edits else self.before

    @property
    def vm_runs(self) -> bool:
        """Whether the VM was powered on when it was to move."""
        return self.before.vms[self.move.vm].power_state == "on"

    @property
    def registered_on(self) -> str:
        """The host that the VM belongs to in the end, whether it runs or not."""
        if self.outcome in {"refused", "rolled-back"}:
            return self.move.source
        if self.stage is not None and not after_switch_over(self.stage):
            return self.move.source
        return self.move.destination

    @property
    def total_s(self) -> float:
        """From the call to the end, the way back included, s."""
        return self.timeline.total_s

    @property
    def vm_runs_on(self) -> str | None:
        """Where the VM runs in the end, None where it is down."""
        return self.timeline.spans[-1].vm_runs_on

    @property
    def downtime_s(self) -> float | None:
        """How long the VM was paused, s; None where it never was, or never came back."""
        return None if self.vm_runs_on is None else self.timeline.paused_s or None

    @property
    def undone(self) -> tuple[str, ...]:
        """What was undone, newest first."""
        return tuple(entry.what for entry in self.journal if entry.undoes and entry.what)

    @cached_property
    def reverted_to_original(self) -> bool:
        """Whether the VM is where it was, in a datacenter equal to the one before."""
        if self.vm_runs and self.vm_runs_on != self.move.source:
            return False
        return self.datacenter is self.before or self.datacenter == self.before

    @property
    def exit_code(self) -> int:
        """The command's: 0, 1 refused, 3 rolled back, 4 failed after the switch-over or lost."""
        return _EXIT_CODES[self.outcome]

    @property
    def verdict(self) -> str:
        """Where the VM is now, in a sentence."""
        vm, host = self.move.vm, self.registered_on
        tail = {"migrated": "", "failed-after-switchover": ", clean-up is incomplete"}
        after = tail.get(self.outcome, ", exactly as before")
        if not self.vm_runs:
            state = {"off": "powered off"}.get(power := self.before.vms[vm].power_state, power)
            return f"{vm} is registered on {host}, {state}{after}"
        if self.vm_runs_on is None:
            if self.code == "F-POSTCOPY":
                return f"{vm} is lost: it ran on {host} without all of its memory"
            lost = self.outcome == "lost"
            return f"{vm} is down with {host}" if lost else f"{vm} is powered off on {host}"
        files = f", on its files on {self.move.datastore}" if self.move.kind == "storage" else ""
        return f"{vm} runs on {host}{files if self.outcome in tail else ''}{after}"

    @property
    def why(self) -> str | None:
        """Why it failed, with the catalogue's code and the vSphere fault."""
        if self.reason is None:
            return None
        told = self.code or ""
        if self.fault:
            told += f", vSphere fault {self.fault}"
        return f"{self.reason} ({told})"

    def datacenter_at(self, at_s: float) -> Datacenter:
        """The datacenter as it is at an instant of the run.

        Parameters
        ----------
        at_s : float
            Seconds from the start of the task.

        Returns
        -------
        Datacenter
            With what the journal says until then.
        """
        edits = [edit for entry in self.journal if entry.at_s <= at_s for edit in entry.edits]
        return patched(self.before, edits) if edits else self.before

    def to_json(self) -> dict[str, Any]:
        """The contract's document: plain values, None for what did not happen."""
        return {
            "outcome": self.outcome,
            "stage": self.stage and self.stage.value,
            "reason": self.reason,
            "fault": self.fault,
            "code": self.code,
            "downtime_s": self.downtime_s,
            "total_s": self.total_s,
            "timeline": [span.to_json() for span in self.timeline.spans],
            "undone": list(self.undone),
            "events": list(self.events),
            "reverted_to_original": self.reverted_to_original,
            "findings": [finding.to_json() for finding in self.report.findings],
            "estimate": self.estimate and self.estimate.to_json(),
            "vm_runs_on": self.vm_runs_on,
            "left_behind": list(self.left_behind),
            "notes": list(self.notes),
            "kind": self.move.kind,
            "registered_on": self.registered_on,
            "algorithm": self.algorithm,
        }

    def table(self) -> Table:
        """The timeline, a row each span."""
        columns = (
            Column("stage"),
            Column("guide_stage"),
            Column("start_s", 3),
            Column("end_s", 3),
            Column("vm_runs_on"),
        )
        rows = [
            (
                f"{span.stage} (way back)" if span.way_back else str(span.stage),
                span.guide_stage,
                span.start_s,
                span.end_s,
                span.vm_runs_on,
            )
            for span in self.timeline.spans
        ]
        return Table(columns, rows, self._headline())

    def to_frame(self) -> pd.DataFrame:
        """The timeline as a pandas frame."""
        return self.table().to_frame()

    def _headline(self) -> str:
        pause = "" if self.downtime_s is None else f", {self.downtime_s:.6g} s paused"
        return f"{self.outcome}: {self.verdict}; {self.total_s:.6g} s in all{pause}"

    def __repr__(self) -> str:
        why = "" if self.reason is None else f"; in {self.stage}: {self.reason}"
        return f"{self._headline()}{why}"

    def _repr_html_(self) -> str:
        lists = (
            ("Why", (self.why,) if self.why else ()),
            ("What was undone", self.undone),
            ("What is left behind", self.left_behind),
            ("Notes", self.notes),
            ("vCenter's events", self.events),
        )
        told = "".join(
            f"<p>{title}</p><ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
            for title, items in lists
            if items
        )
        return self.table().to_html() + told
