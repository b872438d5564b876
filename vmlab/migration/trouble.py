"""A fault on the clock of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault, Slowing, Symptom
from vmlab.migration.faults import FAULTS
from vmlab.migration.setting import VMOTION, Setting
from vmlab.migration.stages import Stage, dies_with

NO_CONVERGENCE, SLOW = FAULTS["no-convergence"], FAULTS["switch-over-slow"]
PROTECTION = FAULTS["protection-timer"]
_NEVER: Mapping[Stage, float] = {}


@dataclass(frozen=True, eq=False)
class Trouble:
    """A fault, from when to when; a breach that only shows at run time is one too.

    Parameters
    ----------
    fault : Fault
        What is wrong.
    begins_s, ends_s : float
        Seconds from the start of the task; infinity is for good.
    disturbance : Disturbance or None, optional
        What asked for it.
    setting : Setting, optional
        The run that meets it.
    """

    fault: Fault
    begins_s: float
    ends_s: float = math.inf
    disturbance: Disturbance | None = None
    setting: Setting = VMOTION
    symptoms: Mapping[Stage, Symptom] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "symptoms", self.fault.symptoms_in(self.setting))

    def symptom(self, stage: Stage) -> Symptom | None:
        """How it shows in a stage, None where the stage does not need the thing."""
        return self.symptoms.get(stage)

    @property
    def slowing(self) -> Slowing | None:
        """What it leaves of the link, None where no memory crosses it."""
        return self.fault.slowing if "memory" in self.setting.has else None

    def is_there(self, start_s: float, end_s: float) -> bool:
        """Whether it overlaps a stage; a stage of no length is an instant."""
        in_time = self.begins_s < end_s or self.begins_s <= start_s
        return in_time and self.ends_s > start_s

    def fails_s(
        self, stage: Stage, start_s: float, started_s: Mapping[Stage, float] = _NEVER
    ) -> float:
        """When a stage fails of it.

        Parameters
        ----------
        stage : Stage
            One that needs the thing.
        start_s : float
            When the stage began.
        started_s : mapping of Stage to float, optional
            When each stage began so far: the longest switch-over counts from
            the pause, the protection of the source from its preparation.

        Returns
        -------
        float
            Infinity where the trouble is over before that.
        """
        symptom = self.symptoms.get(stage)
        if symptom is None:
            return math.inf
        begins_s = max(self.begins_s, start_s)
        from_s = begins_s
        if symptom.counts_from is not None:
            from_s = started_s.get(symptom.counts_from, start_s)
        limit_s = from_s + symptom.patience_s
        passes = self.fault.host_lost is None and not self.fault.powers_off
        over = self.ends_s < limit_s and passes
        return math.inf if over else max(begins_s, limit_s)


@dataclass(frozen=True, eq=False)
class Strike:
    """What stopped a run.

    Parameters
    ----------
    stage : Stage
        Where.
    begins_s, fails_s : float
        When it began to tell, and when the stage failed of it.
    symptom : Symptom
        How it shows.
    trouble : Trouble or None, optional
        Whose fault; None for the copy's own.
    """

    stage: Stage
    begins_s: float
    fails_s: float
    symptom: Symptom
    trouble: Trouble | None = None

    @property
    def name(self) -> str:
        """Of the fault: what decides between two at the same instant."""
        return self.trouble.fault.name if self.trouble else ""

    @property
    def kills_vm(self) -> bool:
        """Whether the VM is lost: with its host, or with what it lacked of its memory."""
        trouble = self.trouble
        if self.symptom.loses_vm:
            return True
        if trouble is None or trouble.fault.host_lost is None:
            return False
        if "running" not in trouble.setting.has:
            return False
        return trouble.fault.host_lost in dies_with(trouble.setting.kind, self.stage)

    @property
    def powers_off(self) -> bool:
        """Whether the VM is off after it, on the host where it was."""
        return self.trouble is not None and self.trouble.fault.powers_off

    @property
    def stops_vm(self) -> bool:
        """Whether the VM runs nowhere any more."""
        return self.kills_vm or self.powers_off
