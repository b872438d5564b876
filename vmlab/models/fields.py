"""The fields of a case by their dotted names: which there are, and a case with other values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from vmlab.documents import Document, InputError, Problem, validated
from vmlab.models.case import Case

#: What a field takes.
Kind = Literal["number", "whole", "text"]


def fields(case: Case) -> dict[str, Kind]:
    """The fields of a case that a sweep can vary.

    Parameters
    ----------
    case : Case
        Parts that it leaves out have no fields; a list has one for each entry.

    Returns
    -------
    dict of str to str
        By dotted name, as in ``policy.downtime_limit_ms`` or
        ``workload.classes.0.pages``.
    """
    return dict(_leaves(case, ""))


def _leaves(part: BaseModel, before: str) -> list[tuple[str, Kind]]:
    found: list[tuple[str, Kind]] = []
    for name, info in type(part).model_fields.items():
        value, place = getattr(part, name), f"{before}{name}"
        kind = _kind(info.annotation)
        if isinstance(value, BaseModel):
            found += _leaves(value, f"{place}.")
        elif isinstance(value, tuple):
            found += _entries(value, place)
        elif kind is not None:
            found.append((place, kind))
    return found


def _entries(values: tuple[Any, ...], place: str) -> list[tuple[str, Kind]]:
    found: list[tuple[str, Kind]] = []
    for index, value in enumerate(values):
        here = f"{place}.{index}"
        if isinstance(value, BaseModel):
            found += _leaves(value, f"{here}.")
        elif isinstance(value, tuple):
            found += _entries(value, here)
        elif isinstance(value, float | int):
            found.append((here, "number"))
    return found


def _kind(annotation: Any) -> Kind | None:
    """What a field's type takes; None for parts that are not scalars."""
    types = _scalars(annotation)
    if float in types:
        return "number"
    if int in types:
        return "whole"
    return "text" if types & {str, bool} else None


def _scalars(annotation: Any) -> set[type]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _scalars(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*(_scalars(one) for one in get_args(annotation)))
    if origin is Literal:
        return {type(one) for one in get_args(annotation)}
    return {annotation} & {float, int, str, bool}


def refuse_unknown(case: Case, names: Mapping[str, Any]) -> dict[str, Kind]:
    """The kinds of some fields.

    Parameters
    ----------
    case : Case
        Whose fields.
    names : mapping
        Keys are dotted names.

    Returns
    -------
    dict of str to str
        The kind of each.

    Raises
    ------
    InputError
        A name is none of the case's; all that are known are listed.
    """
    known = fields(case)
    problems = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            listing = ", ".join(sorted(known))
            problems.append(
                Problem("the case has no such field", f"{hint}Known: {listing}", (name,))
            )
    if problems:
        raise InputError("sweep", problems)
    return {name: known[name] for name in names}


class Template:
    """A case of which some fields are to be written anew, again and again.

    Parameters
    ----------
    case : Case
        What is not written anew.
    """

    def __init__(self, case: Case) -> None:
        self._data = case.model_dump(exclude_unset=True)

    def case(self, values: Mapping[str, Any]) -> Case:
        """The case with other values.

        Parameters
        ----------
        values : mapping of str to number, str or None
            By dotted name.

        Returns
        -------
        Case
            Checked like one from a file.

        Raises
        ------
        InputError
            With every mistake; its source names the values.
        """
        data = self._data
        for name, value in values.items():
            data = _with(data, name.split("."), value)
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in values.items())
        return validated(Document(f"case with {shown}" if shown else "case", data), Case)


def _with(data: Any, path: list[str], value: Any) -> Any:
    """A copy with one value set; only what is on its way is copied."""
    if not path:
        return value
    name, rest = path[0], path[1:]
    if isinstance(data, tuple | list):
        index = int(name)
        return [*data[:index], _with(data[index], rest, value), *data[index + 1 :]]
    inner = (data or {}).get(name)
    return {**(data or {}), name: _with(inner, rest, value)}


def _shown(value: Any) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
