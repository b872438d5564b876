"""QEMU's migration loop: windows of 100 ms, a threshold from what they carried, uncapped stop."""

from __future__ import annotations

import math

from vmlab.kernels.arcs import add_arc
from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.cycles import seen
from vmlab.kernels.precopy import (
    DOWNTIME_LIMIT,
    MOST_ROUNDS,
    NEVER,
    POST_COPY,
    ROUNDS_DONE,
    TIMED_OUT,
)
from vmlab.kernels.qemu_guest import slowed
from vmlab.kernels.qemu_sender import (
    at_last,
    equal_windows,
    next_event_s,
    send_call,
    stop_phase_s,
)
from vmlab.kernels.resync import (
    cache_hits,
    cache_sent,
    unite,
    unite_sweep,
    written_shares,
)

#: The rate limit and the threshold are renewed so often (BUFFER_DELAY), s.
WINDOW_S = 0.1
#: With a throttle, a pass after the first does not go without a sync for longer, s.
_PERIODIC_SYNC_S = 5.0
#: Whether to throttle is asked when the last time was longer ago, s.
_PERIOD_S = 1.0
#: Throttle when more than this share of what was sent was dirtied ...
_TRIGGER = 0.5
#: ... for so many times.
_TIMES_HIGH = 2
#: A window is over, or a budget spent, but for this share of it.
_DUST = 1e-12
#: Sizes are the same that differ by less than this share of what the threshold is away.
_SAME = 0.01

#: What is done at the deadline.
GIVE_UP, PAUSE, SWITCH = range(3)


