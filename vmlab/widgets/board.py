"""What the smaller boards share: state that goes down, messages that come up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

#: The style sheets that every board begins with.
BOARD_STYLES = ("tokens.css", "panel.css", "board.css")


class Board(anywidget.AnyWidget):
    """A widget that draws plain data and reports what was clicked.

    Parameters
    ----------
    on_message : callable, optional
        Gets each message of the browser, a dict with ``type``. It answers for
        its own errors: what it raises is not seen in a notebook.
    **traits
        state to begin with.
    """

    state = traitlets.Dict().tag(sync=True)
    alert = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, on_message: Callable[[dict[str, Any]], None] | None = None, **traits: Any
    ) -> None:
        super().__init__(**traits)
        self.static_html = ""
        self.static_text = type(self).__name__
        self._answer = on_message
        self.on_msg(self._received)

    def _received(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if self._answer is not None:
            self._answer(content)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data = {**data, "text/plain": self.static_text}
        if self.static_html:
            data["text/html"] = self.static_html
        return data, metadata

    def __repr__(self) -> str:
        return self.static_text
