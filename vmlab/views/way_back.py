"""A run entry by entry: what was done, where it failed, what was undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vmlab.migration.effects import Effect, effects_of
from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import Stage
from vmlab.tables import Column, Table
from vmlab.views.run_words import seconds

What = Literal["done", "failed", "undone", "gone", "closed"]
_WORDS: dict[What, str] = {
    "done": "done", "failed": "fails", "undone": "undone", "gone": "gone", "closed": "ends",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A run just after one entry of its journal.

    Parameters
    ----------
    at_s : float
        Seconds from the start of the task.
    kind : {"done", "failed", "undone", "gone", "closed"}
        What the entry is; gone went down with its host, closed ends a task
        without undoing anything.
    text : str
        What was done, why it failed, what was undone.
    stage : Stage
        Whose work it is.
    vm_runs_on : str or None
        Where the VM runs then.
    standing : tuple of str
        What a roll-back would still have to undo, oldest first.
    """

    at_s: float
    kind: What
    text: str
    stage: Stage
    vm_runs_on: str | None
    standing: tuple[str, ...]


def frames(outcome: Outcome) -> tuple[Frame, ...]:
    """A run as frames, one an entry, and one for its failure.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.

    Returns
    -------
    tuple of Frame
        In order of time.
    """
    effects = effects_of(outcome.before, outcome.move, outcome.algorithm)
    done = {effect.did: effect for effect in effects}
    failed_s = _failed_s(outcome)
    found: list[Frame] = []
    standing: list[Effect] = []

    def add(at_s: float, kind: What, text: str, stage: Stage) -> None:
        runs_on = outcome.timeline.vm_runs_on_at(min(at_s, outcome.total_s))
        if kind == "failed":  # the way back has not begun
            runs_on = [span for span in outcome.timeline.spans if not span.way_back][-1].vm_runs_on
        left = tuple(effect.did for effect in standing)
        found.append(Frame(at_s, kind, text, stage, runs_on, left))

    failed = False
    for entry in outcome.journal:
        effect = None if entry.undoes else done.get(entry.what)
        if effect is None and failed_s is not None and outcome.stage and not failed:
            failed = True
            add(failed_s, "failed", outcome.reason or "", outcome.stage)
        if effect is not None:
            standing = [] if effect.stage is Stage.SWITCHED_OVER else [*standing, effect]
            add(entry.at_s, "done", entry.what, entry.stage)
        elif entry.undoes:
            newest = standing.pop() if standing else None
            if entry.what:
                add(entry.at_s, "undone", entry.what, entry.stage)
            elif newest:
                add(entry.at_s, "gone", f"{newest.did}: gone with its host", entry.stage)
        else:
            add(entry.at_s, "closed", entry.what, entry.stage)
    if failed_s is not None and outcome.stage and not failed:
        add(failed_s, "failed", outcome.reason or "", outcome.stage)
    return tuple(one for one in found if one.text)


def _failed_s(outcome: Outcome) -> float | None:
    """When the stage failed, None where none did."""
    if outcome.stage is None:
        return None
    return max(span.end_s for span in outcome.timeline.spans if not span.way_back)


def start_of(found: tuple[Frame, ...]) -> int:
    """The frame to begin with: the failure, or the last where there is none."""
    failed = [i for i, one in enumerate(found) if one.kind == "failed"]
    return failed[0] if failed else len(found) - 1


def frame_json(outcome: Outcome, one: Frame) -> dict[str, Any]:
    """A frame for the widget."""
    vm = outcome.move.vm
    if one.vm_runs_on:
        runs = f"{vm} runs on {one.vm_runs_on}"
    else:
        runs = f"{vm} runs nowhere" if outcome.vm_runs else f"{vm} does not run"
    return {
        "at": seconds(one.at_s, 2),
        "kind": one.kind,
        "word": _WORDS[one.kind],
        "text": one.text,
        "stage": one.stage.value,
        "runs": runs,
        "standing": list(one.standing),
    }


def way_back_table(outcome: Outcome) -> Table:
    """The journal, a row each entry, the failure among them."""
    rows = []
    for one in frames(outcome):
        runs = one.vm_runs_on or ("nowhere" if outcome.vm_runs else "–")
        rows.append((seconds(one.at_s, 2), _WORDS[one.kind], one.text, runs, len(one.standing)))
    names = ("at", "", "what", "VM runs on", "still to undo")
    return Table([Column(name) for name in names], rows, outcome.verdict)
