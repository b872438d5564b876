"""Copies under way beside each other: what each sends now, and what comes after it."""

from __future__ import annotations

import math

from vmlab.kernels.admission import DISK, MEMORY, OVER, RESUME, SETUP, STOP
from vmlab.kernels.compile import kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.ends import SETTLED
from vmlab.kernels.flows import OWN, Net, Records, join
from vmlab.kernels.sharing_terms import ENDLESS, MOVED, TOO_LONG, Writes


@kernel
def settle(job: int, now_s: float, copies_out: Records, entries_out: Records) -> None:
    """Reckon what a flow has sent since it was last looked at.

    Parameters
    ----------
    job : int
        Whose.
    now_s : float
        The present, s.
    copies_out : numpy.recarray of ``COPY``
        With its rate since then; its rest is brought up to date.
    entries_out : numpy.recarray of ``ENTRY``
        What held it back.
    """
    copy = copies_out[job]
    passed_s = now_s - copy.last_s
    copy.last_s = now_s
    if passed_s <= 0.0:
        return
    copy.rest_bytes -= passed_s * copy.bytes_per_s
    if copy.bottleneck == OWN:
        copy.own_s += passed_s
    else:
        entries_out[copy.bottleneck].held_s += passed_s


@kernel
def after(
    was: int,
    job: int,
    now_s: float,
    most_rounds: int,
    jobs: Records,
    writes: Writes,
    net: Net,
    copies_out: Records,
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
    most_rounds : int
        After so many rounds a copy counts as endless.
    jobs : numpy.recarray of ``JOB``
        What it has to copy.
    writes, net : Writes, Net
        What its guest writes, and its links.
    copies_out : numpy.recarray of ``COPY``
        What it sends from now on, for another round or the stop phase; what has
        been sent; how it ended where it is over.

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
    facts, copy = jobs[job], copies_out[job]
    if was == SETUP and facts.disk_bytes > 0.0:
        return DISK
    if DISK <= was <= STOP:
        copy.sent_bytes += copy.part_bytes
    if SETUP <= was <= DISK and facts.memory_bytes > 0.0:
        return MEMORY
    if was == DISK:
        copy.pause_s = now_s
    if was == STOP:
        copy.rounds += 1
    if was == RESUME:
        copy.state = MOVED
        return OVER
    if was != MEMORY:
        return RESUME
    copy.rounds += 1
    duration_s = now_s - copy.part_s
    sent = copy.part_bytes
    rest = dirtied_bytes(
        duration_s,
        writes.class_bytes[facts.classes : facts.classes_end],
        writes.class_writes_per_s[facts.classes : facts.classes_end],
        writes.curve_s[facts.points : facts.points_end],
        writes.curve_bytes[facts.points : facts.points_end],
    )
    if 2.0 * rest < facts.page_bytes:
        rest = 0.0
    copy.part_bytes = rest
    copy.rest_bytes = rest
    copy.part_s = now_s
    forced = facts.max_rounds > 0 and copy.rounds >= facts.max_rounds
    if forced or rest * duration_s <= facts.limit_s * sent:
        if rest * duration_s > facts.longest_stop_s * sent:
            copy.state = TOO_LONG
            return OVER
        copy.pause_s = now_s
        return STOP if rest > 0.0 else RESUME
    settled = facts.max_rounds == 0 and rest >= sent * (1.0 - SETTLED)
    if settled:
        begin, end = net.start[2 * job + 1], net.start[2 * job + 2]
        best = best_bytes_per_s(facts.memory_bytes_per_s, begin, end, net.entries, net.links)
        settled = sent >= best * duration_s * (1.0 - SETTLED)
    if settled or copy.rounds >= most_rounds:
        copy.state = ENDLESS
        return OVER
    return MEMORY


@kernel
def best_bytes_per_s(
    own_bytes_per_s: float, begin: int, end: int, entries: Records, links: Records
) -> float:
    """The rate of a flow when nobody else is there.

    Parameters
    ----------
    own_bytes_per_s : float
        Its own.
    begin, end : int
        The entries of its route.
    entries, links : numpy.recarray
        As in `Net`.

    Returns
    -------
    float
        Bytes/s.
    """
    best = own_bytes_per_s
    for i in range(begin, end):
        best = min(best, links[entries[i].link].bytes_per_s)
    return best


@kernel
def begin_part(
    to: int, job: int, now_s: float, jobs: Records, net_out: Net, copies_out: Records
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
    jobs : numpy.recarray of ``JOB``
        What it has to copy.
    net_out, copies_out : Net, numpy.recarray of ``COPY``
        Where its flow is entered; its rate is 0 until links are shared out.

    Returns
    -------
    float
        When it ends, s; infinity where that hangs on the rate.
    """
    facts, copy = jobs[job], copies_out[job]
    copy.phase = to
    if to == SETUP:
        return now_s + float(facts.setup_s)
    if to == RESUME:
        return now_s + float(facts.resume_s)
    memory = to == MEMORY
    copy.own_bytes_per_s = facts.memory_bytes_per_s if memory else facts.disk_bytes_per_s
    copy.part_bytes = facts.memory_bytes if memory else facts.disk_bytes
    copy.route = 2 * job + 1 if memory else 2 * job
    copy.rest_bytes = copy.part_bytes
    copy.part_s = now_s
    copy.last_s = now_s
    copy.bytes_per_s = 0.0
    begin, end = net_out.start[copy.route], net_out.start[copy.route + 1]
    if begin == end:
        copy.bytes_per_s = copy.own_bytes_per_s
        copy.bottleneck = OWN
        return now_s + float(copy.part_bytes / copy.own_bytes_per_s)
    join(job, begin, end, net_out.entries, net_out.members, net_out.links)
    return math.inf
