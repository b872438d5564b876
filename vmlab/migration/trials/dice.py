"""Chance that can be had again: the same words and numbers throw the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """Random numbers of a name.

    Parameters
    ----------
    seed : int
        Of all trials.
    what : str
        What is drawn.
    number : int
        Which of them; the three are hashed together.

    Examples
    --------
    >>> Dice(7, "trial", 3).below(1000) == Dice(7, "trial", 3).below(1000)
    True
    """

    def __init__(self, seed: int, what: str, number: int) -> None:
        # Only random() is promised to stay the same in every version of Python.
        self._random = Random(f"{seed}/{what}/{number}").random  # noqa: S311

    def share(self) -> float:
        """A number from 0 on and below 1."""
        return self._random()

    def below(self, count: int) -> int:
        """A whole number from 0 on and below a count."""
        return int(self._random() * count)

    def chance(self, share: float) -> bool:
        """Whether something of a probability comes to pass."""
        return self._random() < share

    def one_of(self, items: Sequence[Item]) -> Item:
        """An item of a sequence that is not empty."""
        return items[int(self._random() * len(items))]
