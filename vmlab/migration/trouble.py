"""A fault on the clock of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault, Symptom
from vmlab.migration.faults import FAULTS
from vmlab.migration.stages import Stage, after_switch_over

NO_CONVERGENCE, SLOW = FAULTS["no-convergence"], FAULTS["switch-over-slow"]


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
    """

    fault: Fault
    begins_s: float
    ends_s: float = math.inf
    disturbance: Disturbance | None = None

    def symptom(self, stage: Stage) -> Symptom | None:
        """How it shows in a stage, None where the stage does not need the thing."""
        return self.fault.symptoms.get(stage)

    def is_there(self, start_s: float, end_s: float) -> bool:
        """Whether it overlaps a stage; a stage of no length is an instant."""
        in_time = self.begins_s < end_s or self.begins_s <= start_s
        return in_time and self.ends_s > start_s

    def fails_s(self, stage: Stage, start_s: float, paused_s: float) -> float:
        """When a stage fails of it: the switch-over's limit counts from the pause.

        Parameters
        ----------
        stage : Stage
            One that needs the thing.
        start_s, paused_s : float
            When the stage began, and the VM was paused.

        Returns
        -------
        float
            Infinity where the trouble is over before that.
        """
        begins_s = max(self.begins_s, start_s)
        limit_s = (paused_s if self.fault is SLOW else begins_s) + self._patience_s(stage)
        over = self.ends_s < limit_s and self.fault.host_lost is None
        return math.inf if over else max(begins_s, limit_s)

    def _patience_s(self, stage: Stage) -> float:
        symptom = self.symptom(stage)
        return math.inf if symptom is None else symptom.patience_s


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
    def kills_vm(self) -> bool:
        """Whether the host that runs the VM is lost."""
        runs_on = "destination" if after_switch_over(self.stage) else "source"
        return self.trouble is not None and self.trouble.fault.host_lost == runs_on
