"""The board that says what is where at an instant."""

from __future__ import annotations

from vmlab.widgets.board import BOARD_STYLES, Board
from vmlab.widgets.panel import STATIC, joined, styles


class InstantsPanel(Board):
    """Step through a run, and find the instants that are asked for."""

    _esm = joined(STATIC / "instants.mjs")
    _css = styles((*BOARD_STYLES, "instants.css"))
