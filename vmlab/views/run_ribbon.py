"""The ribbon: the guide's three stages, under each its fine ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from vmlab.views.run_facts import Facts
from vmlab.views.run_rounds import Pass, pre_copy_edges
from vmlab.views.run_span import Span
from vmlab.views.run_words import STAGES, guide_name, ribbon_row


def lefts(facts: Facts) -> dict[str, float]:
    """Where the cell of each stage begins, 0 to 1."""
    weights = [ribbon_row(name, facts.kind)[3] for name in facts.stages]
    ends = accumulate(weights, initial=0.0)
    return {n: left / sum(weights) for n, left in zip(facts.stages, ends, strict=False)}


def place(facts: Facts, stage: str, fill: float) -> float:
    """A point of the ribbon, 0 to 1: so far into a stage's cell."""
    begins = lefts(facts)
    edges = [*begins.values(), 1.0]
    at = list(begins).index(stage)
    return edges[at] + fill * (edges[at + 1] - edges[at])


def ribbon(facts: Facts, found: Sequence[Span], rows: Sequence[Pass]) -> list[dict[str, Any]]:
    """The guide's stages and their fine ones, with the places at which their state changes.

    Parameters
    ----------
    facts : Facts
        What happened.
    found : sequence of Span
        The axis.
    rows : sequence of Pass
        The rounds, which divide the cell of pre-copy.

    Returns
    -------
    list of dict
        For each of the three and of their fine ones: ``start_x``, ``done_x``,
        ``failed_x``, ``undone_x`` on the axis, None for what never comes.
    """
    failed_in, cancelled, begins = facts.failed_in, facts.cancelled, lefts(facts)
    fault_x = next((span.x0 for span in found if span.kind == "fault"), 1.0)
    labels = [row.label for row in rows if not row.stop]
    edges = pre_copy_edges(rows)
    last_undo = next((span.x1 for span in reversed(found) if span.kind == "undo"), None)

    def marks(stages: Sequence[str]) -> dict[str, float | None]:
        own = [span for span in found if span.kind == "stage" and span.stage in stages]
        failed = failed_in in stages
        # the arrow has passed a place when the step back before it is done
        back = [
            s.x1
            for s in found
            if s.kind == "undo" and STAGES.index(s.stage) <= STAGES.index(stages[0])
        ]
        undone = (back[0] if back else last_undo) if own and not failed else None
        if failed and cancelled:
            failed, undone = False, fault_x
        reached_all = bool(own) and own[-1].stage == stages[-1]
        return {
            "start_x": own[0].x0 if own else None,
            "done_x": own[-1].x1 if reached_all and not failed else None,
            "failed_x": fault_x if failed else None,
            "undone_x": undone,
        }

    drawn = []
    for number in (1, 2, 3):
        stages = [name for name in facts.stages if ribbon_row(name)[0] == number]
        fine = [
            {
                "stage": name,
                "left": begins[name],
                "name": ribbon_row(name, facts.kind)[1],
                "weight": ribbon_row(name, facts.kind)[3],
                "rounds": [
                    {"label": label, "from": edges[i], "to": edges[i + 1]}
                    for i, label in enumerate(labels)
                ]
                if name == "pre-copy"
                else [],
                **marks([name]),
            }
            for name in stages
        ]
        drawn.append(
            {
                "number": number,
                "name": guide_name(number, facts.kind),
                "stages": fine,
                **marks(stages),
            }
        )
    return drawn
