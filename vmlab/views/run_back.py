"""The way back on the run's axis: the fault, what is undone, and the verdict."""

from __future__ import annotations

from dataclasses import replace

from vmlab.views.run_facts import Facts, is_past_no_return
from vmlab.views.run_span import Span
from vmlab.views.run_words import COPY, STAGES, ribbon_row, verdict, where

FAULT_WEIGHT, UNDO_WEIGHT = 70.0, 46.0  # widths of the wait and of each step back


def way_back(facts: Facts, last: Span) -> list[Span]:
    """The fault, then what is undone, newest first.

    Parameters
    ----------
    facts : Facts
        Of a run that failed.
    last : Span
        The stretch in which it did.

    Returns
    -------
    list of Span
        At least the fault.
    """
    still = replace(
        last,
        fill=None,
        sent_mib=(last.sent_mib[1],) * 2,
        left_mib=last.left_mib if is_past_no_return(facts.outcome.stage) else None,
        copy_s=(last.copy_s[1],) * 2,
        crossing=(last.crossing[1],) * 2,
        dots=False,
    )
    found = [
        replace(
            still,
            kind="fault",
            weight=FAULT_WEIGHT,
            start_s=facts.fault_s,
            end_s=facts.found_s,
            vm_runs_on=facts.during_fault,
            title="Cancelled" if facts.cancelled else "Something went wrong",
            text=facts.outcome.reason or "",
            where=where(facts.during_fault, down=facts.lost, rest=facts.rest),
            tone="back" if facts.cancelled else "error",
            phase="lost" if facts.lost else last.phase,
        )
    ]
    for step in facts.undone:
        before = found[-1]
        number = STAGES.index(step.stage)
        frees = step.stage == "pre-copy"
        back = before.crossing[1] if number >= STAGES.index("checkpoint") else 0.0
        found.append(
            replace(
                still,
                kind="undo",
                stage=step.stage,
                guide_stage=ribbon_row(step.stage)[0],
                weight=UNDO_WEIGHT,
                start_s=step.start_s,
                end_s=step.end_s,
                vm_runs_on=step.vm_runs_on,
                title=f"Way back: {step.text}",
                text=f"Takes back what happened in “{ribbon_row(step.stage, facts.kind)[1]}”.",
                where=where(step.vm_runs_on, down=facts.lost, rest=facts.rest),
                tone="back",
                round=None,
                wipe=(before.wipe[1], 1.0 if frees else before.wipe[1]),
                phase="lost" if facts.lost else _phase_back(number),
                crossing=(back, 0.0),
            )
        )
    return found


def _phase_back(number: int) -> str:
    if number >= COPY:
        return "copying"
    return "shell" if number >= STAGES.index("create-shell") else "none"


def end_of(facts: Facts, last: Span, in_round: str | None) -> Span:
    """The verdict, at the very end of the axis.

    Parameters
    ----------
    facts : Facts
        What happened.
    last : Span
        What came before.
    in_round : str or None
        The round in which the copy failed.

    Returns
    -------
    Span
        Without width.
    """
    tone, heading, text = verdict(facts, in_round)
    arrived = is_past_no_return(facts.outcome.stage) or not facts.failed_in
    phase = "lost" if facts.lost else "arrived" if arrived else "returned"
    return replace(
        last,
        kind="end",
        weight=0.0,
        start_s=facts.outcome.total_s,
        end_s=facts.outcome.total_s,
        vm_runs_on=facts.outcome.vm_runs_on,
        title=heading,
        text=text,
        where=where(facts.outcome.vm_runs_on, down=True, rest=facts.rest),
        tone=tone,
        fill=None,
        sent_mib=(last.sent_mib[1],) * 2,
        left_mib=(0.0, 0.0) if arrived and last.left_mib else None,
        down_s=(last.down_s[1],) * 2,
        copy_s=(last.copy_s[1],) * 2,
        wipe=(last.wipe[1],) * 2,
        phase=phase,
        crossing=(1.0, 1.0) if arrived else (0.0, 0.0),
        dots=False,
    )
