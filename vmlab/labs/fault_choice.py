"""Choosing a fault: where it can strike, and the disturbance that a choice means."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.documents import InputError, Problem
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import GROUPS
from vmlab.migration.faults import FAULTS
from vmlab.migration.outcome import Outcome
from vmlab.migration.setting import VMOTION, Setting
from vmlab.migration.stages import TABLES, Stage
from vmlab.views.bar import Disturbing
from vmlab.views.run_words import OTHERWISE, guide_name

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
    setting : Setting, optional
        The run that it shall disturb; a VMotion where left out.

    Raises
    ------
    InputError
        The fault is unknown, cannot strike there, or the round is none.
    """

    fault: str = ""
    strikes_in: Stage | None = None
    round: int = 1
    setting: Setting = VMOTION

    def __post_init__(self) -> None:
        if self.round < 1:
            raise InputError("round", [Problem(f"{self.round} is no round", "Count from 1")])
        if not self.fault:
            return
        fault = Disturbance(self.fault).kind  # which refuses a name that it does not know
        stages = fault.stages_in(self.setting)
        if not stages:
            run = "a VMotion" if self.setting == VMOTION else "this move"
            message = f"{self.fault} does not strike {run}: {fault.lacking(self.setting)}"
            remedy = "Choose another fault, or another kind of move"
            raise InputError("fault", [Problem(message, remedy)])
        if self.strikes_in is not None and self.strikes_in not in stages:
            where = ", ".join(stages)
            message = f"{self.fault} does not strike in {self.strikes_in}: {fault.harmless}"
            raise InputError("strikes_in", [Problem(message, f"It strikes in: {where}")])

    @property
    def stage(self) -> Stage | None:
        """Where it strikes: as chosen, else where the fault does by default."""
        return (
            (self.strikes_in or FAULTS[self.fault].begins_at(self.setting)) if self.fault else None
        )

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
        if stage is not Stage.PRE_COPY or not self._has_rounds:
            return (Disturbance(self.fault, stage),)
        middle_s = _middle_of_round_s(undisturbed, self.round)
        return (Disturbance(self.fault, stage if middle_s is None else middle_s),)

    @property
    def _has_rounds(self) -> bool:
        return self.setting.kind == "vmotion" and self.fault != "no-convergence"

    def fitted(self, setting: Setting) -> FaultChoice:
        """The same choice for another run; none, or at its default, where that cannot feel it."""
        if not self.fault or not FAULTS[self.fault].stages_in(setting):
            return FaultChoice(setting=setting)
        stays = self.strikes_in in FAULTS[self.fault].stages_in(setting)
        return FaultChoice(self.fault, self.strikes_in if stays else None, self.round, setting)

    def shown(self, rounds: int) -> Disturbing:
        """The choice and what there is to choose from, for the migrate bar."""
        stage = self.stage
        headings: dict[str, list[tuple[str, str]]] = {}
        kind = self.setting.kind
        for row in TABLES[kind].values():
            if self.fault and row.stage in FAULTS[self.fault].stages_in(self.setting):
                heading = f"{row.guide_stage} {guide_name(row.guide_stage, kind)}"
                other = OTHERWISE.get(kind, {}).get(row.stage.value)
                option = (row.stage.value, other[1] if other else STAGE_TITLES[row.stage])
                headings.setdefault(heading, []).append(option)
        has_rounds = stage is Stage.PRE_COPY and self._has_rounds
        return Disturbing(
            fault=self.fault,
            fault_groups=_by_group(self.setting),
            strikes_in=stage.value if stage else "",
            stages=headings,
            round=min(self.round, max(rounds, 1)),
            rounds=rounds if has_rounds else 0,
        )


def _by_group(setting: Setting) -> dict[str, list[tuple[str, str]]]:
    """Faults that a run can feel."""
    found: dict[str, list[tuple[str, str]]] = {}
    for fault in FAULTS.values():
        if fault.stages_in(setting):
            found.setdefault(GROUPS[fault.group], []).append((fault.name, fault.title))
    return found


NO_FAULT = FaultChoice()


def choice(
    fault: str,
    strikes_in: str | None = None,
    round: int | str = 1,
    setting: Setting = VMOTION,
) -> FaultChoice:
    """A choice from the words of a learner.

    Parameters
    ----------
    fault : str
        A fault's name, or empty for none.
    strikes_in : str, optional
        A stage's name.
    round : int or str, optional
        A round of pre-copy.
    setting : Setting, optional
        The run that it shall disturb.

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
    return FaultChoice(fault, stage, whole_number("round", round), setting)


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
