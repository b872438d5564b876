"""YAML files from strangers: read as data, with a place for every mistake.

Scalars stay text here; the schema that receives them decides their type, so
that ``on``, ``1:20`` or a MAC address never turn into something else.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

MAX_FILE_BYTES = 20_000_000
MAX_DEPTH = 64
MAX_ALIASED_NODES = 100_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Place = tuple[str, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what it is, how to mend it."""

    message: str
    remedy: str
    place: Place = ()
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        what = f"{'.'.join(self.place)}: " if self.place else ""
        return f"{where}{what}{self.message}. {self.remedy}."


class InputError(Exception):
    """Bad input, with every mistake that was found.

    Parameters
    ----------
    source : str
        The file, or what stands for it.
    problems : iterable of Problem
        At least one.
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


@dataclass(frozen=True)
class Document:
    """What a file says, and the line on which it says each thing."""

    source: str
    data: dict[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int | None:
        """Line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def error(self, problems: Iterable[Problem]) -> InputError:
        """The problems as an error, each with its line, in the order of the file."""
        placed = [
            Problem(p.message, p.remedy, p.place, p.line or self.line_of(p.place)) for p in problems
        ]
        return InputError(self.source, sorted(placed, key=lambda p: p.line or 0))


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path : Path
        The file; at most 20 MB of UTF-8 text.

    Returns
    -------
    Document
        Mappings, lists, text and None.

    Raises
    ------
    InputError
        The file is missing, a folder, too large, not text, not YAML, not a
        mapping, or uses tags, doubled keys or exploding aliases.
    """
    source = str(path)
    try:
        if path.is_dir():
            raise InputError(source, [Problem("it is a folder", "Name a YAML file")])
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        problem = Problem("there is no such file", "Check the name, or see `vmlab scenarios`")
        raise InputError(source, [problem]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(f"it cannot be read ({reason})", "Check the file and its permissions")
        raise InputError(source, [problem]) from None
    if len(raw) > MAX_FILE_BYTES:
        problem = Problem("it is larger than 20 MB", "Split it, or leave out what vmlab ignores")
        raise InputError(source, [problem])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(f"it is not UTF-8 text (byte {error.start})", "Save it as UTF-8 text")
        raise InputError(source, [problem]) from None
    return parse_document(text, source)


def parse_document(text: str, source: str) -> Document:
    """Read YAML text; see `read_document` for what is refused.

    Parameters
    ----------
    text : str
        One YAML document, a mapping at its top.
    source : str
        What to call it in messages.

    Returns
    -------
    Document
        Data and lines.

    Raises
    ------
    InputError
        As `read_document`.
    """
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = Problem(f"it is not valid YAML ({error.problem})", "Mend the line", (), line)
        raise InputError(source, [problem]) from None
    except yaml.YAMLError as error:
        problem = Problem(f"it is not valid YAML ({str(error).splitlines()[0]})", "Mend the file")
        raise InputError(source, [problem]) from None
    if builder.problems:
        raise InputError(source, builder.problems)
    if not isinstance(builder.root, dict):
        kind = "a list" if isinstance(builder.root, list) else "empty or a single value"
        problem = Problem(f"it is {kind}", "Write a mapping: `key: value`, one a line")
        raise InputError(source, [problem])
    return Document(source, builder.root, builder.lines)


class _Builder:
    """Turns a stream of YAML events into data, without recursion."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Any = None
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0
        self._aliased = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop("a second document starts here", "Keep one document a file", line)
        elif isinstance(event, yaml.ScalarEvent):
            self._check_tag(event.tag, line)
            plain = event.implicit[0]
            self._put(None if plain and event.value in _NULLS else event.value, event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._check_tag(event.tag, line)
            if len(self._open) >= MAX_DEPTH:
                self._stop(f"it is nested deeper than {MAX_DEPTH}", "Flatten it", line)
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._open.append(_Open(value, self._place(), event.anchor, line))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = self._open.pop()
            self._attach(done.value, done.size, done.anchor, done.line)
        elif isinstance(event, yaml.AliasEvent):
            anchor = event.anchor or ""
            if anchor not in self._anchors:
                self._stop(f"*{anchor} refers to itself", "Write the value out", line)
            value, size = self._anchors[anchor]
            self._aliased += size
            if self._aliased > MAX_ALIASED_NODES:
                self._stop("its aliases expand without end", "Write the values out", line)
            self._attach(value, size, None, line)

    def _put(self, value: str | None, event: yaml.ScalarEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top and isinstance(top.value, dict) and top.key is None:
            key = event.value
            if key in top.value:
                place = (*top.place, key)
                message = f"{key!r} is there twice, first on line {self.lines.get(place)}"
                self.problems.append(Problem(message, "Keep one of them", place, line))
            top.key = key
            self.lines.setdefault((*top.place, key), line)
        else:
            self._attach(value, 1, event.anchor, line)

    def _attach(self, value: Any, size: int, anchor: str | None, line: int) -> None:
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self.root = value
            return
        top = self._open[-1]
        top.size += size
        if isinstance(top.value, list):
            self.lines[(*top.place, str(len(top.value)))] = line
            top.value.append(value)
        elif top.key is None:
            self._stop("a key is not a plain name", "Use text as a key", line)
        else:
            top.value[top.key] = value
            top.key = None

    def _place(self) -> Place:
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.place, top.key if top.key is not None else str(len(top.value)))

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag and tag != "!" and tag not in _PLAIN_TAGS:
            self._stop(f"the tag {tag} is not data", "Remove the tag", line)

    def _stop(self, message: str, remedy: str, line: int) -> None:
        raise InputError(self.source, [*self.problems, Problem(message, remedy, (), line)])


@dataclass
class _Open:
    """A mapping or list that is being filled."""

    value: Any
    place: Place
    anchor: str | None
    line: int
    key: str | None = None
    size: int = 1


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
    loc = tuple(str(part) for part in item["loc"] if not _is_schema_word(str(part)))
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
    if kind == "value_error" or shown and shown[6:] in message:
        shown = ""
    return Problem(f"{message}{shown}", "Correct the value", here)


def _is_schema_word(part: str) -> bool:
    return "[" in part and part.endswith("]")


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


def to_yaml(data: Mapping[str, Any]) -> str:
    """Plain data as YAML text, keys in their order."""
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=100)
    return text


def write_document(path: Path, text: str, *, force: bool = False) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where to.
    text : str
        Its content.
    force : bool, optional
        Replace an existing file, unless it has comments that would be lost.

    Raises
    ------
    InputError
        The file exists, its comments would be lost, or it cannot be written.
    """
    if path.exists():
        if not force:
            problem = Problem("it exists already", "Choose another name, or add --force")
            raise InputError(str(path), [problem])
        if path.is_file() and path.suffix in {".yaml", ".yml"} and _has_comments(path):
            problem = Problem("its comments would be lost", "Choose another name, or delete it")
            raise InputError(str(path), [problem])
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as stream:
            stream.write(text)
        temporary = Path(stream.name)
        try:
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        problem = Problem(f"it cannot be written ({error.strerror})", "Choose another place")
        raise InputError(str(path), [problem]) from None


def _has_comments(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        spans = list(_scalar_spans(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    outside = list(text)
    for start, end in spans:
        outside[start:end] = " " * (end - start)
    return "#" in "".join(outside)


def _scalar_spans(text: str) -> Iterator[tuple[int, int]]:
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            yield token.start_mark.index, token.end_mark.index
