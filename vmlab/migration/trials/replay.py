"""One trial in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, plain
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import run
from vmlab.migration.trials.draw import Grounds, Trial
from vmlab.migration.trials.invariants import Violated, violated
from vmlab.migration.trials.situation import PUZZLES


@dataclass(frozen=True)
class Replay:
    """A trial, its outcome, and what does not hold of it.

    Parameters
    ----------
    seed : int
        Of the trials.
    trial : Trial
        What was drawn.
    outcome : Outcome
        How it went.
    violations : tuple of Violated
        Empty where all is well.
    """

    seed: int
    trial: Trial
    outcome: Outcome
    violations: tuple[Violated, ...]

    def lines(self) -> Iterator[str]:
        """What was drawn, line by line.

        Yields
        ------
        str
            In plain words; edits as a path and a value.
        """
        trial, situation, move = self.trial, self.trial.situation, self.trial.plan.move
        yield f"Trial {trial.number} of seed {self.seed}, situation {situation.number}"
        wishes = plain(move)
        yield "Move: " + ", ".join(f"{name} {value}" for name, value in wishes.items())
        yield f"Profile: {situation.profile.value}"
        if situation.algorithm != "pre-copy":
            yield f"Algorithm: {situation.algorithm}"
        for edit in situation.changes:
            yield f"Changed: {_told(edit)}"
        if situation.mended:
            yield "Mended: what findings have a remedy for"
        if situation.misconfiguration:
            puzzle = PUZZLES[situation.misconfiguration]
            yield f"Misconfigured: {puzzle.story} ({puzzle.name})"
        for disturbance in trial.disturbances:
            yield f"Fault: {disturbance}"
        if not trial.disturbances:
            yield "Fault: none"

    def to_json(self) -> dict[str, Any]:
        """The trial as plain data; `outcome` is what `vmlab migrate --json` prints."""
        situation = self.trial.situation
        return {
            "trial": self.trial.number,
            "seed": self.seed,
            "situation": {
                "number": situation.number,
                "move": plain(self.trial.plan.move),
                "profile": situation.profile.value,
                "changes": [edit.to_json() for edit in situation.changes],
                "mended": situation.mended,
                "algorithm": situation.algorithm,
                "misconfiguration": situation.misconfiguration,
            },
            "disturbances": [str(one) for one in self.trial.disturbances],
            "violations": [one.to_json() for one in self.violations],
            "outcome": self.outcome.to_json(),
        }


def replay(datacenter: Datacenter, seed: int, number: int) -> Replay:
    """Run one trial alone.

    Parameters
    ----------
    datacenter : Datacenter
        What the moves are drawn in.
    seed : int
        Of the trials.
    number : int
        Which one, from 0 on.

    Returns
    -------
    Replay
        The same as among all others.
    """
    trial = Grounds(datacenter, seed).trial(number)
    outcome = run(trial.plan, trial.disturbances)
    return Replay(seed, trial, outcome, tuple(violated(outcome, number)))


def _told(edit: Edit) -> str:
    place = ".".join(edit.path)
    return f"{place} removed" if edit.op == "remove" else f"{place} = {edit.value}"
