"""QEMU's loop again, page by page: bitmaps, a cursor, a clock. The kernel's independent twin."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

PAGE, HEADER, MARK = 4096, 8, 9

#: Numbers of the pages of a working set that are written between two instants.
Writer = Callable[[float, float], set[int]]


@dataclass
class Outcome:
    """How it went: bytes of each pass, the stop phase last."""

    sent: list[int] = field(default_factory=list)
    pause_s: float = 0.0
    end_s: float = 0.0
    ended: bool = False


def nothing(_from_s: float, _to_s: float) -> set[int]:
    return set()


def at_random(pages: int, writes_per_s: float, seed: int) -> Writer:
    draw = random.Random(seed)

    def written(from_s: float, to_s: float) -> set[int]:
        mean = writes_per_s * (to_s - from_s)
        count = max(round(draw.gauss(mean, math.sqrt(mean))), 0) if mean > 0 else 0
        return {draw.randrange(pages) for _ in range(count)}

    return written


def in_order(pages: int, writes_per_s: float, start_s: float) -> Writer:
    def written(from_s: float, to_s: float) -> set[int]:
        first = math.floor((from_s - start_s) * writes_per_s)
        last = math.floor((to_s - start_s) * writes_per_s)
        if last - first >= pages:
            return set(range(pages))
        return {k % pages for k in range(first, last)}

    return written


def lay_out(zero: int, cold: int, working_set: int) -> list[str]:
    """Zero pages among the lower half of the cold ones, the working set last."""
    lower = cold // 2
    places = sorted(
        [((k + 0.5) / max(zero, 1), "zero") for k in range(zero)]
        + [((k + 0.5) / max(lower, 1), "data") for k in range(lower)]
    )
    return [kind for _, kind in places] + ["data"] * (cold - lower + working_set)


def migrate(
    kinds: list[str],
    working_set: int,
    writer: Writer,
    cap_bytes_per_s: float,
    limit_s: float,
    start_s: float,
    rate_bytes_per_s: float = 2.5e9,
    zero_s: float = 1e-6,
    most_s: float = 60.0,
) -> Outcome:
    """Until it stops, or for so long."""
    pages = len(kinds)
    base = pages - working_set
    dirty = [True] * pages
    count, cursor = pages, 0
    now = synced = start_s
    window, window_sent, threshold = 0.0, 0.0, 0.0
    out = Outcome()
    pass_sent = 0
    budget = cap_bytes_per_s * 0.1

    def sync() -> None:
        nonlocal count, synced
        for number in writer(synced, now):
            if not dirty[base + number]:
                dirty[base + number] = True
                count += 1
        synced = now

    def send() -> int:
        nonlocal count, cursor, now
        while not dirty[cursor]:
            cursor = (cursor + 1) % pages
        dirty[cursor] = False
        count -= 1
        size = MARK if kinds[cursor] == "zero" else PAGE + HEADER
        now += size / rate_bytes_per_s + (zero_s if kinds[cursor] == "zero" else 0.0)
        return size

    while now < most_s:
        below = count * PAGE < threshold
        if below or count == 0:
            sync()
            out.sent.append(pass_sent)
            pass_sent = 0
            if not below or count * PAGE < threshold:
                out.ended = True
                break
        begin, looked = now, 0
        while count and window_sent < budget:
            size = send()
            window_sent += size
            pass_sent += size
            if looked % 64 == 0 and now - begin > 0.051:
                break
            looked += 1
        if window_sent >= budget:
            now = max(now, window + 0.1)
        if now >= window + 0.1 - 1e-12:
            threshold = window_sent / (now - window) * limit_s
            window, window_sent = now, 0.0
    out.pause_s = now
    stop_sent = 0
    while out.ended and count:
        stop_sent += send()
    if stop_sent:
        out.sent.append(stop_sent)
    out.end_s = now
    return out
