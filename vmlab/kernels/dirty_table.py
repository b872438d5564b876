"""One workload of many classes as a table: what it dirties in any time."""

from __future__ import annotations

import math

import numpy as np

from vmlab.kernels.constant_rate import Floats

#: Intervals to an octave of time, as a power of two.
OCTAVE_BITS = 4
#: Coefficients of an interval's polynomial.
COEFFICIENTS = 8
#: Above so many mean writes a page is dirtied to the last bit of a float.
_SURE_WRITES = 60.0


def dirty_table(
    class_bytes: Floats, class_writes_per_s: Floats, page_bytes: float, longest_s: float
) -> tuple[Floats, int]:
    """Tabulate what classes of pages dirty.

    Parameters
    ----------
    class_bytes, class_writes_per_s : numpy.ndarray of float64, shape (k,)
        The workload, as in `vmlab.kernels.dirtying`.
    page_bytes : float
        Size of a page: less than half of one is nothing.
    longest_s : float
        Times are not longer than this, s.

    Returns
    -------
    table : numpy.ndarray of float64, shape (m, COEFFICIENTS)
        A polynomial for each interval, in seconds from its middle.
    first : int
        The sign, exponent and first mantissa bits of a time, as an integer,
        less this is its interval; what is below the table dirties less than
        half a page (row 0), what is above it everything (the last row).

    Notes
    -----
    Sixteen intervals to an octave, each with the polynomial of degree 7 that
    meets ``sum(class_bytes * (1 - exp(-writes * t)))`` at Chebyshev's points.
    With h half an interval, a class of y mean writes adds an error of
    ``y**8 exp(-y) (h / t)**8 / (8! 2**7)`` of its size, at most 1e-15.
    """
    busy = class_writes_per_s > 0.0
    size, writes = class_bytes[busy], class_writes_per_s[busy]
    scale = 1 << OCTAVE_BITS
    flow = float(size @ writes)
    shortest_s = 0.499 * page_bytes / flow if flow > 0.0 else 1.0
    all_s = min(longest_s, _SURE_WRITES / float(writes.min())) if len(writes) else 1.0
    low = math.frexp(shortest_s)[1] - 2
    high = max(math.frexp(max(all_s, shortest_s))[1], low + 1)
    octave = np.repeat(np.ldexp(1.0, np.arange(low, high)), scale)
    place = np.tile(np.arange(scale), high - low)
    half_s = octave / (2 * scale)
    middle_s = octave * (1.0 + (place + 0.5) / scale)
    nodes = np.cos(np.pi * (np.arange(COEFFICIENTS) + 0.5) / COEFFICIENTS)
    times_s = middle_s[:, None] + half_s[:, None] * nodes
    values = np.zeros_like(times_s)
    for one_size, one_writes in zip(size, writes, strict=True):
        values -= one_size * np.expm1(-one_writes * times_s)
    chebyshev = np.polynomial.chebyshev.chebvander(nodes, COEFFICIENTS - 1)
    chebyshev[:, 0] *= 0.5
    series = values @ chebyshev * (2.0 / COEFFICIENTS)
    powers = np.zeros((COEFFICIENTS, COEFFICIENTS))
    for k, unit in enumerate(np.eye(COEFFICIENTS)):
        powers[k, : k + 1] = np.polynomial.chebyshev.cheb2poly(unit[: k + 1])
    table = np.zeros((len(middle_s) + 2, COEFFICIENTS))
    table[1:-1] = (series @ powers) / half_s[:, None] ** np.arange(COEFFICIENTS)
    table[-1, 0] = float(-(size * np.expm1(-writes * all_s)).sum()) if len(writes) else 0.0
    first = (1023 + low << OCTAVE_BITS) - 1
    return table, first
