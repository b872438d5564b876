"""Pre-copy again, told as simply as can be: the kernels' independent twin."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

Steps = list[tuple[float, float]]


def rate(t: float, steps: Steps) -> float:
    return [r for since, r in steps if since <= t][-1]


def seconds_for(amount: float, start: float, steps: Steps) -> float:
    """By bisection over what has passed, where the kernel walks the steps."""

    def passed(end: float) -> float:
        edges = sorted({start, end, *(t for t, _ in steps if start < t < end)})
        return sum((b - a) * rate(a, steps) for a, b in itertools.pairwise(edges))

    if amount <= 0:
        return 0.0
    if steps[-1][1] == 0 and passed(max(start, steps[-1][0])) < amount:
        return math.inf
    low, high = start, start + 1.0
    while passed(high) < amount:
        high = start + 2 * (high - start)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if passed(middle) < amount else (low, middle)
    return high - start


def random_set(size: float, writes: float) -> Callable[[float], float]:
    return lambda t: size * (1 - math.exp(-writes * t / size)) if size else 0.0


def sweep(size: float, writes: float) -> Callable[[float], float]:
    return lambda t: min(size, writes * t)


def polyline(points: list[tuple[float, float]]) -> Callable[[float], float]:
    def at(t: float) -> float:
        before = [(0.0, 0.0)] + [p for p in points if p[0] <= t]
        after = [p for p in points if p[0] > t]
        (x0, y0) = before[-1]
        if not after:
            return y0
        (x1, y1) = after[0]
        return y0 + (y1 - y0) * (t - x0) / (x1 - x0)

    return at


def migrate(
    memory: float, dirty: Callable[[float], float], steps: Steps, limit: float, rounds: int = 10_000
) -> tuple[list[float], list[float], bool]:
    """Sizes and times of the passes, the stop last, and whether the rest fitted."""
    sizes, times, now, rest = [], [], 0.0, memory
    for _ in range(rounds):
        took = seconds_for(rest, now, steps)
        sizes.append(rest)
        times.append(took)
        now += took
        rest = dirty(took)
        if rest <= limit * rate(now, steps):
            return [*sizes, rest], [*times, seconds_for(rest, now, steps)], True
    return sizes, times, False
