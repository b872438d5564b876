"""Many migrations at once: a queue for slots, links shared by max-min, events in order of time."""

from __future__ import annotations

import math

from vmlab.kernels.admission import (
    DELAYED,
    DISK,
    MEMORY,
    OVER,
    RESUME,
    SETUP,
    STOP,
    WAITING,
    Queue,
    admit,
    give_back,
)
from vmlab.kernels.compile import kernel
from vmlab.kernels.copies import after, begin_part, settle
from vmlab.kernels.event_heap import put, take
from vmlab.kernels.flows import Floats, Indices, Lists, Net, Records, leave, note_links
from vmlab.kernels.max_min import share_out
from vmlab.kernels.sharing_terms import FAILED, MOVED, Terms, Trace, Writes

#: Events that are so near each other, as a share of the time, are one.
TOGETHER = 1e-12
#: A rate that changes by less than this share stays as it is.
UNCHANGED = 1e-13


@kernel
def run_queue(
    jobs: Records,
    writes: Writes,
    fail_after_s: Floats,
    terms: Terms,
    queue_out: Queue,
    net_out: Net,
    copies_out: Records,
    lists_out: Lists,
    event_s_out: Floats,
    heap_out: Indices,
    place_out: Indices,
    trace_out: Trace,
) -> tuple[int, int, int]:
    """Run all migrations of a queue to their ends.

    Parameters
    ----------
    jobs : numpy.recarray of ``JOB``
        What is copied.
    writes, fail_after_s : Writes, numpy.ndarray of float64
        Runs of all jobs: what guests write, and when attempts fail.
    terms : Terms
        How the queue is run.
    queue_out, net_out, copies_out, lists_out : Queue, Net, numpy.recarray of ``COPY``, Lists
        Slots, links, jobs and space to work in, as `vmlab.kernels.fleet_space`
        makes them; ``copies_out`` says in the end how each job went.
    event_s_out : numpy.ndarray of float64, shape (n,)
        When something comes next of each job, ...
    heap_out, place_out : numpy.ndarray of int64, shape (n,)
        ... as a heap.
    trace_out : Trace
        Filled with the changes of what links carry, as far as there is room.

    Returns
    -------
    events, changes, looked_at : int
        Instants, changes of links (more than there is room for: ask again),
        and flows whose rate was worked out, all times added up.

    Notes
    -----
    At each instant, in this order:

    1. Attempts fail, or come to the end of what they send. A round's end: what
       the round dirtied is the rest, judged by the mean rate of the round.
    2. Jobs that have ended give their slots back; others start.
    3. Links that flows came to or left are shared out anew: `share_out`.

    References
    ----------
    Rounds: Clark et al., NSDI 2005, section 3.2; see `vmlab.kernels.rounds`.
    """
    start, entries, links = net_out.start, net_out.entries, net_out.links
    changed_links, claims = lists_out.changed, queue_out.start
    size, turn, changes, looked_at = 0, 0, 0, 0
    for job in range(len(jobs)):
        size = put(job, jobs[job].ready_s, size, event_s_out, heap_out, place_out)
    while size > 0 and event_s_out[heap_out[0]] < math.inf:
        now_s = event_s_out[heap_out[0]]
        until_s = now_s + TOGETHER * abs(now_s)
        turn += 1
        changed, freed, new = 0, 0, 0
        while size > 0 and event_s_out[heap_out[0]] <= until_s:
            job = heap_out[0]
            copy = copies_out[job]
            was = copy.phase
            if was == DELAYED:
                size = take(size, event_s_out, heap_out, place_out)
                copy.phase = WAITING
                queue_out.new[new] = job
                new += 1
                continue
            flowing = DISK <= was <= STOP
            if flowing:
                settle(job, now_s, copies_out, entries)
            if copy.fail_s <= until_s:
                to = OVER
                copy.state = FAILED
                if flowing:
                    copy.sent_bytes += copy.part_bytes - copy.rest_bytes
            else:
                to = after(was, job, now_s, terms.most_rounds, jobs, writes, net_out, copies_out)
                if to == RESUME and jobs[job].resume_s <= 0.0:
                    to = OVER
                    copy.state = MOVED
            goes_on = was == MEMORY and MEMORY <= to <= STOP
            if flowing and not goes_on:
                begin, end = start[copy.route], start[copy.route + 1]
                changed = note_links(begin, end, turn, changed, entries, links, changed_links)
                leave(begin, end, entries, net_out.members, links)
            copy.phase = to
            if to == OVER:
                size = take(size, event_s_out, heap_out, place_out)
                freed = give_back(
                    claims[job],
                    claims[job + 1],
                    freed,
                    turn,
                    queue_out.claims,
                    queue_out.resources,
                    queue_out.freed,
                )
                copy.end_s = now_s
                if copy.state != MOVED and copy.attempts < terms.most_attempts:
                    copy.phase = DELAYED
                    again_s = now_s + terms.retry_after_s
                    size = put(job, again_s, size, event_s_out, heap_out, place_out)
                continue
            if goes_on:
                next_s = now_s + copy.rest_bytes / copy.bytes_per_s
            else:
                next_s = begin_part(to, job, now_s, jobs, net_out, copies_out)
                if DISK <= to <= MEMORY:
                    begin, end = start[copy.route], start[copy.route + 1]
                    changed = note_links(begin, end, turn, changed, entries, links, changed_links)
            next_s = min(next_s, copy.fail_s)
            size = put(job, next_s, size, event_s_out, heap_out, place_out)
        started = 0
        if freed > 0 or new > 0:
            started = admit(terms.overtaking, freed, new, queue_out, copies_out)
        for i in range(started):
            job = queue_out.started[i]
            copy = copies_out[job]
            failure = jobs[job].failures + copy.attempts
            fails = failure < jobs[job].failures_end
            copy.fail_s = now_s + fail_after_s[failure] if fails else math.inf
            copy.attempts += 1
            copy.start_s = now_s
            copy.pause_s = math.nan
            copy.end_s = math.nan
            copy.rounds = 0
            to = SETUP
            if jobs[job].setup_s <= 0.0:
                to = after(SETUP, job, now_s, terms.most_rounds, jobs, writes, net_out, copies_out)
            next_s = begin_part(to, job, now_s, jobs, net_out, copies_out)
            if DISK <= to <= MEMORY:
                begin, end = start[copy.route], start[copy.route + 1]
                changed = note_links(begin, end, turn, changed, entries, links, changed_links)
            next_s = min(next_s, copy.fail_s)
            size = put(job, next_s, size, event_s_out, heap_out, place_out)
        if changed == 0:
            continue
        if terms.full:
            changed = len(links)
            for i in range(changed):
                changed_links[i] = i
        flows, found = share_out(changed, net_out, copies_out, lists_out)
        looked_at += flows
        for i in range(flows):
            job = lists_out.flows[i]
            copy = copies_out[job]
            rate = copy.next_bytes_per_s
            if abs(rate - copy.bytes_per_s) <= UNCHANGED * copy.bytes_per_s:
                continue
            settle(job, now_s, copies_out, entries)
            copy.bytes_per_s = rate
            next_s = now_s + copy.rest_bytes / rate if rate > 0.0 else math.inf
            next_s = max(min(next_s, copy.fail_s), now_s)
            size = put(job, next_s, size, event_s_out, heap_out, place_out)
        if len(trace_out.time_s) > 0:
            changes = _record(
                now_s, changes, changed, found, net_out, copies_out, lists_out, trace_out
            )
    return turn, changes, looked_at


@kernel
def _record(
    now_s: float,
    changes: int,
    changed: int,
    found: int,
    net: Net,
    flows: Records,
    lists: Lists,
    trace_out: Trace,
) -> int:
    """Write down what the links that were looked at carry; those that were left may be empty."""
    for i in range(found + changed):
        number = lists.links[i] if i < found else lists.changed[i - found]
        link = net.links[number]
        if i >= found and link.number > 0:
            continue
        if changes < len(trace_out.time_s):
            total = 0.0
            for at in range(link.begin, link.begin + link.number):
                total += flows[net.members[at].flow].bytes_per_s
            trace_out.time_s[changes] = now_s
            trace_out.link[changes] = number
            trace_out.bytes_per_s[changes] = total
        changes += 1
    return changes
