"""Run one migration: refused, done, rolled back, or told honestly as something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration import journal
from vmlab.migration.algorithm import Algorithm, table_for
from vmlab.migration.clock import breaches, on_the_clock
from vmlab.migration.copy_case import goes_encrypted
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault
from vmlab.migration.journal import Effect, Entry
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome, Word
from vmlab.migration.plan import Plan, plan
from vmlab.migration.schedule import Leg, Schedule, schedule
from vmlab.migration.stages import ORDER, Side, Stage, after_switch_over
from vmlab.migration.telling import events_of, left_behind, notes_of, reason_of
from vmlab.migration.timeline import Span, Timeline
from vmlab.migration.trouble import Strike, Trouble
from vmlab.models.estimate import Estimate


def migrate(
    datacenter: Datacenter,
    move: Move,
    profile: Profile = Profile.GUIDE_40,
    disturbances: Iterable[Disturbance] = (),
    seed: int = 1,
    algorithm: Algorithm = "pre-copy",
) -> Outcome:
    """Migrate a virtual machine.

    Parameters
    ----------
    datacenter : Datacenter
        As it is; stays as it is.
    move : Move
        Of any kind.
    profile : Profile, optional
        Whose eyes check it.
    disturbances : iterable of Disturbance, optional
        What happens meanwhile.
    seed : int, optional
        For the pages that a film draws.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory is sent; vSphere's own is pre-copy.

    Returns
    -------
    Outcome
        With the datacenter after it.

    Raises
    ------
    InputError
        The move names what does not exist, or what its kind cannot do.
    """
    return run(plan(datacenter, move, profile, seed=seed, algorithm=algorithm), disturbances)


def run(plan: Plan, disturbances: Iterable[Disturbance] = ()) -> Outcome:
    """Run a plan.

    Parameters
    ----------
    plan : Plan
        Refused or not.
    disturbances : iterable of Disturbance, optional
        What happens meanwhile.

    Returns
    -------
    Outcome
        How it went.
    """
    disturbances = tuple(disturbances)
    troubles = [*breaches(plan), *on_the_clock(plan, disturbances)]
    went = schedule(plan, troubles)
    strike, copying = went.strike, went.copying
    reason = reason_of(plan, strike)
    word = _word(strike)
    entries = _journal(plan, went, troubles, word)
    copied_s, copy = _copied(went, reason)
    return Outcome(
        outcome=word,
        move=plan.move,
        stage=strike.stage if strike else None,
        code=strike.symptom.code if strike else None,
        reason=reason,
        fault=strike.symptom.fault if strike else None,
        timeline=_timeline(plan, went, entries, word),
        journal=entries,
        left_behind=left_behind(plan, strike),
        notes=notes_of(plan, went, troubles) + _unsourced(plan, went),
        events=events_of(plan, went, troubles, word),
        report=plan.report,
        case=copying.case if copying else None,
        estimate=copy,
        copied_s=copied_s,
        disturbances=disturbances,
        before=plan.datacenter,
        algorithm=plan.algorithm,
    )


def _unsourced(plan: Plan, went: Schedule) -> tuple[str, ...]:
    """What the figures leave out, for want of a source."""
    encrypted = goes_encrypted(plan.datacenter, plan.move)
    if not encrypted or went.leg_of(Stage.PRE_COPY) is None:
        return ()
    return ("Memory goes encrypted; no figure was found for its cost, so no time is counted.",)


def _word(strike: Strike | None) -> Word:
    if strike is None:
        return "migrated"
    if strike.kills_vm:
        return "lost"
    if after_switch_over(strike.stage):
        return "failed-after-switchover"
    cancelled = strike.powers_off or (
        strike.trouble is not None and strike.trouble.fault.name == "cancelled"
    )
    return "refused" if strike.stage is Stage.VALIDATE and not cancelled else "rolled-back"


def _journal(
    plan: Plan, went: Schedule, troubles: Sequence[Trouble], word: Word
) -> tuple[Entry, ...]:
    """What was done, then what was undone or closed."""
    move, strike = plan.move, went.strike
    legs = {leg.stage: leg for leg in went.legs}
    failed = strike and strike.stage
    done: list[Effect] = []
    entries: list[Entry] = []
    for effect in plan.effects:
        leg = legs.get(effect.stage)
        if leg is None or (leg.stage is failed and effect.at == "end"):
            continue
        at_s = leg.start_s if effect.at == "start" else leg.end_s
        done.append(effect)
        entries.append(Entry(at_s, effect.stage, effect.did, effect.edits))
    end_s = went.legs[-1].end_s
    entries += _still(move, went)
    entries.sort(key=lambda entry: entry.at_s)
    if strike is None or after_switch_over(strike.stage):
        entries.append(journal.close_task(move, end_s))
        if strike and not KINDS[move.kind].runs and move.source != move.destination:
            entries.append(journal.still_listed(move, strike.stage, end_s))
    else:
        if strike.powers_off:
            entries.append(journal.powered_off(move, strike.stage, end_s))
        there = _there(troubles, strike)
        lost = frozenset(fault.host_lost for fault in there if fault.host_lost)
        hidden = frozenset(fault.hides_files for fault in there if fault.hides_files)
        entries += journal.roll_back(plan.datacenter, done, lost, end_s, hidden)
        if strike.symptom.code == "F-PMEM":
            locked_s = entries[-1].at_s if entries else end_s
            entries += journal.lock_out(move, strike.stage, locked_s)
    if strike and strike.kills_vm:
        at_s, gone = entries[-1].at_s if entries else end_s, _host_lost(strike)
        if strike.symptom.loses_vm:
            entries.append(journal.torn(move, strike.stage, at_s))
        if gone:
            host = move.source if gone == "source" else move.destination
            entries.append(journal.host_gone(host, strike.stage, at_s))
    if strike and (strike.powers_off or strike.symptom.loses_vm):
        room = plan.files.swap_room(over=strike.symptom.loses_vm)
        if room:
            entries = journal.with_room(plan.datacenter, entries, end_s, *room)
    return tuple(entries)


def _host_lost(strike: Strike) -> Side | None:
    return strike.trouble.fault.host_lost if strike.trouble else None


def _still(move: Move, went: Schedule) -> list[Entry]:
    """When a VM that lacked memory stood still."""
    stage, strike = Stage.SWITCHED_OVER, went.strike
    entries = []
    for from_s, to_s in went.stood:
        back = strike is None or not strike.stops_vm or to_s < strike.begins_s
        entries += journal.stood_still(move, stage, from_s, to_s, back)
    if strike and strike.symptom.loses_vm:
        entries += journal.stood_still(move, stage, strike.begins_s, strike.fails_s, back=False)
    return entries


def _there(troubles: Sequence[Trouble], strike: Strike) -> list[Fault]:
    """What is still wrong when a stage fails; of that the host that did it is gone all the same."""
    return [
        one.fault
        for one in troubles
        if one.begins_s <= strike.fails_s
        and (one.ends_s > strike.fails_s or (one is strike.trouble and one.fault.host_lost))
    ]


def _timeline(plan: Plan, went: Schedule, entries: Sequence[Entry], word: Word) -> Timeline:
    hosts: dict[Side | None, str | None] = {
        "source": plan.move.source,
        "destination": plan.move.destination,
        None: None,
    }
    if not plan.vm_runs:
        hosts = dict.fromkeys(hosts)
    elif not KINDS[plan.move.kind].runs:  # it is refused, and goes on running
        hosts = dict.fromkeys(hosts, plan.move.source)
    table, spans = table_for(plan.move.kind, plan.algorithm), []
    for leg in went.legs:
        host = hosts[table[leg.stage].vm_runs_on]
        nowhere = list(went.stood) if leg.stage is Stage.SWITCHED_OVER else []
        if leg is went.legs[-1] and went.strike and went.strike.stops_vm:
            nowhere.append((went.strike.begins_s, leg.end_s))
        spans += _pieces(leg, host, nowhere)
    undoing = [entry for entry in entries if entry.undoes]
    if undoing:
        last = went.legs[-1]
        host = None if went.strike and went.strike.stops_vm else hosts["source"]
        spans.append(Span(last.stage, last.end_s, undoing[-1].at_s, host, way_back=True))
    return Timeline(tuple(spans), plan.move.kind, plan.algorithm)


def _pieces(leg: Leg, host: str | None, nowhere: Sequence[tuple[float, float]]) -> list[Span]:
    """A stage, cut where the VM stops running and where it goes on; `nowhere` is in order."""
    if host is None:
        return [Span(leg.stage, leg.start_s, leg.end_s, None)]
    spans: list[Span] = []
    now_s = leg.start_s
    for from_s, to_s in nowhere:
        begins_s = max(from_s, now_s)
        if begins_s > now_s:
            spans.append(Span(leg.stage, now_s, begins_s, host))
        elif spans or now_s > leg.start_s:
            begins_s = spans.pop().start_s
        spans.append(Span(leg.stage, begins_s, max(to_s, now_s), None))
        now_s = max(to_s, now_s)
    if now_s < leg.end_s or not spans:
        spans.append(Span(leg.stage, now_s, leg.end_s, host))
    return spans


def _copied(went: Schedule, reason: str | None) -> tuple[float | None, Estimate | None]:
    """Seconds into the copy at which it ended, and what it had sent; None where nothing."""
    first, stop, copying = went.leg_of(Stage.PRE_COPY), went.leg_of(Stage.CHECKPOINT), went.copying
    if first is None or copying is None:
        return None, None
    over = went.leg_of(Stage.SWITCHED_OVER) if copying.rest_s is not None else None
    copied_s = went.copied_s((over or stop or first).end_s)
    strike = went.strike
    torn = strike is not None and strike.stage is Stage.SWITCHED_OVER and over is not None
    if strike is None or (after_switch_over(strike.stage) and not torn):
        return copied_s, copying.estimate
    if torn or ORDER[strike.stage] <= ORDER[Stage.CHECKPOINT]:
        copied_s = went.copied_s(strike.begins_s)
    copy = copying.cut(copied_s, reason or "")
    return (copied_s, copy) if copy else (None, None)
