"""QEMU's sender: one call of it, the stop phase, and windows that are all alike.

What is to be sent lies in two stretches, one after the other. Each has its own
bytes on the wire and its own time of the sending thread for a byte of memory;
of the wire and the thread, the slower rules.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.transfer import transfer_s, transferred_bytes

#: One call ends after more than 50 whole milliseconds (MAX_WAIT), s ...
CALL_S = 0.051
#: ... and looks at the clock after so many pages.
PAGES_A_LOOK = 64.0
#: A budget is spent when less than this share of it is left.
_DUST = 1e-12


@kernel
def through_thread(
    wire: float, thread_s: float, rate_bytes_per_s: Numbers, thread_rate_out: NumbersOut
) -> None:
    """Cap a wire's rates by what the thread can put on it.

    Parameters
    ----------
    wire : float
        Bytes on the wire to one of memory.
    thread_s : float
        Time of the thread for a byte of memory, s.
    rate_bytes_per_s : sequence of float, shape (n,)
        The wire's rates.
    thread_rate_out : sequence of float, shape (n,)
        Filled with the lower of the two.
    """
    most = wire / thread_s if thread_s > 0.0 else math.inf
    for i in range(len(rate_bytes_per_s)):
        thread_rate_out[i] = min(rate_bytes_per_s[i], most)


@kernel
def send_call(
    left_1: float,
    left_2: float,
    wire_1: float,
    thread_1_s: float,
    wire_2: float,
    thread_2_s: float,
    page_bytes: float,
    now_s: float,
    budget_bytes: float,
    cut_s: float,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    thread_rate_out: NumbersOut,
) -> tuple[float, float, float, float, bool]:
    """One call: until the budget is spent, nothing is left, or 51 ms are over.

    Parameters
    ----------
    left_1, left_2 : float
        Memory in the two stretches, bytes.
    wire_1, thread_1_s, wire_2, thread_2_s : float
        As in `through_thread`, of each.
    page_bytes : float
        Size of a page; the clock is looked at after every 64.
    now_s : float
        When the call begins, s.
    budget_bytes : float
        What may still go on the wire; may be infinite.
    cut_s : float
        When the copy is given up in the middle, s; infinity is never.
    rate_from_s, rate_bytes_per_s : sequence of float
        The wire.
    thread_rate_out : sequence of float
        Working space, as long as the wire.

    Returns
    -------
    left_1, left_2 : float
        What is left.
    now_s : float
        When the call ends.
    sent_bytes : float
        What went on the wire.
    dead : bool
        Whether the wire stays down before the call can end.
    """
    begin_s = now_s
    sent_bytes = 0.0
    while left_1 > 0.0 or left_2 > 0.0:
        first = left_1 > 0.0
        wire = wire_1 if first else wire_2
        left = left_1 if first else left_2
        through_thread(wire, thread_1_s if first else thread_2_s, rate_bytes_per_s, thread_rate_out)
        whole = left * wire
        amount = min(whole, budget_bytes - sent_bytes)
        rest_s = CALL_S - (now_s - begin_s)
        room = 0.0
        if rest_s > 0.0:
            room = transferred_bytes(rest_s, now_s, rate_from_s, thread_rate_out)
        over = amount > room
        if over:
            look = PAGES_A_LOOK * page_bytes * wire
            amount = min(amount, math.ceil(room / look) * look + page_bytes * wire)
        took_s = transfer_s(amount, now_s, rate_from_s, thread_rate_out)
        dead = took_s == math.inf and cut_s == math.inf
        if now_s + took_s > cut_s or dead:
            end_s = max(rate_from_s[len(rate_from_s) - 1] if dead else cut_s, now_s)
            took_s = end_s - now_s
            amount = min(amount, transferred_bytes(took_s, now_s, rate_from_s, thread_rate_out))
            over = True
        left = left - amount / wire if amount < whole else 0.0
        if first:
            left_1 = left
        else:
            left_2 = left
        now_s += took_s
        sent_bytes += amount
        if dead:
            return left_1, left_2, now_s, sent_bytes, True
        if over or sent_bytes >= budget_bytes * (1.0 - _DUST):
            break
    return left_1, left_2, now_s, sent_bytes, False


@kernel
def equal_windows(
    left_1: float,
    left_2: float,
    memory_bytes: float,
    threshold_bytes: float,
    took_s: float,
    now_s: float,
    event_s: float,
) -> float:
    """How many windows just like the last will follow it.

    Parameters
    ----------
    left_1, left_2 : float
        Memory that is left of the two stretches, bytes.
    memory_bytes : float
        What the last window took from one of them.
    threshold_bytes : float
        Below so much there is a sync.
    took_s, now_s : float
        How long it was, and when it ended, s.
    event_s : float
        When something changes, s; later than the last window.

    Returns
    -------
    float
        A whole number, one less than there is room for.
    """
    many = min(
        (left_1 if left_1 > 0.0 else left_2) / memory_bytes - 1.0,
        (left_1 + left_2 - threshold_bytes) / memory_bytes - 1.0,
    )
    many = min(many, (event_s - now_s) / took_s - 1.0, 1e15)
    return float(math.floor(many)) if many > 0.0 else 0.0


@kernel
def next_event_s(after_s: float, times_s: Numbers, event_s: float) -> float:
    """The first of some rising times that is later than an instant, or another event before it.

    Parameters
    ----------
    after_s : float
        The instant, s.
    times_s : sequence of float
        Rising times, s.
    event_s : float
        The other event, s.

    Returns
    -------
    float
        Seconds.
    """
    for i in range(len(times_s)):
        if times_s[i] > after_s:
            return min(event_s, times_s[i])
    return event_s


@kernel
def at_last(now_s: float, times_s: Numbers, values: Numbers) -> float:
    """The value in force at an instant.

    Parameters
    ----------
    now_s : float
        The instant, s.
    times_s, values : sequence of float
        Each value, and from when on it holds.

    Returns
    -------
    float
        The value.
    """
    value = values[0]
    for i in range(1, len(times_s)):
        if times_s[i] <= now_s:
            value = values[i]
    return value


@kernel
def stop_phase_s(
    left_1: float,
    left_2: float,
    wire_1: float,
    thread_1_s: float,
    wire_2: float,
    thread_2_s: float,
    now_s: float,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    thread_rate_out: NumbersOut,
) -> float:
    """Time to send both stretches without a cap.

    Parameters
    ----------
    left_1, left_2, wire_1, thread_1_s, wire_2, thread_2_s, now_s
        As in `send_call`.
    rate_from_s, rate_bytes_per_s, thread_rate_out : sequence of float
        As in `send_call`.

    Returns
    -------
    float
        Seconds; infinity where the wire stays down.
    """
    through_thread(wire_1, thread_1_s, rate_bytes_per_s, thread_rate_out)
    stop_s = transfer_s(left_1 * wire_1, now_s, rate_from_s, thread_rate_out)
    if left_2 > 0.0 and stop_s < math.inf:
        through_thread(wire_2, thread_2_s, rate_bytes_per_s, thread_rate_out)
        stop_s += transfer_s(left_2 * wire_2, now_s + stop_s, rate_from_s, thread_rate_out)
    return stop_s
