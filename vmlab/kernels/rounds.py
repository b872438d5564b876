"""Rounds of pre-copy under any rule: what ends them, what paces them, what slows the guest."""

from __future__ import annotations

import math

from vmlab.kernels.compile import NumbersOut, kernel
from vmlab.kernels.ends import (
    DOWNTIME_LIMIT,
    GIVE_UP,
    GIVEN_UP,
    MOST_ROUNDS,
    NEVER,
    POST_COPY,
    RATE_LIMIT,
    ROUNDS_DONE,
    SETTLED,
    SWITCH,
    TIMED_OUT,
    Ends,
    limit_at_s,
)
from vmlab.kernels.overlap import left_bytes
from vmlab.kernels.pace import Pace, Wire, peeked
from vmlab.kernels.sender import Sender, hit_share, most_wire_bytes_per_s, wire_share
from vmlab.kernels.throttle import Periods, Throttle, after_pass, can_rise, throttled
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes
from vmlab.kernels.workload import Span, Work, dirtied_in


@kernel
def copy_rounds(
    first_bytes: float,
    page_bytes: float,
    start_s: float,
    work: Work,
    wire: Wire,
    sender: Sender,
    pace: Pace,
    throttle: Throttle,
    ends: Ends,
    sent_bytes_out: NumbersOut,
    duration_s_out: NumbersOut,
    dirtied_bytes_out: NumbersOut,
    taken_out: NumbersOut,
) -> tuple[int, int, bool, float, float, float]:
    """Send all memory, then what was dirtied meanwhile, until something ends it.

    Parameters
    ----------
    first_bytes : float
        What the first round sends, bytes of memory.
    page_bytes : float
        Size of a page; less than half a page is nothing.
    start_s : float
        When the copy starts, s.
    work, wire, sender, pace, throttle, ends : Work, Wire, Sender, Pace, Throttle, Ends
        The guest, the link, and the rules.
    sent_bytes_out, duration_s_out, dirtied_bytes_out, taken_out : sequence of float
        Filled with one entry a pass that sends something, stop phase last:
        bytes on the wire, s, bytes of memory, and the share of the guest's
        time that the throttle took. Length ``MOST_ROUNDS + 1`` or ``max_rounds
        + 1``.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        One of the constants of `vmlab.kernels.ends`.
    moved : bool
        Whether the rest arrived; after a switch, false: the push is to come.
    pause_s, end_s : float
        When the guest was paused (or the copy given up) and the last byte sent.
    rest_bytes : float
        Memory that the destination lacks where the copy was given up or a
        switch took place, bytes.

    Notes
    -----
    In each round, in this order:

    1. ``share = `` bytes on the wire for a byte of memory; the rate is the
       wire's, the pace's or what the sender's work allows, whichever is least.
    2. ``duration = transfer_s(rest * share)``; the throttle slows the guest.
    3. With a pace that peeks, less is due: `peeked`.
    4. A deadline or a switch within the round cuts it: `left_bytes`.
    5. ``rest = `` what was dirtied. The round's end is the only time at which
       the stop is judged: the rest fits the limit of that instant, or the
       pace has enough, or would have to be too fast.

    At a constant rate and full speed the rests fall monotonically, for what is
    dirtied never decreases with time; one that no longer falls is a fixed
    point above the limit. Where nothing is to come that would change that - a
    rate, a phase, a ramp, a step of the throttle - it ends the run as ``NEVER``.

    References
    ----------
    Clark et al., NSDI 2005, sections 3.2, 4, 5.3 and 5.4; the geometric and
    the bounded model are its special cases.
    """
    passes = 0
    now_s = start_s
    rest_bytes = first_bytes
    wire_change_s = wire.from_s[len(wire.from_s) - 1]
    last_change_s = max(wire_change_s, work.phase_from_s[len(work.phase_from_s) - 1])
    last_change_s = max(last_change_s, ends.ramp_steps * ends.ramp_every_s)
    cut_at_s = min(ends.deadline_s, ends.switch_s)
    endless = ends.max_rounds == 0 and ends.switch_rounds == 0 and cut_at_s == math.inf
    how = NEVER if ends.max_rounds == 0 else ROUNDS_DONE
    last = Span(start_s, math.inf, 1.0)
    guest_s = 0.0  # up to the start of the last round
    pace_bytes_per_s = min(pace.first_bytes_per_s, pace.most_bytes_per_s)
    periods = Periods(0.0, 0.0, 0.0, 0.0, 0.0)
    share = wire_share(0.0, sender)
    number = 1
    most_rounds = ends.max_rounds if ends.max_rounds > 0 else MOST_ROUNDS
    while number <= most_rounds:
        most = min(pace_bytes_per_s, most_wire_bytes_per_s(share, number > 1, sender))
        pending = rest_bytes
        due = rest_bytes
        duration_s = transfer_s(due * share, now_s, wire.from_s, wire.bytes_per_s, most)
        speed, taken = 1.0, 0.0
        if throttle.kind > 0 and duration_s < math.inf:
            full = Span(now_s, duration_s, 1.0)
            speed, taken = throttled(periods.level, pending, full, work, throttle)
        if pace.peeks and duration_s < math.inf:
            now = Span(now_s, duration_s, speed)
            duration_s, due = peeked(pending, duration_s, share, most, last, now, work, wire)
        if now_s + duration_s >= cut_at_s or duration_s == math.inf:
            cut_s = cut_at_s if cut_at_s < math.inf else wire_change_s
            how = NEVER
            if cut_at_s < math.inf:
                switches = ends.switch_s <= ends.deadline_s or ends.at_deadline == SWITCH
                how = POST_COPY if switches else TIMED_OUT
            duration_s = max(cut_s - now_s, 0.0)
            now = Span(now_s, duration_s, speed)
            sent = transferred_bytes(duration_s, now_s, wire.from_s, wire.bytes_per_s, most)
            if 2.0 * sent >= page_bytes * share:
                sent_bytes_out[passes] = sent
                duration_s_out[passes] = duration_s
                taken_out[passes] = taken
                dirtied_bytes_out[passes] = dirtied_in(now, work)
                passes += 1
            done = min(sent / (due * share), 1.0) if due > 0.0 else 0.0
            rest_bytes = left_bytes(pending, done, last, now, work)
            now_s += duration_s
            break
        now = Span(now_s, duration_s, speed)
        dirtied = dirtied_in(now, work)
        if 2.0 * dirtied < page_bytes:
            dirtied = 0.0
        if pending > 0.0:
            sent_bytes_out[passes] = due * share
            duration_s_out[passes] = duration_s
            taken_out[passes] = taken
            dirtied_bytes_out[passes] = dirtied
            passes += 1
        settled = now_s >= last_change_s and dirtied >= pending * (1.0 - SETTLED)
        settled = settled and not can_rise(periods.level, throttle)
        settled = settled and (number > 2 or sender.cache_bytes <= 0.0)
        periods = after_pass(periods, duration_s, due * share, dirtied, throttle)
        guest_s += last.duration_s * last.speed if number > 1 else 0.0
        last = now
        rest_bytes = dirtied
        now_s += duration_s
        number += 1
        share = wire_share(hit_share(number, start_s, guest_s, last, work, sender), sender)
        if number - 1 == ends.switch_rounds:
            how = POST_COPY
            break
        most = min(pace.most_bytes_per_s, most_wire_bytes_per_s(share, True, sender))
        rate = min(rate_at(now_s, wire.from_s, wire.bytes_per_s), most)
        if rest_bytes * share <= limit_at_s(now_s, ends) * rate or rest_bytes < pace.enough_bytes:
            how = DOWNTIME_LIMIT
            break
        if pace.first_bytes_per_s < math.inf:
            dirty_bytes_per_s = dirtied * share / duration_s if duration_s > 0.0 else 0.0
            asked = dirty_bytes_per_s + pace.headroom_bytes_per_s
            if asked > pace.most_bytes_per_s:
                how = RATE_LIMIT
                break
            pace_bytes_per_s = min(max(asked, pace.first_bytes_per_s), pace.most_bytes_per_s)
        if settled and endless:
            how = NEVER
            break

    given_up = how == NEVER or (how == TIMED_OUT and ends.at_deadline == GIVE_UP)
    if given_up or how == POST_COPY:
        return passes, how, False, now_s, now_s, rest_bytes
    most = min(pace.most_bytes_per_s, most_wire_bytes_per_s(share, number > 1, sender))
    sent = rest_bytes * share
    duration_s = transfer_s(sent, now_s, wire.from_s, wire.bytes_per_s, most)
    if duration_s > ends.longest_stop_s:
        return passes, GIVEN_UP, False, now_s, now_s, rest_bytes
    moved = duration_s < math.inf
    if not moved:
        how = NEVER
        duration_s = max(wire_change_s - now_s, 0.0)
        sent = transferred_bytes(duration_s, now_s, wire.from_s, wire.bytes_per_s, most)
    if 2.0 * sent >= page_bytes * share:
        sent_bytes_out[passes] = sent
        duration_s_out[passes] = duration_s
        taken_out[passes] = 0.0
        dirtied_bytes_out[passes] = 0.0
        passes += 1
    return passes, how, moved, now_s, now_s + duration_s, 0.0
