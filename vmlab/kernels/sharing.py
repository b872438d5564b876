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
    Claims,
    Queue,
    admit,
    give_back,
)
from vmlab.kernels.compile import kernel
from vmlab.kernels.copies import Copies, after, begin, note_links, settle
from vmlab.kernels.event_heap import put, take
from vmlab.kernels.flows import Filling, Flows, Indices, Members, Routes, leave
from vmlab.kernels.max_min import share_out
from vmlab.kernels.sharing_terms import FAILED, MOVED, Jobs, Terms, Trace, Ways

#: Events that are so near each other, as a share of the time, are one.
TOGETHER = 1e-12
#: A rate that changes by less than this share stays as it is.
UNCHANGED = 1e-13


@kernel
def run_queue(
    jobs: Jobs,
    claims: Claims,
    routes: Routes,
    terms: Terms,
    queue_out: Queue,
    flows_out: Flows,
    members_out: Members,
    filling_out: Filling,
    copies_out: Copies,
    ways_out: Ways,
    trace_out: Trace,
) -> tuple[int, int, int]:
    """Run all migrations of a queue to their ends.

    Parameters
    ----------
    jobs : Jobs
        What is copied.
    claims : Claims
        The slots that each needs.
    routes : Routes
        The links that each goes over.
    terms : Terms
        How the queue is run.
    queue_out, flows_out, members_out, filling_out, copies_out : NamedTuple
        Space to work in, as `vmlab.kernels.fleet_space` makes it.
    ways_out : Ways
        Filled with how each went.
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
    phase, event_s = queue_out.phase, copies_out.event_s
    heap, place = copies_out.heap, copies_out.place
    size, turn, changes, looked_at = 0, 0, 0, 0
    for job in range(len(phase)):
        size = put(job, jobs.ready_s[job], size, event_s, heap, place)
    while size > 0 and event_s[heap[0]] < math.inf:
        now_s = event_s[heap[0]]
        until_s = now_s + TOGETHER * abs(now_s)
        turn += 1
        changed, freed, new = 0, 0, 0
        while size > 0 and event_s[heap[0]] <= until_s:
            job = heap[0]
            was = phase[job]
            if was == DELAYED:
                size = take(size, event_s, heap, place)
                phase[job] = WAITING
                queue_out.new[new] = job
                new += 1
                continue
            flows_now = DISK <= was <= STOP
            if flows_now:
                settle(job, now_s, flows_out, copies_out, ways_out)
            if copies_out.fail_s[job] <= until_s:
                to = OVER
                ways_out.state[job] = FAILED
                if flows_now:
                    part = copies_out.part_bytes[job] - copies_out.rest_bytes[job]
                    ways_out.sent_bytes[job] += part
            else:
                to = after(was, job, now_s, jobs, routes, terms, copies_out, ways_out)
                if to == RESUME and jobs.resume_s[job] <= 0.0:
                    to = OVER
                    ways_out.state[job] = MOVED
            goes_on = was == MEMORY and MEMORY <= to <= STOP
            if flows_now and not goes_on:
                changed = note_links(job, turn, changed, routes, flows_out, copies_out)
                leave(job, routes, flows_out, members_out)
            phase[job] = to
            if to == OVER:
                size = take(size, event_s, heap, place)
                freed = give_back(job, freed, turn, claims, queue_out)
                ways_out.end_s[job] = now_s
                if ways_out.state[job] != MOVED and ways_out.attempts[job] < terms.most_attempts:
                    phase[job] = DELAYED
                    again_s = now_s + terms.retry_after_s
                    size = put(job, again_s, size, event_s, heap, place)
                continue
            if goes_on:
                next_s = now_s + copies_out.rest_bytes[job] / flows_out.bytes_per_s[job]
            else:
                next_s = begin(to, job, now_s, jobs, routes, flows_out, members_out, copies_out)
                if DISK <= to <= MEMORY:
                    changed = note_links(job, turn, changed, routes, flows_out, copies_out)
            next_s = min(next_s, copies_out.fail_s[job])
            size = put(job, next_s, size, event_s, heap, place)
        started = 0
        if freed > 0 or new > 0:
            started = admit(terms.overtaking, freed, new, claims, queue_out)
        for i in range(started):
            job = queue_out.started[i]
            fail = jobs.fail_start[job] + ways_out.attempts[job]
            fails = fail < jobs.fail_start[job + 1]
            copies_out.fail_s[job] = now_s + jobs.fail_after_s[fail] if fails else math.inf
            ways_out.attempts[job] += 1
            ways_out.waited_for[job] = queue_out.waited_for[job]
            ways_out.start_s[job] = now_s
            ways_out.pause_s[job] = ways_out.end_s[job] = math.nan
            ways_out.rounds[job] = 0
            to = SETUP
            if jobs.setup_s[job] <= 0.0:
                to = after(SETUP, job, now_s, jobs, routes, terms, copies_out, ways_out)
            phase[job] = to
            next_s = begin(to, job, now_s, jobs, routes, flows_out, members_out, copies_out)
            if DISK <= to <= MEMORY:
                changed = note_links(job, turn, changed, routes, flows_out, copies_out)
            next_s = min(next_s, copies_out.fail_s[job])
            size = put(job, next_s, size, event_s, heap, place)
        if changed == 0:
            continue
        if terms.full:
            changed = len(routes.link_bytes_per_s)
            for link in range(changed):
                copies_out.changed[link] = link
        flows, links = share_out(
            copies_out.changed, changed, routes, members_out, flows_out, filling_out
        )
        looked_at += flows
        for i in range(flows):
            job = filling_out.flows[i]
            rate, old = flows_out.next_bytes_per_s[job], flows_out.bytes_per_s[job]
            if abs(rate - old) <= UNCHANGED * old:
                continue
            settle(job, now_s, flows_out, copies_out, ways_out)
            flows_out.bytes_per_s[job] = rate
            next_s = now_s + copies_out.rest_bytes[job] / rate if rate > 0.0 else math.inf
            next_s = max(min(next_s, copies_out.fail_s[job]), now_s)
            size = put(job, next_s, size, event_s, heap, place)
        if len(trace_out.time_s) > 0:
            changes = _record(
                now_s,
                changes,
                changed,
                links,
                copies_out.changed,
                members_out,
                flows_out,
                filling_out,
                trace_out,
            )
    return turn, changes, looked_at


@kernel
def _record(
    now_s: float,
    changes: int,
    changed: int,
    links: int,
    emptied: Indices,
    members: Members,
    flows: Flows,
    filling: Filling,
    trace_out: Trace,
) -> int:
    """Write down what the links that were looked at carry; those that were left may be empty."""
    for i in range(links + changed):
        link = filling.links[i] if i < links else emptied[i - links]
        count = members.number[link]
        if i >= links and count > 0:
            continue
        if changes < len(trace_out.time_s):
            total = 0.0
            for at in range(members.begin[link], members.begin[link] + count):
                total += flows.bytes_per_s[members.flow[at]]
            trace_out.time_s[changes] = now_s
            trace_out.link[changes] = link
            trace_out.bytes_per_s[changes] = total
        changes += 1
    return changes
