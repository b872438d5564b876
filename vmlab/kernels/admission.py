"""A queue for slots: who starts when slots are free again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel
from vmlab.kernels.event_heap import put, take

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

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


class Queue(NamedTuple):
    """The queue and what is free.

    Parameters
    ----------
    phase : numpy.ndarray of int64, shape (jobs,)
        Where each job is.
    free : numpy.ndarray of int64, shape (resources,)
        Slots.
    head, cursor : numpy.ndarray of int64, shape (resources,)
        Before the head all jobs of a resource are over; the cursor is read from there.
    least, most : numpy.ndarray of int64, shape (resources,)
        What the cheapest and the dearest job take.
    freed, mark : numpy.ndarray of int64, shape (resources,)
        Resources that made room where room was missing, and when.
    new : numpy.ndarray of int64, shape (jobs,)
        Jobs that have just come to wait.
    started, waited_for : numpy.ndarray of int64, shape (jobs,)
        Jobs that start, and for what they waited.
    keys : numpy.ndarray of float64, shape (resources + 1,)
    heap, place : numpy.ndarray of int64, shape (resources + 1,)
        Lists of jobs, that of the least job on top; the last list is ``new``.
    front : numpy.ndarray of int64, shape (2,)
        For a queue without overtaking: its head, and what that waits for.
    """

    phase: Indices
    free: Indices
    head: Indices
    cursor: Indices
    least: Indices
    most: Indices
    freed: Indices
    mark: Indices
    new: Indices
    started: Indices
    waited_for: Indices
    keys: Floats
    heap: Indices
    place: Indices
    front: Indices


@kernel
def give_back(job: int, freed: int, turn: int, claims: Claims, queue_out: Queue) -> int:
    """Give back the slots of a job.

    Parameters
    ----------
    job : int
        The one that has ended.
    freed : int
        How many resources have made room so far.
    turn : int
        Number of the instant.
    claims, queue_out : Claims, Queue
        What it took, and the queue.

    Returns
    -------
    int
        How many resources have made room now. One that had room for the
        dearest job held up nobody, and does not count.
    """
    free = queue_out.free
    for i in range(claims.start[job], claims.start[job + 1]):
        resource = claims.resource[i]
        if free[resource] < queue_out.most[resource] and queue_out.mark[resource] != turn:
            queue_out.mark[resource] = turn
            queue_out.freed[freed] = resource
            freed += 1
        free[resource] += claims.cost[i]
    return freed


@kernel
def _take_slots(job: int, claims: Claims, queue_out: Queue) -> int:
    """Take the slots of a job, or say which resource has no room for it."""
    free = queue_out.free
    for i in range(claims.start[job], claims.start[job + 1]):
        if free[claims.resource[i]] < claims.cost[i]:
            return int(claims.resource[i])
    for i in range(claims.start[job], claims.start[job + 1]):
        free[claims.resource[i]] -= claims.cost[i]
    return NOTHING


@kernel
def admit(overtaking: bool, freed: int, new: int, claims: Claims, queue_out: Queue) -> int:
    """Start what finds room, in the order of the queue.

    Parameters
    ----------
    overtaking : bool
        Whether a job may start before one that waits for another resource.
    freed, new : int
        Resources that made room, and jobs that have come to wait, at this instant.
    claims, queue_out : Claims, Queue
        What jobs need, and the queue: ``started`` is filled.

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
        return _admit_first(coming, claims, queue_out)
    phase, keys, heap, place = queue_out.phase, queue_out.keys, queue_out.heap, queue_out.place
    lists = len(claims.slots)
    size, at, started = 0, 0, 0
    if new > 0:
        size = put(lists, float(coming[0]), size, keys, heap, place)
    for i in range(freed):
        resource = queue_out.freed[i]
        head, end = queue_out.head[resource], claims.job_start[resource + 1]
        while head < end and phase[claims.job[head]] == OVER:
            head += 1
        queue_out.head[resource] = head
        queue_out.cursor[resource] = head
        if head < end:
            size = put(resource, float(claims.job[head]), size, keys, heap, place)
    while size > 0:
        top = heap[0]
        job = int(keys[top])
        if phase[job] == WAITING and _take_slots(job, claims, queue_out) == NOTHING:
            phase[job] = SETUP
            queue_out.waited_for[job] = top if top < lists else NOTHING
            queue_out.started[started] = job
            started += 1
        following = NOTHING
        if top == lists:
            at += 1
            if at < new:
                following = coming[at]
        elif queue_out.free[top] >= queue_out.least[top]:
            cursor, end = queue_out.cursor[top] + 1, claims.job_start[top + 1]
            while cursor < end and phase[claims.job[cursor]] != WAITING:
                cursor += 1
            queue_out.cursor[top] = cursor
            if cursor < end:
                following = claims.job[cursor]
        if following == NOTHING:
            size = take(size, keys, heap, place)
        else:
            size = put(top, float(following), size, keys, heap, place)
    return started


@kernel
def _admit_first(coming: Indices, claims: Claims, queue_out: Queue) -> int:
    """`admit` where the first that waits holds up all others."""
    phase, front = queue_out.phase, queue_out.front
    for i in range(len(coming)):
        front[0] = min(front[0], coming[i])
    started = 0
    fresh = 0
    while front[0] < len(phase):
        job = front[0]
        if phase[job] == WAITING:
            while fresh < len(coming) and coming[fresh] < job:
                fresh += 1
            is_new = fresh < len(coming) and coming[fresh] == job
            lacking = _take_slots(job, claims, queue_out)
            if lacking != NOTHING:
                front[1] = lacking
                break
            phase[job] = SETUP
            queue_out.waited_for[job] = NOTHING if is_new else front[1]
            queue_out.started[started] = job
            started += 1
        front[0] += 1
    return started
