"""A target: something to reach by turning and choosing, judged by each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vmlab.tables import Column, Table

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Target(Generic[Shown]):
    """Something to reach.

    Parameters
    ----------
    title : str
        What to do, starting with a verb.
    done : callable
        From an answer to whether it reaches it. Once reached stays reached.
    hints : tuple of str, optional
        From a nudge to the way.
    compared : bool, optional
        Whether it counts only beside another setting that is pinned.
    """

    title: str
    done: Callable[[Shown], bool]
    hints: tuple[str, ...] = ()
    compared: bool = False

    def hint_table(self) -> Table:
        """The hints, from a nudge to the way."""
        rows = [(number, hint) for number, hint in enumerate(self.hints, 1)]
        return Table([Column("step"), Column("hint")], rows, self.title)


def reached_table(targets: Sequence[Target[Any]], reached: Set[int]) -> Table:
    """Which targets were reached."""
    rows = [["✓" if i in reached else "·", one.title] for i, one in enumerate(targets)]
    title = f"{len(reached)} of {len(rows)} targets reached"
    return Table([Column("done"), Column("target")], rows, title)
