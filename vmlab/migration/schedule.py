"""When each stage begins and ends, and where a fault stops the run.

A fault strikes where it is there during a stage that needs the thing. One
that the stage can wait out only delays it; in the copy it has become a link
of 0 Mbit/s for a while, which the model takes as it takes any link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vmlab.migration.copying import Copying, begin_copy
from vmlab.migration.fault import Symptom
from vmlab.migration.plan import Plan
from vmlab.migration.stages import Stage, after_switch_over, nominal_s
from vmlab.migration.timers import LONGEST_SWITCHOVER_S
from vmlab.migration.trouble import NO_CONVERGENCE, SLOW, Strike, Trouble

_NO_LINK = Symptom("F-CONNECT-10", "Timedout", "There is no link to copy over.")


@dataclass(frozen=True)
class Leg:
    """A stage as it went: from, to."""

    stage: Stage
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Schedule:
    """The stages that were reached, and what ended the run where it failed.

    Parameters
    ----------
    legs : tuple of Leg
        The last one ends as the run does, or as its stage fails.
    strike : Strike or None
        What stopped it.
    copying : Copying or None
        The copy, None where it was not reached.
    """

    legs: tuple[Leg, ...]
    strike: Strike | None
    copying: Copying | None

    def leg_of(self, stage: Stage) -> Leg | None:
        """A stage as it went, None where it was not reached."""
        return next((leg for leg in self.legs if leg.stage is stage), None)

    def waited_for(self, trouble: Trouble) -> Stage | None:
        """The first stage that a trouble delayed, None where it delayed none."""
        for leg in self.legs:
            needed = trouble.symptom(leg.stage) is not None
            if needed and trouble.is_there(leg.start_s, leg.end_s):
                return leg.stage
        return None


def schedule(plan: Plan, troubles: Sequence[Trouble] = ()) -> Schedule:
    """Let a run go through its stages.

    Parameters
    ----------
    plan : Plan
        What is to run.
    troubles : sequence of Trouble, optional
        What happens meanwhile, in any order.

    Returns
    -------
    Schedule
        Up to the end, or to the instant at which a stage fails.
    """
    legs: list[Leg] = []
    copying: Copying | None = None
    started_s: dict[Stage, float] = {}
    now_s, paused_s = 0.0, math.inf
    for stage in plan.stages:
        started_s[stage] = now_s
        length_s = nominal_s(stage, plan.move.kind)
        own: list[Strike] = []
        if stage is Stage.PRE_COPY:
            copying = begin_copy(plan, troubles, now_s)
            length_s = copying.precopy_s if copying else 0.0
            end_s = now_s + length_s
            ended = copying.own_end(end_s) if copying else Strike(stage, now_s, now_s, _NO_LINK)
            own = [ended] if ended else []
        elif stage is Stage.CHECKPOINT:
            paused_s = now_s
            length_s = copying.stop_s if copying else 0.0
        length_s += sum(_slower_s(one, stage, now_s, now_s + length_s) for one in troubles)
        delays = [one for one in troubles if _delays(one, stage, now_s, started_s)]
        end_s = _end_s(now_s, length_s, delays)
        if end_s > paused_s + LONGEST_SWITCHOVER_S and not after_switch_over(stage):
            limit_s = paused_s + LONGEST_SWITCHOVER_S
            own.append(Strike(stage, limit_s, limit_s, SLOW.symptoms[stage]))
        others = _strikes(troubles, stage, now_s, started_s)
        strike = _first(own, others, now_s, end_s)
        if strike:
            legs.append(Leg(stage, now_s, strike.fails_s))
            return Schedule(tuple(legs), strike, copying)
        legs.append(Leg(stage, now_s, end_s))
        now_s = end_s
    return Schedule(tuple(legs), None, copying)


def _slower_s(trouble: Trouble, stage: Stage, start_s: float, end_s: float) -> float:
    """What a trouble adds to a stage that it slows down."""
    slowing = trouble.slowing
    if slowing is None or not trouble.is_there(start_s, end_s):
        return 0.0
    return slowing.adds_s.get(stage, 0.0)


def _delays(
    trouble: Trouble, stage: Stage, start_s: float, started_s: Mapping[Stage, float]
) -> bool:
    """Whether a stage outside the copy waits for a trouble to end."""
    in_model = stage is Stage.PRE_COPY or (stage is Stage.CHECKPOINT and trouble.fault.stops_data)
    if in_model or trouble.symptom(stage) is None or trouble.ends_s == math.inf:
        return False
    return trouble.fails_s(stage, start_s, started_s) == math.inf


def _end_s(start_s: float, length_s: float, delays: Iterable[Trouble]) -> float:
    """When a stage ends that stands still during troubles."""
    end_s = start_s + length_s
    waited_s = start_s
    for trouble in sorted(delays, key=lambda one: one.begins_s):
        if trouble.is_there(start_s, end_s):
            end_s += max(0.0, trouble.ends_s - max(trouble.begins_s, waited_s))
            waited_s = max(waited_s, trouble.ends_s)
    return end_s


def _strikes(
    troubles: Iterable[Trouble], stage: Stage, start_s: float, started_s: Mapping[Stage, float]
) -> list[Strike]:
    """What would end a stage if only it took long enough."""
    found = []
    for trouble in troubles:
        symptom = trouble.symptom(stage)
        if symptom is None or trouble.fault is NO_CONVERGENCE or trouble.ends_s <= start_s:
            continue
        fails_s = trouble.fails_s(stage, start_s, started_s)
        if fails_s < math.inf:
            begins_s = max(trouble.begins_s, start_s)
            found.append(Strike(stage, begins_s, fails_s, symptom, trouble))
    return found


def _first(
    own: Sequence[Strike], others: Sequence[Strike], start_s: float, end_s: float
) -> Strike | None:
    """What ends a stage; the loss of the VM's own host goes before all else.

    Parameters
    ----------
    own : sequence of Strike
        How the stage ends by itself if it does not succeed.
    others : sequence of Strike
        What would end it if only it took long enough.
    start_s, end_s : float
        The stage as it would go.

    Returns
    -------
    Strike or None
        None where the stage succeeds.
    """
    struck = [*own, *(one for one in others if one.begins_s < end_s or one.begins_s <= start_s)]
    if not struck:
        return None
    # A stage that waits in vain lasts longer: something else may come first.
    fails_s = min(one.fails_s for one in struck)
    struck = [one for one in (*own, *others) if one.begins_s <= fails_s]
    killing = [one for one in struck if one.kills_vm]
    if killing:
        return min(killing, key=lambda one: one.begins_s)
    return min(struck, key=lambda one: one.fails_s)
