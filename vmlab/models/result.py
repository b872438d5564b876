"""What an estimate says: the fields of ``estimate --json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from vmlab import units
from vmlab.models.diskcopy import DiskCopyEstimate
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 24  # rounds in a display; a run that never ends has up to 10,000


@dataclass(frozen=True)
class Round:
    """One pass: what it sent, how long it took, what was dirtied meanwhile.

    ``throttle_percent`` is what a throttle took of the guest's time; None, and
    left out of the JSON, where the policy has none.
    """

    round: int
    sent_bytes: int
    duration_s: float
    dirtied_bytes: int
    throttle_percent: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's keys."""
        found = dict(vars(self))
        if self.throttle_percent is None:
            del found["throttle_percent"]
        return found


@dataclass(frozen=True, repr=False)
class Estimate:
    """The result of a model; the fields are those of ``estimate --json``.

    Times are seconds, sizes bytes in whole pages: expected pages are
    fractional inside the model and rounded once, here, to the nearest.
    ``total_s`` and ``downtime_s`` are None where the VM did not move; the
    rounds are then those until it was given up. After a post-copy switch the
    last round is the push, ``postcopy_s`` is how long it took, and
    ``postcopy_stall_s`` the sum of all waits for a page; where the push never
    ends they are None, as the times are, and ``stopped_by`` is never.
    """

    algorithm: str
    total_s: float | None
    downtime_s: float | None
    sent_bytes: int
    converged: bool
    stopped_by: str
    rounds: tuple[Round, ...]
    postcopy_faults: int | None = None
    warnings: tuple[str, ...] = field(default=())
    postcopy_s: float | None = None
    postcopy_stall_s: float | None = None
    storage: DiskCopyEstimate | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's document: plain values, None for what did not happen."""
        return {
            "algorithm": self.algorithm,
            "total_s": self.total_s,
            "downtime_s": self.downtime_s,
            "sent_bytes": self.sent_bytes,
            "converged": self.converged,
            "stopped_by": self.stopped_by,
            "rounds": [one.to_json() for one in self.rounds],
            "postcopy_faults": self.postcopy_faults,
            "postcopy_s": self.postcopy_s,
            "postcopy_stall_s": self.postcopy_stall_s,
            "storage": self.storage.to_json() if self.storage else None,
            "warnings": list(self.warnings),
        }

    def table(self) -> Table:
        """The rounds, a row each."""
        return self._table(self.rounds)

    def to_frame(self) -> pd.DataFrame:
        """The rounds as a pandas frame."""
        return self.table().to_frame()

    def _table(self, rounds: tuple[Round, ...]) -> Table:
        columns = (
            Column("round"),
            Column("sent_mib", 3),
            Column("duration_s", 6),
            Column("dirtied_mib", 3),
        )
        rows = [
            (
                one.round,
                units.bytes_to_mib(one.sent_bytes),
                one.duration_s,
                units.bytes_to_mib(one.dirtied_bytes),
            )
            for one in rounds
        ]
        return Table(columns, rows, self._headline())

    def _headline(self) -> str:
        sent = f"{units.bytes_to_mib(self.sent_bytes):,.3f} MiB sent"
        if self.total_s is None and self.postcopy_faults is not None:
            return f"{self.algorithm}: the VM is torn between two hosts, {sent}"
        if self.total_s is None or self.downtime_s is None:
            return f"{self.algorithm}: the VM stays ({self.stopped_by}), {sent}"
        return (
            f"{self.algorithm}: {self.total_s:.6g} s in all, {self.downtime_s:.6g} s down,"
            f" {sent}, stopped by {self.stopped_by}" + self._faults()
        )

    def _faults(self) -> str:
        if self.postcopy_faults is None:
            return ""
        return f", {self.postcopy_faults:,} faults that waited {self.postcopy_stall_s:.6g} s"

    def _notes(self) -> tuple[str, ...]:
        hidden = len(self.rounds) - _SHOWN
        more = (f"{hidden:,} more rounds are in .rounds",) if hidden > 0 else ()
        return more + self.warnings

    def __repr__(self) -> str:
        notes = [f"note: {note}" for note in self._notes()]
        disks = [repr(self.storage)] if self.storage else []
        return "\n".join([self._table(self.rounds[:_SHOWN]).to_text(), *notes, *disks])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        disks = self.storage._repr_html_() if self.storage else ""
        return self._table(self.rounds[:_SHOWN]).to_html() + notes + disks
