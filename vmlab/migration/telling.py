"""A run in words: why it failed, which events it raised, what did not strike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vmlab.migration.outcome import Word
from vmlab.migration.plan import Plan
from vmlab.migration.schedule import Schedule
from vmlab.migration.stages import ORDER, STAGES, Stage, after_switch_over
from vmlab.migration.trouble import NO_CONVERGENCE, Strike, Trouble


def reason_of(plan: Plan, strike: Strike | None) -> str | None:
    """Why a run failed, None where it did not."""
    if strike is None:
        return None
    move = plan.move
    return strike.symptom.reason.format(
        vm=move.vm,
        source=move.source,
        destination=move.destination,
        memory_mib=plan.datacenter.vms[move.vm].memory_mib,
    )


def left_behind(plan: Plan, strike: Strike | None) -> tuple[str, ...]:
    """What clean-up would have removed."""
    if strike is None or not after_switch_over(strike.stage):
        return ()
    vm, source = plan.move.vm, plan.move.source
    return (f"Old process of {vm} on {source}", f"Old swap file of {vm}")


def events_of(went: Schedule, word: Word) -> tuple[str, ...]:
    """Names of vCenter's events, in order; a request refused or cancelled in the queue has none."""
    found = [event for leg in went.legs for event in STAGES[leg.stage].events]
    strike = went.strike
    if strike is None:
        return tuple(found)
    if strike.trouble and strike.trouble.fault.host_lost and word != "refused":
        found.append("HostConnectionLostEvent")
    asked = ORDER[strike.stage] >= ORDER[Stage.ASK_DESTINATION]
    if asked and not after_switch_over(strike.stage):
        found.append("VmFailedMigrateEvent")
    return tuple(found)


def notes_of(went: Schedule, troubles: Sequence[Trouble]) -> tuple[str, ...]:
    """A sentence for each injected fault that did not end the run."""
    struck = went.strike and went.strike.trouble
    others = (one for one in troubles if one.disturbance and one is not struck)
    notes = [_note(went, one) for one in others]
    if went.strike and went.strike.kills_vm:
        notes.append("Its memory is gone; its disks are not: it can be started again.")
    return tuple(notes)


def _note(went: Schedule, trouble: Trouble) -> str:
    fault, end = trouble.fault, went.legs[-1]
    if trouble.begins_s == math.inf:
        return f"{fault.title} changed nothing: the run never comes to that stage."
    when = f"{fault.title} at {trouble.begins_s:.6g} s"
    if trouble.begins_s >= end.end_s:
        ended = "had failed" if went.strike else "was over"
        return f"{when} changed nothing: the migration {ended} before."
    stage = went.waited_for(trouble)
    if went.strike and stage is end.stage:
        return f"{when} did not decide: something else ended the migration first."
    converged = fault is NO_CONVERGENCE and trouble.ends_s == math.inf
    if stage is None or converged:
        return f"{when} changed nothing: {fault.harmless}."
    lasts_s = trouble.ends_s - trouble.begins_s
    return f"{when} lasted {lasts_s:.6g} s: {stage} only waited."
