"""Rounds under Xen's pace, a throttle or deltas, told as simply as can be: the kernel's twin."""

from __future__ import annotations

import math
from dataclasses import dataclass

PAGE = 4096.0


@dataclass
class Told:
    """One telling: passes of (sent, seconds, dirtied), how it ended, when it was over."""

    passes: list[tuple[float, float, float]]
    how: str
    end_s: float


def xen(
    memory: float,
    classes: list[tuple[float, float]],
    link: float,
    first: float = 12.5e6,
    headroom: float = 6.25e6,
    enough: float = 262_144.0,
) -> Told:
    """Clark's rule on classes of (bytes, writes a second), a constant link."""

    def dirty(seconds: float) -> list[float]:
        return [size * (1 - math.exp(-w * seconds)) for size, w in classes]

    due = [size for size, _ in classes]
    cold = memory - sum(due)
    rate, now = min(first, link), 0.0
    passes = []
    for _ in range(1000):

        def clean(seconds: float, due: list[float] = due, cold: float = cold) -> float:
            means = [
                (1 - math.exp(-w * seconds)) / (w * seconds) if w * seconds > 1e-9 else 1.0
                for _, w in classes
            ]
            return cold + sum(a * mean for a, mean in zip(due, means, strict=True))

        low, high = 0.0, (cold + sum(due)) / rate
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if rate * middle < clean(middle) else (low, middle)
        now += high
        due, cold = dirty(high), 0.0
        rest = sum(due)
        passes.append((rate * high, high, rest))
        if rest < enough:
            return Told([*passes, (rest, rest / link, 0.0)], "enough", now + rest / link)
        rate = rest / high + headroom
        if rate > link:
            return Told([*passes, (rest, rest / link, 0.0)], "too fast", now + rest / link)
        rate = max(rate, min(first, link))
    raise AssertionError("it never ended")


def auto_converge(
    memory: float, size: float, writes: float, link: float, limit_s: float, cpu: float
) -> tuple[Told, list[float]]:
    """QEMU's throttle, 20 % and 10 % more, on one class and a constant link."""
    now, rest, level, bad, since, sent_since, dirty_since = 0.0, memory, 0.0, 0, 0.0, 0.0, 0.0
    passes, taken = [], []
    for _ in range(10_000):
        seconds = rest / link
        speed = min(1.0, (1 - level) / cpu) if cpu else 1.0
        dirtied = size * (1 - math.exp(-writes * seconds * speed))
        if dirtied < PAGE / 2:
            dirtied = 0.0
        passes.append((rest, seconds, dirtied))
        taken.append(level)
        now += seconds
        since, sent_since, dirty_since = since + seconds, sent_since + rest, dirty_since + dirtied
        if since > 1.0:
            bad += dirty_since > 0.5 * sent_since
            since = sent_since = dirty_since = 0.0
            if bad == 2:
                bad = 0
                level = 0.2 if level == 0 else min(level + 0.1, 0.99)
        rest = dirtied
        if rest <= limit_s * link:
            stop = [(rest, rest / link, 0.0)] if rest else []
            return Told([*passes, *stop], "fits", now + rest / link), [*taken, 0.0]
    return Told(passes, "never", now), taken


def deltas(
    memory: float, size: float, writes: float, link: float, limit_s: float, cache: float, d: float
) -> Told:
    """XBZRLE on one class and a constant link; d is a delta over a page."""

    def dirty(seconds: float) -> float:
        return size * (1 - math.exp(-writes * seconds))

    now, rest, passes, starts = 0.0, memory, [], []
    share = 1.0
    for number in range(1, 10_001):
        starts.append(now)
        seconds = max(rest * share / link, rest / 2e9 if number > 1 else 0.0)
        passes.append((rest * share, seconds, dirty(seconds)))
        now += seconds
        rest = dirty(seconds)
        if number >= 2:
            came = dirty(starts[-1])
            hits = came / size * min(1.0, cache / came)
            share = hits * min(d, 1.0) + 1 - hits
        if rest * share / link <= limit_s:
            last = max(rest * share / link, rest / 2e9)
            return Told([*passes, (rest * share, last, 0.0)], "fits", now + last)
        if number > 2 and rest >= passes[-2][2] * (1 - 1e-9):
            return Told(passes, "never", now)
    return Told(passes, "never", now)
