"""A grid of downtimes: shades where it ends, crosses where it never does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vmlab.views.drawing import Drawing, Json, chart, mark, shade, words
from vmlab.views.estimate_charts import time_words

LEFT, TOP, SIDE_X, SIDE_Y = 78.0, 24.0, 20.0, 13.0
STEPS_S = (0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Cell:
    """One case of a grid.

    Parameters
    ----------
    x, y : float
        Its place on both scales.
    downtime_s : float or None
        None where the guest does not move.
    """

    x: float
    y: float
    downtime_s: float | None


def heat_map(cells: Sequence[Cell], x_unit: str, y_unit: str) -> Drawing:
    """Draw a grid.

    Parameters
    ----------
    cells : sequence of Cell
        Every pair of the places that occur, in any order.
    x_unit, y_unit : str
        What the scales count.

    Returns
    -------
    Drawing
        With a legend; in words it says for some rates of one scale where on
        the other it begins to end.
    """
    xs = sorted({cell.x for cell in cells})
    ys = sorted({cell.y for cell in cells})
    shapes: list[Json] = []
    for cell in cells:
        x = LEFT + xs.index(cell.x) * SIDE_X
        y = TOP + (len(ys) - 1 - ys.index(cell.y)) * SIDE_Y
        if cell.downtime_s is None:
            shapes.append(mark(x + SIDE_X / 2, y + SIDE_Y / 2, "cross", "limit"))
        else:
            shapes.append(shade(x, y, SIDE_X - 1, SIDE_Y - 1, opacity(cell.downtime_s)))
    bottom = TOP + len(ys) * SIDE_Y
    for i, rate in enumerate(xs):
        if i % 5 == 0:
            shapes.append(words(LEFT + (i + 0.5) * SIDE_X, bottom + 13, f"{rate:,.6g}", "middle"))
    for i, rate in enumerate(ys):
        if i % 3 == 0:
            at = TOP + (len(ys) - 1 - i + 0.5) * SIDE_Y + 4
            shapes.append(words(LEFT - 6, at, f"{rate:,.7g}", "end"))
    right = LEFT + len(xs) * SIDE_X
    shapes.append(words((LEFT + right) / 2, bottom + 28, x_unit, "middle"))
    shapes.append(words(4, TOP - 10, y_unit))
    shapes += _legend(right + 16)
    border = _border(cells, xs, ys, x_unit, y_unit)
    view = chart(right + 120, bottom + 36, border, shapes)
    return Drawing(view, border)


def opacity(downtime_s: float) -> float:
    """The shade of a downtime as it is told, in three digits: one of five, darker the longer."""
    told_s = float(f"{downtime_s:.3g}")
    return (1 + sum(told_s > step for step in STEPS_S)) / (len(STEPS_S) + 1)


def _legend(x: float) -> list[Json]:
    found = [words(x, TOP + 10, "downtime")]
    names = [f"to {time_words(step)}" for step in STEPS_S] + ["longer"]
    for i, name in enumerate(names):
        y = TOP + 18 + i * 17
        value = STEPS_S[i] if i < len(STEPS_S) else math.inf
        found += [shade(x, y, 19, 12, opacity(value)), words(x + 26, y + 10, name)]
    y = TOP + 18 + len(names) * 17
    return [*found, mark(x + 9, y + 6, "cross", "limit"), words(x + 26, y + 10, "never ends")]


def _border(
    cells: Sequence[Cell], xs: list[float], ys: list[float], x_unit: str, y_unit: str
) -> str:
    ends = {(cell.x, cell.y) for cell in cells if cell.downtime_s is not None}
    lines = [f"Where it ends, of {len(cells):,} cases: {len(ends):,}"]
    for y in ys[:: max(1, len(ys) // 6)]:
        first = next((x for x in xs if all((more, y) in ends for more in xs if more >= x)), None)
        told = f"not up to {xs[-1]:,.6g}" if first is None else f"from {first:,.6g}"
        lines.append(f"at {y:,.7g} {y_unit}: {told} {x_unit}")
    return "\n".join(lines)
