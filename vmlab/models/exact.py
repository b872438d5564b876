"""A migration page by page, drawn: what `estimate` expects, as one run of it would be."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, overload

from vmlab.documents import InputError, Problem
from vmlab.kernels import precopy as ends
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes
from vmlab.models.case import Case, refuse_impossible
from vmlab.models.estimate import Estimate, Round, stopped_by
from vmlab.models.guest import Guest
from vmlab.models.passes import Copy, Pass
from vmlab.models.precopy import Rates, handshake_s, longest_stop_s, rates
from vmlab.models.workload import written_pages
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: Pages written at most: bitmaps of 1 GiB, 32 TiB of small pages.
MOST_PAGES = 2**33
#: A run whose rounds reach no new low for so long has settled.
SETTLED_ROUNDS = 20


@dataclass(frozen=True, repr=False)
class Exact(Sequence[Estimate]):
    """Drawn runs of one case, each with the fields of an estimate, in whole pages."""

    runs: tuple[Estimate, ...]

    def __len__(self) -> int:
        return len(self.runs)

    @overload
    def __getitem__(self, index: int) -> Estimate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Estimate]: ...
    def __getitem__(self, index: int | slice) -> Estimate | Sequence[Estimate]:
        return self.runs[index]

    def mean(self, field: str) -> float:
        """Mean of a field over the runs that have it; `rounds` counts them."""
        return fmean(self._values(field))

    def deviation(self, field: str) -> float:
        """Standard deviation of a field over the runs that have it; 0 of a single one."""
        values = self._values(field)
        return stdev(values) if len(values) > 1 else 0.0

    def _values(self, field: str) -> list[float]:
        found = [getattr(one, field) for one in self.runs]
        return [len(v) if isinstance(v, tuple) else float(v) for v in found if v is not None]

    def table(self) -> Table:
        """The runs, a row each."""
        columns = (
            Column("run"),
            Column("total_s", 6),
            Column("downtime_s", 6),
            Column("sent_bytes"),
            Column("rounds"),
            Column("stopped_by"),
        )
        rows = [
            (i, one.total_s, one.downtime_s, one.sent_bytes, len(one.rounds), one.stopped_by)
            for i, one in enumerate(self.runs, 1)
        ]
        return Table(columns, rows, f"{len(rows):,} runs, page by page")

    def to_frame(self) -> pd.DataFrame:
        """The runs as a pandas frame."""
        return self.table().to_frame()

    def __repr__(self) -> str:
        return self.table().to_text()

    def _repr_html_(self) -> str:
        return self.table().to_html()


def exact(
    case: Case, *, seed: int | None = None, repeats: int = 1, threads: int | None = None
) -> Exact:
    """Migrate page by page, with a bitmap of what the guest writes.

    Parameters
    ----------
    case : Case
        Pre-copy or stop-and-copy under ``ideal`` or ``esx``.
    seed : int, optional
        Instead of the case's own.
    repeats : int, optional
        Runs, each drawn for itself.
    threads : int, optional
        Threads at most; all cores by default. The runs do not depend on it.

    Returns
    -------
    Exact
        The runs. The same with or without a compiler.

    Raises
    ------
    InputError
        The case asks for something that is estimated on expected values only.

    Notes
    -----
    In each pass every page that the guest writes is dirtied with the
    probability ``1 - exp(-rate * t)``, to 53 bits, and the next pass sends the
    pages that were. The pages of a curve are dirtied in order. Each class is
    spread evenly over memory, and a pass sends in the order of addresses: that
    decides what is left where a time-out cuts a pass. Without a forced stop, a
    run that reaches no new low in `SETTLED_ROUNDS` rounds ends as ``never``.
    """
    _refuse(case)
    with Guest(case, repeats, threads or os.cpu_count() or 1) as guest:
        own = case.seed if seed is None else seed
        return Exact(tuple(_told(case, _run(case, guest, own, i)) for i in range(repeats)))


def _run(case: Case, guest: Guest, seed: int, repeat: int) -> Copy:
    policy, link = case.policy, rates(case)
    paused_first = case.algorithm == "stop-and-copy"
    timeout_s = math.inf if policy.timeout_s is None else policy.timeout_s
    deadline_s = policy.setup_s if paused_first else timeout_s
    endless = policy.max_rounds is None and deadline_s == math.inf
    last_change_s = max(link.from_s[-1], guest.last_phase_s)
    limit_s, page = policy.downtime_limit_s, case.page_bytes
    most = policy.max_rounds or ends.MOST_ROUNDS
    passes: list[Pass] = []
    now_s, lowest, since = policy.setup_s, math.inf, 0
    how = ends.NEVER if policy.max_rounds is None else ends.ROUNDS_DONE
    guest.reset()
    for number in range(1, most + 1):
        rest = guest.pending_pages
        full_s = _transfer_s(rest * page, now_s, link)
        if now_s + full_s >= deadline_s or full_s == math.inf:
            how = ends.TIMED_OUT if deadline_s < math.inf else ends.NEVER
            cut_s = deadline_s if deadline_s < math.inf else link.from_s[-1]
            duration_s = max(cut_s - now_s, 0.0)
            came = transferred_bytes(duration_s, now_s, link.from_s, link.bytes_per_s)
            sent = min(int(came / page), rest)
            dirtied = guest.write(now_s, duration_s, seed, repeat * ends.MOST_ROUNDS + number)
            _note(passes, sent, duration_s, dirtied, page)
            guest.cut(sent)
            now_s += duration_s
            break
        dirtied = guest.write(now_s, full_s, seed, repeat * ends.MOST_ROUNDS + number)
        _note(passes, rest, full_s, dirtied, page)
        changed = now_s < last_change_s
        now_s += full_s
        guest.next_pass()
        if dirtied * page <= limit_s * rate_at(now_s, link.from_s, link.bytes_per_s):
            how = ends.DOWNTIME_LIMIT
            break
        since = 0 if changed or dirtied < lowest else since + 1
        lowest = min(lowest, dirtied)
        if endless and since >= SETTLED_ROUNDS:
            how = ends.NEVER
            break
    stays = policy.on_timeout != "stop" and not paused_first
    if how == ends.NEVER or (how == ends.TIMED_OUT and stays):
        return Copy(tuple(passes), how, False, now_s, now_s)
    return _stop(case, link, guest.pending_pages, how, now_s, passes)


def _stop(case: Case, link: Rates, rest: int, how: int, now_s: float, passes: list[Pass]) -> Copy:
    """The guest is paused, and the rest is sent."""
    duration_s = _transfer_s(rest * case.page_bytes, now_s, link)
    if duration_s > longest_stop_s(case):
        return Copy(tuple(passes), ends.GIVEN_UP, False, now_s, now_s)
    moved = duration_s < math.inf
    if not moved:
        how, duration_s = ends.NEVER, max(link.from_s[-1] - now_s, 0.0)
        came = transferred_bytes(duration_s, now_s, link.from_s, link.bytes_per_s)
        rest = int(came / case.page_bytes)
    _note(passes, rest, duration_s, 0, case.page_bytes)
    return Copy(tuple(passes), how, moved, now_s, now_s + duration_s)


def _note(passes: list[Pass], sent: int, duration_s: float, dirtied: int, page: int) -> None:
    if sent:
        passes.append(Pass(float(sent * page), duration_s, float(dirtied * page)))


def _transfer_s(n_bytes: int, now_s: float, link: Rates) -> float:
    return transfer_s(float(n_bytes), now_s, link.from_s, link.bytes_per_s)


def _told(case: Case, run: Copy) -> Estimate:
    rounds = tuple(
        Round(number, int(one.sent_bytes), one.duration_s, int(one.dirtied_bytes))
        for number, one in enumerate(run.passes, 1)
    )
    extra_s, how = handshake_s(case), stopped_by(case, run)
    return Estimate(
        algorithm=case.algorithm,
        total_s=run.end_s + extra_s if run.moved else None,
        downtime_s=run.end_s - run.pause_s + extra_s if run.moved else None,
        sent_bytes=sum(one.sent_bytes for one in rounds),
        converged=how in {"downtime-limit", "paused"},
        stopped_by=how,
        rounds=rounds,
    )


def _refuse(case: Case) -> None:
    policy = case.policy
    asked = [
        (case.algorithm in {"post-copy", "hybrid"}, ("algorithm",), case.algorithm),
        (policy.hypervisor not in {"ideal", "esx"}, ("policy", "hypervisor"), policy.hypervisor),
        (policy.on_timeout == "post-copy", ("policy", "on_timeout"), "post-copy"),
        (case.storage is not None, ("storage",), "storage"),
        (case.guest != "running", ("guest",), f"guest: {case.guest}"),
    ]
    names = (
        "downtime_ramp", "postcopy_after_s", "throttle", "compression", "xbzrle", "encryption"
    )  # fmt: skip
    asked += [(getattr(policy, n) is not None, ("policy", n), n) for n in names]
    most = written_pages(case.workload, case.page_bytes)
    asked.append((most > MOST_PAGES, ("workload",), f"a workload of {most:,} pages"))
    found = [
        Problem(f"{what} has no page-exact run", "Use estimate, or leave it out", place)
        for unknown, place, what in asked
        if unknown
    ]
    if found:
        raise InputError("case", found)
    refuse_impossible(case)
