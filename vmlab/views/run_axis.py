"""The run's stretched axis, from the request to the verdict.

True time has its own chart. Here a stage is as wide as its word on the ribbon
needs, so that twelve short stages stay readable beside one long copy. The
player reads everything it shows off these spans and computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from vmlab.migration.stages import Stage, nominal_s
from vmlab.views.run_back import end_of, way_back
from vmlab.views.run_facts import Facts, Step
from vmlab.views.run_rounds import Pass, pre_copy_edges
from vmlab.views.run_span import Line, Span
from vmlab.views.run_words import (
    COPY,
    NO_RETURN,
    STAGES,
    mib,
    ribbon_row,
    round_sentence,
    title,
    where,
)

_LEAST = 0.15  # a stage that fails at once is still drawn
_STALL = 40.0  # weight of a link that is down for a while
_STALLED = "The link is down: nothing crosses, and the copy waits."
_DOTS = ("connect", "pre-copy", "checkpoint")


def spans(facts: Facts, rows: Sequence[Pass], clock: Sequence[Line]) -> tuple[Span, ...]:
    """The whole run, forward and back.

    Parameters
    ----------
    facts : Facts
        What happened.
    rows : sequence of Pass
        The rounds.
    clock : sequence of pairs
        When the film shows each of them, seconds into the film.

    Returns
    -------
    tuple of Span
        Without gaps, from 0 to 1; the last is the end and has no width.
    """
    found = list(_forward(facts, rows, clock))
    found += way_back(facts, found[-1]) if facts.failed_in else []
    down_s = 0.0
    for i, span in enumerate(found):
        still = facts.rest or span.vm_runs_on or span.phase == "lost"
        longer_s = 0.0 if still else span.end_s - span.start_s
        found[i] = replace(span, down_s=(down_s, down_s + longer_s))
        down_s += longer_s
    in_round = [span.round for span in found if span.kind == "stage"][-1]
    found.append(end_of(facts, found[-1], in_round if facts.failed_in == "pre-copy" else None))
    whole = sum(span.weight for span in found)
    at = 0.0
    for i, span in enumerate(found):
        found[i] = replace(span, x0=at / whole, x1=min(1.0, (at + span.weight) / whole))
        at += span.weight
    found[-1] = replace(found[-1], x0=1.0, x1=1.0)
    return tuple(found)


def _forward(facts: Facts, rows: Sequence[Pass], clock: Sequence[Line]) -> list[Span]:
    found: list[Span] = []
    sent_mib = 0.0
    for step in facts.steps:
        parts = _rounds(facts, step, rows, clock) if step.stage == "pre-copy" else []
        parts = parts or [_plain(facts, step, rows, clock)]
        for part in parts:
            more = part.sent_mib[1]
            found.append(replace(part, sent_mib=(sent_mib, sent_mib + more)))
            sent_mib += more
    return found


def _plain(facts: Facts, step: Step, rows: Sequence[Pass], clock: Sequence[Line]) -> Span:
    """A stage that is not cut into rounds."""
    number = STAGES.index(step.stage)
    full = _reached(facts, step, rows)
    left_mib = rows[0].left_mib if rows and number <= COPY else 0.0
    of_mib = (rows[0] if number <= COPY else rows[-1]).of_mib if rows else 0.0
    left, sent, label, text = (left_mib, left_mib), 0.0, None, step.text
    film = (clock[-1][1],) * 2 if clock and number > COPY else (0.0, 0.0)
    stop = rows[-1] if rows and rows[-1].stop else None
    if step.stage == "checkpoint" and stop:
        share = stop.share(facts.copied_s)
        left, sent = (stop.left_mib, stop.left_mib * (1 - share)), stop.sent_mib * share
        film, label = clock[-1], stop.label
        text = (
            f"{facts.vm} is paused; the last {mib(stop.sent_mib)} of its disks are copied."
            if stop.of_disks
            else f"{facts.vm} is paused; the last {mib(stop.sent_mib)} and its device state cross."
        )
    crossing = {"checkpoint": (0.0, 0.5 * full), "handshake": (0.5, 0.5 + 0.5 * full)}
    if facts.rest:
        crossing["handshake"] = (0.0, full)
    arrived = (1.0, 1.0) if number >= NO_RETURN else (0.0, 0.0)
    return Span(
        kind="stage",
        stage=step.stage,
        guide_stage=ribbon_row(step.stage)[0],
        weight=ribbon_row(step.stage, facts.kind)[3] * full,
        start_s=step.start_s,
        end_s=step.end_s,
        vm_runs_on=step.vm_runs_on,
        title=title(step.stage, kind=facts.kind),
        text=text,
        where=where(step.vm_runs_on, rest=facts.rest),
        round=label,
        fill=(0.0, full),
        sent_mib=(0.0, sent),
        left_mib=left if rows else None,
        of_mib=of_mib,
        copy_s=film,
        phase=_phase(number, facts),
        crossing=crossing.get(step.stage, arrived),
        dots=step.stage in _DOTS and _over_vmotion(facts, label is None),
    )


def _over_vmotion(facts: Facts, disks: bool) -> bool:
    """Whether what is copied crosses the VMotion network."""
    if not disks or facts.kind == "vmotion":
        return facts.kind in ("vmotion", "both")
    case = facts.outcome.case
    return bool(case and case.storage and case.storage.network == "link")


def _reached(facts: Facts, step: Step, rows: Sequence[Pass]) -> float:
    """How far into its cell a stage comes: all of it, unless it failed."""
    if step.stage != facts.failed_in:
        return 1.0
    whole_s: float | None = nominal_s(Stage(step.stage), facts.outcome.move.kind)
    if step.stage == "checkpoint" and rows and rows[-1].stop:
        whole_s = rows[-1].until_s - rows[-1].from_s
    reached = (step.end_s - step.start_s) / whole_s if whole_s else 1.0
    return min(1.0, max(_LEAST, reached))


def _phase(number: int, facts: Facts) -> str:
    if number >= NO_RETURN:
        return "arrived"
    if facts.rest and number > COPY:
        return "copying" if "pre-copy" in facts.stages else "none"
    if number >= STAGES.index("checkpoint"):
        return "paused"
    if number == COPY:
        return "copying"
    return "shell" if number >= STAGES.index("create-shell") else "none"


def _rounds(facts: Facts, step: Step, rows: Sequence[Pass], clock: Sequence[Line]) -> list[Span]:
    """Pre-copy, cut into its rounds, at changes of the link, and at the fault."""
    edges = pre_copy_edges(rows)
    whole = ribbon_row("pre-copy", facts.kind)[3]
    found: list[Span] = []
    for i, row in enumerate(row for row in rows if not row.stop):
        knots = row.until(facts.copied_s)
        film = _clocked(knots, clock[i])
        for j, ((s0, share0), (s1, share1)) in enumerate(pairwise(knots)):
            left = edges[i] + share0 * (edges[i + 1] - edges[i])
            right = edges[i] + share1 * (edges[i + 1] - edges[i])
            stalled = share1 == share0
            found.append(
                Span(
                    kind="stage",
                    stage="pre-copy",
                    guide_stage=2,
                    weight=_STALL if stalled else whole * (right - left),
                    start_s=min(step.start_s + s0, step.end_s),
                    end_s=min(step.start_s + s1, step.end_s),
                    vm_runs_on=step.vm_runs_on,
                    title=title("pre-copy", row, facts.kind),
                    text=_STALLED if stalled else round_sentence(facts.vm, row),
                    where=where(step.vm_runs_on, rest=facts.rest),
                    round=row.label,
                    fill=(left, right),
                    sent_mib=(0.0, row.sent_mib * (share1 - share0)),
                    left_mib=(row.left_at(share0), row.left_at(share1)),
                    of_mib=row.of_mib,
                    copy_s=(film[j], film[j + 1]),
                    phase="copying",
                    dots=not stalled and _over_vmotion(facts, row.of_disks),
                )
            )
    if found:
        found[0] = replace(found[0], start_s=step.start_s)
        found[-1] = replace(found[-1], end_s=step.end_s)
    return found


def _clocked(knots: Sequence[Line], film: Line) -> list[float]:
    """Knots on the film's clock: its passes are drawn, so they last a little longer or shorter."""
    if not knots:
        return []
    begin, end = knots[0][0], knots[-1][0]
    scale = (film[1] - film[0]) / (end - begin) if end > begin else 0.0
    return [film[0] + (s - begin) * scale for s, _ in knots]
