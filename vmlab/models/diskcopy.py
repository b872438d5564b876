"""What a copy of disks did: its passes, its bytes, its pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from vmlab import units
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 24  # passes in a display


@dataclass(frozen=True)
class DiskPass:
    """One pass: what it wrote at the target, how long it took, what changed meanwhile."""

    number: int
    copied_bytes: int
    duration_s: float
    changed_bytes: int


@dataclass(frozen=True, repr=False)
class DiskCopyEstimate:
    """What a copy of disks takes; the fields are those of ``storage`` in ``estimate --json``.

    Parameters
    ----------
    method : {"mirror", "changed-block", "offline"}
        Offline is the copy for a guest that does not run.
    total_s, downtime_s : float or None
        Until source and target are in step, and how long the guest stood
        still for it; None where they never are.
    read_bytes, written_bytes, sent_bytes : int
        At the source for the copy, at the target with the mirrored writes, and
        over the network (0 where none lies between).
    mirrored_bytes : int
        What the guest wrote to both sides, bytes.
    guest_write_share : float
        Least share of its writes that the guest got done, 0 to 1.
    converged : bool
        Whether the rest became small enough, or nothing was written.
    stopped_by : str
        As in an estimate.
    passes : tuple of DiskPass
        The paused one last.
    warnings : tuple of str, optional
        What a reader should know.
    """

    method: str
    total_s: float | None
    downtime_s: float | None
    read_bytes: int
    written_bytes: int
    sent_bytes: int
    mirrored_bytes: int
    guest_write_share: float
    converged: bool
    stopped_by: str
    passes: tuple[DiskPass, ...]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, None for what did not happen."""
        document = dict(vars(self))
        document["passes"] = [
            {
                "pass": one.number,
                "copied_bytes": one.copied_bytes,
                "duration_s": one.duration_s,
                "changed_bytes": one.changed_bytes,
            }
            for one in self.passes
        ]
        document["warnings"] = list(self.warnings)
        return document

    def table(self) -> Table:
        """The passes, a row each."""
        return self._table(self.passes)

    def to_frame(self) -> pd.DataFrame:
        """The passes as a pandas frame."""
        return self.table().to_frame()

    def _table(self, passes: Sequence[DiskPass]) -> Table:
        columns = (
            Column("pass"),
            Column("copied_mib", 3),
            Column("duration_s", 6),
            Column("changed_mib", 3),
        )
        rows = [
            (
                one.number,
                units.bytes_to_mib(one.copied_bytes),
                one.duration_s,
                units.bytes_to_mib(one.changed_bytes),
            )
            for one in passes
        ]
        return Table(columns, rows, self._headline())

    def _headline(self) -> str:
        wrote = f"{units.bytes_to_mib(self.written_bytes):,.3f} MiB written"
        if self.total_s is None or self.downtime_s is None:
            return f"disks, {self.method}: they stay ({self.stopped_by}), {wrote}"
        mirrored = f"{units.bytes_to_mib(self.mirrored_bytes):,.3f} MiB of it mirrored"
        return (
            f"disks, {self.method}: {self.total_s:.6g} s, {self.downtime_s:.6g} s of it paused,"
            f" {wrote}, {mirrored}"
        )

    def _notes(self) -> tuple[str, ...]:
        hidden = len(self.passes) - _SHOWN
        more = (f"{hidden:,} more passes are in .passes",) if hidden > 0 else ()
        return more + self.warnings

    def __repr__(self) -> str:
        notes = [f"note: {note}" for note in self._notes()]
        return "\n".join([self._table(self.passes[:_SHOWN]).to_text(), *notes])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return self._table(self.passes[:_SHOWN]).to_html() + notes
