"""Copies under way beside each other: what each sends now, and what comes after it."""

from __future__ import annotations

import math
from typing import NamedTuple

from vmlab.kernels.admission import DISK, MEMORY, OVER, RESUME, SETUP, STOP
from vmlab.kernels.compile import kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.ends import SETTLED
from vmlab.kernels.flows import OWN, Floats, Flows, Indices, Members, Routes, join
from vmlab.kernels.sharing_terms import ENDLESS, MOVED, TOO_LONG, Jobs, Terms, Ways


class Copies(NamedTuple):
    """Copies under way, by job.

    Parameters
    ----------
    part_bytes, rest_bytes : numpy.ndarray of float64, shape (n,)
        What is being sent in one go, and what is left of it.
    part_s, last_s : numpy.ndarray of float64, shape (n,)
        When that began, and up to when the rest is reckoned.
    fail_s : numpy.ndarray of float64, shape (n,)
        When the attempt fails.
    event_s : numpy.ndarray of float64, shape (n,)
        What comes next of each, ...
    heap, place : numpy.ndarray of int64, shape (n,)
        ... as a heap.
    changed, mark : numpy.ndarray of int64, shape (links,)
        Links that flows have come to or left, and when.
    """

    part_bytes: Floats
    rest_bytes: Floats
    part_s: Floats
    last_s: Floats
    fail_s: Floats
    event_s: Floats
    heap: Indices
    place: Indices
    changed: Indices
    mark: Indices


@kernel
def settle(job: int, now_s: float, flows: Flows, copies_out: Copies, ways_out: Ways) -> None:
    """Reckon what a flow has sent since it was last looked at.

    Parameters
    ----------
    job : int
        Whose.
    now_s : float
        The present, s.
    flows : Flows
        With its rate since then.
    copies_out, ways_out : Copies, Ways
        Its rest, and what held it back.
    """
    passed_s = now_s - copies_out.last_s[job]
    copies_out.last_s[job] = now_s
    if passed_s <= 0.0:
        return
    copies_out.rest_bytes[job] -= passed_s * flows.bytes_per_s[job]
    if flows.bottleneck[job] == OWN:
        ways_out.own_s[job] += passed_s
    else:
        ways_out.held_s[flows.bottleneck[job]] += passed_s


@kernel
def after(
    was: int,
    job: int,
    now_s: float,
    jobs: Jobs,
    routes: Routes,
    terms: Terms,
    copies_out: Copies,
    ways_out: Ways,
) -> int:
    """What a job does when it has come to the end of what it did.

    Parameters
    ----------
    was : int
        What it did: a constant of `vmlab.kernels.admission`.
    job : int
        Its number.
    now_s : float
        The present, s.
    jobs, routes, terms : Jobs, Routes, Terms
        What it has to copy, and how.
    copies_out : Copies
        For another round or the stop phase: what it sends, from now on.
    ways_out : Ways
        What has been sent, and how it ended where it is over.

    Returns
    -------
    int
        What it does.

    Notes
    -----
    At a round's end, with the mean rate of the round:

    1. ``rest = D(duration)``; less than half a page is nothing.
    2. ``rest <= limit * rate``, or the last of ``max_rounds``: the guest is
       paused, unless the stop phase would take too long.
    3. A rest that did not shrink although the round went at the best rate that
       the job will ever have, or the last round there may be: endless.
    """
    if was == SETUP and jobs.disk_bytes[job] > 0.0:
        return DISK
    if DISK <= was <= STOP:
        ways_out.sent_bytes[job] += copies_out.part_bytes[job]
    if SETUP <= was <= DISK and jobs.memory_bytes[job] > 0.0:
        return MEMORY
    if was == DISK:
        ways_out.pause_s[job] = now_s
    if was == STOP:
        ways_out.rounds[job] += 1
    if was == RESUME:
        ways_out.state[job] = MOVED
        return OVER
    if was != MEMORY:
        return RESUME
    ways_out.rounds[job] += 1
    duration_s = now_s - copies_out.part_s[job]
    sent = copies_out.part_bytes[job]
    classes, points = jobs.class_start, jobs.curve_start
    rest = dirtied_bytes(
        duration_s,
        jobs.class_bytes[classes[job] : classes[job + 1]],
        jobs.class_writes_per_s[classes[job] : classes[job + 1]],
        jobs.curve_s[points[job] : points[job + 1]],
        jobs.curve_bytes[points[job] : points[job + 1]],
    )
    if 2.0 * rest < jobs.page_bytes[job]:
        rest = 0.0
    forced = jobs.max_rounds[job] > 0 and ways_out.rounds[job] >= jobs.max_rounds[job]
    copies_out.part_bytes[job] = copies_out.rest_bytes[job] = rest
    copies_out.part_s[job] = now_s
    if forced or rest * duration_s <= jobs.limit_s[job] * sent:
        if rest * duration_s > jobs.longest_stop_s[job] * sent:
            ways_out.state[job] = TOO_LONG
            return OVER
        ways_out.pause_s[job] = now_s
        return STOP if rest > 0.0 else RESUME
    at_best = sent >= best_bytes_per_s(job, jobs, routes) * duration_s * (1.0 - SETTLED)
    settled = rest >= sent * (1.0 - SETTLED) and jobs.max_rounds[job] == 0 and at_best
    if settled or ways_out.rounds[job] >= terms.most_rounds:
        ways_out.state[job] = ENDLESS
        return OVER
    return MEMORY


