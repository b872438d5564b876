"""The copy inside a migration: its case under troubles, its length, and its cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmlab.migration.copy_cut import (
    copied_until,
    live_s,
    moved_anything,
    pushed_until,
    stopped_after,
)
from vmlab.migration.link_rate import Spell, under
from vmlab.migration.plan import Plan
from vmlab.migration.stages import Stage, nominal_s
from vmlab.migration.timers import LONGEST_SWITCHOVER_S, WILD
from vmlab.migration.trouble import NO_CONVERGENCE, SLOW, Strike, Trouble
from vmlab.models.case import Case, Uniform, Workload
from vmlab.models.estimate import Estimate, estimate
from vmlab.units import mbit_s_to_bytes_per_s

_DISKS_STAY = "{vm} writes its disks faster than they are copied: no progress in the copy."


@dataclass(frozen=True)
class Copying:
    """A copy, and the guest's own trouble where it does not converge.

    Parameters
    ----------
    case : Case
        With the link and the guest that it meets.
    estimate : Estimate
        Of the case, to its own end.
    wild : Trouble or None, optional
        What makes the guest write faster than the link sends.
    spells : tuple of Spell, optional
        What troubles took of the link.
    """

    case: Case
    estimate: Estimate
    wild: Trouble | None = None
    spells: tuple[Spell, ...] = ()

    @property
    def rest_s(self) -> float | None:
        """How long memory follows a VM that runs on the target, s; None without post-copy."""
        return self.estimate.postcopy_s

    @property
    def resumed_s(self) -> float:
        """When the VM runs on the target, on the clock of the copy."""
        return (self.estimate.total_s or 0.0) - (self.rest_s or 0.0)

    @property
    def precopy_s(self) -> float:
        """From the start of the copy to the pause, or until it is given up."""
        return live_s(self.case, self.estimate)

    @property
    def stop_s(self) -> float:
        """The stop phase alone: the handshake is a stage of its own."""
        if self.case.guest != "running":
            return 0.0
        return max(0.0, (self.estimate.downtime_s or 0.0) - nominal_s(Stage.HANDSHAKE))

    def own_end(self, at_s: float) -> Strike | None:
        """What ends the copy without a switch-over, though nothing stopped it."""
        if self.estimate.total_s is not None:
            return None
        symptom = NO_CONVERGENCE.symptoms[Stage.PRE_COPY]
        if not self.estimate.rounds:
            symptom = replace(symptom, reason=_DISKS_STAY)
        if self.estimate.stopped_by == "timeout":
            reason = f"The switch-over would pass its {LONGEST_SWITCHOVER_S:g} s: it is not begun."
            symptom = replace(SLOW.symptoms[Stage.CHECKPOINT], reason=reason)
        return Strike(Stage.PRE_COPY, at_s, at_s, symptom, self.wild)

    def cut(self, copied_s: float, why: str) -> Estimate | None:
        """What had been sent when the copy was cut, None where nothing had.

        Parameters
        ----------
        copied_s : float
            Seconds into the copy.
        why : str
            For the warning that says so.

        Returns
        -------
        Estimate or None
            Without total and downtime, for the VM did not move. Up to the
            pause it is the model's own, under a timeout; of the stop phase it
            is the share of its time.
        """
        if copied_s < self.precopy_s:
            copy = copied_until(self.case, self.estimate, copied_s)
        elif self.rest_s is not None:
            copy = pushed_until(self.case, self.estimate, copied_s)
        else:
            stopped_s = copied_s - self.precopy_s
            copy = stopped_after(self.case, self.estimate, stopped_s, self.stop_s)
        if not moved_anything(copy):
            return None
        warning = f"cut off after {copied_s:.6g} s: {why}"
        warnings = (*copy.warnings, warning)
        return replace(copy, total_s=None, downtime_s=None, warnings=warnings)


def begin_copy(plan: Plan, troubles: Sequence[Trouble], start_s: float) -> Copying | None:
    """The copy with the troubles that change its link or its guest.

    Parameters
    ----------
    plan : Plan
        Whose copy.
    troubles : sequence of Trouble
        On the clock of the task.
    start_s : float
        When the copy begins on that clock.

    Returns
    -------
    Copying or None
        None where there is no link.

    Notes
    -----
    Frames lost for a while are a rate of 0 for that while. A guest that stops
    converging does so from the first round on, for the model's guest does not
    change; a burst that ends before the copy would be given up counts as time
    lost, which is its effect as long as it lasts.
    """
    if plan.case is None or plan.estimate is None:
        return None
    spells = _spells(troubles, start_s)
    copying = _under(plan.case, plan.estimate, spells)
    for trouble in troubles:
        if trouble.fault is not NO_CONVERGENCE or trouble.symptom(Stage.PRE_COPY) is None:
            continue
        if not trouble.is_there(start_s, start_s + copying.precopy_s):
            continue
        case = _wild(copying.case, plan.case)
        raging = Copying(case, estimate(case), trouble)
        if raging.estimate.stopped_by != "never":
            continue
        if trouble.ends_s >= start_s + raging.precopy_s:
            return raging
        spells.append(Spell(trouble.begins_s - start_s, trouble.ends_s - start_s))
        copying = _under(plan.case, plan.estimate, spells)
    return copying


def _spells(troubles: Sequence[Trouble], start_s: float) -> list[Spell]:
    """Silences that are waited out, and whatever makes the link slower."""
    found = []
    for trouble in troubles:
        from_s, to_s = trouble.begins_s - start_s, trouble.ends_s - start_s
        slowing = trouble.slowing
        if slowing and from_s < math.inf:
            found.append(Spell(from_s, to_s, slowing.mbit_s))
        silent = trouble.fault.stops_data and to_s < math.inf
        silent = silent and trouble.symptom(Stage.PRE_COPY) is not None
        if silent and trouble.fails_s(Stage.PRE_COPY, start_s) == math.inf:
            found.append(Spell(from_s, to_s))
    return found


def _under(case: Case, copy: Estimate, spells: Sequence[Spell]) -> Copying:
    """The copy over what is left of its link."""
    link = case.link and under(case.link, spells)
    if link is case.link:
        return Copying(case, copy)
    case = case.model_copy(update={"link": link})
    return Copying(case, estimate(case), spells=tuple(spells))


def follow(plan: Plan, copying: Copying, troubles: Sequence[Trouble], now_s: float) -> Copying:
    """A post-copy from the instant on at which the VM runs on the target.

    Parameters
    ----------
    plan : Plan
        Whose copy.
    copying : Copying
        As it came to the switch.
    troubles : sequence of Trouble
        On the clock of the task.
    now_s : float
        When the VM resumes, on that clock.

    Returns
    -------
    Copying
        Over what troubles leave of the link from then on; silence that is
        recovered from is a rate of 0.
    """
    if plan.case is None or plan.estimate is None or copying.rest_s is None:
        return copying
    at_s = copying.resumed_s
    spells = [replace(one, to_s=min(one.to_s, at_s)) for one in copying.spells if one.from_s < at_s]
    for trouble in troubles:
        from_s = max(trouble.begins_s - now_s, 0.0) + at_s
        to_s = trouble.ends_s - now_s + at_s
        if trouble.slowing and from_s < math.inf:
            spells.append(Spell(from_s, to_s, trouble.slowing.mbit_s))
        elif stands_still(trouble, now_s):
            spells.append(Spell(from_s, to_s))
    return _under(plan.case, plan.estimate, spells)


def stands_still(trouble: Trouble, now_s: float) -> bool:
    """Whether a VM that lacks memory stands still for a trouble from an instant on, and goes on."""
    lasts = now_s < trouble.ends_s < math.inf
    needed = trouble.symptom(Stage.SWITCHED_OVER) is not None
    silent = trouble.fault.stops_data and needed and lasts
    return silent and trouble.fails_s(Stage.SWITCHED_OVER, now_s) == math.inf


def _wild(case: Case, calm: Case) -> Case:
    """A guest that writes all of its memory faster than the link sends it."""
    mbit_s = (calm.link and calm.link.mbit_s) or 0.0
    writes = WILD * mbit_s_to_bytes_per_s(mbit_s) / case.page_bytes
    busy = Uniform(working_set_mib=case.nonzero_mib, dirty_pages_per_s=writes)
    return case.model_copy(update={"workload": Workload(uniform=busy)})
