"""The catalogue's table: a widget that shows plain data, and searches it in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from vmlab.widgets.panel import STATIC, joined, styles

Told = tuple[str, str]


def _silent(_profile: str, _search: str) -> Told:
    return "Rules", ""


class CatalogueTable(anywidget.AnyWidget):
    """The rules as a table: search, filters and open pages live in the browser.

    Nothing comes up from it, so that it goes on working when the kernel is gone.

    Parameters
    ----------
    tell : callable, optional
        From profile and search to the text and the HTML that stand beside the
        widget, for readers without a kernel.
    **traits
        catalogue (plain data), profile and search to begin with.
    """

    _esm = joined(STATIC / "catalogue.mjs")
    _css = styles(("tokens.css", "panel.css", "catalogue.css"))
    catalogue = traitlets.Dict().tag(sync=True)
    profile = traitlets.Unicode("").tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)

    def __init__(self, tell: Callable[[str, str], Told] = _silent, **traits: Any) -> None:
        super().__init__(**traits)
        self._tell = tell

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        text, html = self._tell(self.profile, self.search)
        data = {**data, "text/plain": text}
        if html:
            data["text/html"] = html
        return data, metadata

    def __repr__(self) -> str:
        return self._tell(self.profile, self.search)[0]
