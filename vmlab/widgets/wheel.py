"""The board of the wheel of failures."""

from __future__ import annotations

from vmlab.widgets.board import BOARD_STYLES, Board
from vmlab.widgets.panel import STATIC, joined, styles


class WheelPanel(Board):
    """Choose a stage and a fault, predict, run, and step through what was undone."""

    _esm = joined(STATIC / "wheel.mjs")
    _css = styles((*BOARD_STYLES, "wheel.css"))
