"""A document against a schema: every mistake at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from vmlab.documents.problem import Document, Place, Problem

ModelT = TypeVar("ModelT", bound=BaseModel)
_SCHEMA_WORD = re.compile(r"\[key\]|(function-\w+|tuple|list|dict)\[.*\]")


def validated(document: Document, model: type[ModelT], place: Place = ()) -> ModelT:
    """Check a document against a schema.

    Parameters
    ----------
    document : Document
        What was read.
    model : type of pydantic.BaseModel
        The schema.
    place : tuple of str, optional
        Where in the document the model's data stands.

    Returns
    -------
    pydantic.BaseModel
        The model's instance.

    Raises
    ------
    InputError
        With all mistakes at once, each with its line and a remedy.
    """
    problems, result = mistakes(document, model, place)
    if result is None:
        raise document.error(problems)
    return result


def mistakes(
    document: Document, model: type[ModelT], place: Place = ()
) -> tuple[list[Problem], ModelT | None]:
    """Every mistake against a schema, or the instance where there is none."""
    data: Any = document.data
    for name in place:
        data = data[name]
    try:
        return [], model.model_validate(data)
    except ValidationError as error:
        schema = model.model_json_schema()
        return [_problem(item, place, schema) for item in error.errors(include_url=False)], None


def _problem(item: Any, place: Place, schema: dict[str, Any]) -> Problem:
    # pydantic adds the names of union members and validators to the place;
    # they are not keys of the file.
    loc = tuple(str(part) for part in item["loc"] if not _SCHEMA_WORD.fullmatch(str(part)))
    here = (*place, *loc)
    kind, given = item["type"], item.get("input")
    if kind == "missing":
        return Problem("it is missing", f"Add `{loc[-1]}:`", here)
    if kind == "extra_forbidden":
        known = _known_keys(schema, loc[:-1])
        near = difflib.get_close_matches(loc[-1], known, 1)
        hint = f"Did you mean `{near[0]}`" if near else "Remove it"
        listing = f" (known: {', '.join(known)})" if known and not near else ""
        return Problem("the key is unknown", hint + listing, here)
    message = str(item["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    shown = "" if isinstance(given, dict | list) else f", not {given!r}"[:80]
    if kind == "value_error" or (shown and shown[6:] in message):
        shown = ""
    return Problem(f"{message}{shown}", "Correct the value", here)


def _known_keys(schema: dict[str, Any], loc: Sequence[str]) -> list[str]:
    """Keys that a schema allows at a place, by walking its references."""

    def resolve(node: dict[str, Any]) -> dict[str, Any]:
        for option in node.get("anyOf", ()):
            if "$ref" in option:
                node = option
        if "$ref" in node:
            found: dict[str, Any] = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
            return found
        return node

    node = resolve(schema)
    for part in loc:
        nested = node.get("properties", {}).get(part) or node.get("additionalProperties")
        if nested is None and part.isdigit():
            nested = node.get("items")
        if not isinstance(nested, dict):
            return []
        node = resolve(nested)
    return list(node.get("properties", {}))