@kernel
def best_bytes_per_s(job: int, jobs: Jobs, routes: Routes) -> float:
    """The rate that a copy of memory has when nobody else is there.

    Parameters
    ----------
    job : int
        Its number.
    jobs, routes : Jobs, Routes
        Its own rate and its links.

    Returns
    -------
    float
        Bytes/s.
    """
    best = float(jobs.memory_bytes_per_s[job])
    for entry in range(routes.start[2 * job + 1], routes.start[2 * job + 2]):
        best = min(best, float(routes.link_bytes_per_s[routes.link[entry]]))
    return best


@kernel
def note_links(
    job: int, turn: int, changed: int, routes: Routes, flows: Flows, copies_out: Copies
) -> int:
    """Note the links of a flow as changed.

    Parameters
    ----------
    job : int
        The flow that comes or leaves.
    turn, changed : int
        Number of the instant, and how many links have changed.
    routes, flows : Routes, Flows
        Its route.
    copies_out : Copies
        With the list.

    Returns
    -------
    int
        How many have changed now.
    """
    route = flows.route[job]
    for entry in range(routes.start[route], routes.start[route + 1]):
        link = routes.link[entry]
        if copies_out.mark[link] != turn:
            copies_out.mark[link] = turn
            copies_out.changed[changed] = link
            changed += 1
    return changed


@kernel
def begin(
    to: int,
    job: int,
    now_s: float,
    jobs: Jobs,
    routes: Routes,
    flows_out: Flows,
    members_out: Members,
    copies_out: Copies,
) -> float:
    """Begin what a job does next, a further round aside.

    Parameters
    ----------
    to : int
        ``SETUP``, ``DISK``, ``MEMORY`` or ``RESUME``.
    job : int
        Its number.
    now_s : float
        The present, s.
    jobs, routes : Jobs, Routes
        What it has to copy, and over what.
    flows_out, members_out, copies_out : Flows, Members, Copies
        Where its flow is entered; its rate is 0 until links are shared out.

    Returns
    -------
    float
        When it ends, s; infinity where that hangs on the rate.
    """
    if to == SETUP:
        return now_s + float(jobs.setup_s[job])
    if to == RESUME:
        return now_s + float(jobs.resume_s[job])
    own = jobs.disk_bytes_per_s[job] if to == DISK else jobs.memory_bytes_per_s[job]
    part = jobs.disk_bytes[job] if to == DISK else jobs.memory_bytes[job]
    flows_out.route[job] = 2 * job if to == DISK else 2 * job + 1
    flows_out.own_bytes_per_s[job] = own
    copies_out.part_bytes[job] = copies_out.rest_bytes[job] = part
    copies_out.part_s[job] = copies_out.last_s[job] = now_s
    join(job, routes, flows_out, members_out)
    route = flows_out.route[job]
    if routes.start[route] == routes.start[route + 1]:
        flows_out.bytes_per_s[job] = own
        flows_out.bottleneck[job] = OWN
        return now_s + float(part / own)
    flows_out.bytes_per_s[job] = 0.0
    return math.inf