@kernel
def qemu(
    zero_bytes: float,
    cold_bytes: float,
    page_bytes: float,
    mixed: bool,
    class_bytes: Numbers,
    phase_from_s: Numbers,
    class_writes_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
    sweep: bool,
    zero_wire: float,
    data_wire: float,
    delta_wire: float,
    zero_thread_s: float,
    data_thread_s: float,
    delta_thread_s: float,
    cached_share: float,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    start_s: float,
    budget_bytes: float,
    limit_from_s: Numbers,
    limit_s: Numbers,
    max_rounds: int,
    pause_s: float,
    deadline_s: float,
    at_deadline: int,
    switch_s: float,
    switch_rounds: int,
    throttle_rule: Numbers,
    sent_bytes_out: NumbersOut,
    data_bytes_out: NumbersOut,
    duration_s_out: NumbersOut,
    dirtied_bytes_out: NumbersOut,
    throttle_out: NumbersOut,
    class_rest_out: NumbersOut,
    share_out: NumbersOut,
    hit_out: NumbersOut,
    cached_out: NumbersOut,
    state_out: NumbersOut,
    at_out: NumbersOut,
    arcs_out: NumbersOut,
    thread_rate_out: NumbersOut,
) -> tuple[int, int, bool, float, float, float, float, float]:
    """Run QEMU's loop on expected bytes.

    Parameters
    ----------
    zero_bytes, cold_bytes : float
        Memory of zeros, and other memory that is never written, bytes.
    page_bytes : float
        Size of a page.
    mixed : bool
        The classes lie anywhere in memory that is not zero. Else the first
        pass sends them last. Zero pages lie among the lower half of what the
        first pass sends before them.
    class_bytes, phase_from_s, class_writes_per_s, curve_s, curve_bytes
        The workload, as in `written_shares`.
    sweep : bool
        The only class is written in the order of its addresses, from the
        first on, round and round.
    zero_wire, data_wire, delta_wire : float
        Bytes on the wire to one of memory: zero pages, others, and those that
        are still in the delta cache.
    zero_thread_s, data_thread_s, delta_thread_s : float
        Time that the sending thread needs for one byte of memory, s.
    cached_share : float
        Share of the classes that fits into the delta cache; 0 is no cache.
    rate_from_s, rate_bytes_per_s : sequence of float
        The wire, as in `transfer_s`; finite.
    start_s : float
        When the copy begins; the first window begins before it, at 0.
    budget_bytes : float
        What a window may send: the cap times `WINDOW_S`; infinity is no cap.
    limit_from_s, limit_s : sequence of float
        The downtime limit, s, from each instant on; the first is 0.
    max_rounds : int
        Syncs after which the stop is forced; 0 is none.
    pause_s : float
        When the guest is paused whatever is left (stop-and-copy); infinity is
        never. The loop goes on under its cap.
    deadline_s : float
        When `at_deadline` is done: ``GIVE_UP``, ``PAUSE`` or ``SWITCH``.
    switch_s, switch_rounds : float, int
        Go over to post-copy from an instant on, or after so many syncs; 0
        syncs is never.
    throttle_rule : sequence of float, shape (6,)
        As in `slowed`; none where the first is 0.
    sent_bytes_out, data_bytes_out, duration_s_out, dirtied_bytes_out, throttle_out
        Filled with an entry a pass that sends something, the stop phase last:
        bytes on the wire, memory of pages that are not zero, seconds, distinct
        memory written, share of the guest's time taken away. Length
        ``MOST_ROUNDS + 2``.
    class_rest_out : sequence of float, shape (n,)
        What the destination lacks of each class when a switch took place.
    share_out, hit_out, cached_out : sequence of float, shape (n,)
        Working space.
    state_out, at_out, arcs_out, thread_rate_out : sequence of float
        Working space of ``2 * n + STATE``, 2, ``1 + 2 * MOST_ARCS`` numbers, and
        as many as the wire has rates.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        A constant of `vmlab.kernels.precopy`, or ``POST_COPY``.
    moved : bool
        Whether the rest arrived; after a switch, false: the push is to come.
    pause_s, end_s : float
        When the guest was paused (or the copy given up) and the last byte sent.
    rest_zero_bytes, rest_cold_bytes : float
        What is unsent of them after a switch.
    found_bytes : float
        What the last sync found.

    Notes
    -----
    Again and again, as `migration_iteration_run` does it:

    1. ``left < threshold``: synchronise. ``left < threshold`` still, or
       nothing left at all: stop, synchronise, send the rest without the cap.
       So a threshold of 0, the first window's, stops a copy only when nothing
       is left, and does so without a look at what was written meanwhile.
    2. Send until the budget is spent, nothing is left, or 51 ms are over. The
       cold memory goes first, then the written one.
    3. With the budget spent, sleep to the window's end.
    4. At the window's end, ``threshold = sent / duration * limit``.

    `left` counts pages at their size in memory, zero pages too; `sent` what is
    on the wire. Equal windows are skipped in one step. A state that returns
    is a cycle that never ends.

    References
    ----------
    QEMU 7.2, migration/migration.c (migration_iteration_run,
    migration_update_counters, migration_rate_limit) and migration/ram.c
    (ram_save_iterate, ram_save_pending, migration_bitmap_sync,
    migration_trigger_throttle). The check every 5 s: QEMU 9.2,
    system/cpu-throttle.c.
    """
    classes = len(class_bytes)
    working_set = 0.0
    for c in range(classes):
        working_set += class_bytes[c]
        class_rest_out[c] = class_bytes[c]
        cached_out[c] = 0.0
        hit_out[c] = 0.0
    arcs_out[0] = 0.0
    if sweep:
        add_arc(0.0, working_set, working_set, arcs_out)
    at_out[0] = at_out[1] = 0.0
    throttles = throttle_rule[0] > 0.0
    no_curve = len(curve_s) == 0
    last_change_s = max(
        rate_from_s[len(rate_from_s) - 1],
        limit_from_s[len(limit_from_s) - 1],
        phase_from_s[len(phase_from_s) - 1],
    )
    endless = max_rounds == 0 and deadline_s == math.inf and switch_s == math.inf
    endless = endless and switch_rounds == 0 and pause_s == math.inf

    # Stretch 1 has the zero pages and, in the first pass, the lower half of what is not
    # zero and never written; later, what the first pass left of them. The rest is stretch 2.
    nonzero = cold_bytes + working_set
    lower = 0.5 * (nonzero if mixed else cold_bytes)
    left_1 = zero_bytes + lower
    left_2 = nonzero - lower
    zero_1 = zero_bytes / left_1 if left_1 > 0.0 else 0.0
    wire_1 = zero_1 * zero_wire + (1.0 - zero_1) * data_wire
    thread_1_s = zero_1 * zero_thread_s + (1.0 - zero_1) * data_thread_s
    wire_2 = data_wire
    thread_2_s = data_thread_s

    now_s = sync_s = period_s = start_s
    window_s = window_sent = threshold = 0.0
    pass_1 = window_1 = left_1
    size_2 = pass_2 = window_2 = left_2
    alike = False  # this window has had no sync, and is not the first
    pass_sent = total_sent = period_sent = period_dirtied = 0.0
    passes = syncs = high = 0
    throttle = 0.0
    speed = 1.0
    remember = 1
    found = left_1 + left_2
    how = NEVER

    while True:
        # 1. Judge.
        overdue = now_s >= deadline_s and pause_s == math.inf
        if overdue and at_deadline == GIVE_UP:
            how = TIMED_OUT
            break
        if overdue and at_deadline == PAUSE:
            pause_s = max(deadline_s, start_s)
        left = left_1 + left_2
        below = left < threshold
        empty = 2.0 * left < page_bytes
        switches = now_s >= switch_s or (overdue and at_deadline == SWITCH)
        late = throttles and syncs > 0 and now_s >= sync_s + _PERIODIC_SYNC_S
        if below or empty or switches or late:
            until_s = max(min(now_s, pause_s), sync_s)
            dirtied = written_shares(
                sync_s, until_s, speed, class_bytes, phase_from_s,
                class_writes_per_s, curve_s, curve_bytes, sweep, share_out,
            )  # fmt: skip
            nonzero_left = left_1 * (1.0 - zero_1) + left_2
            kept = left_2
            unsent = left_2 / size_2 if size_2 > 0.0 else 0.0
            if syncs == 0:
                kept = min(nonzero_left, working_set)
                if mixed and nonzero > 0.0:
                    kept = working_set * nonzero_left / nonzero
                unsent = kept / working_set if working_set > 0.0 else 0.0
                size_2 = working_set
            if cached_share > 0.0 and syncs > 0:
                cache_sent(unsent, cached_share, class_bytes, class_rest_out, hit_out, cached_out)
            if sweep:
                turns = class_writes_per_s[0] * (until_s - sync_s) * speed
                size_2 = unite_sweep(unsent, share_out[0], turns, working_set, at_out, arcs_out)
                class_rest_out[0] = size_2
            else:
                size_2 = unite(unsent, class_bytes, share_out, no_curve, class_rest_out)
            data = (pass_1 - left_1) * (1.0 - zero_1) + pass_2 - left_2
            if 2.0 * data >= page_bytes or 2.0 * pass_sent >= zero_wire * page_bytes > 0.0:
                sent_bytes_out[passes] = pass_sent
                data_bytes_out[passes] = data
                duration_s_out[passes] = now_s - sync_s
                dirtied_bytes_out[passes] = dirtied
                throttle_out[passes] = throttle
                passes += 1
            if syncs == 0:
                zero_left = left_1 * zero_1
                left_1 = zero_left + nonzero_left - kept
                zero_1 = zero_left / left_1 if left_1 > 0.0 else 0.0
                wire_1 = zero_1 * zero_wire + (1.0 - zero_1) * data_wire
                thread_1_s = zero_1 * zero_thread_s + (1.0 - zero_1) * data_thread_s
            period_dirtied += size_2 - kept
            if 2.0 * (left_1 + size_2) < page_bytes:
                left_1 = size_2 = 0.0
            if cached_share > 0.0 and size_2 > 0.0:
                hit = cache_hits(class_bytes, class_rest_out, size_2, cached_out, hit_out)
                wire_2 = max(hit * delta_wire + (1.0 - hit) * data_wire, _DUST)
                thread_2_s = hit * delta_thread_s + (1.0 - hit) * data_thread_s
            left_2 = pass_2 = size_2
            pass_1 = left_1
            found = left_1 + left_2
            sync_s = now_s
            pass_sent = 0.0
            syncs += 1
            alike = False
            if found <= 0.0 or (empty and not below) or (below and found < threshold):
                how = DOWNTIME_LIMIT
                break
            if switches or syncs == switch_rounds:
                how = POST_COPY
                break
            if syncs == max_rounds and pause_s == math.inf:
                how = ROUNDS_DONE
                break
            if syncs >= MOST_ROUNDS:
                break
            if throttles and now_s > period_s + _PERIOD_S:
                high += 1 if period_dirtied > _TRIGGER * (total_sent - period_sent) else 0
                if high >= _TIMES_HIGH:
                    high = 0
                    throttle, speed = slowed(
                        throttle_rule, throttle, now_s, class_bytes, phase_from_s,
                        class_writes_per_s, curve_s, curve_bytes, sweep, share_out,
                    )  # fmt: skip
                period_s = now_s
                period_sent = total_sent
                period_dirtied = 0.0
            if endless and now_s >= last_change_s:
                ahead = 0.0
                if sweep and share_out[0] < 1.0:
                    ahead = (at_out[0] - at_out[1]) % working_set
                rising = throttles and throttle < throttle_rule[3]
                same = seen(
                    (
                        now_s - window_s, throttle, now_s - period_s if rising else 0.0,
                        float(high) if rising else 0.0,
                    ),
                    (left_1, threshold, ahead, total_sent - period_sent if rising else 0.0),
                    class_rest_out, cached_out,
                    max(0.5 * page_bytes, _SAME * (found - threshold)),
                    syncs == remember, state_out,
                )  # fmt: skip
                if same and syncs > remember // 2 and remember > 1:
                    break
                if syncs >= remember:
                    remember = 2 * syncs

        # 2. Send.
        cut_s = deadline_s if at_deadline == GIVE_UP and pause_s == math.inf else math.inf
        left_1, left_2, now_s, amount, dead = send_call(
            left_1, left_2, wire_1, thread_1_s, wire_2, thread_2_s, page_bytes, now_s,
            budget_bytes - window_sent, cut_s, rate_from_s, rate_bytes_per_s, thread_rate_out,
        )  # fmt: skip
        window_sent += amount
        pass_sent += amount
        total_sent += amount
        if dead:
            break

        # 3. and 4. Sleep; the window's end.
        if window_sent >= budget_bytes * (1.0 - _DUST):
            now_s = min(max(now_s, window_s + WINDOW_S), max(cut_s, now_s))
        if now_s >= (window_s + WINDOW_S) * (1.0 - _DUST):
            took_s = now_s - window_s
            threshold = window_sent / took_s * at_last(now_s, limit_from_s, limit_s)
            memory = window_1 - left_1 + window_2 - left_2
            if alike and memory > 0.0 and (left_1 > 0.0 or window_1 <= 0.0):
                event_s = min(deadline_s if deadline_s > window_s else math.inf, switch_s)
                if throttles:
                    event_s = min(event_s, sync_s + _PERIODIC_SYNC_S)
                event_s = next_event_s(window_s, rate_from_s, event_s)
                event_s = next_event_s(window_s, limit_from_s, event_s)
                many = equal_windows(left_1, left_2, memory, threshold, took_s, now_s, event_s)
                if left_1 > 0.0:
                    left_1 -= many * memory
                else:
                    left_2 -= many * memory
                now_s += many * took_s
                pass_sent += many * window_sent
                total_sent += many * window_sent
            window_s = now_s
            window_sent = 0.0
            window_1 = left_1
            window_2 = left_2
            alike = True

    cold = left_1 * (1.0 - zero_1)
    if how in (NEVER, TIMED_OUT):
        data = (pass_1 - left_1) * (1.0 - zero_1) + pass_2 - left_2
        if 2.0 * data >= page_bytes or 2.0 * pass_sent >= zero_wire * page_bytes > 0.0:
            sent_bytes_out[passes] = pass_sent
            data_bytes_out[passes] = data
            duration_s_out[passes] = now_s - sync_s
            dirtied_bytes_out[passes] = written_shares(
                sync_s, max(min(now_s, pause_s), sync_s), speed, class_bytes, phase_from_s,
                class_writes_per_s, curve_s, curve_bytes, sweep, share_out,
            )  # fmt: skip
            throttle_out[passes] = throttle
            passes += 1
    if how in (NEVER, TIMED_OUT, POST_COPY):
        return passes, how, False, now_s, now_s, left_1 - cold, cold, found

    # 5. The stop phase, without the cap.
    stop_s = stop_phase_s(
        left_1, left_2, wire_1, thread_1_s, wire_2, thread_2_s,
        now_s, rate_from_s, rate_bytes_per_s, thread_rate_out,
    )  # fmt: skip
    if stop_s == math.inf:
        return passes, NEVER, False, now_s, now_s, left_1 - cold, cold, found
    if left_1 + left_2 > 0.0:
        sent_bytes_out[passes] = left_1 * wire_1 + left_2 * wire_2
        data_bytes_out[passes] = left_2 + cold
        duration_s_out[passes] = stop_s
        dirtied_bytes_out[passes] = 0.0
        throttle_out[passes] = throttle
        passes += 1
    if pause_s < math.inf:
        how = TIMED_OUT
    return passes, how, True, min(now_s, pause_s), now_s + stop_s, left_1 - cold, cold, found
