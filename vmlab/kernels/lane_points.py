"""What goes into a lane of `vmlab.kernels.lanes`, and what its end means.

Both are plain arithmetic on many points, kept out of the loop that refills
lanes one by one: vector code does it for `WINDOW` points at a time.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import fused_kernel
from vmlab.kernels.constant_rate import (
    BLOCK,
    DEADLINE_S,
    DOWNTIME_LIMIT_S,
    DOWNTIME_S,
    FIRST_BYTES,
    HANDSHAKE_S,
    HOW,
    LONGEST_STOP_S,
    MAX_ROUNDS,
    PAGE_BYTES,
    RATE_BYTES_PER_S,
    ROUNDS,
    SENT_PAGES,
    START_S,
    TOTAL_S,
    Floats,
)
from vmlab.kernels.ends import DOWNTIME_LIMIT, GIVEN_UP, NEVER, ROUNDS_DONE, SETTLED

#: Migrations under way at a time, in two words of flags.
LANES = 128
#: Points whose numbers are worked out at a time.
WINDOW = 520
#: Rounds after which a lane leaves its point to `constant_rate`.
MOST_LANE_ROUNDS = 256
#: A comparison closer than this share is left to `constant_rate`.
TIE = 1e-12
#: Likewise for whether a round has settled, which is itself a share of 1e-9.
SETTLED_TIE = 1e-13
#: Added and taken away, it rounds to a whole number: 1.5 * 2**52.
TO_INTEGER = 6755399441055744.0

# A lane's numbers, a row each; the first nine are loaded with a point.
(LEFT, NOW, SENT, PAGES_PER_S, S_PER_BYTE, LIMIT, SETTLE, DEADLINE, LAST_TICK, BEFORE,
 DIRTIED) = range(11)  # fmt: skip
LOADED, ROWS = 9, 11

# What a lane leaves behind: its clock and what is left, pages sent, what was
# left a round earlier, pages dirtied last (not rounded), and rounds.
END_NOW, END_LEFT, END_SENT, END_BEFORE, END_PAGES, END_ROUNDS = range(6)
BEHIND_ROWS = 6


@fused_kernel
def stage(points: Floats, base: int, count: int, window_out: Floats) -> None:
    """Work out what lanes are loaded with.

    Parameters
    ----------
    points : numpy.ndarray of float64, shape (POINT_ROWS * BLOCK,)
        All points of a block.
    base, count : int
        Which of them; at most `WINDOW`.
    window_out : numpy.ndarray of float64, shape (LOADED * WINDOW,)
        Row by row; ``LAST_TICK`` counts from the tick of loading.
    """
    base = max(base, 0)  # so that the compiler knows: no index counts from the end
    for s in range(count):
        j = base + s
        rate_bytes_per_s = points[RATE_BYTES_PER_S * BLOCK + j]
        deadline_s = points[DEADLINE_S * BLOCK + j]
        rounds = points[MAX_ROUNDS * BLOCK + j]
        s_per_byte = 1.0 / rate_bytes_per_s
        pages_per_s = rate_bytes_per_s / points[PAGE_BYTES * BLOCK + j]
        left_s = points[FIRST_BYTES * BLOCK + j] * s_per_byte
        endless = (rounds == 0.0) & (deadline_s == math.inf)
        within = (rounds > 0.0) & (rounds < MOST_LANE_ROUNDS)
        window_out[LEFT * WINDOW + s] = left_s
        window_out[NOW * WINDOW + s] = points[START_S * BLOCK + j]
        window_out[SENT * WINDOW + s] = (left_s * pages_per_s + TO_INTEGER) - TO_INTEGER
        window_out[PAGES_PER_S * WINDOW + s] = pages_per_s
        window_out[S_PER_BYTE * WINDOW + s] = s_per_byte
        window_out[LIMIT * WINDOW + s] = points[DOWNTIME_LIMIT_S * BLOCK + j] * (1.0 + TIE)
        window_out[SETTLE * WINDOW + s] = (1.0 - SETTLED) - SETTLED_TIE if endless else 1e300
        window_out[DEADLINE * WINDOW + s] = deadline_s * (1.0 - TIE)
        window_out[LAST_TICK * WINDOW + s] = rounds if within else float(MOST_LANE_ROUNDS)


@fused_kernel
def judge(points: Floats, n: int, behind: Floats, ends_out: Floats) -> None:
    """Tell from what lanes left behind how their points ended.

    Parameters
    ----------
    points : numpy.ndarray of float64, shape (POINT_ROWS * BLOCK,)
        All points of a block.
    n : int
        How many there are, from the front.
    behind : numpy.ndarray of float64, shape (BEHIND_ROWS * BLOCK,)
        Row by row what lanes leave behind.
    ends_out : numpy.ndarray of float64, shape (END_ROWS * BLOCK,)
        All are filled; ``HOW`` is -1 where a comparison is too close to call.
    """
    for j in range(n):
        limit_s = points[DOWNTIME_LIMIT_S * BLOCK + j]
        deadline_s = points[DEADLINE_S * BLOCK + j]
        longest_s = points[LONGEST_STOP_S * BLOCK + j]
        handshake_s = points[HANDSHAKE_S * BLOCK + j]
        most_rounds = points[MAX_ROUNDS * BLOCK + j]
        now_s = behind[END_NOW * BLOCK + j]
        left_s = behind[END_LEFT * BLOCK + j]
        sent = behind[END_SENT * BLOCK + j]
        before_s = behind[END_BEFORE * BLOCK + j]
        pages = behind[END_PAGES * BLOCK + j]
        rounds = behind[END_ROUNDS * BLOCK + j]
        whole = (pages + TO_INTEGER) - TO_INTEGER
        endless = (most_rounds == 0.0) & (deadline_s == math.inf)
        fits = left_s <= limit_s
        settled = endless & (left_s >= before_s * ((1.0 - SETTLED) + SETTLED_TIE))
        perhaps = endless & (left_s >= before_s * ((1.0 - SETTLED) - 2.0 * SETTLED_TIE))
        forced = (most_rounds > 0.0) & (rounds >= most_rounds)
        moved = fits | (forced & (not settled))
        too_long = moved & (left_s > longest_s)
        # The lanes may have rounded their own way: ask for twice the distance.
        doubt = (
            (abs(pages - whole) >= 0.5 - 2.0 * TIE * pages)
            | (now_s >= deadline_s * (1.0 - TIE))
            | (sent <= 0.0)
            | ((left_s > 0.0) & (abs(left_s - limit_s) <= 2.0 * TIE * limit_s))
            | ((longest_s < 1e300) & (abs(left_s - longest_s) <= 2.0 * TIE * longest_s))
            | ((not fits) & perhaps & (not settled))
            | (not (fits | settled | forced))
        )
        how = DOWNTIME_LIMIT if fits else (NEVER if settled else ROUNDS_DONE)
        how = GIVEN_UP if too_long else how
        moved = moved & (not too_long)
        total_s = (now_s + left_s) + handshake_s
        ends_out[TOTAL_S * BLOCK + j] = total_s if moved else math.nan
        ends_out[DOWNTIME_S * BLOCK + j] = left_s + handshake_s if moved else math.nan
        ends_out[SENT_PAGES * BLOCK + j] = sent if moved else sent - whole
        ends_out[ROUNDS * BLOCK + j] = rounds + 1.0 if moved & (whole >= 1.0) else rounds
        ends_out[HOW * BLOCK + j] = -1.0 if doubt else float(how)
