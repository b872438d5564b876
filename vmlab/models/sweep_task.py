"""Some points of a sweep: bare numbers where the case allows it, an estimate a point elsewhere."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.constant_rate import (
    BLOCK,
    DOWNTIME_S,
    HOW,
    ROUNDS,
    SENT_PAGES,
    TOTAL_S,
    UNDECIDED,
    Floats,
)
from vmlab.kernels.ends import DOWNTIME_LIMIT, GIVEN_UP, NEVER, ROUNDS_DONE
from vmlab.models.case import Case
from vmlab.models.estimate import Estimate, estimate
from vmlab.models.fields import Template
from vmlab.models.many import Block, Numbers, expressible
from vmlab.models.sweep_result import STOPPED_BY

_room = threading.local()
_STOPS = {
    DOWNTIME_LIMIT: STOPPED_BY.index("downtime-limit"),
    ROUNDS_DONE: STOPPED_BY.index("max-rounds"),
    NEVER: STOPPED_BY.index("never"),
    GIVEN_UP: STOPPED_BY.index("timeout"),
}
_STOP_OF_HOW = np.array([_STOPS.get(how, -1) for how in range(max(_STOPS) + 1)], np.int8)


@dataclass(frozen=True)
class Columns:
    """Results of some points; as in `Sweep`, but bytes are unsigned."""

    total_s: Floats
    downtime_s: Floats
    sent_bytes: NDArray[np.uint64]
    rounds: NDArray[np.int32]
    converged: NDArray[np.bool_]
    stops: NDArray[np.int8]

    @staticmethod
    def of(n: int) -> Columns:
        """Room for so many points."""
        return Columns(
            np.full(n, math.nan),
            np.full(n, math.nan),
            np.zeros(n, np.uint64),
            np.zeros(n, np.int32),
            np.zeros(n, np.bool_),
            np.full(n, -1, np.int8),
        )

    def put(self, where: slice, part: Columns) -> None:
        """Write some points' results."""
        for name, values in vars(part).items():
            getattr(self, name)[where] = values


@dataclass(frozen=True)
class Task:
    """Some points to run, wherever.

    Parameters
    ----------
    case : Case
        What all points of the sweep have in common.
    values : mapping of str to numpy.ndarray
        What these differ in, by dotted name.
    fast : bool
        Whether the whole sweep is worth compiling for: the same for all tasks,
        so that a sweep's numbers do not hang on how it is cut.
    """

    case: Case
    values: Mapping[str, NDArray[Any]]
    fast: bool


def is_many(case: Case, values: Mapping[str, NDArray[Any]]) -> bool:
    """Whether a point's kind runs as bare numbers; it is checked by the way."""
    numbers = [name for name, column in values.items() if column.dtype != object]
    return expressible(_point(Template(case), values, 0), numbers)


def run_task(task: Task) -> Columns:
    """Run some points of a sweep, in this thread.

    Parameters
    ----------
    task : Task
        Picklable, as its result is.

    Returns
    -------
    Columns
        In the order of its points.
    """
    template, values = Template(task.case), task.values
    words = [name for name, column in values.items() if column.dtype == object]
    numbers = {name: column for name, column in values.items() if name not in words}
    n = len(next(iter(values.values()))) if values else 1
    found = Columns.of(n)
    groups: dict[tuple[Any, ...], list[int]] = {}
    if words:
        for point, key in enumerate(zip(*(values[name] for name in words), strict=True)):
            groups.setdefault(key, []).append(point)
    for group in groups.values() or [None]:
        of_group = _point(template, values, group[0] if group else 0)
        if not expressible(of_group, numbers):
            continue  # they stay at -1
        many = len(group) if group else n
        for low in range(0, many, BLOCK):
            # Without words all points stand in a row: a slice copies nothing.
            where = np.array(group[low : low + BLOCK]) if group else slice(low, low + BLOCK)
            _put_many(of_group, task, where, min(BLOCK, many - low), low > 0, found)
    for point in np.flatnonzero(found.stops < 0).tolist():
        _put_one(estimate(_point(template, values, point)), point, found)
    return found


def _put_many(
    case: Case, task: Task, where: NDArray[Any] | slice, n: int, again: bool, found: Columns
) -> None:
    """A block of points as bare numbers; those that are undecided stay at -1."""
    varied = {name: column[where] for name, column in task.values.items() if column.dtype != object}
    numbers = Numbers(case, varied)
    for point in numbers.unfit()[:1]:
        wrong = int(np.arange(len(found.stops))[where][point])
        _point(Template(task.case), task.values, wrong)  # says what is wrong
    if not hasattr(_room, "block"):
        _room.block, again = Block(), False
    ends = numbers.run(n, fast=task.fast, table=numbers.table(), room=_room.block, constant=again)
    how = ends[HOW].astype(np.int8)
    page_bytes = np.asarray(numbers.page_bytes).astype(np.uint64)
    found.total_s[where] = ends[TOTAL_S]
    found.downtime_s[where] = ends[DOWNTIME_S]
    found.sent_bytes[where] = ends[SENT_PAGES].astype(np.uint64) * page_bytes
    found.rounds[where] = ends[ROUNDS]
    found.converged[where] = how == DOWNTIME_LIMIT
    found.stops[where] = np.where(how == UNDECIDED, -1, _STOP_OF_HOW[how])


def _put_one(of: Estimate, point: int, found: Columns) -> None:
    found.total_s[point] = math.nan if of.total_s is None else of.total_s
    found.downtime_s[point] = math.nan if of.downtime_s is None else of.downtime_s
    found.sent_bytes[point] = of.sent_bytes
    found.rounds[point] = len(of.rounds)
    found.converged[point] = of.converged
    found.stops[point] = STOPPED_BY.index(of.stopped_by)


def _point(template: Template, values: Mapping[str, NDArray[Any]], point: int) -> Case:
    """The case of one point."""
    return template.case({name: _plain(column[point]) for name, column in values.items()})


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
