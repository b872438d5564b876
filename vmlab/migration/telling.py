"""A run in words: why it failed, which events it raised, what did not strike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from vmlab.inventory.move import Move
from vmlab.migration.algorithm import NOT_VSPHERE, table_for
from vmlab.migration.catalogue import FAILURES
from vmlab.migration.effects import left_over
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Word
from vmlab.migration.plan import Plan
from vmlab.migration.schedule import Schedule
from vmlab.migration.setting import LACKING
from vmlab.migration.stages import ORDER, Stage, after_switch_over
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
    fault = strike.trouble.fault if strike.trouble else None
    return left_over(plan.files, fault is not None and fault.host_lost == "source")


def events_of(
    plan: Plan, went: Schedule, troubles: Sequence[Trouble], word: Word
) -> tuple[str, ...]:
    """Names of vCenter's events, in order.

    Parameters
    ----------
    plan : Plan
        What was to run.
    went : Schedule
        How it went.
    troubles : sequence of Trouble
        While vCenter Server is gone nobody records events.
    word : str
        What became of it.

    Returns
    -------
    tuple of str
        None for a request that is refused, or cancelled in the queue.
    """
    hidden = [(one.begins_s, one.ends_s) for one in troubles if one.fault.hides_events]

    def recorded(at_s: float) -> bool:
        return not any(from_s <= at_s < to_s for from_s, to_s in hidden)

    kind, strike = plan.move.kind, went.strike
    rows = table_for(kind, plan.algorithm)
    found = [
        event for leg in went.legs if recorded(leg.start_s) for event in rows[leg.stage].events
    ]
    if strike is None or not recorded(strike.fails_s):
        return relocated(plan.move, found)
    fault = strike.trouble.fault if strike.trouble else None
    if fault and fault.host_lost and word != "refused":
        found.append("HostConnectionLostEvent")
    if (fault and fault.powers_off) or strike.symptom.loses_vm:
        found.append("VmPoweredOffEvent")
    asked = ORDER[strike.stage] >= ORDER[Stage.ASK_DESTINATION]
    if asked and fault and fault.event:
        found.append(fault.event)
    if asked and not after_switch_over(strike.stage):
        found.append(KINDS[kind].failed)
    return relocated(plan.move, found)


def relocated(move: Move, events: Iterable[str]) -> tuple[str, ...]:
    """A VM at rest that stays on its host is relocated: the events are those of its files.

    Parameters
    ----------
    move : Move
        Of any kind.
    events : iterable of str
        As its kind has them.
    """
    if KINDS[move.kind].runs or move.source != move.destination:
        return tuple(events)
    rest, files = KINDS[move.kind], KINDS["storage"]
    names = {rest.done: files.done, rest.failed: files.failed}
    names |= dict(zip(rest.started, files.started, strict=True))
    return tuple(names.get(event, event) for event in events)


def notes_of(plan: Plan, went: Schedule, troubles: Sequence[Trouble]) -> tuple[str, ...]:
    """A sentence for each injected fault that did not end the run, and what else is worth knowing.

    Parameters
    ----------
    plan : Plan
        What was to run.
    went : Schedule
        How it went.
    troubles : sequence of Trouble
        What happened meanwhile.

    Returns
    -------
    tuple of str
        Whether the bar's place is folklore comes last.
    """
    strike = went.strike
    struck = strike and strike.trouble and strike.trouble.disturbance
    groups: dict[int, list[Trouble]] = {}
    for one in troubles:
        if one.disturbance and one.disturbance is not struck:
            groups.setdefault(id(one.disturbance), []).append(one)
    notes = [_note(plan, went, group) for group in groups.values()]
    if plan.algorithm != "pre-copy":
        notes.append(NOT_VSPHERE.format(plan.algorithm))
    if strike is None:
        return tuple(notes)
    if strike.kills_vm:
        if plan.algorithm != "pre-copy" and strike.stage is Stage.SWITCHED_OVER:
            notes.append("What the source has of it is out of date: it cannot go on there either.")
        notes.append("Its memory is gone; its disks are not: it can be started again.")
    elif strike.trouble and strike.trouble.fault.powers_off:
        notes.append("It is off, and can be started again where it was.")
    bar = FAILURES[strike.symptom.code].note
    return (*notes, bar) if bar else tuple(notes)


def _note(plan: Plan, went: Schedule, group: Sequence[Trouble]) -> str:
    """What became of a disturbance; one that flaps is several troubles."""
    trouble, end = group[0], went.legs[-1]
    fault = trouble.fault
    if trouble.begins_s == math.inf:
        asked = trouble.disturbance and trouble.disturbance.at
        lacking = fault.lacking(trouble.setting) if asked is None else None
        return f"{fault.title} changed nothing: {lacking or 'the run never comes to that stage'}."
    when = f"{fault.title} at {trouble.begins_s:.6g} s"
    if trouble.begins_s >= end.end_s:
        ended = "had failed" if went.strike else "was over"
        return f"{when} changed nothing: the migration {ended} before."
    if fault.slowing:
        return f"{when} {_slowed(plan, went, trouble)}."
    lacking = fault.lacking(trouble.setting)
    if lacking:
        return f"{when} changed nothing: {lacking}."
    waited = [(one, stage) for one in group if (stage := went.waited_for(one))]
    if went.strike and any(stage is end.stage for _, stage in waited):
        return f"{when} did not decide: something else ended the migration first."
    converged = fault is NO_CONVERGENCE and trouble.ends_s == math.inf
    if not waited or converged:
        effect = "did not stop it" if fault.hides_events else "changed nothing"
        return f"{when} {effect}: {fault.harmless}."
    _, stage = waited[0]
    if fault.flaps_s:
        times = "once" if len(waited) == 1 else f"{len(waited)} times"
        return f"{when} was silent {times}: {stage} only waited."
    lasts_s = trouble.ends_s - trouble.begins_s
    if stage is Stage.SWITCHED_OVER:
        return f"{when} lasted {lasts_s:.6g} s: the VM stood still, and went on."
    return f"{when} lasted {lasts_s:.6g} s: {stage} only waited."


def _slowed(plan: Plan, went: Schedule, trouble: Trouble) -> str:
    fault = trouble.fault
    slowing, link = trouble.slowing, plan.case.link if plan.case else None
    if slowing is None or link is None or link.mbit_s is None:
        return f"changed nothing: {LACKING['memory']}"
    met = {leg.stage for leg in went.legs if trouble.is_there(leg.start_s, leg.end_s)}
    if not met & {Stage.PRE_COPY, Stage.CHECKPOINT, *slowing.adds_s}:
        return f"changed nothing: {fault.harmless}"
    left = slowing.mbit_s(link.mbit_s)
    return f"slowed the link, {slowing.told}: {left:,.6g} of {link.mbit_s:,.6g} Mbit/s were left"
