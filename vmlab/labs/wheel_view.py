"""What the board of the wheel shows, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vmlab.inventory.move import Kind
from vmlab.labs.prediction import Attempt, End, end_words
from vmlab.labs.strikes import faults_in
from vmlab.migration.faults import FAULTS
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome
from vmlab.migration.plan import Plan
from vmlab.migration.run import run
from vmlab.migration.stages import TABLES, Stage
from vmlab.views.run_words import ribbon_row
from vmlab.views.way_back import frame_json, frames, start_of
from vmlab.views.wheel import wheel


@dataclass(frozen=True)
class Choice:
    """What is chosen to strike, and what is predicted of it.

    Parameters
    ----------
    kind : str
        Of the move.
    stage : Stage
        In which the fault strikes.
    fault : str
        Which one.
    guess : str or None, optional
        The end that is predicted.
    steps_guess : int or None, optional
        How many things are predicted to be undone.
    """

    kind: Kind
    stage: Stage
    fault: str
    guess: End | None = None
    steps_guess: int | None = None


def board(
    of: Plan, chosen: Choice, attempts: Sequence[Attempt], shown: Attempt | None
) -> dict[str, Any]:
    """Everything on the board but its heading.

    Parameters
    ----------
    of : Plan
        The move.
    chosen : Choice
        What is chosen.
    attempts : sequence of Attempt
        All of them, oldest first.
    shown : Attempt or None
        The one whose run is shown.

    Returns
    -------
    dict
        Plain JSON.
    """
    kind, stage = chosen.kind, chosen.stage
    mine = [one for one in attempts if one.kind == kind and one.first]
    marks = {one.stage: "right" if one.right else "wrong" for one in mine}
    calm = run(of)
    ends = end_words(calm)
    right, first = sum(one.right for one in attempts), sum(one.first for one in attempts)
    title = FAULTS[chosen.fault].title
    name = ribbon_row(stage.value, kind)[1]
    return {
        "wheel": wheel(kind, of.setting.stages, stage, marks, _middle(calm, shown)),
        "kinds": [[key, facts.title] for key, facts in KINDS.items()],
        "kind": kind,
        "stages": [
            [one.value, f"{number} {ribbon_row(one.value, kind)[1]}"]
            for number, one in enumerate(Stage, 1)
            if one in of.setting.stages
        ],
        "stage": stage.value,
        "what": TABLES[kind][stage].what,
        "faults": [[key, FAULTS[key].title] for key in faults_in(of, stage)],
        "fault": chosen.fault,
        "question": f"{title}, in the middle of “{name}”: how does it end?",
        "ends": [[end, text] for end, text in ends.items()],
        "guess": chosen.guess,
        "steps_guess": chosen.steps_guess,
        "score": f"{right} of {first} foreseen",
        "result": shown and _result(shown, ends),
    }


def _middle(calm: Outcome, shown: Attempt | None) -> list[str]:
    """Where the VM is, for the middle of the wheel."""
    vm = calm.move.vm
    if shown is None:
        runs = "runs on" if calm.vm_runs else "belongs to"
        return ["At first", vm, f"{runs} {calm.move.source}"]
    outcome = shown.outcome
    if shown.end == "down":
        return ["In the end", vm, "is down"]
    runs = "runs on" if outcome.vm_runs else "belongs to"
    return ["In the end", vm, f"{runs} {outcome.registered_on}"]


def _result(shown: Attempt, ends: dict[End, str]) -> dict[str, Any]:
    outcome = shown.outcome
    found = frames(outcome)
    told = [_judged(shown, ends)]
    undone = len(outcome.undone)
    count = "nothing was undone" if not undone else f"{undone} things were undone"
    if shown.steps_guess is not None:
        was = "right" if shown.steps_guess == undone else f"you said {shown.steps_guess}"
        told.append(f"{count}: {was}.")
    else:
        told.append(f"{count[0].upper()}{count[1:]}.")
    return {
        "right": shown.guess == shown.end,
        "verdict": outcome.verdict,
        "told": " ".join(told),
        "frames": [frame_json(outcome, one) for one in found],
        "start": start_of(found),
        "past": outcome.outcome in {"migrated", "failed-after-switchover"}
        or (outcome.outcome == "lost" and outcome.registered_on != outcome.move.source),
        "left_behind": list(outcome.left_behind),
        "notes": list(outcome.notes),
    }


def _judged(shown: Attempt, ends: dict[End, str]) -> str:
    again = "" if shown.first else " It does not count: you had seen this one."
    if shown.guess == shown.end:
        return f"As you foresaw.{again}"
    return f"You foresaw: {ends[shown.guess]}.{again}"
