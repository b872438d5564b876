"""Choosing a fault: where it can strike, and the disturbance that a choice means."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.documents import InputError, Problem
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import GROUPS
from vmlab.migration.faults import FAULTS
from vmlab.migration.outcome import Outcome
from vmlab.migration.setting import VMOTION
from vmlab.migration.stages import GUIDE_STAGES, STAGES, Stage
from vmlab.views.bar import Disturbing

STAGE_TITLES = {
    Stage.REQUESTED: "Request",
    Stage.VALIDATE: "Validate",
    Stage.QUEUED: "Queue",
    Stage.ASK_DESTINATION: "Ask target",
    Stage.COMPUTE_SPEC: "Spec",
    Stage.PREPARE_SOURCE: "Prepare source",
    Stage.CREATE_SHELL: "Shell",
    Stage.CONNECT: "Connect",
    Stage.PRE_COPY: "Pre-copy",
    Stage.CHECKPOINT: "Stun",
    Stage.HANDSHAKE: "Handshake",
    Stage.SWITCHED_OVER: "Switched",
    Stage.CLEAN_UP: "Clean up",
}


@dataclass(frozen=True)
class FaultChoice:
    """What the learner chose to go wrong.

    Parameters
    ----------
    fault : str
        A key of `FAULTS`, or empty for none.
    strikes_in : Stage or None
        In which stage it strikes; None for the fault's own default.
    round : int
        In pre-copy: in which round, from 1.

    Raises
    ------
    InputError
        The fault is unknown, cannot strike there, or the round is none.
    """

    fault: str = ""
    strikes_in: Stage | None = None
    round: int = 1

    def __post_init__(self) -> None:
        if self.round < 1:
            raise InputError("round", [Problem(f"{self.round} is no round", "Count from 1")])
        if not self.fault:
            return
        fault = Disturbance(self.fault).kind  # which refuses a name that it does not know
        stages = fault.stages_in(VMOTION)
        if not stages:
            message = f"{self.fault} does not strike a VMotion: {fault.lacking(VMOTION)}"
            remedy = "Choose another fault, or another kind of move"
            raise InputError("fault", [Problem(message, remedy)])
        if self.strikes_in is not None and self.strikes_in not in stages:
            where = ", ".join(stages)
            message = f"{self.fault} does not strike in {self.strikes_in}: {fault.harmless}"
            raise InputError("strikes_in", [Problem(message, f"It strikes in: {where}")])

    @property
    def stage(self) -> Stage | None:
        """Where it strikes: as chosen, else where the fault does by default."""
        return (self.strikes_in or FAULTS[self.fault].begins_at(VMOTION)) if self.fault else None

    def disturbances(self, undisturbed: Outcome) -> tuple[Disturbance, ...]:
        """The disturbance that the choice means.

        Parameters
        ----------
        undisturbed : Outcome
            The same move with nothing going wrong; tells when a round is sent.

        Returns
        -------
        tuple of Disturbance
            One, or none.
        """
        stage = self.stage
        if stage is None:
            return ()
        if stage is not Stage.PRE_COPY or self.fault == "no-convergence":
            return (Disturbance(self.fault, stage),)
        middle_s = _middle_of_round_s(undisturbed, self.round)
        return (Disturbance(self.fault, stage if middle_s is None else middle_s),)

    def shown(self, rounds: int) -> Disturbing:
        """The choice and what there is to choose from, for the migrate bar."""
        stage = self.stage
        headings: dict[str, list[tuple[str, str]]] = {}
        for row in STAGES.values():
            if self.fault and row.stage in FAULTS[self.fault].stages_in(VMOTION):
                heading = f"{row.guide_stage} {GUIDE_STAGES[row.guide_stage]}"
                option = (row.stage.value, STAGE_TITLES[row.stage])
                headings.setdefault(heading, []).append(option)
        has_rounds = stage is Stage.PRE_COPY and self.fault != "no-convergence"
        return Disturbing(
            fault=self.fault,
            fault_groups=_by_group(),
            strikes_in=stage.value if stage else "",
            stages=headings,
            round=min(self.round, max(rounds, 1)),
            rounds=rounds if has_rounds else 0,
        )


def _by_group() -> dict[str, list[tuple[str, str]]]:
    """Faults that a VMotion can feel."""
    found: dict[str, list[tuple[str, str]]] = {}
    for fault in FAULTS.values():
        if fault.stages_in(VMOTION):
            found.setdefault(GROUPS[fault.group], []).append((fault.name, fault.title))
    return found


NO_FAULT = FaultChoice()


def choice(fault: str, strikes_in: str | None = None, round: int | str = 1) -> FaultChoice:
    """A choice from the words of a learner.

    Parameters
    ----------
    fault : str
        A fault's name, or empty for none.
    strikes_in : str, optional
        A stage's name.
    round : int or str, optional
        A round of pre-copy.

    Returns
    -------
    FaultChoice
        What was said.

    Raises
    ------
    InputError
        With what could be said instead.
    """
    try:
        stage = Stage(strikes_in) if strikes_in else None
    except ValueError:
        problem = Problem(f"{strikes_in!r} is no stage", f"Known: {', '.join(Stage)}")
        raise InputError("strikes_in", [problem]) from None
    return FaultChoice(fault, stage, whole_number("round", round))


def whole_number(name: str, said: object) -> int:
    """A whole number from what was said, or InputError."""
    try:
        return int(str(said))
    except ValueError:
        problem = Problem(f"{said!r} is no whole number", "Write digits only")
        raise InputError(name, [problem]) from None


def pre_copy_rounds(undisturbed: Outcome | None) -> int:
    """How many rounds the copy takes before the VM is paused."""
    if undisturbed is None or undisturbed.estimate is None:
        return 0
    return max(len(undisturbed.estimate.rounds) - 1, 0)


def _middle_of_round_s(undisturbed: Outcome, number: int) -> float | None:
    start = next((s.start_s for s in undisturbed.timeline.spans if s.stage is Stage.PRE_COPY), None)
    rounds = pre_copy_rounds(undisturbed)
    if start is None or undisturbed.estimate is None or rounds == 0:
        return None
    sent = undisturbed.estimate.rounds[: min(number, rounds)]
    return start + sum(r.duration_s for r in sent) - sent[-1].duration_s / 2
