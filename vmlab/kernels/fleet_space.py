"""Room for a fleet's kernel to work in, and the call of it."""

from __future__ import annotations

import numpy as np

from vmlab.kernels.admission import DELAYED, NOTHING, Claims, Queue
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.copies import Copies
from vmlab.kernels.event_heap import NOWHERE
from vmlab.kernels.flows import OWN, Filling, Flows, Indices, Members, Routes
from vmlab.kernels.sharing import run_queue
from vmlab.kernels.sharing_terms import STUCK, Jobs, Terms, Trace, Ways

#: From so many jobs on the loop is compiled; that takes some seconds, or is kept from before.
WORTH_COMPILING = 500


def run_fleet_jobs(
    jobs: Jobs,
    claims: Claims,
    routes: Routes,
    terms: Terms,
    trace: Trace,
    compile_it: bool | None = None,
) -> tuple[Ways, tuple[int, int, int]]:
    """Run `run_queue` in fresh space, compiled where that is worth it.

    Parameters
    ----------
    jobs, claims, routes, terms : Jobs, Claims, Routes, Terms
        As `run_queue` takes them.
    trace : Trace
        Filled as far as there is room.
    compile_it : bool, optional
        Left out: from ``WORTH_COMPILING`` jobs on.

    Returns
    -------
    ways : Ways
        How each job went.
    counts : tuple of int
        Events, changes of links, and flows looked at.
    """
    if compile_it is None:
        compile_it = len(jobs.ready_s) >= WORTH_COMPILING
    form = compiled(run_queue) if compile_it and can_compile() else run_queue
    n, entries = len(jobs.ready_s), len(routes.link)
    ways = Ways(
        start_s=np.full(n, np.nan),
        pause_s=np.full(n, np.nan),
        end_s=np.full(n, np.nan),
        sent_bytes=np.zeros(n),
        rounds=np.zeros(n, np.int64),
        attempts=np.zeros(n, np.int64),
        state=np.full(n, STUCK, np.int64),
        waited_for=np.full(n, NOTHING, np.int64),
        held_s=np.zeros(entries),
        own_s=np.zeros(n),
    )
    flows = Flows(
        route=np.zeros(n, np.int64),
        own_bytes_per_s=np.zeros(n),
        bytes_per_s=np.zeros(n),
        next_bytes_per_s=np.zeros(n),
        bottleneck=np.full(n, OWN, np.int64),
        mark=np.zeros(n, np.int64),
    )
    copies = Copies(
        part_bytes=np.zeros(n),
        rest_bytes=np.zeros(n),
        part_s=np.zeros(n),
        last_s=np.zeros(n),
        fail_s=np.full(n, np.inf),
        event_s=np.full(n, np.inf),
        heap=np.zeros(n, np.int64),
        place=np.full(n, NOWHERE, np.int64),
        changed=np.zeros(len(routes.link_bytes_per_s), np.int64),
        mark=np.zeros(len(routes.link_bytes_per_s), np.int64),
    )
    counts = form(
        jobs,
        claims,
        routes,
        terms,
        queue(claims),
        flows,
        members(routes),
        filling(n, len(routes.link_bytes_per_s)),
        copies,
        ways,
        trace,
    )
    return ways, counts


def queue(claims: Claims) -> Queue:
    """An empty queue.

    Parameters
    ----------
    claims : Claims
        What the jobs will need.

    Returns
    -------
    Queue
        All slots are free, and nobody has asked.
    """
    n, resources = len(claims.start) - 1, len(claims.slots)
    most = np.zeros(resources, np.int64)
    least = np.full(resources, np.iinfo(np.int64).max, np.int64)
    np.maximum.at(most, claims.resource, claims.cost)
    np.minimum.at(least, claims.resource, claims.cost)
    return Queue(
        phase=np.full(n, DELAYED, np.int64),
        free=claims.slots.copy(),
        head=claims.job_start[:-1].copy(),
        cursor=claims.job_start[:-1].copy(),
        least=least,
        most=most,
        freed=np.zeros(resources, np.int64),
        mark=np.zeros(resources, np.int64),
        new=np.zeros(n, np.int64),
        started=np.zeros(n, np.int64),
        waited_for=np.full(n, NOTHING, np.int64),
        keys=np.zeros(resources + 1),
        heap=np.zeros(resources + 1, np.int64),
        place=np.full(resources + 1, NOWHERE, np.int64),
        front=np.array([0, NOTHING], np.int64),
    )


def members(routes: Routes) -> Members:
    """Links with nobody on them.

    Parameters
    ----------
    routes : Routes
        All the routes that flows may take.

    Returns
    -------
    Members
        With room for all of them at once.
    """
    counts = np.bincount(routes.link, minlength=len(routes.link_bytes_per_s))
    entries = len(routes.link)
    return Members(
        begin=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)]),
        number=np.zeros(len(counts), np.int64),
        flow=np.zeros(entries, np.int64),
        entry=np.zeros(entries, np.int64),
        place=np.zeros(entries, np.int64),
    )


def filling(flows: int, links: int) -> Filling:
    """Space to share links out in.

    Parameters
    ----------
    flows, links : int
        How many there are at most.

    Returns
    -------
    Filling
        Unused.
    """
    return Filling(
        flows=np.zeros(flows, np.int64),
        links=np.zeros(links, np.int64),
        open_links=np.zeros(links, np.int64),
        left_bytes_per_s=np.zeros(links),
        level_bytes_per_s=np.zeros(links),
        most_bytes_per_s=np.zeros(links),
        unfixed=np.zeros(links, np.int64),
        solved=np.zeros(links, np.int64),
        mark=np.zeros(links, np.int64),
        marks=np.zeros(2, np.int64),
    )


def runs(lists: list[list[int]]) -> tuple[Indices, Indices]:
    """Lists of numbers as one array and where each begins.

    Parameters
    ----------
    lists : list of lists of int
        Any lengths.

    Returns
    -------
    start, values : numpy.ndarray of int64
        One longer than the lists; all of them in a row.
    """
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=start[1:])
    return start, np.array([value for one in lists for value in one], np.int64)


def claims_of(slots: list[int], resource: list[list[int]], cost: list[list[int]]) -> Claims:
    """The claims of jobs, by job and by resource.

    Parameters
    ----------
    slots : list of int
        What there is of each resource.
    resource, cost : list of lists of int
        For each job what it claims, and how much of it.

    Returns
    -------
    Claims
        A cost of 0 is no claim.
    """
    kept = [
        [(r, c) for r, c in zip(rs, cs, strict=True) if c > 0]
        for rs, cs in zip(resource, cost, strict=True)
    ]
    start, which = runs([[r for r, _ in one] for one in kept])
    _, costs = runs([[c for _, c in one] for one in kept])
    job = np.repeat(np.arange(len(kept)), np.diff(start))
    order = np.argsort(which, kind="stable")
    job_start = np.zeros(len(slots) + 1, np.int64)
    np.cumsum(np.bincount(which, minlength=len(slots)), out=job_start[1:])
    return Claims(np.array(slots, np.int64), start, which, costs, job_start, job[order])
