"""Which points a sweep runs: grids of values, and random designs."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.documents import InputError, Problem
from vmlab.models.case import Case
from vmlab.models.fields import Kind, refuse_unknown

#: A sweep has at most so many points: its columns are held in memory.
MOST_POINTS = 100_000_000

#: Values of a field: ``START:STOP:N``, ``START:STOP:N:log``, ``a,b,c``, or a sequence.
Values = str | Sequence[Any] | NDArray[Any]
_REMEDY = "Write START:STOP:N, START:STOP:N:log or a,b,c"
_RANDOM_REMEDY = "Write START:STOP, START:STOP:log or a,b,c"


@dataclass(frozen=True, eq=False)
class Design:
    """Points of a sweep, without their results.

    Parameters
    ----------
    levels : mapping of str to numpy.ndarray
        A field's values: numbers, or objects where they are words or null.
    index : mapping of str to numpy.ndarray of int64, or None
        Which value each point takes; None is a grid, the last field fastest.
    points : int
        How many.
    """

    levels: Mapping[str, NDArray[Any]]
    index: Mapping[str, NDArray[np.int64]] | None
    points: int

    def part(self, low: int, high: int) -> dict[str, NDArray[Any]]:
        """The values of the points from `low` to before `high`, by field."""
        found: dict[str, NDArray[Any]] = {}
        stride = self.points
        for name, levels in self.levels.items():
            if self.index is not None:
                found[name] = levels[self.index[name][low:high]]
                continue
            stride //= len(levels)
            found[name] = levels[np.arange(low, high) // stride % len(levels)]
        return found

    def corners(self) -> list[int]:
        """Points that take each number's least and greatest value, and each word."""
        found, stride = {0}, self.points
        for name, levels in self.levels.items():
            ends = list(range(len(levels)))
            if levels.dtype != object:
                ends = [int(np.argmin(levels)), int(np.argmax(levels))]
            stride //= len(levels)
            for level in ends:
                if self.index is None:
                    found.add(level * stride)
                else:
                    found.update(np.flatnonzero(self.index[name] == level)[:1].tolist())
        return sorted(found)


def grid(case: Case, over: Mapping[str, Values]) -> Design:
    """Every combination of the fields' values.

    Parameters
    ----------
    case : Case
        What has the fields.
    over : mapping of str to str or sequence
        Values by dotted name.

    Returns
    -------
    Design
        The last field changes fastest.

    Raises
    ------
    InputError
        An unknown field, or a range that is none.
    """
    kinds = refuse_unknown(case, over)
    _refuse_too_many(math.prod(_asked(values, kinds[name]) for name, values in over.items()))
    levels = {name: _levels(name, values, kinds[name]) for name, values in over.items()}
    points = math.prod(map(len, levels.values()))
    _refuse_too_many(points)
    return Design(levels, None, points)


def random(case: Case, over: Mapping[str, Values], points: int, seed: int) -> Design:
    """Points at random, each field by itself.

    Parameters
    ----------
    case : Case
        What has the fields.
    over : mapping of str to str or sequence
        By dotted name: ``START:STOP`` (all numbers between are equally
        likely), ``START:STOP:log`` (all factors are), or values to choose from.
    points : int
        How many.
    seed : int
        Of the numbers; each field's do not depend on the other fields.

    Returns
    -------
    Design
        The points.

    Raises
    ------
    InputError
        An unknown field, or a range that is none.
    """
    kinds = refuse_unknown(case, over)
    if points < 1:
        raise _bad("random", f"{points} points are none", "Ask for at least one")
    _refuse_too_many(points)
    levels, index = {}, {}
    for name, values in over.items():
        luck = np.random.default_rng([seed, zlib.crc32(name.encode())])
        if isinstance(values, str) and ":" in values:
            start, stop, log = _range(name, values.split(":"), kinds[name], _RANDOM_REMEDY)
            drawn = luck.random(points)
            low, high = (math.log(start), math.log(stop)) if log else (start, stop)
            between = low + drawn * (high - low)
            numbers = (
                np.clip(np.exp(between), min(start, stop), max(start, stop)) if log else between
            )
            if kinds[name] == "whole":
                numbers = np.rint(numbers)
            levels[name], index[name] = numbers, np.arange(points)
        else:
            levels[name] = _levels(name, values, kinds[name])
            index[name] = luck.integers(0, len(levels[name]), points)
    return Design(levels, index, points)


def _asked(values: Values, kind: Kind) -> int:
    """How many values a range has, before there is room for them; 1 where that is not known."""
    if not isinstance(values, str) or kind == "whole":
        return 1  # whole numbers may fall together
    count = [*values.split(":"), "", ""][2]
    return int(count) if count.isdecimal() and len(count) < 20 else 1


def _levels(name: str, values: Values, kind: Kind) -> NDArray[Any]:
    """A field's values, once each where whole numbers of a range fall together."""
    if isinstance(values, str) and ":" in values:
        start, stop, count, *how = [*values.split(":"), "", ""][: max(3, values.count(":") + 1)]
        low, high, log = _range(name, [start, stop, *how], kind, _REMEDY)
        if not count.isdecimal() or not 1 <= int(count) <= MOST_POINTS:
            raise _bad(name, f"{count!r} is no number of points", _REMEDY)
        numbers = (np.geomspace if log else np.linspace)(low, high, int(count))
        # Whole numbers may fall together: once each, in their order.
        return np.array(list(dict.fromkeys(np.rint(numbers)))) if kind == "whole" else numbers
    if isinstance(values, str):
        values = [_scalar(name, text.strip(), kind) for text in values.split(",")]
    listed = list(values) if isinstance(values, Iterable) else []
    if not listed:
        raise _bad(name, "there is no value", _REMEDY)
    if all(isinstance(one, int | float | np.number) for one in listed):
        found = np.array(listed, dtype=np.float64)
        if not np.isfinite(found).all():
            raise _bad(name, "a value is not finite", _REMEDY)
        return found
    words = np.empty(len(listed), dtype=object)
    words[:] = listed
    return words


def _scalar(name: str, text: str, kind: Kind) -> float | str | None:
    if text in {"null", "none", "None"}:
        return None
    if kind == "text":
        return text
    return _number(name, text, _REMEDY)


def _range(name: str, parts: list[str], kind: Kind, remedy: str) -> tuple[float, float, bool]:
    log = len(parts) == 3 and parts[2] == "log"
    if kind == "text":
        raise _bad(name, "its values are words, not numbers", "Write a,b,c")
    if len(parts) != 2 and not log:
        raise _bad(name, f"{':'.join(parts)} is no range", remedy)
    start, stop = (_number(name, text, remedy) for text in parts[:2])
    if log and not (start > 0 and stop > 0):
        raise _bad(name, "a range by factors has ends above 0", remedy)
    return start, stop, log


def _number(name: str, text: str, remedy: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise _bad(name, f"{text!r} is no number", remedy) from None
    if not math.isfinite(found):
        raise _bad(name, f"{text} is not finite", remedy)
    return found


def _refuse_too_many(points: int) -> None:
    if points > MOST_POINTS:
        raise _bad("over", f"{points:,} points", f"Ask for at most {MOST_POINTS:,}")


def _bad(name: str, what: str, remedy: str) -> InputError:
    return InputError("sweep", [Problem(what, remedy, (name,))])
