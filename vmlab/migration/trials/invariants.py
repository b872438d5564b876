"""What must hold of every outcome, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vmlab.migration.outcome import Outcome
from vmlab.migration.trials import courses, places

Invariant = Callable[[Outcome], Iterable[str]]

#: A run that ends in an exception breaks this one; it has no function.
NO_CRASH = "no-crash"

#: Each says what is wrong with an outcome, nothing where it holds.
INVARIANTS: Mapping[str, Invariant] = {
    invariant.__name__.replace("_", "-"): invariant
    for invariant in (
        places.one_place,
        places.no_second_copy,
        places.back_to_original,
        places.nothing_else_touched,
        places.files_conserved,
        places.slots_released,
        courses.gap_free,
        courses.undone_newest_first,
        courses.events_in_order,
        courses.words_agree,
        courses.times_told,
        courses.clean_move_succeeds,
    )
}


@dataclass(frozen=True)
class Violated:
    """An invariant that does not hold in a trial.

    Parameters
    ----------
    trial : int
        Its number.
    invariant : str
        A name of `INVARIANTS`, or `NO_CRASH`.
    what : str
        What is wrong, in a sentence.
    """

    trial: int
    invariant: str
    what: str

    def to_json(self) -> dict[str, Any]:
        """The contract's entry."""
        return {"trial": self.trial, "invariant": self.invariant, "what": self.what}


def violated(outcome: Outcome, trial: int = 0) -> list[Violated]:
    """What does not hold of an outcome.

    Parameters
    ----------
    outcome : Outcome
        Of a run.
    trial : int, optional
        Its number.

    Returns
    -------
    list of Violated
        Empty where all is well.
    """
    return [
        Violated(trial, name, what)
        for name, invariant in INVARIANTS.items()
        for what in invariant(outcome)
    ]
