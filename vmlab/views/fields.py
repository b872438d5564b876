"""Labelled fields of a form, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vmlab.inventory import Path
from vmlab.views.parts import Json

Option = Sequence[Any]  # value, label


def _field(path: Path, label: str, kind: str, value: Any, **more: Any) -> Json:
    return {"label": label, "path": list(path), "kind": kind, "value": value, **more}


def name(path: Path, label: str = "Name") -> Json:
    """The name under which something stands; changing it renames."""
    return _field(path, label, "text", path[-1], rename=True, wide=True)


def words(path: Path, label: str, value: object, *, empty: bool = False, **more: Any) -> Json:
    """A line of text; where it may be empty, that is sent as null."""
    text = "" if value is None else str(value)
    return _field(path, label, "text", text, nullable=empty, **more)


def number(path: Path, label: str, value: float, **more: Any) -> Json:
    """A number."""
    return _field(path, label, "number", value, **more)


def choice(path: Path, label: str, value: Any, options: Iterable[Option], **more: Any) -> Json:
    """One of several; a present value that is none of them is offered too."""
    offered = [list(option) for option in options]
    if value not in [option[0] for option in offered]:
        offered.append([value, str(value)])
    return _field(path, label, "select", value, options=offered, **more)


def same(values: Iterable[Any]) -> list[Option]:
    """Options that are labelled with their own values."""
    return [(value, str(value)) for value in values]


def check(path: Path, label: str, value: bool, off: Any = False, on: Any = True) -> Json:
    """Yes or no, and what is set for each."""
    return _field(path, label, "checkbox", value, values=[off, on])
