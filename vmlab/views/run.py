"""A migration's outcome as everything that the player shows: plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import Stage
from vmlab.models.estimate import estimate
from vmlab.models.film import Film, record
from vmlab.units import BYTES_PER_KIB
from vmlab.views.run_axis import spans
from vmlab.views.run_events import events_json, task_json
from vmlab.views.run_facts import Facts, facts
from vmlab.views.run_ribbon import place, ribbon
from vmlab.views.run_rounds import Pass, chart_series, passes, rounds_json
from vmlab.views.run_span import Line, Span
from vmlab.views.run_things import copied_things, things_json, words_of
from vmlab.views.run_words import mib, seconds

NOTE = "Times of all stages but the copy and the pause are nominal: this lab’s own figures."


def run_view(outcome: Outcome, film: Film | None = None) -> dict[str, Any]:
    """Everything that the player needs to show a run.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.
    film : Film, optional
        The same run page by page, cut at ``outcome.copied_s``.

    Returns
    -------
    dict
        Plain JSON. ``spans`` lie on a stretched axis from 0 to 1 and carry
        each value as its start and end; the rest is what does not change.
    """
    told = facts(outcome)
    begun = outcome.copied_s is not None and outcome.case is not None
    # The outcome's own estimate ends at the cut; the ribbon shows the rounds to come as well.
    rows = passes(estimate(outcome.case), outcome.case) if begun and outcome.case else ()
    disks = copied_things(told, rows)
    found = spans(told, rows, _clock(rows, film))
    return {
        "vm": told.vm,
        "source": outcome.move.source,
        "destination": outcome.move.destination,
        "outcome": outcome.outcome,
        "total_s": outcome.total_s,
        "downtime_s": outcome.downtime_s,
        "memory_mib": outcome.before.vms[told.vm].memory_mib,
        "verdict": {
            "tone": found[-1].tone,
            "title": found[-1].title,
            "text": found[-1].text,
            "fault": outcome.fault,
        },
        "weight": sum(span.weight for span in found),
        "spans": [span.to_json() for span in found],
        "ribbon": ribbon(told, found, rows),
        "kind": told.kind,
        "rest": told.rest or None,
        "words": words_of(told, rows),
        "things": things_json(disks, found, rows),
        "fault": _fault(told, found),
        "heartbeat": {"gaps": [] if told.rest else _gaps(found)},
        "rounds": _rounds(told, rows, found),
        "last_round": f"{sum(row.count for row in rows if row.is_numbered):,}",
        "chart": _chart(told, rows),
        "film": film and _film(film, found),
        "freed": _freed(told),
        "undone": [
            {"text": step.text, "stage": step.stage, "s": step.end_s, "x1": span.x1}
            for step, span in zip(told.undone, _of_kind(found, "undo"), strict=True)
        ],
        "left_behind": list(outcome.left_behind),
        "task": task_json(told, lambda s: _place_of(found, s)),
        "events": events_json(told, lambda s: _place_of(found, s)),
        "note": " ".join((NOTE, *outcome.notes)),
    }


def film_of(outcome: Outcome, frames: int = 250) -> Film | None:
    """The film of an outcome's copy, cut where a fault cut it.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.
    frames : int, optional
        Frames from the start of the copy to its end.

    Returns
    -------
    Film or None
        None where nothing was copied, or files too: their pages are not drawn. A
        copy that came to its end is filmed to its own end: drawn pages take a
        little more or less time than expected ones.
    """
    if outcome.case is None or outcome.case.storage or not outcome.copied_s:
        return None
    was_cut = outcome.stage in {Stage.PRE_COPY, Stage.CHECKPOINT}
    return record(outcome.case, frames=frames, until_s=outcome.copied_s if was_cut else None)


def _of_kind(found: Sequence[Span], kind: str) -> list[Span]:
    return [span for span in found if span.kind == kind]


def _place_of(found: Sequence[Span], s: float) -> float:
    """Where an instant lies on the axis."""
    span = next(span for span in reversed(found) if span.start_s <= s or span is found[0])
    whole_s = span.end_s - span.start_s
    f = (s - span.start_s) / whole_s if whole_s > 0 else 0.0
    return span.x0 + min(1.0, f) * (span.x1 - span.x0)


def _fault(told: Facts, found: Sequence[Span]) -> dict[str, Any] | None:
    """The fault's mark: on the axis, on the ribbon, on the picture."""
    marked = _of_kind(found, "fault")
    if not marked or told.mark is None:
        return None
    last = _of_kind(found, "stage")[-1]
    return {
        "kind": told.mark.kind,
        "host": told.mark.host,
        "label": told.mark.label,
        "at_s": told.fault_s,
        "x": marked[0].x0,
        "ribbon": place(told, last.stage, last.fill[1] if last.fill else 1.0),
    }


