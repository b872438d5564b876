"""Room for a fleet's kernel to work in, and the call of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from vmlab.kernels.admission import CLAIM, NOTHING, RESOURCE, Claims, Queue
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.event_heap import NOWHERE
from vmlab.kernels.flows import ENTRY, LINK, MEMBER, OWN, Indices, Lists, Net, Records, Routes
from vmlab.kernels.sharing import run_queue
from vmlab.kernels.sharing_terms import COPY, JOB, Jobs, Terms, Trace, Ways, Writes

#: From so many jobs on the loop is compiled; that takes some seconds, or is kept from before.
WORTH_COMPILING = 2000


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
    n = len(jobs.ready_s)
    copies = records(n, COPY)
    for name in ("start_s", "pause_s", "end_s"):
        copies[name] = np.nan
    copies.fail_s, copies.bottleneck, copies.waited_for = np.inf, OWN, NOTHING
    space = (
        _records(jobs),
        Writes(jobs.class_bytes, jobs.class_writes_per_s, jobs.curve_s, jobs.curve_bytes),
        jobs.fail_after_s,
        terms,
        _queue(claims),
        net_of(routes),
        copies,
        lists_for(n, len(routes.link_bytes_per_s)),
        np.full(n, np.inf),
        np.zeros(n, np.int64),
        np.full(n, NOWHERE, np.int64),
    )
    if compile_it and can_compile():
        counts = compiled(run_queue)(*space, trace)
        columns = {name: copies[name].copy() for name in Ways._fields if name != "held_s"}
        return Ways(**columns, held_s=space[5].entries.held_s.copy()), counts
    plain = tuple(map(_plain, space))
    counts = cast(Any, run_queue)(*plain, trace)
    columns = {
        name: np.array([getattr(copy, name) for copy in plain[6]], COPY[name])
        for name in Ways._fields
        if name != "held_s"
    }
    held_s = np.array([entry.held_s for entry in plain[5].entries], np.float64)
    return Ways(**columns, held_s=held_s), counts


def _plain(space: Any) -> Any:
    """Arrays as lists, records as objects: what Python is quickest with."""
    if isinstance(space, np.recarray):
        names = space.dtype.names or ()
        columns = (space[name].tolist() for name in names)
        return [
            SimpleNamespace(**dict(zip(names, row, strict=True)))
            for row in zip(*columns, strict=True)
        ]
    if isinstance(space, np.ndarray):
        return space.tolist()
    if isinstance(space, tuple) and not isinstance(space, Terms):
        return type(space)(*map(_plain, space))
    return space


def records(n: int, dtype: np.dtype[Any]) -> Records:
    """So many records, all zeros.

    Parameters
    ----------
    n : int
        How many.
    dtype : numpy.dtype
        Of which fields.

    Returns
    -------
    numpy.recarray
        Fields are attributes, in Python and compiled.
    """
    made: Records = np.zeros(n, dtype).view(np.recarray)
    return made


def _records(jobs: Jobs) -> Records:
    made = records(len(jobs.ready_s), JOB)
    for name in JOB.names or ():
        if name in Jobs._fields:
            made[name] = getattr(jobs, name)
    for name, start in (
        ("classes", jobs.class_start),
        ("points", jobs.curve_start),
        ("failures", jobs.fail_start),
    ):
        made[name], made[f"{name}_end"] = start[:-1], start[1:]
    return made


def _queue(claims: Claims) -> Queue:
    """All slots are free, and nobody has asked."""
    n, count = len(claims.start) - 1, len(claims.slots)
    resources, each = records(count, RESOURCE), records(len(claims.cost), CLAIM)
    resources.free, resources.least = claims.slots, np.iinfo(np.int64).max
    resources.head, resources.end = claims.job_start[:-1], claims.job_start[1:]
    np.maximum.at(resources["most"], claims.resource, claims.cost)
    np.minimum.at(resources["least"], claims.resource, claims.cost)
    each.resource, each.cost = claims.resource, claims.cost
    return Queue(
        resources=resources,
        claims=each,
        start=claims.start,
        job=claims.job,
        freed=np.zeros(count, np.int64),
        new=np.zeros(n, np.int64),
        started=np.zeros(n, np.int64),
        keys=np.zeros(count + 1),
        heap=np.zeros(count + 1, np.int64),
        place=np.full(count + 1, NOWHERE, np.int64),
        front=np.array([0, NOTHING], np.int64),
    )


def net_of(routes: Routes) -> Net:
    """Links with nobody on them.

    Parameters
    ----------
    routes : Routes
        All the routes that flows may take.

    Returns
    -------
    Net
        With room for all of them at once.
    """
    links, entries = records(len(routes.link_bytes_per_s), LINK), records(len(routes.link), ENTRY)
    counts = np.bincount(routes.link, minlength=len(links))
    links.bytes_per_s, links.begin = routes.link_bytes_per_s, np.cumsum(counts) - counts
    entries.link = routes.link
    return Net(routes.start, entries, records(len(entries), MEMBER), links)


def lists_for(flows: int, links: int) -> Lists:
    """Space to share links out in.

    Parameters
    ----------
    flows, links : int
        How many there are at most.

    Returns
    -------
    Lists
        Unused.
    """
    return Lists(
        flows=np.zeros(flows, np.int64),
        links=np.zeros(links, np.int64),
        open_links=np.zeros(links, np.int64),
        changed=np.zeros(links, np.int64),
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
