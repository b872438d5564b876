"""Iterative pre-copy with a stop rule, on expected bytes."""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes

#: After so many rounds a copy counts as endless.
MOST_ROUNDS = 10_000
#: A round smaller than the last by less than this share has settled.
SETTLED = 1e-9

#: How a copy ended.
DOWNTIME_LIMIT, ROUNDS_DONE, TIMED_OUT, NEVER, GIVEN_UP, POST_COPY, RATE_LIMIT = range(7)


@kernel
def pre_copy(
    first_bytes: float,
    page_bytes: float,
    class_bytes: Numbers,
    class_writes_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    start_s: float,
    downtime_limit_s: float,
    max_rounds: int,
    deadline_s: float,
    stop_at_deadline: bool,
    longest_stop_s: float,
    sent_bytes_out: NumbersOut,
    duration_s_out: NumbersOut,
    dirtied_bytes_out: NumbersOut,
) -> tuple[int, int, bool, float, float]:
    """Send all memory, then what was dirtied meanwhile, until the rest is small enough.

    Parameters
    ----------
    first_bytes : float
        What the first round sends, bytes.
    page_bytes : float
        Size of a page; less than half a page is nothing.
    class_bytes, class_writes_per_s, curve_s, curve_bytes : sequence of float
        The workload, as in `dirtied_bytes`.
    rate_from_s, rate_bytes_per_s : sequence of float
        The link, as in `transfer_s`, on the clock of the command.
    start_s : float
        When the copy starts, s.
    downtime_limit_s : float
        Stop when the rest fits into this time at the rate of that instant.
    max_rounds : int
        Rounds after which the stop is forced; 0 is none.
    deadline_s : float
        Instant at which the copy is cut; infinity is none. With ``start_s``
        here and `stop_at_deadline` the guest is paused first: stop-and-copy.
    stop_at_deadline : bool
        Pause and send the rest then, rather than give up.
    longest_stop_s : float
        A stop phase that would take longer is not begun.
    sent_bytes_out, duration_s_out, dirtied_bytes_out : sequence of float
        Filled with one entry a pass that sends something, stop phase last;
        length ``MOST_ROUNDS + 1`` or ``max_rounds + 1``.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        ``DOWNTIME_LIMIT``, ``ROUNDS_DONE``, ``TIMED_OUT``, ``NEVER`` or ``GIVEN_UP``.
    moved : bool
        Whether the rest arrived.
    pause_s, end_s : float
        When the guest was paused (or the copy given up) and the last byte sent.

    Notes
    -----
    ``sent[1] = first``; ``sent[i + 1] = D(transfer_s(sent[i]))``. At a
    constant rate the sizes fall monotonically, for D never decreases; one that
    no longer falls is a fixed point above the limit, and without a forced stop
    it ends the run as ``NEVER``.

    In a round cut after a share f of its pages, the rest is what is unsent
    plus f times what was dirtied: dirty pages that the round had still ahead
    of it count once. Exact for a first round, and for a round that holds the
    whole working set; for a smaller round it is a lower bound.

    References
    ----------
    Clark et al., NSDI 2005, sections 3.2 and 4; models of section 1.2 (constant
    rate, geometric) and 1.3 (bounded) are its special cases.
    """
    passes = 0
    now_s = start_s
    rest_bytes = first_bytes
    last_change_s = rate_from_s[len(rate_from_s) - 1]
    endless = max_rounds == 0 and deadline_s == math.inf
    how = NEVER if max_rounds == 0 else ROUNDS_DONE
    for _ in range(MOST_ROUNDS if max_rounds == 0 else max_rounds):
        duration_s = transfer_s(rest_bytes, now_s, rate_from_s, rate_bytes_per_s)
        if now_s + duration_s >= deadline_s or duration_s == math.inf:
            cut_s = deadline_s if deadline_s < math.inf else last_change_s
            how = TIMED_OUT if deadline_s < math.inf else NEVER
            duration_s = max(cut_s - now_s, 0.0)
            sent = transferred_bytes(duration_s, now_s, rate_from_s, rate_bytes_per_s)
            dirtied = dirtied_bytes(
                duration_s, class_bytes, class_writes_per_s, curve_s, curve_bytes
            )
            if 2.0 * sent >= page_bytes:
                sent_bytes_out[passes] = sent
                duration_s_out[passes] = duration_s
                dirtied_bytes_out[passes] = dirtied
                passes += 1
            share = sent / rest_bytes if rest_bytes > 0.0 else 0.0
            rest_bytes += dirtied * share - sent
            now_s += duration_s
            break
        dirtied = dirtied_bytes(duration_s, class_bytes, class_writes_per_s, curve_s, curve_bytes)
        if 2.0 * dirtied < page_bytes:
            dirtied = 0.0
        if rest_bytes > 0.0:
            sent_bytes_out[passes] = rest_bytes
            duration_s_out[passes] = duration_s
            dirtied_bytes_out[passes] = dirtied
            passes += 1
        settled = now_s >= last_change_s and dirtied >= rest_bytes * (1.0 - SETTLED)
        rest_bytes = dirtied
        now_s += duration_s
        if rest_bytes <= downtime_limit_s * rate_at(now_s, rate_from_s, rate_bytes_per_s):
            how = DOWNTIME_LIMIT
            break
        if settled and endless:
            how = NEVER
            break

    if how == NEVER or (how == TIMED_OUT and not stop_at_deadline):
        return passes, how, False, now_s, now_s
    duration_s = transfer_s(rest_bytes, now_s, rate_from_s, rate_bytes_per_s)
    if duration_s > longest_stop_s:
        return passes, GIVEN_UP, False, now_s, now_s
    moved = duration_s < math.inf
    if not moved:
        how = NEVER
        duration_s = max(last_change_s - now_s, 0.0)
        rest_bytes = transferred_bytes(duration_s, now_s, rate_from_s, rate_bytes_per_s)
    if 2.0 * rest_bytes >= page_bytes:
        sent_bytes_out[passes] = rest_bytes
        duration_s_out[passes] = duration_s
        dirtied_bytes_out[passes] = 0.0
        passes += 1
    return passes, how, moved, now_s, now_s + duration_s
