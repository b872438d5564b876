"""An estimate drawn: its rounds as bars, and its downtime over the bandwidth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmlab import units
from vmlab.models.estimate import Estimate
from vmlab.views.drawing import Json, bar, chart, line, mark, words

WIDTH, LEFT, RIGHT = 420.0, 52.0, 10.0
SHOWN = 10  # rounds; what a longer run does is seen in these and its last
ROW = 19.0
CURVE_HEIGHT = 200.0


@dataclass(frozen=True)
class Point:
    """A bandwidth, and what it buys; None where the guest does not move.

    Parameters
    ----------
    mbit_s : float
        The link.
    downtime_s : float or None
        The pause.
    converged : bool
        Whether the rounds came to their end by themselves.
    """

    mbit_s: float
    downtime_s: float | None
    converged: bool


def rounds_chart(estimate: Estimate) -> Json:
    """The rounds as bars on one linear scale: above what was sent, below what was dirtied.

    Parameters
    ----------
    estimate : Estimate
        Any; of more than `SHOWN` rounds the first and the last are drawn.

    Returns
    -------
    dict
        A chart.
    """
    rounds = list(estimate.rounds)
    if len(rounds) > SHOWN:
        rounds = [*rounds[: SHOWN - 1], rounds[-1]]
    top = max((max(one.sent_bytes, one.dirtied_bytes) for one in rounds), default=0) or 1
    span = WIDTH - LEFT - RIGHT - 74
    shapes = []
    told = []
    for row, one in enumerate(rounds):
        y = 4 + row * ROW
        sent, dirtied = one.sent_bytes / top * span, one.dirtied_bytes / top * span
        gap = row and one.round != rounds[row - 1].round + 1
        shapes += [
            words(LEFT - 6, y + 12, f"… {one.round:,}" if gap else f"{one.round:,}", "end"),
            bar(LEFT, y, max(sent, 0.8), 8, "sent"),
            bar(LEFT, y + 9, max(dirtied, 0.8) if dirtied else 0.0, 5, "dirty"),
            words(LEFT + max(sent, dirtied) + 5, y + 11, mib_words(one.sent_bytes)),
        ]
        told.append(
            f"round {one.round:,} sent {mib_words(one.sent_bytes)},"
            f" dirtied {mib_words(one.dirtied_bytes)}"
        )
    height = 8 + max(len(rounds), 1) * ROW
    if not rounds:
        shapes.append(words(LEFT, 16, "nothing was sent"))
    return chart(WIDTH, height, "Rounds: " + ("; ".join(told) or "none"), shapes)


def mib_words(n_bytes: float) -> str:
    """A size in three digits or so."""
    mib = units.bytes_to_mib(n_bytes)
    if mib >= 10240:
        return f"{mib / 1024:,.1f} GiB"
    return f"{mib:,.0f} MiB" if mib >= 100 else f"{mib:.3g} MiB"


def time_words(seconds: float) -> str:
    """A time in three digits: microseconds to days."""
    for least, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= least * (2 if unit != "s" else 1):
            return f"{seconds / least:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms" if seconds >= 1e-6 else "0 ms"


def rate_chart(
    points: Sequence[Point], now: Point, limit_s: float, pinned: Point | None = None
) -> Json:
    """Downtime against bandwidth, both on scales of tens; crosses where it never ends.

    Parameters
    ----------
    points : sequence of Point
        The curve, bandwidth rising.
    now : Point
        Where the setting stands.
    limit_s : float
        The downtime limit, s.
    pinned : Point, optional
        Where the pinned setting stands.

    Returns
    -------
    dict
        A chart.
    """
    marked = [now, *([pinned] if pinned else [])]
    downs = [p.downtime_s for p in (*points, *marked) if p.downtime_s]
    downs += [limit_s] if limit_s > 0 else []
    low = math.floor(math.log10(max(min(downs, default=0.1), 1e-6)))
    high = max(math.ceil(math.log10(max(downs, default=1.0))), low + 1)
    rates = [p.mbit_s for p in (*points, *marked)]
    first, last = math.log10(min(rates)), math.log10(max(rates))
    top, bottom = 32.0, CURVE_HEIGHT - 34

    def across(mbit_s: float) -> float:
        return LEFT + (math.log10(mbit_s) - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT)

    def up(seconds: float | None) -> float:
        if seconds is None:
            return top - 20
        share = (math.log10(max(seconds, 10.0**low)) - low) / (high - low)
        return bottom - share * (bottom - top)

    shapes = [line([(LEFT, top - 26), (LEFT, bottom), (WIDTH - RIGHT, bottom)], "axis")]
    step = math.ceil((high - low) / 5)
    shapes += [
        words(LEFT - 5, up(10.0**power) + 4, time_words(10.0**power), "end")
        for power in range(low, high + 1, step)
    ]
    shapes += [
        words(
            across(10.0**power),
            bottom + 14,
            f"{10**power:,}",
            "end" if across(10.0**power) > WIDTH - 40 else "middle",
        )
        for power in range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    ]
    shapes.append(words((LEFT + WIDTH - RIGHT) / 2, CURVE_HEIGHT - 5, "Mbit/s", "middle"))
    if limit_s > 0:
        shapes.append(
            line([(LEFT, up(limit_s)), (WIDTH - RIGHT, up(limit_s))], "limit", dashed=True)
        )
        shapes.append(words(WIDTH - RIGHT, up(limit_s) - 4, "downtime limit", "end"))
    shapes += _stretches(points, across, up)
    shapes += [
        mark(across(p.mbit_s), up(None), "cross", "limit") for p in points if p.downtime_s is None
    ]
    if any(p.downtime_s is None for p in (*points, *marked)):
        shapes.append(words(LEFT - 6, top - 16, "never", "end"))
    if pinned:
        shapes.append(mark(across(pinned.mbit_s), up(pinned.downtime_s), "ring", "pinned"))
    shapes.append(mark(across(now.mbit_s), up(now.downtime_s), "dot", "now"))
    return chart(WIDTH, CURVE_HEIGHT, _told(points, now), shapes)


def _stretches(
    points: Sequence[Point], across: Callable[[float], float], up: Callable[[float], float]
) -> list[Json]:
    """The curve, torn where the guest does not move."""
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point.downtime_s is None:
            found.append([])
        else:
            found[-1].append((across(point.mbit_s), up(point.downtime_s)))
    return [line(one, "sent") for one in found if len(one) > 1]


def _told(points: Sequence[Point], now: Point) -> str:
    here = (
        "it never ends" if now.downtime_s is None else f"{time_words(now.downtime_s)} of downtime"
    )
    told = f"Downtime against bandwidth: at {now.mbit_s:,.6g} Mbit/s {here}"
    lost = [p.mbit_s for p in points if p.downtime_s is None]
    return told + (f"; below {max(lost):,.6g} Mbit/s it may not end" if lost else "")
