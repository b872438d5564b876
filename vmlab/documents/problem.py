"""A mistake in a document, and the error that tells all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, ...]


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
