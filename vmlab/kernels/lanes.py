"""Pre-copy at a constant rate, many points side by side in vector registers.

Each lane carries one migration, a round at a time; a lane whose migration has
ended takes the next point, so that all stay busy whatever their number of
rounds. Everything in a lane is counted in seconds at its own rate: what is
left is how long it takes to send.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import fused_kernel
from vmlab.kernels.constant_rate import BLOCK, HOW, Floats
from vmlab.kernels.lane_points import (
    BEFORE,
    BEHIND_ROWS,
    DEADLINE,
    DIRTIED,
    END_BEFORE,
    END_LEFT,
    END_NOW,
    END_PAGES,
    END_ROUNDS,
    END_SENT,
    LANES,
    LAST_TICK,
    LEFT,
    LIMIT,
    LOADED,
    NOW,
    PAGES_PER_S,
    ROWS,
    S_PER_BYTE,
    SENT,
    SETTLE,
    TIE,
    TO_INTEGER,
    WINDOW,
    judge,
    stage,
)

# Rows are a little longer than LANES: at a power of two, stores and loads of
# the same lane fall on one another's heels.
WIDTH = LANES + 8
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_POSITIVE = 0x7FFFFFFF
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180559663, 2.8235290563031577e-13  # 41 bits, and the rest


@fused_kernel
def one_minus_exp(x: float) -> float:
    """``1 - exp(-x)`` without a branch, so that a loop of it becomes vector code.

    Parameters
    ----------
    x : float
        Not negative.

    Returns
    -------
    float
        Within 1e-15 of it, relatively.

    Notes
    -----
    ``-x = n ln 2 + t`` with ``|t| <= ln(2) / 2``; ``p = exp(t) - 1`` by a
    polynomial of degree 11, interpolated at Chebyshev's points (error 2e-17);
    ``(1 - 2**n) - 2**n p``. At n = 0 that is ``-p``, so small x keep all their
    digits. Beyond x = 60 the result is 1 to the last bit.

    References
    ----------
    Muller, Elementary Functions, 3rd ed. 2016, chapters 3 and 11: minimax
    approximation, and Cody and Waite's reduction in two pieces.
    """
    small = x if x < 60.0 else 60.0
    shifted = TO_INTEGER - small * _LOG2_E
    n = shifted - TO_INTEGER
    t = (-small - n * _LN2_HIGH) - n * _LN2_LOW
    square = t * t
    fourth = square * square
    a = 0.5000000000000006 + t * 0.1666666666666667
    b = 0.041666666666573066 + t * 0.008333333333326136
    c = 0.001388888893251478 + t * 0.00019841269874820627
    d = 2.480150431378554e-05 + t * 2.7557255400206422e-06
    e = 2.7626371065696354e-07 + t * 2.5105217004720745e-08
    high = (c + square * d) + fourth * e
    p = t + square * ((a + square * b) + fourth * high)
    bits = (np.float64(shifted).view(np.int64) << 52) + (1023 << 52)
    power = np.int64(bits).view(np.float64)
    return (1.0 - power) - power * p


@fused_kernel
def dirty_own(lane: Floats, lane_s: Floats, lane_writes: Floats) -> None:
    """A round of every lane, each with classes of its own: how long what it dirties takes.

    Parameters
    ----------
    lane : array of float
        The lanes' numbers; the row ``DIRTIED`` is filled, s.
    lane_s, lane_writes : array of float
        Of each class and lane: its bytes over the rate, s, and writes to a
        page, 1/s.
    """
    for i in range(LANES):
        lane[DIRTIED * WIDTH + i] = lane_s[i] * one_minus_exp(
            lane_writes[i] * lane[LEFT * WIDTH + i]
        )
    for k in range(WIDTH, len(lane_s), WIDTH):
        for i in range(LANES):
            lane[DIRTIED * WIDTH + i] += lane_s[k + i] * one_minus_exp(
                lane_writes[k + i] * lane[LEFT * WIDTH + i]
            )


@fused_kernel
def dirty_shared(lane: Floats, table: Floats, first: int) -> None:
    """A round of every lane from one tabulated workload; see `vmlab.kernels.dirty_table`."""
    for i in range(LANES):
        left = lane[LEFT * WIDTH + i]
        high = int(np.float64(left).view(np.int64)) >> 48
        middle = np.int64((high << 48) + (1 << 47)).view(np.float64)
        s = left - middle
        row = int(min(max(high - first, 0), len(table) - 1))
        odd = table[row, 7]
        even = table[row, 6]
        square = s * s
        odd = odd * square + table[row, 5]
        even = even * square + table[row, 4]
        odd = odd * square + table[row, 3]
        even = even * square + table[row, 2]
        odd = odd * square + table[row, 1]
        even = even * square + table[row, 0]
        lane[DIRTIED * WIDTH + i] = (odd * s + even) * lane[S_PER_BYTE * WIDTH + i]


@fused_kernel
def end_round(tick: float, lane: Floats, flags_out: NDArray[np.uint64]) -> None:
    """Book a round of every lane; flag the lanes that have ended or cannot tell.

    Parameters
    ----------
    tick : float
        The round's number.
    lane : array of float
        The lanes' numbers, s and 1/s; brought up to date.
    flags_out : array of uint64
        A bit for each lane.
    """
    for half in range(LANES // 64):
        flags = np.uint64(0)
        for bit in range(64):
            i = half * 64 + bit
            left_s = lane[LEFT * WIDTH + i]
            next_s = lane[DIRTIED * WIDTH + i]
            pages = next_s * lane[PAGES_PER_S * WIDTH + i]
            whole = (pages + TO_INTEGER) - TO_INTEGER
            next_s = next_s if whole >= 1.0 else 0.0
            now_s = lane[NOW * WIDTH + i] + left_s
            lane[NOW * WIDTH + i] = now_s
            lane[SENT * WIDTH + i] += whole
            lane[BEFORE * WIDTH + i] = left_s
            lane[LEFT * WIDTH + i] = next_s
            ended = (
                (next_s <= lane[LIMIT * WIDTH + i])
                | (next_s >= left_s * lane[SETTLE * WIDTH + i])
                | (now_s >= lane[DEADLINE * WIDTH + i])
                | (tick >= lane[LAST_TICK * WIDTH + i])
                | (abs(pages - whole) >= 0.5 - TIE * pages)
            )
            flags |= np.uint64(ended) << np.uint64(bit)
        flags_out[half] = flags


@fused_kernel
def constant_rate_lanes(
    points: Floats,
    n: int,
    class_bytes: Floats,
    class_writes_per_s: Floats,
    table: Floats,
    table_first: int,
    again_out: NDArray[np.int64],
    ends_out: Floats,
) -> int:
    """Run all points, `LANES` at a time; see `vmlab.kernels.constant_rate`.

    Parameters
    ----------
    points : numpy.ndarray of float64, shape (POINT_ROWS * BLOCK,)
        A block of points.
    n : int
        How many there are, from the front; at most `BLOCK`.
    class_bytes, class_writes_per_s : numpy.ndarray of float64, shape (n, k) or (1, k)
        Their workloads, or that of all; at least one class.
    table : numpy.ndarray of float64, shape (m, 8)
        The one workload of all points, from `vmlab.kernels.dirty_table`; m = 0
        where the classes are to be taken as they are.
    table_first : int
        As `vmlab.kernels.dirty_table.dirty_table` returns it.
    again_out : numpy.ndarray of int64, shape (BLOCK,)
        Points that `constant_rate` must run, filled from the front.
    ends_out : numpy.ndarray of float64, shape (END_ROWS * BLOCK,)
        The entries of all others are filled: verdicts, rounds and bytes as
        `constant_rate` has them, times within 1e-12.

    Returns
    -------
    int
        How many must be run again.

    Notes
    -----
    A round in a lane: ``left' = D(left) / rate``, ``now += left``. Comparisons
    of floats decide, so a point that comes closer to one than `TIE` must be
    run again; so must one that reaches its deadline. A lane's results do not
    depend on its neighbours: any cut of a sweep into parts gives the same bits.
    """
    classes = 0 if len(table) > 0 else class_bytes.shape[1]
    lane = np.full(ROWS * WIDTH, math.nan)
    lane_s = np.zeros(classes * WIDTH)
    lane_writes = np.zeros(classes * WIDTH)
    holds = np.full(LANES, -1)
    loaded_at = np.zeros(LANES)
    flags = np.full(LANES // 64, _ALL)
    window = np.empty(LOADED * WINDOW)
    behind = np.empty(BEHIND_ROWS * BLOCK)
    following, staged, s, busy, tick = 0, 0, 0, 0, 0.0
    while True:
        for half in range(LANES // 64):
            word = flags[half]
            while word != np.uint64(0):
                lowest = word & (~word + np.uint64(1))
                word ^= lowest
                # Masked indices cannot be below 0: the compiler need not look.
                i = (half * 64 + (np.float64(lowest).view(np.int64) >> 52) - 1023) & (LANES - 1)
                held = holds[i]
                if held >= 0:
                    j = held & _POSITIVE
                    dirtied_s = lane[DIRTIED * WIDTH + i]
                    behind[END_NOW * BLOCK + j] = lane[NOW * WIDTH + i]
                    behind[END_LEFT * BLOCK + j] = lane[LEFT * WIDTH + i]
                    behind[END_SENT * BLOCK + j] = lane[SENT * WIDTH + i]
                    behind[END_BEFORE * BLOCK + j] = lane[BEFORE * WIDTH + i]
                    behind[END_PAGES * BLOCK + j] = dirtied_s * lane[PAGES_PER_S * WIDTH + i]
                    behind[END_ROUNDS * BLOCK + j] = tick - loaded_at[i]
                if following < n:
                    if following == staged:
                        staged = min(staged + WINDOW, n)
                        stage(points, following, staged - following, window)
                        s = -1
                    s = (s + 1) & _POSITIVE
                    for row in range(LOADED):
                        lane[row * WIDTH + i] = window[row * WINDOW + s]
                    s_per_byte = window[S_PER_BYTE * WINDOW + s]
                    of = following & _POSITIVE if len(class_bytes) > 1 else 0
                    for k in range(classes):
                        lane_s[k * WIDTH + i] = class_bytes[of, k] * s_per_byte
                        lane_writes[k * WIDTH + i] = class_writes_per_s[of, k]
                    lane[LAST_TICK * WIDTH + i] += tick
                    loaded_at[i] = tick
                    busy += held < 0
                    holds[i] = following
                    following += 1
                else:
                    lane[i::WIDTH] = math.nan  # compares with nothing: never flagged
                    busy -= held >= 0
                    holds[i] = -1
        if busy == 0:
            break
        tick += 1.0
        if len(table) > 0:
            dirty_shared(lane, table, table_first)
        else:
            dirty_own(lane, lane_s, lane_writes)
        end_round(tick, lane, flags)
    judge(points, n, behind, ends_out)
    again = 0
    for j in range(n):
        again_out[again] = j
        again += ends_out[HOW * BLOCK + j] < 0.0
    return again
