"""The lab's panel: one widget that draws plain data and reports what was clicked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"
STYLES = ("tokens.css", "panel.css", "build.css", "run.css")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.mjs)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def joined(entry: Path) -> str:
    """A module and all that it imports as one module, since a widget loads only one.

    Parameters
    ----------
    entry : pathlib.Path
        A module whose imports all are of the form ``import { … } from "./….mjs";``.
        Names must be unique among the modules.

    Returns
    -------
    str
        Each module once, after those that it imports.
    """
    texts: dict[str, str] = {}

    def add(path: Path) -> None:
        if path.name not in texts:
            text = path.read_text(encoding="utf-8")
            texts[path.name] = ""  # on its way: a circle ends here
            for name in _IMPORT.findall(text):
                add(path.parent / name)
            del texts[path.name]
            texts[path.name] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(entry)
    return "\n".join(texts.values())


def styles(names: tuple[str, ...] = STYLES) -> str:
    """The style sheets as one."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


class Panel(anywidget.AnyWidget):
    """The panel: state goes down by traits, events come up as messages.

    Parameters
    ----------
    on_message : callable, optional
        Gets each message of the browser, a dict with ``type``. It answers for
        its own errors: what it raises is not seen in a notebook.
    **traits
        state, run and film to begin with.
    """

    _esm = joined(STATIC / "panel.mjs")
    _css = styles()
    state = traitlets.Dict().tag(sync=True)
    run = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    film = traitlets.Bytes(b"").tag(sync=True)
    played = traitlets.Int(0, help="How often a run was to be played").tag(sync=True)

    def __init__(
        self, on_message: Callable[[dict[str, Any]], None] | None = None, **traits: Any
    ) -> None:
        super().__init__(**traits)
        self.static_html = ""
        self.static_text = "Panel"
        self._answer = on_message
        self.on_msg(self._received)

    def download(self, name: str, text: str) -> None:
        """Let the browser save a file."""
        self.send({"type": "download", "name": name, "text": text})

    def play(self) -> None:
        """Show the run from its start, and play it."""
        self.played += 1

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
