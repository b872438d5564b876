"""Run one migration: refused, done, rolled back, or told honestly as something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration import journal
from vmlab.migration.clock import breaches, on_the_clock
from vmlab.migration.copy_case import goes_encrypted
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault
from vmlab.migration.journal import Effect, Entry
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome, Word
from vmlab.migration.plan import Plan, plan
from vmlab.migration.schedule import Schedule, schedule
from vmlab.migration.stages import ORDER, TABLES, Side, Stage, after_switch_over
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

    Returns
    -------
    Outcome
        With the datacenter after it.

    Raises
    ------
    InputError
        The move names what does not exist, or what its kind cannot do.
    """
    return run(plan(datacenter, move, profile, seed=seed), disturbances)


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
    if strike is None or after_switch_over(strike.stage):
        entries.append(journal.close_task(move, end_s))
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
        host = move.destination if after_switch_over(strike.stage) else move.source
        entries.append(
            journal.host_gone(host, strike.stage, entries[-1].at_s if entries else end_s)
        )
    return tuple(entries)


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
    table, spans = TABLES[plan.move.kind], []
    for leg in went.legs:
        host = hosts[table[leg.stage].vm_runs_on]
        start_s = leg.start_s
        if leg is went.legs[-1] and went.strike and went.strike.stops_vm:
            if host is not None and went.strike.begins_s > start_s:
                spans.append(Span(leg.stage, start_s, went.strike.begins_s, host))
                start_s = went.strike.begins_s
            host = None
        spans.append(Span(leg.stage, start_s, leg.end_s, host))
    undoing = [entry for entry in entries if entry.undoes]
    if undoing:
        last = went.legs[-1]
        host = None if went.strike and went.strike.stops_vm else hosts["source"]
        spans.append(Span(last.stage, last.end_s, undoing[-1].at_s, host, way_back=True))
    return Timeline(tuple(spans), plan.move.kind)


def _copied(went: Schedule, reason: str | None) -> tuple[float | None, Estimate | None]:
    """Seconds into the copy at which it ended, and what it had sent; None where nothing."""
    first, stop, copying = went.leg_of(Stage.PRE_COPY), went.leg_of(Stage.CHECKPOINT), went.copying
    if first is None or copying is None:
        return None, None
    copied_s = went.copied_s((stop or first).end_s)
    strike = went.strike
    if strike is None or after_switch_over(strike.stage):
        return copied_s, copying.estimate
    if ORDER[strike.stage] <= ORDER[Stage.CHECKPOINT]:
        copied_s = went.copied_s(strike.begins_s)
    copy = copying.cut(copied_s, reason or "")
    return (copied_s, copy) if copy else (None, None)
