"""When each stage begins and ends, and where a fault stops the run.

A fault strikes where it is there during a stage that needs the thing. One
that the stage can wait out only delays it; in the copy it has become a link
of 0 Mbit/s for a while, which the model takes as it takes any link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vmlab.migration.copying import Copying, begin_copy, follow, stands_still
from vmlab.migration.fault import Symptom
from vmlab.migration.plan import Plan
from vmlab.migration.stages import Stage, after_switch_over, nominal_s
from vmlab.migration.timers import LONGEST_SWITCHOVER_S, PROTECTION_S
from vmlab.migration.trouble import NO_CONVERGENCE, PROTECTION, SLOW, Strike, Trouble

Waits = tuple[tuple[float, float], ...]

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
    copy_waits : tuple of (float, float), optional
        When the copy stood still for want of its files, s; what stops its link
        is in the copy itself.
    stood : tuple of (float, float), optional
        When the VM stood still on the target for want of its memory, s.
    """

    legs: tuple[Leg, ...]
    strike: Strike | None
    copying: Copying | None
    copy_waits: Waits = ()
    stood: Waits = ()

    def copied_s(self, at_s: float) -> float:
        """Seconds on the clock of the copy at an instant of the run."""
        first = self.leg_of(Stage.PRE_COPY)
        if first is None:
            return 0.0
        over = self.leg_of(Stage.SWITCHED_OVER)
        if over and self.copying and self.copying.rest_s is not None and at_s >= over.start_s:
            return self.copying.resumed_s + at_s - over.start_s
        stood_s = sum(max(0.0, min(to_s, at_s) - from_s) for from_s, to_s in self.copy_waits)
        return at_s - first.start_s - stood_s

    def leg_of(self, stage: Stage) -> Leg | None:
        """A stage as it went, None where it was not reached."""
        return next((leg for leg in self.legs if leg.stage is stage), None)

    def waited_for(self, trouble: Trouble) -> Stage | None:
        """The first stage that a trouble delayed, None where it delayed none."""
        for leg in self.legs:
            needed = trouble.symptom(leg.stage) is not None
            if leg.start_s < leg.end_s and needed and trouble.is_there(leg.start_s, leg.end_s):
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
    copy_waits: Waits = ()
    stood: Waits = ()
    started_s: dict[Stage, float] = {}
    now_s, paused_s = 0.0, math.inf
    for stage in plan.stages:
        started_s[stage] = now_s
        length_s = nominal_s(stage, plan.move.kind)
        own: list[Strike] = []
        if stage is Stage.PRE_COPY:
            copying = begin_copy(plan, troubles, now_s)
            length_s = copying.precopy_s if copying else 0.0
        elif stage is Stage.CHECKPOINT:
            paused_s = now_s
            length_s = copying.stop_s if copying else 0.0
        follows = copying is not None and copying.rest_s is not None
        near = [one for one in troubles if one.slowing or one.symptom(stage)]
        if stage is Stage.SWITCHED_OVER and "post-copy" in plan.setting.has:
            copying = copying and follow(plan, copying, troubles, now_s)
            length_s = (copying and copying.rest_s) or 0.0
            near = [one for one in near if length_s or not _loses_vm(one, stage)]
        if near:
            length_s += sum(_slower_s(one, stage, now_s, now_s + length_s) for one in near)
            delays = [one for one in near if _delays(one, stage, now_s, started_s, follows)]
            end_s, waits = _end_s(now_s, length_s, delays)
        else:
            end_s, waits = now_s + length_s, ()
        if stage is Stage.PRE_COPY:
            copy_waits = waits
            ended = copying.own_end(end_s) if copying else Strike(stage, now_s, now_s, _NO_LINK)
            own = [ended] if ended else []
        others = _strikes(near, stage, now_s, started_s)
        # A stage that waits in vain for something else may not outlast a limit either.
        met = [one.fails_s for one in others if one.begins_s < end_s or one.begins_s <= now_s]
        late_s = max((end_s, *met))
        if late_s > paused_s + LONGEST_SWITCHOVER_S and not after_switch_over(stage):
            limit_s = paused_s + LONGEST_SWITCHOVER_S
            own.append(Strike(stage, limit_s, limit_s, SLOW.symptoms[stage]))
        if stage in PROTECTION.symptoms:
            limit_s = started_s[Stage.PREPARE_SOURCE] + PROTECTION_S
            if late_s > limit_s:
                own.append(Strike(stage, limit_s, limit_s, PROTECTION.symptoms[stage]))
        strike = _first(own, others, now_s, end_s) if own or others else None
        if strike:
            legs.append(Leg(stage, now_s, strike.fails_s))
            end_s = strike.begins_s if strike.stops_vm else strike.fails_s
            stood = _stood(near, now_s, end_s) if stage is Stage.SWITCHED_OVER else stood
            return Schedule(tuple(legs), strike, copying, copy_waits, stood)
        if stage is Stage.SWITCHED_OVER:
            stood = _stood(near, now_s, end_s)
        legs.append(Leg(stage, now_s, end_s))
        now_s = end_s
    return Schedule(tuple(legs), None, copying, copy_waits, stood)


