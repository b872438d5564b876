"""What a panel may say to its lab, read strictly before anything is done."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from vmlab.documents import InputError, Problem

Names = Annotated[tuple[str, ...], Field(max_length=16)]
Place = Annotated[Names, Field(min_length=1)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Set(_Said):
    """Set what stands at a path; null removes it."""

    type: Literal["set"]
    path: Place
    value: Any = None


class Rename(_Said):
    """Give an entity another name."""

    type: Literal["rename"]
    path: Place
    name: str


class Remove(_Said):
    """Remove an entity."""

    type: Literal["remove"]
    path: Place


class Add(_Said):
    """Add something new to a part; to the datacenter where no part is named."""

    type: Literal["add"]
    what: str
    parent: Names | None = None


class Fix(_Said):
    """Mend a finding of a rule."""

    type: Literal["fix"]
    rule: str
    index: int = 0


class Choose(_Said):
    """Change the move, the fault, the profile or the seed."""

    type: Literal["choose"]
    field: Literal[
        "vm",
        "to",
        "kind",
        "datastore",
        "disk_format",
        "fault",
        "strikes_in",
        "round",
        "profile",
        "seed",
    ]
    value: int | str


class Load(_Said):
    """Continue with a file."""

    type: Literal["load"]
    text: str
    name: str = "file"


class Press(_Said):
    """A button that needs no more words."""

    type: Literal["undo", "redo", "reset", "migrate", "save", "dismiss"]


Message = Set | Rename | Remove | Add | Fix | Choose | Load | Press
_READER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def read(content: object) -> Message:
    """Read a message.

    Parameters
    ----------
    content : object
        What came from the browser.

    Returns
    -------
    Message
        One of the kinds above.

    Raises
    ------
    InputError
        It is none of them.
    """
    try:
        return _READER.validate_python(content)
    except ValidationError as error:
        loc = error.errors(include_url=False, include_input=False)[0]["loc"]
        what = ".".join(str(part) for part in loc) or "an unknown type"
        problem = Problem(
            f"the lab does not understand what the panel sent ({what})",
            "Nothing was changed. Reload the page, and try again",
        )
        raise InputError("panel", [problem]) from None
