"""A queue for slots: who starts when slots are free again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vmlab.kernels.compile import kernel
from vmlab.kernels.event_heap import put, take
from vmlab.kernels.flows import Floats, Indices, Records

#: Where a job is: not asked for yet (or to be tried again), in the queue, ...
DELAYED, WAITING = 0, 1
#: ... setting up, copying disks, copying memory, paused, resuming, done with.
SETUP, DISK, MEMORY, STOP, RESUME, OVER = 2, 3, 4, 5, 6, 7
#: Nothing stands in the way, or stood.
NOTHING = -1


class Claims(NamedTuple):
    """What each job takes of which resource, for as long as it runs.

    Parameters
    ----------
    slots : numpy.ndarray of int64, shape (resources,)
        What there is of each resource.
    start : numpy.ndarray of int64, shape (jobs + 1,)
        Where each job's run begins.
    resource, cost : numpy.ndarray of int64
        The runs; no resource twice in one.
    job_start : numpy.ndarray of int64, shape (resources + 1,)
        Where the run of jobs that claim a resource begins.
    job : numpy.ndarray of int64
        Those runs, in the order of the queue.
    """

    slots: Indices
    start: Indices
    resource: Indices
    cost: Indices
    job_start: Indices
    job: Indices


#: A resource: its slots that are free; before the head of its run all jobs are over,
#: and the cursor reads on from there to the end; what its cheapest and its dearest
#: job take; and when it last made room.
RESOURCE = np.dtype(
    [
        ("free", "i8"),
        ("head", "i8"),
        ("cursor", "i8"),
        ("end", "i8"),
        ("least", "i8"),
        ("most", "i8"),
        ("mark", "i8"),
    ]
)
#: A claim: which resource, and how many of its slots.
CLAIM = np.dtype([("resource", "i8"), ("cost", "i8")])


class Queue(NamedTuple):
    """The queue and what is free.

    Parameters
    ----------
    resources, claims : numpy.recarray
        Of ``RESOURCE`` and ``CLAIM``.
    start : numpy.ndarray of int64, shape (jobs + 1,)
        Where each job's run of claims begins.
    job : numpy.ndarray of int64
        Runs of jobs by resource, as in `Claims`.
    freed : numpy.ndarray of int64, shape (resources,)
        Resources that made room where room was missing.
    new, started : numpy.ndarray of int64, shape (jobs,)
        Jobs that have just come to wait, and jobs that start.
    keys : numpy.ndarray of float64, shape (resources + 1,)
        The least job of each list of jobs; the last list is ``new``, ...
    heap, place : numpy.ndarray of int64, shape (resources + 1,)
        ... as a heap.
    front : numpy.ndarray of int64, shape (2,)
        For a queue without overtaking: its head, and what that waits for.
    """

    resources: Records
    claims: Records
    start: Indices
    job: Indices
    freed: Indices
    new: Indices
    started: Indices
    keys: Floats
    heap: Indices
    place: Indices
    front: Indices


@kernel
def give_back(
    begin: int,
    end: int,
    freed: int,
    turn: int,
    claims: Records,
    resources_out: Records,
    freed_out: Indices,
) -> int:
    """Give back the slots of a job.

    Parameters
    ----------
    begin, end : int
        Its claims.
    freed : int
        How many resources have made room so far.
    turn : int
        Number of the instant.
    claims, resources_out, freed_out : numpy.ndarray
        As in `Queue`.

    Returns
    -------
    int
        How many resources have made room now. One that had room for the
        dearest job held up nobody, and does not count.
    """
    for i in range(begin, end):
        claim = claims[i]
        resource = resources_out[claim.resource]
        if resource.free < resource.most and resource.mark != turn:
            resource.mark = turn
            freed_out[freed] = claim.resource
            freed += 1
        resource.free += claim.cost
    return freed


@kernel
def _take_slots(begin: int, end: int, claims: Records, resources_out: Records) -> int:
    """Take the slots of a job, or say which resource has no room for it."""
    for i in range(begin, end):
        if resources_out[claims[i].resource].free < claims[i].cost:
            return int(claims[i].resource)
    for i in range(begin, end):
        resources_out[claims[i].resource].free -= claims[i].cost
    return NOTHING


@kernel
def admit(overtaking: bool, freed: int, new: int, queue_out: Queue, copies_out: Records) -> int:
    """Start what finds room, in the order of the queue.

    Parameters
    ----------
    overtaking : bool
        Whether a job may start before one that waits for another resource.
    freed, new : int
        Resources that made room, and jobs that have come to wait, at this instant.
    queue_out : Queue
        What jobs need and what is free: ``started`` is filled.
    copies_out : numpy.recarray
        Where each job is, and what it waited for.

    Returns
    -------
    int
        How many start.

    Notes
    -----
    Every resource that a job needs must have room, or all of it waits. With
    overtaking only jobs that claim what has made room are looked at, those of
    several resources merged: the others were looked at before, in vain.
    """
    coming = queue_out.new[:new]
    coming.sort()
    if not overtaking:
        return _admit_first(coming, queue_out, copies_out)
    resources, claims, start = queue_out.resources, queue_out.claims, queue_out.start
    keys, heap, place = queue_out.keys, queue_out.heap, queue_out.place
    jobs = queue_out.job
    lists = len(resources)
    size, at, started = 0, 0, 0
    if new > 0:
        size = put(lists, float(coming[0]), size, keys, heap, place)
    for i in range(freed):
        resource = resources[queue_out.freed[i]]
        while resource.head < resource.end and copies_out[jobs[resource.head]].phase == OVER:
            resource.head += 1
        resource.cursor = resource.head
        if resource.head < resource.end:
            first = float(jobs[resource.head])
            size = put(queue_out.freed[i], first, size, keys, heap, place)
    while size > 0:
        top = heap[0]
        job = int(keys[top])
        if copies_out[job].phase == WAITING:
            lacking = _take_slots(start[job], start[job + 1], claims, resources)
            if lacking == NOTHING:
                copies_out[job].phase = SETUP
                copies_out[job].waited_for = top if top < lists else NOTHING
                queue_out.started[started] = job
                started += 1
        following = NOTHING
        if top == lists:
            at += 1
            if at < new:
                following = coming[at]
        elif resources[top].free >= resources[top].least:
            resource = resources[top]
            cursor = resource.cursor + 1
            while cursor < resource.end and copies_out[jobs[cursor]].phase != WAITING:
                cursor += 1
            resource.cursor = cursor
            if cursor < resource.end:
                following = jobs[cursor]
        if following == NOTHING:
            size = take(size, keys, heap, place)
        else:
            size = put(top, float(following), size, keys, heap, place)
    return started


@kernel
def _admit_first(coming: Indices, queue_out: Queue, copies_out: Records) -> int:
    """`admit` where the first that waits holds up all others."""
    front, start = queue_out.front, queue_out.start
    for i in range(len(coming)):
        front[0] = min(front[0], coming[i])
    started = 0
    fresh = 0
    while front[0] < len(copies_out):
        job = front[0]
        if copies_out[job].phase == WAITING:
            while fresh < len(coming) and coming[fresh] < job:
                fresh += 1
            is_new = fresh < len(coming) and coming[fresh] == job
            lacking = _take_slots(start[job], start[job + 1], queue_out.claims, queue_out.resources)
            if lacking != NOTHING:
                front[1] = lacking
                break
            copies_out[job].phase = SETUP
            copies_out[job].waited_for = NOTHING if is_new else front[1]
            queue_out.started[started] = job
            started += 1
        front[0] += 1
    return started
