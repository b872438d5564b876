"""What is known of a fault: where it strikes, how it shows there, what is assumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from vmlab.migration.setting import LACKING, SPARED, VMOTION, Need, Setting
from vmlab.migration.stages import Side, Stage

Group = Literal["network", "host", "storage", "capacity", "control"]
#: Where a fault sits.
Where = Literal[
    "source",
    "destination",
    "link",
    "source datastore",
    "destination datastore",
    "VM",
    "vCenter Server",
]
#: Faults in groups, for people.
GROUPS: Mapping[Group, str] = {
    "network": "Network",
    "host": "Hosts",
    "storage": "Storage",
    "capacity": "Capacity",
    "control": "Control and timers",
}


@dataclass(frozen=True)
class Symptom:
    """How a fault shows in a stage.

    Parameters
    ----------
    code : str
        A key of `vmlab.migration.catalogue.FAILURES`.
    fault : str or None
        The vSphere fault, None where vCenter has none or nobody is told.
    reason : str
        A sentence about `{vm}`, `{source}`, `{destination}` and `{memory_mib}`.
    patience_s : float, optional
        So long the stage waits before it fails, s; a fault that ends sooner
        only delays it.
    counts_from : Stage, optional
        The patience runs from the start of that stage, not of the fault.
    loses_vm : bool, optional
        The VM is lost with it: a part of its memory is out of reach for good.
    """

    code: str
    fault: str | None
    reason: str
    patience_s: float = 0.0
    counts_from: Stage | None = None
    loses_vm: bool = False


@dataclass(frozen=True)
class Sign:
    """Stages in which a fault shows, how, and what a move must have for it.

    Parameters
    ----------
    stages : tuple of Stage
        Where.
    symptom : Symptom
        How.
    needs : frozenset of str, optional
        All of these; nothing by default.
    lacks : frozenset of str, optional
        None of these.
    """

    stages: tuple[Stage, ...]
    symptom: Symptom
    needs: frozenset[Need] = frozenset()
    lacks: frozenset[Need] = frozenset()

    def shows_in(self, setting: Setting) -> bool:
        """Whether a run of that setting can show it."""
        return self.needs <= setting.has and not self.lacks & setting.has


@dataclass(frozen=True)
class Slowing:
    """What a fault leaves of the link, and what it adds to a stage.

    Parameters
    ----------
    mbit_s : callable
        From the link's rate to what is left of it, Mbit/s.
    adds_s : mapping of Stage to float
        Seconds that a stage takes longer while it lasts.
    told : str
        The same in words.
    """

    mbit_s: Callable[[float], float]
    adds_s: Mapping[Stage, float]
    told: str


@dataclass(frozen=True, eq=False)
class Fault:
    """A fault that can be injected.

    Parameters
    ----------
    name : str
        For the command line.
    title : str
        For people.
    signs : tuple of Sign
        Where it strikes; of two for one stage the first counts.
    default_at : Stage
        Where it begins unless told otherwise; a move that has no such sign
        there begins it at the first stage that has one.
    harmless : str
        Why it strikes nothing anywhere else.
    assumption : str
        What of it is recalled, or this lab's own.
    group : str
        One of `GROUPS`.
    where : str
        Where it sits.
    stops_data : bool, optional
        Frames are lost: for the model of the copy a link of 0 Mbit/s.
    host_lost : {"source", "destination"} or None, optional
        The host that is gone.
    slowing : Slowing, optional
        It fails nothing by itself, but the link carries less.
    flaps_s : (float, float), optional
        It comes and goes: so long there, so long not, s.
    powers_off : bool, optional
        The VM is off after it.
    hides_events : bool, optional
        Nobody records vCenter's events while it lasts.
    hides_files : {"host", "all", None}, optional
        Files made on the target datastore cannot be reached while it lasts:
        from the target host, or from any.
    event : str or None, optional
        What vCenter raises of it where a host that was asked fails of it.
    """

    name: str
    title: str
    signs: tuple[Sign, ...]
    default_at: Stage
    harmless: str
    assumption: str
    group: Group = "control"
    where: Where = "vCenter Server"
    stops_data: bool = False
    host_lost: Side | None = None
    slowing: Slowing | None = None
    flaps_s: tuple[float, float] | None = None
    powers_off: bool = False
    hides_events: bool = False
    hides_files: Literal["host", "all"] | None = None
    event: str | None = None

    @property
    def symptoms(self) -> Mapping[Stage, Symptom]:
        """Where it strikes a VMotion, and how."""
        return self.symptoms_in(VMOTION)

    def symptoms_in(self, setting: Setting) -> Mapping[Stage, Symptom]:
        """Where it strikes a run, and how.

        Parameters
        ----------
        setting : Setting
            What the run is made of.

        Returns
        -------
        mapping of Stage to Symptom
            In the order of the stages; empty where it cannot strike.
        """
        return _symptoms(self, setting)

    def stages_in(self, setting: Setting) -> tuple[Stage, ...]:
        """Where a run can feel it: stages that fail or wait, or the copy that it slows down."""
        if self.slowing and "memory" in setting.has:
            return (Stage.PRE_COPY,)
        return tuple(self.symptoms_in(setting))

    @property
    def only_delays(self) -> bool:
        """Whether no stage fails of it by itself: at most the copy no longer converges."""
        return self.slowing is not None or self.flaps_s is not None

    def shown_as(self, stage: Stage, code: str | None, fault: str | None) -> Symptom | None:
        """The symptom behind a failure, in whatever kind of move.

        Parameters
        ----------
        stage : Stage
            That failed.
        code, fault : str or None
            How.

        Returns
        -------
        Symptom or None
            None where this fault does not show like that.
        """
        for sign in self.signs:
            symptom = sign.symptom
            if stage in sign.stages and (symptom.code, symptom.fault) == (code, fault):
                return symptom
        return None

    def begins_at(self, setting: Setting) -> Stage:
        """Where it begins unless told otherwise."""
        symptoms = self.symptoms_in(setting)
        if self.default_at in symptoms or not symptoms:
            return self.default_at
        return next(iter(symptoms))

    def lacking(self, setting: Setting) -> str | None:
        """Why a run cannot show it at all, None where it can."""
        if self.symptoms_in(setting):
            return None
        for sign in self.signs:
            for need in LACKING:
                if need in sign.needs - setting.has:
                    return LACKING[need]
            for need, why in SPARED.items():
                if need in sign.lacks & setting.has:
                    return why
        return self.harmless


# Breaches of rules become faults too, run by run: those are forgotten again.
@lru_cache(maxsize=4096)
def _symptoms(fault: Fault, setting: Setting) -> Mapping[Stage, Symptom]:
    found: dict[Stage, Symptom] = {}
    for stage in setting.stages:
        for sign in fault.signs:
            if stage in sign.stages and sign.shows_in(setting):
                found[stage] = sign.symptom
                break
    return found
