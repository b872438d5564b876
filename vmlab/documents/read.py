"""YAML files from strangers: read as data, with a place for every mistake.

Scalars stay text here; the schema that receives them decides their type, so
that ``on``, ``1:20`` or a MAC address never turn into something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vmlab.documents.problem import Document, InputError, Place, Problem

MAX_FILE_BYTES = 20_000_000
MAX_DEPTH = 64
MAX_ALIASED_NODES = 100_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


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
    except yaml.reader.ReaderError as error:
        # Its position counts bytes with libyaml and characters without: look for it.
        found = next(re.finditer(re.escape(chr(error.character)), text), None)
        line = text.count("\n", 0, found.start()) + 1 if found else None
        message = f"the character U+{error.character:04X} is not text"
        raise InputError(source, [Problem(message, "Remove it", (), line)]) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        problem = Problem("half a character is not text", "Remove it", (), line)
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
                inside = any(around.anchor == anchor for around in self._open)
                fault = "refers to itself" if inside else "refers to nothing above it"
                self._stop(f"*{anchor} {fault}", "Write the value out", line)
            value, size = self._anchors[anchor]
            self._aliased += size
            if self._aliased > MAX_ALIASED_NODES:
                self._stop("its aliases expand without end", "Write the values out", line)
            self._attach(value, size, None, line)

    def _put(self, value: str | None, event: yaml.ScalarEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top and isinstance(top.value, dict) and top.key is None:
            key = event.value
            if key == "<<" and event.implicit[0]:
                self._stop("<< merges keys, which is not read", "Write the keys out", line)
            if event.anchor:
                self._anchors[event.anchor] = (key, 1)
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
