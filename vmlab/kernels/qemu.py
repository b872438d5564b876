"""QEMU's migration loop: windows of 100 ms, a threshold from what they carried, uncapped stop."""

from __future__ import annotations

import math

from vmlab.kernels import precopy as ends
from vmlab.kernels.compile import kernel
from vmlab.kernels.cycles import laps_until, repeat, seen
from vmlab.kernels.qemu_guest import judged
from vmlab.kernels.qemu_sender import (
    at_last,
    blend,
    equal_windows,
    log_pass,
    send_call,
    stop_phase_s,
)
from vmlab.kernels.qemu_terms import (
    GIVE_UP,
    PAUSE,
    SWITCH,
    Cost,
    Log,
    Memory,
    Rules,
    Sender,
    Space,
    Writes,
)
from vmlab.kernels.resync import cache_hits, cache_sent, fill, unite, written_shares

#: The rate limit and the threshold are renewed so often (BUFFER_DELAY), s.
WINDOW_S = 0.1
#: With a throttle, a pass after the first does not go without a sync for longer, s.
_PERIODIC_SYNC_S = 5.0
#: A window is over, or a budget spent, but for this share of it.
_DUST = 1e-12


@kernel
def qemu(
    memory: Memory, writes: Writes, sender: Sender, rules: Rules, log_out: Log, space_out: Space
) -> tuple[int, int, bool, float, float, float, float, float]:
    """Run QEMU's loop on expected bytes.

    Parameters
    ----------
    memory : Memory
        The guest's memory.
    writes : Writes
        What it writes.
    sender : Sender
        How memory goes over the wire.
    rules : Rules
        When the copy ends.
    log_out : Log
        Filled; ``MOST_ROUNDS + 2`` entries long.
    space_out : Space
        Working space. After a switch its `rest` is what the destination lacks
        of each class.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        A constant of `vmlab.kernels.precopy`.
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
    on the wire. Equal windows are skipped in one step. A state that returns,
    or drifts too slowly to reach the threshold in ``MOST_ROUNDS``, never ends.

    References
    ----------
    QEMU 7.2, migration/migration.c (migration_iteration_run,
    migration_update_counters, migration_rate_limit) and migration/ram.c
    (ram_save_iterate, ram_save_pending, migration_bitmap_sync,
    migration_trigger_throttle). The check every 5 s: QEMU 9.2,
    system/cpu-throttle.c.
    """
    working_set = fill(writes, space_out)
    throttles = rules.throttle[0] > 0.0
    pause_s = rules.pause_s
    last_change_s = max(
        sender.rate_from_s[len(sender.rate_from_s) - 1],
        rules.limit_from_s[len(rules.limit_from_s) - 1],
        writes.phase_from_s[len(writes.phase_from_s) - 1],
    )
    event_s = min(rules.deadline_s, rules.switch_s)
    cut_s = rules.deadline_s if rules.at_deadline == GIVE_UP else math.inf
    watch = rules.max_rounds == 0 and rules.switch_rounds == 0 and pause_s == math.inf
    mark_bytes = 0.5 * sender.zero.wire * memory.page_bytes
    half_page = 0.5 * memory.page_bytes

    # Stretch 1 has the zero pages and, in the first pass, the lower half of what is not
    # zero and never written; later, what the first pass left of them. The rest is stretch 2.
    nonzero = memory.cold_bytes + working_set
    lower = 0.5 * (nonzero if memory.mixed else memory.cold_bytes)
    left_1 = memory.zero_bytes + lower
    left_2 = nonzero - lower
    zero_1 = memory.zero_bytes / left_1 if left_1 > 0.0 else 0.0
    cost_1 = blend(zero_1, sender)
    cost_2 = sender.data

    now_s = sync_s = space_out.period[0] = rules.start_s
    window_s = window_sent = threshold = 0.0
    pass_1 = window_1 = left_1
    size_2 = pass_2 = window_2 = left_2
    alike = False  # this window has had no sync, and is not the first
    pass_sent = total_sent = 0.0
    passes = syncs = 0
    throttle = 0.0
    speed = 1.0
    remember = 1
    kept_at = kept_passes = 0
    kept_s = kept_sent = 0.0
    found = left_1 + left_2
    how = ends.NEVER

    while True:
        # 1. Judge.
        overdue = now_s >= rules.deadline_s and pause_s == math.inf
        if overdue and rules.at_deadline == GIVE_UP:
            how = ends.TIMED_OUT
            break
        if overdue and rules.at_deadline == PAUSE:
            pause_s = max(rules.deadline_s, rules.start_s)
        left = left_1 + left_2
        below = left < threshold
        empty = left < half_page
        switches = now_s >= rules.switch_s or (overdue and rules.at_deadline == SWITCH)
        late = throttles and syncs > 0 and now_s >= sync_s + _PERIODIC_SYNC_S
        if below or empty or switches or late:
            until_s = max(min(now_s, pause_s), sync_s)
            dirtied = written_shares(sync_s, until_s, speed, writes, space_out.share)
            nonzero_left = left_1 * (1.0 - zero_1) + left_2
            kept = left_2
            unsent = left_2 / size_2 if size_2 > 0.0 else 0.0
            if syncs == 0:
                kept = min(nonzero_left, working_set)
                if memory.mixed and nonzero > 0.0:
                    kept = working_set * nonzero_left / nonzero
                unsent = kept / working_set if working_set > 0.0 else 0.0
                size_2 = working_set
            if sender.cached_share > 0.0 and syncs > 0:
                cache_sent(unsent, sender.cached_share, writes, space_out)
            size_2 = unite(unsent, sync_s, until_s, speed, writes, space_out)
            data = (pass_1 - left_1) * (1.0 - zero_1) + pass_2 - left_2
            if data >= half_page or pass_sent >= mark_bytes > 0.0:
                entry = (pass_sent, data, now_s - sync_s, dirtied, throttle)
                passes = log_pass(passes, entry, log_out)
            if syncs == 0:
                zero_left = left_1 * zero_1
                left_1 = zero_left + nonzero_left - kept
                zero_1 = zero_left / left_1 if left_1 > 0.0 else 0.0
                cost_1 = blend(zero_1, sender)
            fresh = size_2 - kept
            if left_1 + size_2 < half_page:
                left_1 = size_2 = 0.0
            if sender.cached_share > 0.0 and size_2 > 0.0:
                hit = cache_hits(size_2, writes, space_out)
                wire = hit * sender.delta.wire + (1.0 - hit) * sender.data.wire
                thread_s = hit * sender.delta.thread_s + (1.0 - hit) * sender.data.thread_s
                cost_2 = Cost(max(wire, _DUST), thread_s)
            left_2 = pass_2 = size_2
            pass_1 = left_1
            found = left_1 + left_2
            sync_s = now_s
            pass_sent = 0.0
            syncs += 1
            alike = False
            if found <= 0.0 or (empty and not below) or (below and found < threshold):
                how = ends.DOWNTIME_LIMIT
                break
            if switches or syncs == rules.switch_rounds:
                how = ends.POST_COPY
                break
            if syncs == rules.max_rounds and pause_s == math.inf:
                how = ends.ROUNDS_DONE
                break
            if syncs >= ends.MOST_ROUNDS:
                break
            throttle, speed = judged(
                now_s, total_sent, fresh, throttle, speed, rules.throttle, writes, space_out
            )
            if watch and now_s >= last_change_s and pause_s == math.inf:
                rising = throttles and throttle < rules.throttle[3]
                ahead = 0.0
                if writes.sweep and space_out.share[0] < 1.0:
                    ahead = (space_out.at[0] - space_out.at[1]) % working_set
                high, since_s, sent = 0.0, now_s, total_sent
                if rising:
                    since_s, sent = space_out.period[0], space_out.period[1]
                    high = space_out.period[3]
                times = (now_s - window_s, throttle, now_s - since_s, high)
                sizes = (left_1, threshold, ahead, total_sent - sent)
                # What drifts no faster does not come to the threshold in so many rounds.
                near = (found - threshold) * (syncs - kept_at) / ends.MOST_ROUNDS + _DUST * found
                keep = syncs >= remember
                same = seen(
                    times, sizes, space_out.rest, space_out.cached, near, keep, space_out.state
                )
                if same and kept_at > 0:
                    if event_s == math.inf:
                        break
                    lap, lap_s, lap_sent = syncs - kept_at, now_s - kept_s, total_sent - kept_sent
                    laps = laps_until(event_s, now_s, lap_s, ends.MOST_ROUNDS - syncs, lap)
                    passes = repeat(kept_passes, passes, laps, log_out)
                    syncs += laps * lap
                    now_s += laps * lap_s
                    window_s += laps * lap_s
                    space_out.period[0] += laps * lap_s
                    space_out.period[1] += laps * lap_sent
                    sync_s = now_s
                    total_sent += laps * lap_sent
                    watch = False
                if keep:
                    kept_at, kept_passes, kept_s, kept_sent = syncs, passes, now_s, total_sent
                    remember = 2 * syncs

        # 2. Send.
        left_1, left_2, now_s, amount, dead = send_call(
            left_1, left_2, cost_1, cost_2, memory.page_bytes, now_s,
            sender.budget_bytes - window_sent, cut_s, sender,
        )  # fmt: skip
        window_sent += amount
        pass_sent += amount
        total_sent += amount
        if dead:
            break

        # 3. and 4. Sleep; the window's end.
        if window_sent >= sender.budget_bytes * (1.0 - _DUST):
            now_s = min(max(now_s, window_s + WINDOW_S), max(cut_s, now_s))
        if now_s >= (window_s + WINDOW_S) * (1.0 - _DUST):
            took_s = now_s - window_s
            threshold = window_sent / took_s * at_last(now_s, rules.limit_from_s, rules.limit_s)
            took = window_1 - left_1 + window_2 - left_2
            if alike and took > 0.0 and (left_1 > 0.0 or window_1 <= 0.0):
                late_s = sync_s + _PERIODIC_SYNC_S if throttles and syncs > 0 else math.inf
                many = equal_windows(
                    left_1, left_2, took, threshold, window_s, now_s, late_s, sender, rules
                )
                if left_1 > 0.0:
                    left_1 -= many * took
                else:
                    left_2 -= many * took
                now_s += many * took_s
                pass_sent += many * window_sent
                total_sent += many * window_sent
            window_s = now_s
            window_sent = 0.0
            window_1 = left_1
            window_2 = left_2
            alike = True

    cold = left_1 * (1.0 - zero_1)
    zero = left_1 - cold
    if how in (ends.NEVER, ends.TIMED_OUT):
        data = (pass_1 - left_1) * (1.0 - zero_1) + pass_2 - left_2
        if data >= half_page or pass_sent >= mark_bytes > 0.0:
            until_s = max(min(now_s, pause_s), sync_s)
            dirtied = written_shares(sync_s, until_s, speed, writes, space_out.share)
            entry = (pass_sent, data, now_s - sync_s, dirtied, throttle)
            passes = log_pass(passes, entry, log_out)
    if how in (ends.NEVER, ends.TIMED_OUT, ends.POST_COPY):
        return passes, how, False, now_s, now_s, zero, cold, found

    # 5. The stop phase, without the cap.
    stop_s = stop_phase_s(left_1, left_2, cost_1, cost_2, now_s, sender)
    if stop_s == math.inf:
        return passes, ends.NEVER, False, now_s, now_s, zero, cold, found
    if left_1 + left_2 > 0.0:
        sent = left_1 * cost_1.wire + left_2 * cost_2.wire
        passes = log_pass(passes, (sent, left_2 + cold, stop_s, 0.0, throttle), log_out)
    if pause_s < math.inf:
        how = ends.TIMED_OUT
    return passes, how, True, min(now_s, pause_s), now_s + stop_s, zero, cold, found
