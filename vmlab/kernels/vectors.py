"""Pre-copy at a constant rate, a block of points in NumPy: where there is no compiler."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.constant_rate import (
    BLOCK,
    DEADLINE_S,
    DOWNTIME_LIMIT_S,
    DOWNTIME_S,
    END_ROWS,
    FIRST_BYTES,
    HANDSHAKE_S,
    HOW,
    LONGEST_STOP_S,
    MAX_ROUNDS,
    PAGE_BYTES,
    POINT_ROWS,
    RATE_BYTES_PER_S,
    ROUNDS,
    SENT_PAGES,
    START_S,
    TOTAL_S,
    Floats,
)
from vmlab.kernels.ends import DOWNTIME_LIMIT, GIVEN_UP, NEVER, ROUNDS_DONE, SETTLED
from vmlab.kernels.lane_points import SETTLED_TIE, TIE

#: After so many rounds a point is left to `constant_rate`, ...
MOST_VECTOR_ROUNDS = 1000
#: ... and after so many rounds points are left to it when they are so few.
SOME_ROUNDS, FEW_LEFT = 100, 40


def dirtied_by_all(
    seconds: Floats, class_bytes: Floats, class_writes_per_s: Floats, which: NDArray[np.int64]
) -> Floats:
    """`vmlab.kernels.dirtying.dirtied_bytes` of many points, each for its own time."""
    rows = which if len(class_bytes) > 1 else np.zeros(1, np.int64)
    total = np.zeros(len(seconds))
    for k in range(class_bytes.shape[1]):
        total -= class_bytes[rows, k] * np.expm1(-class_writes_per_s[rows, k] * seconds)
    return total


def constant_rate_vectors(
    points: Floats,
    n: int,
    class_bytes: Floats,
    class_writes_per_s: Floats,
    again_out: NDArray[np.int64],
    ends_out: Floats,
) -> int:
    """Run a block of points, all a round further at a time.

    Parameters
    ----------
    points, n, class_bytes, class_writes_per_s, again_out, ends_out : array, but n : int
        As in `vmlab.kernels.lanes.constant_rate_lanes`.

    Returns
    -------
    int
        How many must be run again by `constant_rate`: its comparisons are
        those of the lanes, and NumPy's ``expm1`` is not the last bit's either.
    """
    given = points.reshape(POINT_ROWS, BLOCK)[:, :n]
    ends = ends_out.reshape(END_ROWS, BLOCK)
    ends[HOW, :n] = -1.0
    which = np.flatnonzero(given[FIRST_BYTES] > 0.0)
    rest = given[FIRST_BYTES, which]
    now_s = given[START_S, which]
    sent = np.floor(rest / given[PAGE_BYTES, which] + 0.5)
    for rounds in range(1, MOST_VECTOR_ROUNDS + 1):
        if len(which) <= (FEW_LEFT if rounds > SOME_ROUNDS else 0):
            break
        page, rate = given[PAGE_BYTES, which], given[RATE_BYTES_PER_S, which]
        limit_s, deadline_s = given[DOWNTIME_LIMIT_S, which], given[DEADLINE_S, which]
        longest_s, handshake_s = given[LONGEST_STOP_S, which], given[HANDSHAKE_S, which]
        most = given[MAX_ROUNDS, which]
        seconds = rest / rate
        dirtied = dirtied_by_all(seconds, class_bytes, class_writes_per_s, which)
        pages = dirtied / page + 0.5
        whole = np.floor(pages)
        now_s = now_s + seconds
        sent = sent + whole
        doubt = (np.abs(pages - whole - 0.5) >= 0.5 - TIE * pages) | (
            now_s >= deadline_s * (1.0 - TIE)
        )
        dirtied = np.where(whole >= 1.0, dirtied, 0.0)
        stop_s = dirtied / rate
        endless = (most == 0.0) & (deadline_s == math.inf)
        fits = stop_s <= limit_s
        settled = endless & (dirtied >= rest * (1.0 - SETTLED))
        close = np.abs(dirtied - rest * (1.0 - SETTLED)) <= SETTLED_TIE * rest
        forced = (most > 0.0) & (rounds >= most)
        bounded = longest_s < math.inf
        longest_s = np.where(bounded, longest_s, 1e300)
        doubt |= bounded & (np.abs(stop_s - longest_s) <= TIE * longest_s)
        doubt |= (dirtied > 0.0) & (np.abs(stop_s - limit_s) <= TIE * limit_s)
        doubt |= ~fits & endless & close
        moved = fits | (forced & ~settled)
        how = np.where(fits, DOWNTIME_LIMIT, np.where(settled, NEVER, ROUNDS_DONE))
        how = np.where(moved & (stop_s > longest_s), GIVEN_UP, how)
        moved &= stop_s <= longest_s
        over = fits | settled | forced | doubt
        done = np.flatnonzero(over & ~doubt)
        at, went = which[done], moved[done]
        total_s = (now_s + stop_s + handshake_s)[done]
        ends[TOTAL_S, at] = np.where(went, total_s, math.nan)
        ends[DOWNTIME_S, at] = np.where(went, (stop_s + handshake_s)[done], math.nan)
        ends[SENT_PAGES, at] = (sent - np.where(moved, 0.0, whole))[done]
        ends[ROUNDS, at] = rounds + (went & (whole[done] >= 1.0))
        ends[HOW, at] = how[done]
        on = np.flatnonzero(~over)
        which, rest, now_s, sent = which[on], dirtied[on], now_s[on], sent[on]
    again = np.flatnonzero(ends[HOW, :n] < 0.0)
    again_out[: len(again)] = again
    return len(again)
