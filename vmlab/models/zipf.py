"""Zipf's law over pages, as few enough classes of pages to compute with."""

from __future__ import annotations

import functools
import itertools
import math

#: A working set of so many pages or fewer has a class for each page.
MOST_CLASSES = 64

_EXACT = 64  # terms of a power sum that are added one by one


@functools.lru_cache(maxsize=64)
def zipf_classes(pages: int, exponent: float) -> tuple[tuple[int, float], ...]:
    """Split pages into classes whose writes follow Zipf's law.

    Parameters
    ----------
    pages : int
        Size of the working set; at least 1.
    exponent : float
        Page k of 1, 2, ... is written at a rate in proportion to
        ``k ** -exponent``.

    Returns
    -------
    tuple of (int, float)
        Pages of each class, and the share of all writes that each of its
        pages gets; at most `MOST_CLASSES`, the busiest first.

    Notes
    -----
    The busiest pages are classes of their own. The others fall into stretches
    that grow geometrically; each is two classes, of sizes and rates such that
    the mean and the variance of the rates are those of the stretch, and their
    skewness is as nearly as whole pages allow. So the expected number of
    distinct pages written in any time differs from the sum over all pages, in
    working sets of up to 2^28 pages, by at most 2e-4 up to an exponent of 1.2,
    1e-3 up to 2, and 1.5e-2 up to 4.
    """
    edges = _edges(pages)
    whole = _powers(0, pages, exponent)
    return tuple(
        (size, rate / whole)
        for first, last in itertools.pairwise(edges)
        for size, rate in _stretch(first, last, exponent)
    )


def _edges(pages: int) -> list[int]:
    """Pages one by one, then stretches of at least two that grow by one factor."""
    if pages <= MOST_CLASSES:
        return list(range(pages + 1))
    for singles in range(1, MOST_CLASSES - 1):
        stretches = (MOST_CLASSES - singles) // 2
        factor = (pages / singles) ** (1.0 / stretches)
        if singles * (factor - 1.0) >= 2.0:
            break
    edges = list(range(singles + 1))
    for i in range(1, stretches):
        edges.append(max(edges[-1] + 1, round(singles * factor**i)))
    return [*edges, pages]


def _stretch(first: int, last: int, exponent: float) -> list[tuple[int, float]]:
    """One stretch of pages as one or two classes: size and rate of each."""
    size = last - first
    mean = _powers(first, last, exponent) / size
    second = _powers(first, last, 2.0 * exponent) / size
    variance = second - mean * mean
    # Rates as good as equal: their skewness would be that of rounding errors.
    if size < 2 or variance <= 1e-8 * mean * mean:
        return [(size, mean)]
    third = _powers(first, last, 3.0 * exponent) / size
    skewness = (third - 3.0 * mean * second + 2.0 * mean**3) / variance**1.5
    share = 0.5 * (1.0 - skewness / math.sqrt(skewness * skewness + 4.0))
    busy = min(max(round(share * size), 1), size - 1)
    share = busy / size
    high = mean + math.sqrt(variance * (1.0 - share) / share)
    low = mean - math.sqrt(variance * share / (1.0 - share))
    return [(busy, high), (size - busy, low)] if low >= 0.0 else [(size, mean)]


def _powers(first: int, last: int, exponent: float) -> float:
    """Sum of ``k ** -exponent`` for k from first + 1 to last (Euler and Maclaurin)."""
    exact = min(max(first, _EXACT), last)
    total = math.fsum(k**-exponent for k in range(first + 1, exact + 1))
    if exact == last:
        return total
    low, high = exact + 0.5, last + 0.5
    power, span = 1.0 - exponent, math.log(high / low)
    # low ** power * (exp(power * span) - 1) / power, and its limit where power is 0
    integral = span if power == 0.0 else float(low**power) * math.expm1(power * span) / power
    slopes = exponent * float(high ** (-exponent - 1.0) - low ** (-exponent - 1.0))
    return total + integral + slopes / 24.0
