"""Many moves at once: from a datacenter to the kernel's numbers, and back to what each did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmlab.documents import InputError, Problem
from vmlab.fleet.admission import Claim, claims
from vmlab.fleet.copy_job import CopyJob, copy_job
from vmlab.fleet.fleet_run import FleetMove, FleetResult, FleetRun, Limit, LinkUse, Outcome
from vmlab.fleet.under_way import ahead_of
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.profile import Profile
from vmlab.kernels.admission import NOTHING, Claims
from vmlab.kernels.fleet_space import claims_of, run_fleet_jobs, runs
from vmlab.kernels.flows import Routes
from vmlab.kernels.sharing_terms import Jobs, Terms, Trace, Ways

#: After so many rounds a copy among others counts as endless: this lab's figure. More would
#: keep its slots for hours; vCenter would have slowed the guest down by then (from 5.0 on).
MOST_ROUNDS = 100
#: Changes of links that there is room for at first, a move.
CHANGES = 64

_OUTCOMES: tuple[Outcome, ...] = ("waiting", "moved", "failed", "never", "given-up")


@dataclass(frozen=True)
class _Fleet:
    """A queue in numbers, and the names behind them."""

    queue: Sequence[FleetMove]
    jobs: Sequence[CopyJob]
    claims: Sequence[tuple[Claim, ...]]
    resources: Sequence[Claim]
    links: Sequence[tuple[str, float]]
    routes: Routes


def run_fleet(
    datacenter: Datacenter,
    moves: Sequence[FleetMove],
    profile: Profile = Profile.GUIDE_40,
    *,
    at_once: int | None = None,
    overtaking: bool = True,
    attempts: int = 1,
    retry_after_s: float = 60.0,
    trace: bool = True,
) -> FleetRun:
    """Run a queue of moves to its end.

    Parameters
    ----------
    datacenter : Datacenter
        Where they take place. Moves under way in it go before the queue: they
        hold their slots, and share links, until their copies end.
    moves : sequence of FleetMove
        In the order of the queue.
    profile : Profile, optional
        The era whose slots count.
    at_once : int, optional
        Moves of the queue that run at the same time at most; left out: as many
        as the slots allow.
    overtaking : bool, optional
        Whether a move that finds room may start before one that waits, as its
        costs are lower or its hosts are others; else the first holds up all.
    attempts : int, optional
        How often a move is tried.
    retry_after_s : float, optional
        How long after a failure it is back at its place in the queue, s.
    trace : bool, optional
        Whether to tell what links carried.

    Returns
    -------
    FleetRun
        Copies under way share links by max-min.

    Raises
    ------
    InputError
        A copy of a kind that a fleet does not know, or numbers out of range.
    """
    _refuse(moves, at_once, attempts, retry_after_s)
    if at_once is not None:
        at_once = min(at_once, max(len(moves), 1))  # more slots than moves change nothing
    ahead = ahead_of(datacenter, moves, profile)
    fleet = _fleet(datacenter, ahead, moves, profile, at_once)
    terms = Terms(overtaking, attempts, retry_after_s, MOST_ROUNDS, False)
    numbers = (_jobs(fleet, attempts), _claims(fleet), fleet.routes, terms)
    room = _trace(CHANGES * len(fleet.queue) if trace else 0)
    ways, (events, changes, _) = run_fleet_jobs(*numbers, room)
    if trace and changes > len(room.time_s):
        room = _trace(changes)
        ways, _ = run_fleet_jobs(*numbers, room)
    begun, results = len(ahead), [_result(fleet, ways, n) for n in range(len(fleet.queue))]
    besides, results = results[:begun], results[begun:]
    total_s = max((one.end_s for one in results if one.end_s is not None), default=0.0)
    links = tuple(_uses(fleet, room, changes, total_s)) if trace else ()
    return FleetRun(tuple(results), links, total_s, events, tuple(besides))


def _refuse(
    moves: Sequence[FleetMove], at_once: int | None, attempts: int, retry_after_s: float
) -> None:
    problems = []
    if at_once is not None and at_once < 1:
        problems.append(Problem(f"{at_once} at once move nothing", "Write 1 or more"))
    if attempts < 1:
        problems.append(Problem(f"{attempts} attempts move nothing", "Write 1 or more"))
    if not 0.0 <= retry_after_s < math.inf:
        problems.append(Problem(f"a retry after {retry_after_s:g} s", "Write 0 or more"))
    for one in moves:
        times = (one.ready_s, one.setup_s, one.clean_up_s)
        if not all(0.0 <= t < math.inf for t in times) or not all(
            t >= 0.0 for t in one.fails_after_s
        ):
            problems.append(Problem(f"{one.move.vm}: a time is below 0", "Write 0 or more"))
    if problems:
        raise InputError("fleet", problems)


def _fleet(
    datacenter: Datacenter,
    ahead: Sequence[FleetMove],
    moves: Sequence[FleetMove],
    profile: Profile,
    at_once: int | None,
) -> _Fleet:
    queue = [*ahead, *moves]
    jobs = [copy_job(datacenter, one) for one in queue]
    needed = [claims(datacenter, one.move, profile) for one in ahead]
    needed += [claims(datacenter, one.move, profile, at_once) for one in moves]
    resources = {(one.group, one.name): one for found in needed for one in found}
    links = {
        name: rate
        for job in jobs
        for way in (job.disk_way, job.memory_way)
        for name, rate in way.links
    }
    number = {name: n for n, name in enumerate(links)}
    rows = [
        [number[name] for name, _ in way.links]
        for job in jobs
        for way in (job.disk_way, job.memory_way)
    ]
    routes = Routes(np.array([*links.values()], np.float64), *runs(rows))
    return _Fleet(queue, jobs, needed, [*resources.values()], [*links.items()], routes)


def _claims(fleet: _Fleet) -> Claims:
    number = {(one.group, one.name): n for n, one in enumerate(fleet.resources)}
    return claims_of(
        [one.slots for one in fleet.resources],
        [[number[one.group, one.name] for one in found] for found in fleet.claims],
        [[one.cost for one in found] for found in fleet.claims],
    )


def _jobs(fleet: _Fleet, attempts: int) -> Jobs:
    jobs = fleet.jobs
    failures = [
        # Disks that never get there hold their slots until somebody gives up: at once, here.
        (0.0,) * attempts if job.endless else one.fails_after_s
        for one, job in zip(fleet.queue, jobs, strict=True)
    ]

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(job, name) for job in jobs], np.float64)

    def flat(lists: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        return np.array([value for one in lists for value in one], np.float64)

    def starts(lists: Sequence[Sequence[float]]) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)

    classes, curves = [job.work.class_bytes for job in jobs], [job.work.curve_s for job in jobs]
    return Jobs(
        ready_s=np.array([one.ready_s for one in fleet.queue], np.float64),
        setup_s=column("setup_s"),
        resume_s=column("resume_s"),
        disk_bytes=column("disk_bytes"),
        memory_bytes=column("memory_bytes"),
        disk_bytes_per_s=np.array([job.disk_way.own_bytes_per_s for job in jobs], np.float64),
        memory_bytes_per_s=np.array([job.memory_way.own_bytes_per_s for job in jobs], np.float64),
        page_bytes=column("page_bytes"),
        limit_s=column("limit_s"),
        longest_stop_s=column("longest_stop_s"),
        max_rounds=np.array([job.max_rounds for job in jobs], np.int64),
        class_start=starts(classes),
        class_bytes=flat(classes),
        class_writes_per_s=flat([job.work.class_writes_per_s for job in jobs]),
        curve_start=starts(curves),
        curve_s=flat(curves),
        curve_bytes=flat([job.work.curve_bytes for job in jobs]),
        fail_start=starts(failures),
        fail_after_s=flat(failures),
    )


def _trace(length: int) -> Trace:
    return Trace(np.zeros(length), np.zeros(length, np.int64), np.zeros(length))


def _result(fleet: _Fleet, ways: Ways, index: int) -> FleetResult:
    queued, job = fleet.queue[index], fleet.jobs[index]
    move = queued.move
    outcome = _OUTCOMES[int(ways.state[index])]
    start_s, pause_s, end_s = (
        None if math.isnan(value) else float(value)
        for value in (ways.start_s[index], ways.pause_s[index], ways.end_s[index])
    )
    if job.endless and outcome == "failed":
        outcome = "never"
    moved = outcome == "moved"
    if pause_s is not None and not job.memory_bytes:
        pause_s = None if job.disk_pause_s is None else pause_s - job.disk_pause_s
    resumed_s = None
    if moved and end_s is not None and pause_s is not None:
        resumed_s = end_s - job.clean_up_s
    waited_for = int(ways.waited_for[index])
    claim = fleet.resources[waited_for] if waited_for != NOTHING else None
    limited_by, limit = _limit(fleet, ways, index, claim, start_s)
    return FleetResult(
        vm=move.vm,
        source=move.source,
        destination=move.destination,
        kind=move.kind,
        outcome=outcome,
        attempts=int(ways.attempts[index]),
        ready_s=queued.ready_s,
        start_s=start_s,
        pause_s=pause_s,
        resumed_s=resumed_s,
        end_s=end_s,
        sent_bytes=float(ways.sent_bytes[index]),
        rounds=int(ways.rounds[index]),
        waited_for=f"{claim.group} {claim.name}" if claim else "",
        limited_by=limited_by,
        limit=limit,
    )


def _limit(
    fleet: _Fleet, ways: Ways, index: int, claim: Claim | None, start_s: float | None
) -> tuple[Limit, str]:
    """What took most of a move's time."""
    if start_s is None:
        short = next((one for one in fleet.claims[index] if one.cost > one.slots), None)
        return (short.group, short.name) if short else ("nothing", "")
    found: list[tuple[float, Limit, str]] = []
    if claim is not None:
        found.append((start_s - fleet.queue[index].ready_s, claim.group, claim.name))
    begin, end = fleet.routes.start[2 * index], fleet.routes.start[2 * index + 2]
    for entry in range(begin, end):
        link = fleet.links[fleet.routes.link[entry]][0]
        found.append((float(ways.held_s[entry]), "link", link))
    found.append((float(ways.own_s[index]), "own rate", ""))
    longest_s, limited_by, limit = max(found, key=lambda one: one[0])
    return (limited_by, limit) if longest_s > 0.0 else ("nothing", "")


def _uses(fleet: _Fleet, room: Trace, changes: int, total_s: float) -> list[LinkUse]:
    """The changes by link, each rate once, and what they add up to."""
    order = np.argsort(room.link[:changes], kind="stable")
    begin = np.searchsorted(room.link[:changes][order], np.arange(len(fleet.links) + 1))
    found = []
    for number, (name, bytes_per_s) in enumerate(fleet.links):
        mine = order[begin[number] : begin[number + 1]]
        mine = mine[room.time_s[mine] <= total_s]  # what was under way before may go on
        times, rates = room.time_s[mine], room.bytes_per_s[mine]
        new = np.ones(len(mine), np.bool_)
        new[1:] = rates[1:] != rates[:-1]
        times, rates = times[new], rates[new]
        sent = float(np.sum(np.diff(np.append(times, total_s)) * rates)) if len(times) else 0.0
        curve = (tuple(times.tolist()), tuple(rates.tolist()))
        found.append(LinkUse(name, bytes_per_s, sent, *curve))
    return found
