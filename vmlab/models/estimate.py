"""How long a migration takes, how much it sends, and how it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from vmlab import units
from vmlab.kernels import precopy
from vmlab.models.case import Case, refuse_unbuilt
from vmlab.models.hybrid import may_switch, up_to_switch
from vmlab.models.passes import Copy, Pass
from vmlab.models.postcopy import switch
from vmlab.models.precopy import ESX_LONGEST_SWITCHOVER_S, copy, handshake_s, rates
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 24  # rounds in a display; a run that never ends has up to 10,000


@dataclass(frozen=True)
class Round:
    """One pass: what it sent, how long it took, what was dirtied meanwhile."""

    round: int
    sent_bytes: int
    duration_s: float
    dirtied_bytes: int


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

    def to_json(self) -> dict[str, Any]:
        """The contract's document: plain values, None for what did not happen."""
        return {
            "algorithm": self.algorithm,
            "total_s": self.total_s,
            "downtime_s": self.downtime_s,
            "sent_bytes": self.sent_bytes,
            "converged": self.converged,
            "stopped_by": self.stopped_by,
            "rounds": [dict(vars(one)) for one in self.rounds],
            "postcopy_faults": self.postcopy_faults,
            "postcopy_s": self.postcopy_s,
            "postcopy_stall_s": self.postcopy_stall_s,
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
        return "\n".join([self._table(self.rounds[:_SHOWN]).to_text(), *notes])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return self._table(self.rounds[:_SHOWN]).to_html() + notes


def estimate(case: Case) -> Estimate:
    """Estimate a migration.

    Parameters
    ----------
    case : Case
        From a file (`load_case`) or built in Python.

    Returns
    -------
    Estimate
        Computed as plain Python: no compiler is loaded.

    Raises
    ------
    InputError
        The case asks for something that this version cannot estimate.

    Notes
    -----
    ``total = set-up + passes + latency + resume``; the downtime is the stop
    phase, one latency and the resume. Zero pages and page headers cost nothing
    under the policies ``ideal`` and ``esx``. The sender's cap holds in the
    stop phase too. A run that reaches a fixed point above the limit ends there
    as ``never``, with the rounds until it settled.

    Examples
    --------
    >>> from vmlab.models.case import Case
    >>> estimate(Case.model_validate({
    ...     "memory_mib": 1024, "link": {"mbit_s": 1000},
    ...     "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}}}))
    pre-copy: 9.16345 s in all, 0.0756724 s down, 1,092.367 MiB sent, stopped by downtime-limit
    round   sent_mib  duration_s  dirtied_mib
        1  1,024.000    8.589935       59.348
        2     59.348    0.497841        9.020
        3      9.020    0.075672        0.000
    """
    refuse_unbuilt(case)
    run = up_to_switch(case) if may_switch(case) else copy(case)
    if run.how == precopy.POST_COPY and run.push is None:
        run = switch(case, run)
    push = run.push
    passes = run.passes
    push_s = push.duration_s if push else 0.0
    if push and push.sent_bytes * 2 >= case.page_bytes:
        last_s = push_s if run.moved else _until_dead_s(case, run)
        passes += (Pass(push.sent_bytes, last_s, 0.0),)
    rounds = tuple(
        Round(number, _whole(one.sent_bytes, case), one.duration_s, _whole(one.dirtied_bytes, case))
        for number, one in enumerate(passes, 1)
    )
    extra_s = handshake_s(case)
    return Estimate(
        algorithm=case.algorithm,
        total_s=run.end_s + extra_s + push_s if run.moved else None,
        downtime_s=run.end_s - run.pause_s + extra_s if run.moved else None,
        sent_bytes=sum(one.sent_bytes for one in rounds),
        converged=stopped_by(case, run) in {"downtime-limit", "paused", "post-copy"},
        stopped_by=stopped_by(case, run),
        rounds=rounds,
        postcopy_faults=math.floor(push.faults + 0.5) if push else None,
        warnings=tuple(_warnings(case, run)),
        postcopy_s=push_s if push and run.moved else None,
        postcopy_stall_s=push.stall_s if push and run.moved else None,
    )


def stopped_by(case: Case, run: Copy) -> str:
    """The contract's word for how a copy ended."""
    if run.how == precopy.TIMED_OUT and case.algorithm == "stop-and-copy":
        return "paused"
    return {
        precopy.DOWNTIME_LIMIT: "downtime-limit",
        precopy.ROUNDS_DONE: "max-rounds",
        precopy.TIMED_OUT: "timeout",
        precopy.NEVER: "never",
        precopy.GIVEN_UP: "timeout",
        precopy.POST_COPY: "post-copy" if run.moved else "never",
    }[run.how]


def _until_dead_s(case: Case, run: Copy) -> float:
    """How long a push sent before its link went down for good."""
    return max(rates(case).from_s[-1] - run.end_s - handshake_s(case), 0.0)


def _whole(n_bytes: float, case: Case) -> int:
    return math.floor(n_bytes / case.page_bytes + 0.5) * case.page_bytes


def _warnings(case: Case, run: Copy) -> list[str]:
    found = list(run.warnings)
    link = rates(case)
    stalled = link.bytes_per_s[-1] == 0 and not run.moved
    if run.how == precopy.GIVEN_UP:
        found.append(
            f"the switch-over would take more than {ESX_LONGEST_SWITCHOVER_S:g} s:"
            " given up, the VM stays at the source"
        )
    elif run.how == precopy.NEVER and stalled:
        found.append(f"the link stays at 0 Mbit/s from {link.from_s[-1]:g} s on")
    elif run.how == precopy.NEVER:
        last = run.passes[-1]
        enough_ms = math.ceil(last.duration_s * 1000)
        limit_ms = case.policy.downtime_limit_s * 1000
        found.append(
            f"the rounds settle at {units.bytes_to_mib(last.sent_bytes):,.6g} MiB: a downtime"
            f" limit of {enough_ms:,} ms would do, {limit_ms:,.6g} ms does not"
        )
    curve = case.workload.curve
    longest_s = max((one.duration_s for one in run.passes if one.dirtied_bytes > 0), default=0.0)
    if curve and longest_s > curve.seconds[-1]:
        found.append(
            f"a round takes {longest_s:.4g} s but the curve ends at {curve.seconds[-1]:g} s:"
            " taken as constant from there"
        )
    return found
