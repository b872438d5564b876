"""How full each link was over time: one small chart a link."""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.fleet.fleet_run import LinkUse
from vmlab.units import bytes_per_s_to_mbit_s
from vmlab.views.drawing import Drawing, Json, bar, chart, line, words
from vmlab.views.text import fit, width
from vmlab.views.time_axis import time_axis

WIDTH, TOP, MARGIN = 620.0, 8.0, 10.0
HIGH, GAP = 24.0, 9.0
LONGEST = 150.0
#: Links that are drawn, the busiest first; and steps of each.
SHOWN, STEPS = 16, 120


def link_use(links: Sequence[LinkUse], total_s: float) -> Drawing:
    """Draw what each link carried, as a share of what it can carry.

    Parameters
    ----------
    links : sequence of LinkUse
        With their traces; of many the busiest are drawn.
    total_s : float
        The end of the scale.

    Returns
    -------
    Drawing
        The height of a row is the whole link; a line marks it.
    """
    busiest = sorted(links, key=lambda link: -mean_share(link, total_s))[:SHOWN]
    shown = [link for link in links if link in busiest]
    names = [fit(link.name, LONGEST, "s") for link in shown]
    notes = [_note(link, total_s) for link in shown]
    left = MARGIN + max((width(name, "s") for name in names), default=0) + 6
    behind = max((width(note, "s") for note in notes), default=0)
    across = WIDTH - left - behind - MARGIN - 12
    shapes: list[Json] = []
    for number, (link, name, note) in enumerate(zip(shown, names, notes, strict=True)):
        top = TOP + number * (HIGH + GAP)
        shapes.append(words(left - 6, top + HIGH / 2 + 4, name, "end"))
        shapes += _steps(link, total_s, left, across, top)
        shapes.append(line([(left, top), (left + across, top)], "axis", dashed=True))
        shapes.append(line([(left, top + HIGH), (left + across, top + HIGH)], "axis"))
        shapes.append(words(left + across + 8, top + HIGH / 2 + 4, note))
    bottom = TOP + len(shown) * (HIGH + GAP)
    shapes += time_axis(left, across, bottom, total_s)
    return Drawing(chart(WIDTH, bottom + 24, "Use of links", shapes), link_text(links, total_s))


def link_text(links: Sequence[LinkUse], total_s: float) -> str:
    """A line for each link: how full it was on average, and at most."""
    lines = [
        f"{link.name}: {mean_share(link, total_s):.0%} full on average, "
        f"{max(share_at(link, total_s), default=0.0):.0%} at most, "
        f"of {bytes_per_s_to_mbit_s(link.bytes_per_s):,.6g} Mbit/s"
        for link in links
    ]
    return "\n".join(["Use of links", *lines])


def mean_share(link: LinkUse, total_s: float) -> float:
    """What a link carried of what it could have carried, 0 to 1."""
    whole = link.bytes_per_s * total_s
    return link.sent_bytes / whole if whole > 0 else 0.0


def share_at(link: LinkUse, total_s: float, steps: int = STEPS) -> list[float]:
    """Mean share of a link in equal steps of time.

    Parameters
    ----------
    link : LinkUse
        With its trace.
    total_s : float
        The time that the steps divide.
    steps : int, optional
        How many.

    Returns
    -------
    list of float
        Empty where there is no trace; their mean is the trace's.
    """
    if not link.times_s or total_s <= 0 or link.bytes_per_s <= 0:
        return []
    width_s = total_s / steps
    found = [0.0] * steps
    ends = [*link.times_s[1:], total_s]
    for start_s, end_s, rate in zip(link.times_s, ends, link.rates_bytes_per_s, strict=True):
        if rate <= 0:
            continue
        first = max(0, min(int(start_s / width_s), steps - 1))
        for step in range(first, steps):
            low, high = max(start_s, step * width_s), min(end_s, (step + 1) * width_s)
            if low >= end_s:
                break
            found[step] += max(0.0, high - low) * rate
    return [carried / (width_s * link.bytes_per_s) for carried in found]


def _steps(link: LinkUse, total_s: float, left: float, across: float, top: float) -> list[Json]:
    """Neighbours of one height are one bar."""
    shares = share_at(link, total_s)
    shapes: list[Json] = []
    begin = 0
    for number in range(1, len(shares) + 1):
        if number < len(shares) and abs(shares[number] - shares[begin]) < 0.005:
            continue
        high = min(shares[begin], 1.0) * HIGH
        if high > 0.05:
            x = left + begin / STEPS * across
            shapes.append(
                bar(x, top + HIGH - high, (number - begin) / STEPS * across, high, "sent")
            )
        begin = number
    return shapes


def _note(link: LinkUse, total_s: float) -> str:
    speed = bytes_per_s_to_mbit_s(link.bytes_per_s)
    said = f"{speed / 1000:g} Gbit/s" if speed >= 1000 else f"{speed:g} Mbit/s"
    return f"{mean_share(link, total_s):.0%} of {said}"
