"""The same pre-copy as one would write it without lanes: what the fluid benchmark compares with.

Every peer takes what is sent first, sizes and write rates of the classes, the
rate and the limit of each point, and gives total, downtime, bytes, rounds and
how it ended; 30 rounds at most. None of them rounds bytes to pages, or looks
after ties, which favours them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MOST = 30
HALF_PAGE = 2048.0
FITS, FORCED = 0.0, 1.0


def pure_python(first: Any, sizes: Any, writes: Any, rate: Any, limit: Any) -> list[Any]:
    """Lists in, lists out; the exponential comes from C."""
    found = []
    expm1 = math.expm1
    for rest, size, busy, b, limit_s in zip(first, sizes, writes, rate, limit, strict=True):
        pairs = list(zip(size, busy, strict=True))
        (only, often), alone = pairs[0], len(pairs) == 1
        now = sent = 0.0
        rounds, how = 0, FORCED
        while rounds < MOST:
            took = rest / b
            now += took
            sent += rest
            rounds += 1
            if alone:
                rest = -only * expm1(-often * took)
            else:
                rest = 0.0
                for w, n in pairs:
                    rest -= w * expm1(-n * took)
            if rest < HALF_PAGE:
                rest = 0.0
            if rest <= limit_s * b:
                how = FITS
                break
        stop = rest / b
        found.append((now + stop, stop, sent + rest, rounds + (rest > 0), how))
    return found


def numpy_rounds(
    first: Any, sizes: Any, writes: Any, rate: Any, limit: Any, dirty: Any = None
) -> Any:
    """A round of all points at a time; those that have ended are left out of the next."""
    n = len(first)
    out = np.empty((5, n))
    at = np.arange(n)
    rest, now, sent = first.copy(), np.zeros(n), np.zeros(n)
    for rounds in range(1, MOST + 1):
        took = rest / rate
        now += took
        sent += rest
        if dirty is not None:
            rest = dirty(took)
        elif sizes.shape[1] == 1:
            rest = -sizes[:, 0] * np.expm1(-writes[:, 0] * took)
        else:
            rest = -np.einsum("ij,ij->i", sizes, np.expm1(-writes * took[:, None]))
        rest[rest < HALF_PAGE] = 0.0
        fits = rest <= limit * rate
        over = fits if rounds < MOST else np.ones(len(at), bool)
        if over.any():
            done = at[over]
            stop = rest[over] / rate[over]
            out[0, done], out[1, done] = now[over] + stop, stop
            out[2, done] = sent[over] + rest[over]
            out[3, done] = rounds + (rest[over] > 0)
            out[4, done] = np.where(fits[over], FITS, FORCED)
            on = ~over
            at, rest, now, sent = at[on], rest[on], now[on], sent[on]
            rate, limit = rate[on], limit[on]
            if dirty is None and len(sizes) == len(on):
                sizes, writes = sizes[on], writes[on]
        if len(at) == 0:
            break
    return out


def tabulated(sizes: Any, writes: Any, longest_s: float, points: int = 20_000) -> Any:
    """One workload as ``np.interp`` would have it: straight lines between close times."""
    times = np.concatenate([[0.0], np.geomspace(1e-6, longest_s, points)])
    values = -(sizes * np.expm1(-writes * times[:, None])).sum(axis=1)
    return lambda took: np.interp(took, times, values)


def compiled_loop() -> Any:
    """What one compiles with ``prange``: a point after the other, libm's exponential."""
    import numba

    def loop(first: Any, sizes: Any, writes: Any, rate: Any, limit: Any, out: Any) -> None:
        for point in numba.prange(len(first)):
            j = np.int64(point)
            row = j if len(sizes) > 1 else 0
            rest, b = first[j], rate[j]
            now, sent = 0.0, 0.0
            rounds, how = 0, FORCED
            while rounds < MOST:
                took = rest / b
                now += took
                sent += rest
                rounds += 1
                rest = 0.0
                for k in range(sizes.shape[1]):
                    rest -= sizes[row, k] * math.expm1(-writes[row, k] * took)
                if rest < HALF_PAGE:
                    rest = 0.0
                if rest <= limit[j] * b:
                    how = FITS
                    break
            stop = rest / b
            out[0, j] = now + stop
            out[1, j] = stop
            out[2, j] = sent + rest
            out[3, j] = rounds + (1 if rest > 0 else 0)
            out[4, j] = how

    return numba.njit(parallel=True, error_model="numpy")(loop)
