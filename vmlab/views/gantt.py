"""What happened when, a row for each: a Gantt chart as plain shapes, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import Stage, after_switch_over
from vmlab.migration.timeline import Span
from vmlab.views.drawing import Drawing, Json, bar, chart, line, mark, words
from vmlab.views.estimate_charts import time_words
from vmlab.views.text import fit, width
from vmlab.views.time_axis import time_axis

What = Literal["waits", "sets up", "copies", "pauses", "is down", "cleans up", "goes back"]

WIDTH, ROW, TOP, MARGIN = 620.0, 17.0, 26.0, 10.0
#: Room for a row's name and for what stands behind it.
LONGEST, BEHIND = 150.0, 90.0
#: Rows that are drawn of a large fleet.
SHOWN = 60
#: Tone, and how high: what happens is told by both.
_LOOK: dict[What, tuple[str, float]] = {
    "waits": ("axis", 2),
    "sets up": ("axis", 6),
    "copies": ("sent", 10),
    "pauses": ("limit", 13),
    "is down": ("limit", 4),
    "cleans up": ("now", 6),
    "goes back": ("dirty", 6),
}


@dataclass(frozen=True)
class Bar:
    """A stretch of a row.

    Parameters
    ----------
    what : str
        What happens meanwhile.
    start_s, end_s : float
        From, to.
    """

    what: What
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Row:
    """One row of a chart.

    Parameters
    ----------
    name : str
        Such as a VM's.
    bars : tuple of Bar
        In order; gaps are left empty.
    note : str, optional
        Stands behind the row, such as the destination.
    failed_s : tuple of float, optional
        Instants at which something failed: each a cross.
    """

    name: str
    bars: tuple[Bar, ...]
    note: str = ""
    failed_s: tuple[float, ...] = ()


def gantt(rows: Sequence[Row], total_s: float, label: str) -> Drawing:
    """Draw rows of bars over one scale of seconds.

    Parameters
    ----------
    rows : sequence of Row
        The first `SHOWN` are drawn.
    total_s : float
        The end of the scale.
    label : str
        What the chart shows, in words.

    Returns
    -------
    Drawing
        With a key of what the bars mean, and every row in words.
    """
    shown = rows[:SHOWN]
    names = [fit(row.name, LONGEST, "s") for row in shown]
    notes = [fit(row.note, BEHIND, "s") for row in shown]
    left = MARGIN + max((width(name, "s") for name in names), default=0) + 6
    behind = max((width(note, "s") for note in notes), default=0)
    across = WIDTH - left - behind - MARGIN - 12
    per_s = across / total_s if total_s > 0 else 0.0
    shapes = _key(rows)
    for number, (row, name, note) in enumerate(zip(shown, names, notes, strict=True)):
        middle = TOP + number * ROW + ROW / 2
        shapes.append(words(left - 6, middle + 4, name, "end"))
        for one in row.bars:
            tone, height = _LOOK[one.what]
            # A pause is short beside a copy, and must be seen all the same.
            long = max((one.end_s - one.start_s) * per_s, 1.5)
            shapes.append(bar(left + one.start_s * per_s, middle - height / 2, long, height, tone))
        shapes += [mark(left + at_s * per_s, middle, "cross", "limit") for at_s in row.failed_s]
        shapes.append(words(left + across + 8, middle + 4, note))
    bottom = TOP + len(shown) * ROW + 4
    shapes += time_axis(left, across, bottom, total_s)
    height = bottom + 24
    more = len(rows) - len(shown)
    if more:
        shapes.append(words(left, height + 10, f"Not shown: {more:,} more rows"))
        height += 18
    return Drawing(chart(WIDTH, height, label, shapes), gantt_text(rows, label))


def gantt_text(rows: Sequence[Row], label: str) -> str:
    """The same in words, a line for each row; all rows.

    Parameters
    ----------
    rows : sequence of Row
        As in `gantt`.
    label : str
        The first line.
    """
    return "\n".join([label, *(_line(row) for row in rows)])


def outcome_gantt(outcome: Outcome) -> Drawing:
    """One migration: a row for each stage that was reached.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.
    """
    rows: list[Row] = []
    forward = [span for span in outcome.timeline.spans if not span.way_back]
    for span in outcome.timeline.spans:
        name = f"{span.stage}, way back" if span.way_back else str(span.stage)
        note = time_words(span.end_s - span.start_s)
        failed = span is forward[-1] and outcome.outcome != "migrated"
        crosses = (span.end_s,) if failed else ()
        rows.append(
            Row(name, (Bar(_what(outcome, span), span.start_s, span.end_s),), note, crosses)
        )
    move = outcome.move
    ends = "" if move.source == move.destination else f" from {move.source} to {move.destination}"
    files = f", its files to {move.datastore}" if move.datastore else ""
    return gantt(rows, outcome.total_s, f"{move.vm}{ends}{files}, {outcome.outcome}: stages")


def _what(outcome: Outcome, span: Span) -> What:
    """What a span of a migration is: the VM's own state first, where it does not run."""
    if span.way_back:
        return "goes back"
    if outcome.vm_runs and span.vm_runs_on is None:
        ends_here = span.stage is outcome.stage and outcome.vm_runs_on is None
        return "is down" if ends_here else "pauses"
    follows = outcome.algorithm != "pre-copy" and span.stage is Stage.SWITCHED_OVER
    if span.stage is Stage.PRE_COPY or follows:
        return "copies"
    return "cleans up" if after_switch_over(span.stage) else "sets up"


def _key(rows: Sequence[Row]) -> list[Json]:
    """What the bars mean: those that occur, left to right."""
    there = {one.what for row in rows for one in row.bars}
    shapes: list[Json] = []
    x = MARGIN
    for what, (tone, height) in _LOOK.items():
        if what in there:
            shapes.append(bar(x, 11 - height / 2, 14, height, tone))
            shapes.append(words(x + 18, 15, what))
            x += 18 + width(what, "s") + 14
    if any(row.failed_s for row in rows):
        shapes += [mark(x + 6, 11, "cross", "limit"), words(x + 18, 15, "fails")]
    if rows:
        shapes.append(line([(MARGIN, TOP - 5), (WIDTH - MARGIN, TOP - 5)], "axis", dashed=True))
    return shapes


def _line(row: Row) -> str:
    said = [
        f"{one.what} {time_words(one.end_s - one.start_s)} from {one.start_s:.6g} s"
        for one in row.bars
        if one.end_s > one.start_s
    ]
    said += [f"fails at {at_s:.6g} s" for at_s in row.failed_s]
    note = f" ({row.note})" if row.note else ""
    return f"{row.name}{note}: {', '.join(said) or 'nothing'}"