def calm(plan: Plan) -> Schedule:
    """A run that nothing disturbs, worked out once a plan.

    Parameters
    ----------
    plan : Plan
        What is to run.

    Returns
    -------
    Schedule
        Breaches that only show at run time are left out too.
    """
    found = plan.remembered.get("calm")
    if not isinstance(found, Schedule):
        found = schedule(plan)
        plan.remembered["calm"] = found
    return found


def _slower_s(trouble: Trouble, stage: Stage, start_s: float, end_s: float) -> float:
    """What a trouble adds to a stage that it slows down."""
    slowing = trouble.slowing
    if slowing is None or not trouble.is_there(start_s, end_s):
        return 0.0
    return slowing.adds_s.get(stage, 0.0)


def _loses_vm(trouble: Trouble, stage: Stage) -> bool:
    symptom = trouble.symptom(stage)
    return symptom is not None and symptom.loses_vm


def _stood(troubles: Iterable[Trouble], start_s: float, end_s: float) -> Waits:
    """When a VM that lacks memory stood still, spans that touch taken together."""
    spans: list[tuple[float, float]] = []
    for trouble in sorted(troubles, key=lambda one: one.begins_s):
        from_s, to_s = max(trouble.begins_s, start_s), min(trouble.ends_s, end_s)
        if not stands_still(trouble, start_s) or from_s >= to_s:
            continue
        if spans and from_s <= spans[-1][1]:
            from_s, to_s = spans[-1][0], max(to_s, spans.pop()[1])
        spans.append((from_s, to_s))
    return tuple(spans)


def _delays(
    trouble: Trouble,
    stage: Stage,
    start_s: float,
    started_s: Mapping[Stage, float],
    follows: bool,
) -> bool:
    """Whether a stage outside the copy waits for a trouble to end."""
    fault = trouble.fault
    # The state of devices, all that a post-copy sends while paused, is not in the model.
    last = Stage.SWITCHED_OVER if follows else Stage.CHECKPOINT
    in_copy = stage in (Stage.PRE_COPY, last)
    in_model = fault is NO_CONVERGENCE or (in_copy and fault.stops_data)
    if in_model or trouble.symptom(stage) is None or trouble.ends_s == math.inf:
        return False
    return trouble.fails_s(stage, start_s, started_s) == math.inf


def _end_s(start_s: float, length_s: float, delays: Iterable[Trouble]) -> tuple[float, Waits]:
    """When a stage ends that stands still during troubles, and when it stood still."""
    end_s = start_s + length_s
    waited_s = start_s
    waits = []
    for trouble in sorted(delays, key=lambda one: one.begins_s):
        if trouble.is_there(start_s, end_s):
            from_s = max(trouble.begins_s, waited_s)
            if trouble.ends_s > from_s:
                waits.append((from_s, trouble.ends_s))
                end_s += trouble.ends_s - from_s
            waited_s = max(waited_s, trouble.ends_s)
    return end_s, tuple(waits)


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
    """What ends a stage; what stops the VM itself goes before all else.

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
    killing = [one for one in struck if one.stops_vm]
    if killing:
        return min(killing, key=lambda one: (one.begins_s, not one.kills_vm, one.name))
    return min(struck, key=lambda one: (one.fails_s, one.begins_s, one.name))
