"""How long a migration takes, how much it sends, and how it ends."""

from __future__ import annotations

import math
from dataclasses import replace

from vmlab import units
from vmlab.kernels import precopy
from vmlab.models.case import Case, refuse_impossible
from vmlab.models.passes import Copy, Pass
from vmlab.models.postcopy import switch
from vmlab.models.precopy import ESX_LONGEST_SWITCHOVER_S, copy, handshake_s, rates
from vmlab.models.qemu import copy as qemu_copy
from vmlab.models.relocation import KINDS, Relocation, relocate
from vmlab.models.result import Estimate, Round
from vmlab.models.storage import mirrored_bytes_per_s

__all__ = ["Estimate", "Round", "estimate", "stopped_by"]


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
    under the policies ``ideal`` and ``esx``, and the sender's cap holds in the
    stop phase too; for ``qemu`` see `vmlab.models.qemu`. A run that reaches a
    fixed point above the limit ends there as ``never``, with the rounds until
    it settled.

    Disks that move come first and are in ``storage``; ``total`` covers them.
    The algorithm is then the case's where memory follows, and otherwise
    ``storage``, ``suspended`` or ``cold``; a guest that does not run is down
    all the while.

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
    refuse_impossible(case)
    if case.memory_moves and case.storage is None:
        return _memory(case)
    move = relocate(case)
    return _with_memory(case, move) if move.memory else _without_memory(case, move)


def _with_memory(case: Case, move: Relocation) -> Estimate:
    """Disks first, then memory while writes go on being mirrored."""
    if move.memory is None or move.disks is None or case.storage is None:
        raise ValueError("both disks and memory are copied here")
    found = _memory(move.memory)
    disks_s = move.disks.total_s or 0.0
    running_s = sum(one.duration_s for one in found.rounds)
    if found.total_s is not None and found.downtime_s is not None:
        running_s = found.total_s - found.downtime_s - (found.postcopy_s or 0.0)
    disks = move.mirrored_until(running_s, mirrored_bytes_per_s(case.storage))
    total_s = None if found.total_s is None else disks_s + found.total_s
    return replace(found, total_s=total_s, storage=disks)


def _without_memory(case: Case, move: Relocation) -> Estimate:
    """Files alone: the guest does not run, stays on its host, or never got further."""
    disks, running = move.disks, case.guest == "running"
    resume_s = units.ms_to_s(case.policy.resume_ms) if running else 0.0
    paused_s = disks.downtime_s if disks else 0.0
    total_s = (disks.total_s if disks else 0.0) if not case.memory_moves else None
    if total_s is not None:
        total_s += case.policy.setup_s + resume_s
    downtime_s = total_s
    if running:
        downtime_s = None if total_s is None or paused_s is None else paused_s + resume_s
    return Estimate(
        algorithm=case.algorithm if case.memory_moves else KINDS[case.guest],
        total_s=total_s,
        downtime_s=downtime_s,
        sent_bytes=0,
        converged=disks.converged if disks else True,
        stopped_by=disks.stopped_by if disks else "paused",
        rounds=(),
        storage=disks,
    )


def _memory(case: Case) -> Estimate:
    """A copy of memory alone."""
    run = qemu_copy(case) if case.policy.hypervisor == "qemu" else copy(case)
    if run.how == precopy.POST_COPY and run.push is None:
        run = switch(case, run)
    push = run.push
    passes = run.passes
    push_s = push.duration_s if push else 0.0
    if push and push.sent_bytes * 2 >= case.page_bytes:
        last_s = push_s if run.moved else _until_dead_s(case, run)
        passes += (Pass(push.sent_bytes, last_s, 0.0),)
    sends = [(one, _sent(one.sent_bytes, case)) for one in passes]
    rounds = tuple(
        Round(
            number,
            sent_bytes,
            one.duration_s,
            _whole(one.dirtied_bytes, case),
            100.0 * one.throttle if case.policy.throttle else None,
        )
        for number, (one, sent_bytes) in enumerate((row for row in sends if row[1] > 0), 1)
    )
    extra_s = handshake_s(case)
    return Estimate(
        algorithm=case.algorithm,
        total_s=run.end_s + extra_s + push_s if run.moved else None,
        downtime_s=_stop_s(run) + extra_s if run.moved else None,
        sent_bytes=sum(one.sent_bytes for one in rounds),
        converged=stopped_by(case, run) in {"downtime-limit", "paused", "post-copy"},
        stopped_by=stopped_by(case, run),
        rounds=rounds,
        postcopy_faults=math.floor(push.faults + 0.5) if push else None,
        warnings=tuple(_warnings(case, run)),
        postcopy_s=push_s if push and run.moved else None,
        postcopy_stall_s=push.stall_s if push and run.moved else None,
    )


def _stop_s(run: Copy) -> float:
    """How long the stop phase took; the difference of two clock readings would lose digits."""
    last_s = run.passes[-1].duration_s if run.passes else 0.0
    return last_s if run.pause_s + last_s == run.end_s else run.end_s - run.pause_s


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
        precopy.RATE_LIMIT: "max-rate",
        precopy.POST_COPY: "post-copy" if run.moved else "never",
    }[run.how]


def _until_dead_s(case: Case, run: Copy) -> float:
    """How long a push sent before its link went down for good."""
    return max(rates(case).from_s[-1] - run.end_s - handshake_s(case), 0.0)


def _sent(n_bytes: float, case: Case) -> int:
    """In whole pages, unless headers and marks (qemu) or compression come into it."""
    policy = case.policy
    if policy.hypervisor == "qemu" or policy.compression or policy.xbzrle:
        return math.floor(n_bytes + 0.5)
    return _whole(n_bytes, case)


def _whole(n_bytes: float, case: Case) -> int:
    return math.floor(n_bytes / case.page_bytes + 0.5) * case.page_bytes


def _warnings(case: Case, run: Copy) -> list[str]:
    found = list(run.warnings)
    if case.policy.hypervisor == "qemu":
        return found + _beyond_curve(case, run)
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
        ramp = case.policy.downtime_ramp
        limit_ms = ramp.to_ms if ramp else case.policy.downtime_limit_s * 1000
        found.append(
            f"the rounds settle at {units.bytes_to_mib(last.sent_bytes):,.6g} MiB: a downtime"
            f" limit of {enough_ms:,} ms would do, {limit_ms:,.6g} ms does not"
        )
    taken = max((one.throttle for one in run.passes), default=0.0)
    if taken > 0:
        found.append(f"the guest was slowed: up to {100 * taken:.3g} % of its time were taken away")
    return found + _beyond_curve(case, run)


def _beyond_curve(case: Case, run: Copy) -> list[str]:
    curve = case.workload.curve
    longest_s = max((one.duration_s for one in run.passes if one.dirtied_bytes > 0), default=0.0)
    if curve and longest_s > curve.seconds[-1]:
        return [
            f"a round takes {longest_s:.4g} s but the curve ends at {curve.seconds[-1]:g} s:"
            " taken as constant from there"
        ]
    return []
