"""A prediction of where a virtual machine ends up, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab.inventory.move import Kind
from vmlab.migration.outcome import Outcome, Word
from vmlab.migration.stages import Stage
from vmlab.tables import Column, Table

#: How a move can end for the virtual machine.
End = Literal["source", "target", "left-over", "down"]
#: The same in words, of a `{vm}`, its `{old}` place and its `{new}` one.
ENDS: Mapping[End, str] = {
    "source": "{vm} is {old}, exactly as before",
    "target": "{vm} is {new}, nothing is left to do",
    "left-over": "{vm} is {new}, and something is left behind",
    "down": "{vm} is down",
}
_ENDS: Mapping[Word, End] = {
    "migrated": "target",
    "refused": "source",
    "rolled-back": "source",
    "failed-after-switchover": "left-over",
    "lost": "down",
}


def end_of(outcome: Outcome) -> End:
    """How a run ended for the virtual machine."""
    if outcome.vm_runs and outcome.vm_runs_on is None:
        return "down"
    return _ENDS[outcome.outcome]


def end_words(outcome: Outcome) -> dict[End, str]:
    """What can be predicted of a move, in words."""
    move = outcome.move
    old, new = f"on {move.source}", f"on {move.destination}"
    if move.datastore and move.source == move.destination:
        old, new = f"{old}, on its old files", f"{new}, on its files on {move.datastore}"
    return {end: text.format(vm=move.vm, old=old, new=new) for end, text in ENDS.items()}


@dataclass(frozen=True)
class Attempt:
    """A fault that struck, and what was predicted of it.

    Parameters
    ----------
    stage : Stage
        Where it was to strike.
    fault : str
        Which fault.
    guess : str
        The end that was predicted.
    steps_guess : int or None
        How many things were predicted to be undone; None where nobody said.
    outcome : Outcome
        What happened.
    first : bool
        Nobody had seen this fault strike this kind of move there before.
    """

    stage: Stage
    fault: str
    guess: End
    steps_guess: int | None
    outcome: Outcome
    first: bool

    @property
    def kind(self) -> Kind:
        """Of the move."""
        return self.outcome.move.kind

    @property
    def end(self) -> End:
        """How it did end."""
        return end_of(self.outcome)

    @property
    def right(self) -> bool:
        """Whether the end was foreseen, at first sight."""
        return self.first and self.guess == self.end

    @property
    def steps_right(self) -> bool:
        """Whether the number of things that are undone was foreseen, at first sight."""
        return self.first and self.steps_guess == len(self.outcome.undone)


@dataclass(frozen=True)
class Goal:
    """Something to foresee.

    Parameters
    ----------
    title : str
        What to do, starting with a verb.
    done : callable
        From all attempts, oldest first, to whether it is reached.
    hints : tuple of str
        From a nudge to the way.
    """

    title: str
    done: Callable[[Sequence[Attempt]], bool]
    hints: tuple[str, ...]

    def hint_table(self) -> Table:
        """The hints, from a nudge to the way."""
        rows = [(number, hint) for number, hint in enumerate(self.hints, 1)]
        return Table([Column("step"), Column("hint")], rows, self.title)


def goals_table(goals: Sequence[Goal], attempts: Sequence[Attempt]) -> Table:
    """Which goals are reached."""
    done = [goal.done(attempts) for goal in goals]
    rows = [
        ["✓" if is_done else "·", goal.title] for goal, is_done in zip(goals, done, strict=True)
    ]
    title = f"{sum(done)} of {len(rows)} targets reached"
    return Table([Column("done"), Column("target")], rows, title)


def attempts_table(attempts: Sequence[Attempt]) -> Table:
    """What was predicted, and what happened."""
    rows = [
        (
            one.kind,
            one.stage.value,
            one.fault,
            one.guess,
            one.end,
            "right" if one.right else "seen before" if not one.first else "wrong",
            one.steps_guess,
            len(one.outcome.undone),
        )
        for one in attempts
    ]
    names = ("kind", "stage", "fault", "predicted", "ended", "", "undone, predicted", "undone")
    right = sum(one.right for one in attempts)
    first = sum(one.first for one in attempts)
    title = f"{right} of {first} foreseen"
    return Table([Column(name) for name in names], rows, title)
