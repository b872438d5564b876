"""A wheel of a migration's stages: a ring of sectors, the guide's three stages round it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vmlab.inventory.move import Kind
from vmlab.migration.stages import GUIDE_STAGES, ORDER, STAGES, TABLES, Stage
from vmlab.views.run_words import guide_name, ribbon_row

WIDTH, HEIGHT = 600.0, 452.0
MIDDLE = (300.0, 226.0)
INNER, OUTER, RIM, LABEL = 96.0, 196.0, 208.0, 151.0
GAP_DEGREES = 1.2
LONGEST_NAME = 11
#: What a sector's mark says.
MARKS: Mapping[str, str] = {"right": "✓ foreseen", "wrong": "✕ not foreseen"}

_TURN = 360.0 / len(Stage)


def wheel(
    kind: Kind,
    there: Collection[Stage],
    chosen: Stage,
    marks: Mapping[Stage, str],
    middle: Sequence[str],
    now: Stage | None = None,
) -> dict[str, Any]:
    """The wheel of a kind of move.

    Parameters
    ----------
    kind : str
        Whose table says what a stage does.
    there : collection of Stage
        Stages that the move goes through.
    chosen : Stage
        The one in which something shall fail.
    marks : mapping of Stage to str
        A key of `MARKS` for stages that were tried.
    middle : sequence of str
        Lines in the middle: where the VM is.
    now : Stage, optional
        The stage whose work is being shown.

    Returns
    -------
    dict
        Plain JSON: outlines as SVG paths, texts with their places.
    """
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "sectors": [
            _sector(kind, stage, there, chosen, marks.get(stage, ""), now) for stage in Stage
        ],
        "arcs": [_arc(kind, number) for number in GUIDE_STAGES],
        "no_return": _no_return(),
        "middle": [
            {"x": MIDDLE[0], "y": MIDDLE[1] + 5 + 18 * (i - (len(middle) - 1) / 2), "text": text}
            for i, text in enumerate(middle)
        ],
    }


def _sector(
    kind: Kind,
    stage: Stage,
    there: Collection[Stage],
    chosen: Stage,
    mark: str,
    now: Stage | None,
) -> dict[str, Any]:
    number = ORDER[stage]
    row = TABLES[kind].get(stage)
    x, y = _point((number + 0.5) * _TURN, LABEL)
    absent = stage not in there or row is None
    what = "This move has no such stage." if absent or row is None else row.what
    name = ribbon_row(stage.value, kind)[1]
    if len(name) > LONGEST_NAME:  # a sector is narrower than a cell of the ribbon
        name = ribbon_row(stage.value)[1]
    said = f" {MARKS[mark]}." if mark else ""
    return {
        "stage": stage.value,
        "number": number + 1,
        "name": name,
        "label": f"{number + 1} {name}. {what}{said}",
        "what": what,
        "guide": STAGES[stage].guide_stage,
        "d": _ring(number * _TURN, (number + 1) * _TURN, INNER, OUTER),
        "x": _n(x),
        "y": _n(y),
        "absent": absent,
        "chosen": stage is chosen,
        "now": stage is now,
        "mark": mark,
    }


def _arc(kind: Kind, number: int) -> dict[str, Any]:
    """One of the guide's stages, round its fine ones."""
    own = [ORDER[stage] for stage, row in STAGES.items() if row.guide_stage == number]
    begin, end = min(own) * _TURN, (max(own) + 1) * _TURN
    angle = (begin + end) / 2
    x, y = _point(angle, RIM + 12)
    sideways = math.sin(math.radians(angle))
    return {
        "number": number,
        "d": _ring(begin, end, OUTER + 3, RIM),
        "x": _n(x),
        "y": _n(y + 4),
        "anchor": "start" if sideways > 0.2 else "end" if sideways < -0.2 else "middle",
        "text": f"{number} {guide_name(number, kind)}",
    }


def _no_return() -> dict[str, Any]:
    """The line that no roll-back crosses, before the switch-over."""
    angle = ORDER[Stage.SWITCHED_OVER] * _TURN
    (x0, y0), (x1, y1) = _point(angle, INNER - 8), _point(angle, RIM + 8)
    x, y = _point(angle, RIM + 14)
    return {
        "d": f"M{_n(x0)} {_n(y0)}L{_n(x1)} {_n(y1)}",
        "x": _n(x),
        "y": _n(y + 2),
        "anchor": "end",
        "text": "no return",
    }


def _ring(begin: float, end: float, inner: float, outer: float) -> str:
    """Outline of a piece of a ring, angles in degrees clockwise from the top."""
    begin, end = begin + GAP_DEGREES / 2, end - GAP_DEGREES / 2
    large = int(end - begin > 180)
    (ax, ay), (bx, by) = _point(begin, outer), _point(end, outer)
    (cx, cy), (dx, dy) = _point(end, inner), _point(begin, inner)
    return (
        f"M{_n(ax)} {_n(ay)}A{_n(outer)} {_n(outer)} 0 {large} 1 {_n(bx)} {_n(by)}"
        f"L{_n(cx)} {_n(cy)}A{_n(inner)} {_n(inner)} 0 {large} 0 {_n(dx)} {_n(dy)}Z"
    )


def _point(angle: float, radius: float) -> tuple[float, float]:
    turned = math.radians(angle)
    return MIDDLE[0] + radius * math.sin(turned), MIDDLE[1] - radius * math.cos(turned)


def _n(number: float) -> float:
    """One digit after the point: the same on every machine."""
    return round(number, 1)
