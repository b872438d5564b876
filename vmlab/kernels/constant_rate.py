"""Pre-copy at a constant rate: one of many points, ends only.

What `vmlab.kernels.rounds` does, without steps in the rate, curves, a cut
at a deadline, and an entry a round. Sweeps are made of it: `vmlab.kernels.lanes` and
`vmlab.kernels.vectors` run many points at once, and come back to this one for
the few whose verdict hangs on the last bits of a float.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel
from vmlab.kernels.ends import (
    DOWNTIME_LIMIT,
    GIVEN_UP,
    MOST_ROUNDS,
    NEVER,
    ROUNDS_DONE,
    SETTLED,
)

Floats = NDArray[np.float64]


#: How a point ended that another kernel must run.
UNDECIDED = -1
#: Points of a block: as many as stay in a core's own cache with all their numbers.
BLOCK = 8256

# A block of points, a row each of BLOCK numbers; the names and units are those
# of `constant_rate`. A fixed length lets the compiler see that rows are apart.
(FIRST_BYTES, PAGE_BYTES, RATE_BYTES_PER_S, START_S, DOWNTIME_LIMIT_S, DEADLINE_S, LONGEST_STOP_S,
 HANDSHAKE_S, MAX_ROUNDS) = range(9)  # fmt: skip
POINT_ROWS = 9

# How they ended, likewise: what `constant_rate` returns, in its order.
TOTAL_S, DOWNTIME_S, SENT_PAGES, ROUNDS, HOW = range(5)
END_ROWS = 5


@kernel
def constant_rate(
    first_bytes: float,
    page_bytes: float,
    rate_bytes_per_s: float,
    start_s: float,
    downtime_limit_s: float,
    deadline_s: float,
    longest_stop_s: float,
    handshake_s: float,
    max_rounds: int,
    class_bytes: Floats,
    class_writes_per_s: Floats,
    row: int,
) -> tuple[float, float, float, int, int]:
    """Run one point, in the very operations of `vmlab.kernels.rounds.copy_rounds`.

    Parameters
    ----------
    first_bytes, page_bytes : float
        What the first round sends, in whole pages; size of a page.
    rate_bytes_per_s, start_s, downtime_limit_s, deadline_s, longest_stop_s : float
        As in `copy_rounds`; the rate is above 0.
    handshake_s : float
        What the stop phase takes besides its bytes.
    max_rounds : int
        Rounds after which the stop is forced; 0 is none.
    class_bytes, class_writes_per_s : numpy.ndarray of float64, shape (n, k) or (1, k)
        The workload, as in `vmlab.kernels.dirtying`, of each point or of all.
    row : int
        The row of this one.

    Returns
    -------
    total_s, downtime_s : float
        NaN where the guest did not move.
    sent_pages : float
        Each pass rounded to whole pages.
    rounds : int
        Passes that sent something.
    how : int
        A constant of `vmlab.kernels.ends`; `UNDECIDED` where the deadline
        is reached, which takes more than the ends to tell.

    Notes
    -----
    ``duration = rest / rate``; ``dirtied = sum(-class_bytes * expm1(-writes *
    duration))``; the rest of its own rules, its order and its references are
    those of `copy_rounds`. A pass is sent as ``floor(bytes / page + 0.5)`` pages.
    """
    rest_bytes = first_bytes
    now_s = start_s
    endless = max_rounds == 0 and deadline_s == math.inf
    how = NEVER if max_rounds == 0 else ROUNDS_DONE
    rounds = 0
    sent_pages = 0.0
    for _ in range(MOST_ROUNDS if max_rounds == 0 else max_rounds):
        duration_s = rest_bytes / rate_bytes_per_s if rest_bytes > 0.0 else 0.0
        if now_s + duration_s >= deadline_s:
            return math.nan, math.nan, 0.0, 0, UNDECIDED
        dirtied = 0.0
        for k in range(class_bytes.shape[1]):
            dirtied -= class_bytes[row, k] * math.expm1(-class_writes_per_s[row, k] * duration_s)
        if 2.0 * dirtied < page_bytes:
            dirtied = 0.0
        if rest_bytes > 0.0:
            sent_pages += math.floor(rest_bytes / page_bytes + 0.5)
            rounds += 1
        settled = dirtied >= rest_bytes * (1.0 - SETTLED)
        rest_bytes = dirtied
        now_s += duration_s
        if rest_bytes <= downtime_limit_s * rate_bytes_per_s:
            how = DOWNTIME_LIMIT
            break
        if settled and endless:
            how = NEVER
            break

    stop_s = rest_bytes / rate_bytes_per_s if rest_bytes > 0.0 else 0.0
    moved = how != NEVER
    if moved and stop_s > longest_stop_s:
        how = GIVEN_UP
        moved = False
    if not moved:
        return math.nan, math.nan, sent_pages, rounds, how
    if 2.0 * rest_bytes >= page_bytes:
        sent_pages += math.floor(rest_bytes / page_bytes + 0.5)
        rounds += 1
    total_s = now_s + stop_s + handshake_s
    return total_s, stop_s + handshake_s, sent_pages, rounds, how


@kernel
def constant_rate_loop(
    points: Floats,
    class_bytes: Floats,
    class_writes_per_s: Floats,
    which: NDArray[np.int64],
    ends_out: Floats,
) -> None:
    """Run some points, one after the other; see `constant_rate`.

    Parameters
    ----------
    points : numpy.ndarray of float64, shape (POINT_ROWS * BLOCK,)
        A block of points.
    class_bytes, class_writes_per_s : numpy.ndarray of float64, shape (n, k) or (1, k)
        Their workloads, or that of all.
    which : numpy.ndarray of int64, shape (m,)
        Those to run.
    ends_out : numpy.ndarray of float64, shape (END_ROWS * BLOCK,)
        Their entries are filled.
    """
    for j in which:
        total_s, downtime_s, sent_pages, rounds, how = constant_rate(
            points[FIRST_BYTES * BLOCK + j],
            points[PAGE_BYTES * BLOCK + j],
            points[RATE_BYTES_PER_S * BLOCK + j],
            points[START_S * BLOCK + j],
            points[DOWNTIME_LIMIT_S * BLOCK + j],
            points[DEADLINE_S * BLOCK + j],
            points[LONGEST_STOP_S * BLOCK + j],
            points[HANDSHAKE_S * BLOCK + j],
            int(points[MAX_ROUNDS * BLOCK + j]),
            class_bytes,
            class_writes_per_s,
            min(j, len(class_bytes) - 1),
        )
        ends_out[TOTAL_S * BLOCK + j] = total_s
        ends_out[DOWNTIME_S * BLOCK + j] = downtime_s
        ends_out[SENT_PAGES * BLOCK + j] = sent_pages
        ends_out[ROUNDS * BLOCK + j] = rounds
        ends_out[HOW * BLOCK + j] = how
