"""QEMU's sender: one call of it, the stop phase, and windows that are all alike.

What is to be sent lies in two stretches, one after the other. Each has its own
bytes on the wire and its own time of the sending thread for a byte of memory;
of the wire and the thread, the slower rules.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, kernel
from vmlab.kernels.qemu_terms import Cost, Log, Rules, Sender
from vmlab.kernels.transfer import transfer_s, transferred_bytes

#: One call ends after more than 50 whole milliseconds (MAX_WAIT), s ...
CALL_S = 0.051
#: ... and looks at the clock after so many pages.
PAGES_A_LOOK = 64.0
#: A budget is spent when less than this share of it is left.
_DUST = 1e-12


@kernel
def blend(zeros: float, sender: Sender) -> Cost:
    """What a stretch costs of which a share is zero pages.

    Parameters
    ----------
    zeros : float
        The share, 0 to 1.
    sender : Sender
        What each kind costs.

    Returns
    -------
    Cost
        Of a byte of the stretch, on average. One thread does one thing after
        the other; beside channels of their own it takes the longer of both.
    """
    wire = zeros * sender.zero.wire + (1.0 - zeros) * sender.data.wire
    look_s = zeros * sender.zero.thread_s
    pack_s = (1.0 - zeros) * sender.data.thread_s
    thread_s = max(look_s, pack_s) if sender.apart else look_s + pack_s
    return Cost(wire, thread_s)


@kernel
def _most_bytes_per_s(cost: Cost) -> float:
    """What the thread can put on the wire."""
    return cost.wire / cost.thread_s if cost.thread_s > 0.0 else math.inf


@kernel
def send_call(
    left_1: float,
    left_2: float,
    cost_1: Cost,
    cost_2: Cost,
    page_bytes: float,
    now_s: float,
    budget_bytes: float,
    cut_s: float,
    sender: Sender,
) -> tuple[float, float, float, float, bool]:
    """One call: until the budget is spent, nothing is left, or 51 ms are over.

    Parameters
    ----------
    left_1, left_2 : float
        Memory in the two stretches, bytes.
    cost_1, cost_2 : Cost
        Of each.
    page_bytes : float
        Size of a page; the clock is looked at after every 64.
    now_s : float
        When the call begins, s.
    budget_bytes : float
        What may still go on the wire; may be infinite.
    cut_s : float
        When the copy is given up in the middle, s; infinity is never.
    sender : Sender
        Its wire.

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
    from_s = sender.rate_from_s
    rates = sender.rate_bytes_per_s
    begin_s = now_s
    sent_bytes = 0.0
    while left_1 > 0.0 or left_2 > 0.0:
        first = left_1 > 0.0
        cost = cost_1 if first else cost_2
        left = left_1 if first else left_2
        most = _most_bytes_per_s(cost)
        whole = left * cost.wire
        amount = min(whole, budget_bytes - sent_bytes)
        rest_s = max(CALL_S - (now_s - begin_s), 0.0)
        room = transferred_bytes(rest_s, now_s, from_s, rates, most)
        over = amount > room
        if over:
            page_wire = page_bytes * cost.wire
            looks = math.ceil(room / (PAGES_A_LOOK * page_wire))
            amount = min(amount, (looks * PAGES_A_LOOK + 1.0) * page_wire)
        took_s = transfer_s(amount, now_s, from_s, rates, most)
        dead = took_s == math.inf and cut_s == math.inf
        if now_s + took_s > cut_s or dead:
            took_s = max((from_s[len(from_s) - 1] if dead else cut_s) - now_s, 0.0)
            amount = min(amount, transferred_bytes(took_s, now_s, from_s, rates, most))
            over = True
        left = left - amount / cost.wire if amount < whole else 0.0
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
    window_s: float,
    now_s: float,
    late_s: float,
    sender: Sender,
    rules: Rules,
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
    window_s, now_s : float
        When the last window began and ended, s.
    late_s : float
        When a sync is due anyway, s.
    sender : Sender
        Its wire, which may change.
    rules : Rules
        The limit, which may change, and when the copy is cut.

    Returns
    -------
    float
        A whole number, one less than there is room for.
    """
    event_s = min(rules.deadline_s if rules.deadline_s > window_s else math.inf, rules.switch_s)
    event_s = _next_s(window_s, sender.rate_from_s, min(event_s, late_s))
    event_s = _next_s(window_s, rules.limit_from_s, event_s)
    many = min(
        (left_1 if left_1 > 0.0 else left_2) / memory_bytes - 1.0,
        (left_1 + left_2 - threshold_bytes) / memory_bytes - 1.0,
    )
    many = min(many, (event_s - now_s) / (now_s - window_s) - 1.0, 1e15)
    return float(math.floor(many)) if many > 0.0 else 0.0


@kernel
def _next_s(after_s: float, times_s: Numbers, event_s: float) -> float:
    """The first of some rising times after an instant, or another event before it."""
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
    left_1: float, left_2: float, cost_1: Cost, cost_2: Cost, now_s: float, sender: Sender
) -> float:
    """Time to send both stretches without a cap.

    Parameters
    ----------
    left_1, left_2, cost_1, cost_2, now_s, sender : float, float, Cost, Cost, float, Sender
        As in `send_call`.

    Returns
    -------
    float
        Seconds; infinity where the wire stays down.
    """
    from_s = sender.rate_from_s
    rates = sender.rate_bytes_per_s
    most = _most_bytes_per_s(cost_1)
    stop_s = transfer_s(left_1 * cost_1.wire, now_s, from_s, rates, most)
    if left_2 > 0.0 and stop_s < math.inf:
        most = _most_bytes_per_s(cost_2)
        stop_s += transfer_s(left_2 * cost_2.wire, now_s + stop_s, from_s, rates, most)
    return stop_s


@kernel
def log_pass(passes: int, entry: tuple[float, float, float, float, float], log_out: Log) -> int:
    """Add an entry to the log.

    Parameters
    ----------
    passes : int
        Entries so far.
    entry : tuple of float
        In the order of `Log`.
    log_out : Log
        The log.

    Returns
    -------
    int
        Entries now.
    """
    log_out.sent_bytes[passes] = entry[0]
    log_out.data_bytes[passes] = entry[1]
    log_out.duration_s[passes] = entry[2]
    log_out.dirtied_bytes[passes] = entry[3]
    log_out.throttle[passes] = entry[4]
    return passes + 1
