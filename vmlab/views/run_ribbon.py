"""The ribbon: the guide's three stages, under each its fine ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from vmlab.migration.stages import GUIDE_STAGES
from vmlab.views.run_rounds import Pass, pre_copy_edges
from vmlab.views.run_span import Span
from vmlab.views.run_words import RIBBON, STAGES

_WEIGHTS = [RIBBON[name][3] for name in STAGES]
_LEFT = {
    name: left / sum(_WEIGHTS)
    for name, left in zip(STAGES, accumulate(_WEIGHTS, initial=0.0), strict=False)
}


def place(stage: str, fill: float) -> float:
    """A point of the ribbon, 0 to 1: so far into a stage's cell."""
    return _LEFT[stage] + fill * RIBBON[stage][3] / sum(_WEIGHTS)


def ribbon(
    found: Sequence[Span], rows: Sequence[Pass], failed_in: str | None, cancelled: bool
) -> list[dict[str, Any]]:
    """The guide's stages and their fine ones, with the places at which their state changes.

    Parameters
    ----------
    found : sequence of Span
        The axis.
    rows : sequence of Pass
        The rounds, which divide the cell of pre-copy.
    failed_in : str or None
        Stage in which the run failed.
    cancelled : bool
        Nothing went wrong there: it only ends.

    Returns
    -------
    list of dict
        For each of the three and of the thirteen: ``start_x``, ``done_x``,
        ``failed_x``, ``undone_x`` on the axis, None for what never comes.
    """
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
        stages = [name for name in STAGES if RIBBON[name][0] == number]
        fine = [
            {
                "stage": name,
                "left": _LEFT[name],
                "name": RIBBON[name][1],
                "weight": RIBBON[name][3],
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
            {"number": number, "name": GUIDE_STAGES[number], "stages": fine, **marks(stages)}
        )
    return drawn
