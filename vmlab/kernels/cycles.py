"""Whether a loop is back where it was before."""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.qemu_terms import Log

#: Numbers kept besides two a class.
STATE = 8


@kernel
def seen(
    times: Numbers,
    sizes: Numbers,
    class_rest: Numbers,
    cached: Numbers,
    near_bytes: float,
    keep: bool,
    state_out: NumbersOut,
) -> bool:
    """Compare a state with the one that is remembered.

    Parameters
    ----------
    times : sequence of float, shape (4,)
        Times and shares, which must be equal.
    sizes : sequence of float, shape (4,)
        Sizes, bytes, which must be near.
    class_rest, cached : sequence of float, shape (n,)
        Sizes of each class, likewise.
    near_bytes : float
        How near.
    keep : bool
        Remember this state from now on.
    state_out : sequence of float, shape (2 * n + STATE,)
        The memory.

    Returns
    -------
    bool
        Whether they are the same.
    """
    classes = len(class_rest)
    same = True
    for i in range(4):
        same = same and abs(state_out[i] - times[i]) <= 1e-9
        same = same and abs(state_out[4 + i] - sizes[i]) < near_bytes
        if keep:
            state_out[i] = times[i]
            state_out[4 + i] = sizes[i]
    for c in range(classes):
        same = same and abs(state_out[STATE + c] - class_rest[c]) < near_bytes
        same = same and abs(state_out[STATE + classes + c] - cached[c]) < near_bytes
        if keep:
            state_out[STATE + c] = class_rest[c]
            state_out[STATE + classes + c] = cached[c]
    return same


@kernel
def laps_until(event_s: float, now_s: float, lap_s: float, rounds_left: int, rounds: int) -> int:
    """How many whole rounds of a cycle come before something happens.

    Parameters
    ----------
    event_s, now_s : float
        When that is, and the present, s.
    lap_s : float
        How long one round of the cycle takes, s; above 0.
    rounds_left, rounds : int
        Syncs that are still counted, and those of one round of the cycle.

    Returns
    -------
    int
        One less than there is room for, or 0.
    """
    laps = math.floor(min((event_s - now_s) / lap_s, rounds_left / rounds)) - 1
    return max(laps, 0)


@kernel
def repeat(first: int, passes: int, laps: int, log_out: Log) -> int:
    """Write the last entries of a log again.

    Parameters
    ----------
    first, passes : int
        The entries, from this one to before that one.
    laps : int
        So many times more.
    log_out : Log
        The log.

    Returns
    -------
    int
        Entries now.
    """
    length = passes - first
    for i in range(passes, passes + laps * length):
        log_out.sent_bytes[i] = log_out.sent_bytes[i - length]
        log_out.data_bytes[i] = log_out.data_bytes[i - length]
        log_out.duration_s[i] = log_out.duration_s[i - length]
        log_out.dirtied_bytes[i] = log_out.dirtied_bytes[i - length]
        log_out.throttle[i] = log_out.throttle[i - length]
    return passes + laps * length
