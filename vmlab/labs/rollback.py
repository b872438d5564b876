"""Lab 06: a wheel of failures, and the way back from each."""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.labs.prediction import Attempt, Goal
from vmlab.labs.strikes import faults_in, plan_of, strike
from vmlab.labs.wheel import Wheel
from vmlab.migration.stages import ORDER, STAGES, Stage, after_switch_over
from vmlab.tables import Column, Table

RUN_OF, ENDS_OF = 5, 3


def _failures(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Predictions of a VMotion that were right, of faults that ended it."""
    return [
        one
        for one in attempts
        if one.right and one.kind == "vmotion" and one.outcome.outcome != "migrated"
    ]


def in_each_stage(attempts: Sequence[Attempt]) -> bool:
    """Whether a failure was foreseen in each of the guide's three stages, with two ends."""
    found = _failures(attempts)
    stages = {STAGES[one.stage].guide_stage for one in found}
    return stages == {1, 2, 3} and len({one.end for one in found}) > 1


def counted(attempts: Sequence[Attempt]) -> bool:
    """Whether the number of things undone was foreseen, of a copy that had begun."""
    copying = range(ORDER[Stage.PRE_COPY], ORDER[Stage.SWITCHED_OVER])
    return any(one.steps_right and ORDER[one.stage] in copying for one in _failures(attempts))


def not_survived(attempts: Sequence[Attempt]) -> bool:
    """Whether a failure was foreseen that takes the virtual machine with it."""
    return any(one.outcome.outcome == "lost" for one in _failures(attempts))


def both_sides(attempts: Sequence[Attempt]) -> bool:
    """Whether one fault was foreseen before the point of no return and after it."""
    found = [
        {one.fault for one in _failures(attempts) if after_switch_over(one.stage) is late}
        for late in (False, True)
    ]
    return bool(found[0] & found[1])


def five_running(attempts: Sequence[Attempt]) -> bool:
    """Whether five predictions running were right: other stages, and three ends."""
    found = [one for one in attempts if one.first]
    return any(
        all(one.right for one in row)
        and len({one.stage for one in row}) == RUN_OF
        and len({one.end for one in row}) >= ENDS_OF
        for row in (found[i : i + RUN_OF] for i in range(len(found) - RUN_OF + 1))
    )


def another_kind(attempts: Sequence[Attempt]) -> bool:
    """Whether a failure of another kind of move was foreseen that is not undone."""
    return any(one.right and one.kind != "vmotion" and one.end == "left-over" for one in attempts)


GOALS = (
    Goal(
        "Foresee a failure in each of the guide's three stages, not all with the same end",
        in_each_stage,
        (
            "Only the first look at a fault in a stage counts.",
            "The ring outside the wheel shows which stages the guide's three are made of.",
        ),
    ),
    Goal(
        "Foresee how many things are undone when a VMotion fails in pre-copy or later",
        counted,
        (
            "Only what had been done by then is undone, one thing after the other.",
            "Step through a run that failed earlier, and go on counting from there.",
        ),
    ),
    Goal(
        "Foresee a failure that the virtual machine does not survive",
        not_survived,
        (
            "It goes down with the host on which it runs.",
            "Which host that is depends on the stage.",
        ),
    ),
    Goal(
        "Foresee one fault on both sides of the point of no return",
        both_sides,
        (
            "Few faults strike after Switched: choose that stage first and see which.",
            "A host that is lost takes along whatever runs on it.",
        ),
    ),
    Goal(
        "Be right five times running, each in another stage, with three different ends among them",
        five_running,
        (
            "Some faults only delay: a link that flaps or loses packets ends nothing by itself.",
            "A fault that only delays leaves the virtual machine at the target, all done.",
        ),
    ),
    Goal(
        "Foresee a failure of another kind of move that leaves something behind",
        another_kind,
        ("Choose another kind beside the wheel.", "The old files are deleted last, in Clean up."),
    ),
)


def open_lab() -> Wheel:
    """Open the lab: a VMotion that fails where the learner says."""
    return Wheel("Rollback", "lab 06", GOALS)


def through_the_stages(fault: str) -> Table:
    """One fault of a VMotion in every stage that feels it.

    Parameters
    ----------
    fault : str
        A key of `vmlab.migration.FAULTS`.

    Returns
    -------
    Table
        Where the virtual machine is in the end, and how many things were undone.
    """
    of = plan_of("vmotion")
    rows = []
    for stage in of.setting.stages:
        if fault in faults_in(of, stage):
            outcome = strike(of, stage, fault)
            rows.append((stage.value, outcome.outcome, outcome.verdict, len(outcome.undone)))
    names = ("strikes in", "outcome", "in the end", "undone")
    return Table([Column(name) for name in names], rows, fault)