def _freed(told: Facts) -> str:
    """What became of the copied pages, for the emptied map."""
    target = told.outcome.move.destination
    gone = told.mark is not None and (told.mark.kind, told.mark.host) == ("host", target)
    return f"lost with {target}" if gone else f"freed on {target}"


def _gaps(found: Sequence[Span]) -> list[dict[str, Any]]:
    """Stretches without a reply: the pause, or the VM down to the end."""
    gaps: list[dict[str, Any]] = []
    for span in found:
        if span.vm_runs_on is not None or span.x1 <= span.x0:
            continue
        down = span.phase == "lost"
        if gaps and gaps[-1]["x1"] == span.x0 and gaps[-1]["down"] == down:
            gaps[-1] |= {"x1": span.x1, "end_s": span.end_s}
        else:
            gaps.append(
                {
                    "x0": span.x0,
                    "x1": span.x1,
                    "start_s": span.start_s,
                    "end_s": span.end_s,
                    "down": down,
                }
            )
    return gaps


def _rounds(told: Facts, rows: Sequence[Pass], found: Sequence[Span]) -> list[dict[str, Any]]:
    """The rounds, each with its line: place on the axis, share that crossed, seconds."""
    drawn = rounds_json(rows, told.copied_s)
    for one in drawn:
        own = [span for span in found if span.kind == "stage" and span.round == one["label"]]
        sent = [(span.x0, span.sent_mib[0], span.start_s) for span in own]
        sent += [(span.x1, span.sent_mib[1], span.end_s) for span in own[-1:]]
        one["line"] = [
            [x, (at_mib - sent[0][1]) / one["sent_mib"] if one["sent_mib"] else 1.0, s - sent[0][2]]
            for x, at_mib, s in sent
        ]
    return drawn


def _chart(told: Facts, rows: Sequence[Pass]) -> dict[str, Any] | None:
    """Memory still to send over true time."""
    if not rows or told.copy_from_s is None:
        return None
    series = chart_series(rows, told.copied_s, told.copy_from_s)
    if not series:
        return None
    (_, begun_mib), (cut_s, rest_mib) = series[0][0], series[-1][-1]
    return {
        "series": series,
        "end_s": told.outcome.total_s,
        "top_mib": max(point[1] for line in series for point in line),
        "label": f"{'Memory s' if told.kind == 'vmotion' else 'S'}till to send:"
        f" {mib(begun_mib)} at first,"
        f" {mib(rest_mib)} after {seconds(cut_s)} and {len(series)} passes",
    }


def _clock(rows: Sequence[Pass], film: Film | None) -> list[Line]:
    """When the film shows each row, seconds into the film."""
    if film is None:
        return [(0.0, 0.0)] * len(rows)
    end_s = float(film.seconds[-1])
    paused = next((one.start_s for one in film.passes if one.paused), end_s)
    starts = [one.start_s for one in film.passes if not one.paused]
    begins = [
        paused if row.stop else starts[row.number - 1] if row.number <= len(starts) else paused
        for row in rows
    ]
    return list(zip(begins, [*begins[1:], end_s], strict=True)) if rows else []


def _film(film: Film, found: Sequence[Span]) -> dict[str, Any]:
    frames, dots = film.frames.shape
    dot_bytes = film.pages_per_dot * film.page_bytes
    kib = dot_bytes / BYTES_PER_KIB
    copying = [span.x0 for span in found if span.stage in {"pre-copy", "checkpoint"}]
    return {
        "frames": frames,
        "dots": dots,
        "seconds": film.seconds.tolist(),
        "rounds": film.rounds.tolist(),
        "counts": film.counts.tolist(),
        "asks": film.asks,
        "starts_x": copying[0] if copying else None,
        "dot": f"1 dot = {kib:g} KiB",
    }
