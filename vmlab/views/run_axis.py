"""The run's stretched axis: spans of which each is a bundle of straight lines.

True time has its own chart. Here a stage is as wide as its word on the ribbon
needs, so that twelve short stages stay readable beside one long copy. The
player reads everything it shows off these spans and computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from vmlab.migration.stages import STAGES as TABLE
from vmlab.migration.stages import Stage
from vmlab.views.run_facts import Facts, Step, is_past_no_return
from vmlab.views.run_rounds import Pass, pre_copy_edges
from vmlab.views.run_words import (
    NO_RETURN,
    RIBBON,
    STAGES,
    mib,
    round_sentence,
    title,
    verdict,
    where,
)

_FAULT, _UNDO = 70.0, 46.0  # weights of detection and of each step back
_LEAST = 0.15  # a stage that fails at once is still drawn
_STALL = 40.0  # weight of a link that is down for a while
_STALLED = "The link is down: nothing crosses, and the copy waits."
_DOTS = ("connect", "pre-copy", "checkpoint")
_COPY = STAGES.index("pre-copy")

Line = tuple[float, float]


@dataclass(frozen=True)
class Span:
    """One stretch of the axis; a pair is the value at its start and at its end.

    Parameters
    ----------
    kind : str
        stage, fault (found and waited for), undo, or end.
    stage : str
        Fine stage; of an undo step, the stage that it passes.
    weight : float
        Width on the axis; 38 are a second of playing.
    start_s, end_s : float
        True time from the start of the task, s.
    vm_runs_on : str or None
        A host, or None while the VM is paused or down.
    title, text, where, tone : str
        The status strip: heading, sentence, right end, ground.
    guide_stage : int
        1, 2 or 3.
    round : str or None
        Row of the rounds that is being sent.
    fill : pair or None
        Share of the stage's cell on the ribbon.
    sent_mib, left_mib : pair
        Memory sent and still to send; the latter None once given up.
    down_s : pair
        How long the VM has been paused.
    copy_s : pair
        The film's clock.
    wipe : pair
        Share of the memory map that is freed.
    phase, crossing, dots : str, pair, bool
        What the topology draws.
    x0, x1 : float
        Where it lies on the axis, 0 to 1.
    """

    kind: str
    stage: str
    weight: float
    start_s: float
    end_s: float
    vm_runs_on: str | None
    title: str
    text: str
    where: str
    tone: str = "live"
    guide_stage: int = 1
    round: str | None = None
    fill: Line | None = None
    sent_mib: Line = (0.0, 0.0)
    left_mib: Line | None = None
    down_s: Line = (0.0, 0.0)
    copy_s: Line = (0.0, 0.0)
    wipe: Line = (0.0, 0.0)
    phase: str = "none"
    crossing: Line = (0.0, 0.0)
    dots: bool = False
    x0: float = 0.0
    x1: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The span as plain data."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


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
    found += _backward(facts, found[-1]) if facts.failed_in else []
    down_s = 0.0
    for i, span in enumerate(found):
        longer_s = 0.0 if span.vm_runs_on or span.phase == "lost" else span.end_s - span.start_s
        found[i] = replace(span, down_s=(down_s, down_s + longer_s))
        down_s += longer_s
    in_round = [span.round for span in found if span.kind == "stage"][-1]
    found.append(_end(facts, found[-1], in_round if facts.failed_in == "pre-copy" else None))
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
    left_mib = rows[0].left_mib if rows and number <= _COPY else 0.0
    left, sent, label, text = (left_mib, left_mib), 0.0, None, step.text
    film = (clock[-1][1],) * 2 if clock and number > _COPY else (0.0, 0.0)
    stop = rows[-1] if rows and rows[-1].stop else None
    if step.stage == "checkpoint" and stop:
        share = stop.share(facts.copied_s)
        left, sent = (stop.left_mib, stop.left_mib * (1 - share)), stop.sent_mib * share
        film, label = clock[-1], stop.label
        text = f"{facts.vm} is paused; the last {mib(stop.sent_mib)} and its device state cross."
    crossing = {"checkpoint": (0.0, 0.5 * full), "handshake": (0.5, 0.5 + 0.5 * full)}
    arrived = (1.0, 1.0) if number >= NO_RETURN else (0.0, 0.0)
    return Span(
        kind="stage",
        stage=step.stage,
        guide_stage=RIBBON[step.stage][0],
        weight=RIBBON[step.stage][3] * full,
        start_s=step.start_s,
        end_s=step.end_s,
        vm_runs_on=step.vm_runs_on,
        title=title(step.stage),
        text=text,
        where=where(step.vm_runs_on),
        round=label,
        fill=(0.0, full),
        sent_mib=(0.0, sent),
        left_mib=left if rows else None,
        copy_s=film,
        phase=_phase(number),
        crossing=crossing.get(step.stage, arrived),
        dots=step.stage in _DOTS,
    )


def _reached(facts: Facts, step: Step, rows: Sequence[Pass]) -> float:
    """How far into its cell a stage comes: all of it, unless it failed."""
    if step.stage != facts.failed_in:
        return 1.0
    whole_s = TABLE[Stage(step.stage)].nominal_s
    if step.stage == "checkpoint" and rows and rows[-1].stop:
        whole_s = rows[-1].until_s - rows[-1].from_s
    reached = (step.end_s - step.start_s) / whole_s if whole_s else 1.0
    return min(1.0, max(_LEAST, reached))


def _phase(number: int) -> str:
    if number >= NO_RETURN:
        return "arrived"
    if number >= STAGES.index("checkpoint"):
        return "paused"
    if number == _COPY:
        return "copying"
    return "shell" if number >= STAGES.index("create-shell") else "none"


def _rounds(facts: Facts, step: Step, rows: Sequence[Pass], clock: Sequence[Line]) -> list[Span]:
    """Pre-copy, cut into its rounds, at changes of the link, and at the fault."""
    edges = pre_copy_edges(rows)
    whole = RIBBON["pre-copy"][3]
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
                    title=title("pre-copy", row.label),
                    text=_STALLED if stalled else round_sentence(facts.vm, row, first=not i),
                    where=where(step.vm_runs_on),
                    round=row.label,
                    fill=(left, right),
                    sent_mib=(0.0, row.sent_mib * (share1 - share0)),
                    left_mib=(row.left_at(share0), row.left_at(share1)),
                    copy_s=(film[j], film[j + 1]),
                    phase="copying",
                    dots=not stalled,
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


def _backward(facts: Facts, last: Span) -> list[Span]:
    """The fault, then what is undone, newest first."""
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
            weight=_FAULT,
            start_s=facts.fault_s,
            end_s=facts.found_s,
            vm_runs_on=facts.during_fault,
            title="Cancelled" if facts.cancelled else "Something went wrong",
            text=facts.outcome.reason or "",
            where=where(facts.during_fault, down=facts.lost),
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
                guide_stage=RIBBON[step.stage][0],
                weight=_UNDO,
                start_s=step.start_s,
                end_s=step.end_s,
                vm_runs_on=step.vm_runs_on,
                title=f"Way back: {step.text}",
                text=f"Takes back what happened in “{RIBBON[step.stage][1]}”.",
                where=where(step.vm_runs_on, down=facts.lost),
                tone="back",
                round=None,
                wipe=(before.wipe[1], 1.0 if frees else before.wipe[1]),
                phase="lost" if facts.lost else _phase_back(number),
                crossing=(back, 0.0),
            )
        )
    return found


def _phase_back(number: int) -> str:
    if number >= _COPY:
        return "copying"
    return "shell" if number >= STAGES.index("create-shell") else "none"


def _end(facts: Facts, last: Span, in_round: str | None) -> Span:
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
        where=where(facts.outcome.vm_runs_on, down=True),
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
