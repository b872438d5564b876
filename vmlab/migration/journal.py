"""What a migration leaves behind step by step, and how each step is undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, look_up, plain, remove, set_to
from vmlab.migration.stages import Side, Stage

#: Undoing one step takes so long, s: the lab's figure.
UNDO_S = 0.2


@dataclass(frozen=True, eq=False)
class Effect:
    """Something that a stage does to the world.

    Parameters
    ----------
    stage : Stage
        Which stage.
    at : {"start", "end"}
        Done as the stage begins, or only once it has succeeded.
    on : {"source", "destination", None}
        The host on which it stands; None for vCenter Server.
    did, undone : str
        Sentences: what was done, what undoing it does.
    lost : str, optional
        Told instead of `undone` where that host is lost; nothing by default.
    edits : tuple of Edit, optional
        The same as seen in the inventory.
    """

    stage: Stage
    at: Literal["start", "end"]
    on: Side | None
    did: str
    undone: str
    lost: str = ""
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One line of the journal: an effect, or the undoing of one.

    Parameters
    ----------
    at_s : float
        Seconds from the start of the task.
    stage : Stage
        The stage that did it first.
    what : str
        The sentence; empty where there is nothing to tell.
    edits : tuple of Edit
        On the datacenter as it was just before.
    undoes : bool, optional
        It takes an effect back.
    """

    at_s: float
    stage: Stage
    what: str
    edits: tuple[Edit, ...]
    undoes: bool = False


def effects_of(move: Move) -> tuple[Effect, ...]:
    """All effects of a move, in order."""
    vm, source, target = move.vm, move.source, move.destination
    slot, operation = ("moves", vm), ("vms", vm, "operation")
    return (
        Effect(
            Stage.QUEUED, "end", None, f"Slot for {vm} taken", f"Slot of {vm} given back",
            edits=(set_to(slot, plain(move.model_copy(update={"shell": False}))),),
        ),
        Effect(
            Stage.PREPARE_SOURCE, "start", "source",
            f"Configuration of {vm} read-only", f"Configuration of {vm} writable again",
            edits=(set_to(operation, "migrating"),),
        ),
        Effect(
            Stage.CREATE_SHELL, "end", "destination",
            f"Empty VM made on {target}, its memory reserved",
            f"Empty VM on {target} destroyed, its reservation released",
            f"Empty VM and its reservation were lost with {target}",
            edits=(set_to((*slot, "shell"), True),),
        ),
        Effect(
            Stage.CONNECT, "end", None,
            f"{source} and {target} connected", f"Connection of {source} and {target} closed",
        ),
        Effect(
            Stage.PRE_COPY, "start", "source",
            f"Page tracking on at {source}", f"Page tracking off at {source}",
        ),
        Effect(
            Stage.PRE_COPY, "start", "destination",
            f"Pages arrive on {target}", f"Copied pages freed on {target}",
            f"Copied pages were lost with {target}",
        ),
        Effect(
            Stage.CHECKPOINT, "start", "source", f"{vm} paused", f"{vm} continues on {source}",
        ),
        Effect(
            Stage.SWITCHED_OVER, "start", "destination",
            f"{vm} runs on {target}", "", edits=(set_to(("vms", vm, "host"), target),),
        ),
    )  # fmt: skip


def inverse(datacenter: Datacenter, edit: Edit) -> Edit:
    """The edit that puts back what a datacenter has at another edit's path.

    Parameters
    ----------
    datacenter : Datacenter
        As it was before.
    edit : Edit
        What is to be undone.

    Returns
    -------
    Edit
        Sets the value that stood there, or removes what did not.
    """
    try:
        found: Any = look_up(datacenter, edit.path)
    except KeyError:
        return remove(edit.path)
    if found is None:
        return remove(edit.path)
    return set_to(edit.path, plain(found) if isinstance(found, BaseModel) else found)


def roll_back(
    datacenter: Datacenter, done: Iterable[Effect], lost: frozenset[Side], from_s: float
) -> list[Entry]:
    """Undo effects, newest first.

    Parameters
    ----------
    datacenter : Datacenter
        As it was before the migration.
    done : iterable of Effect
        What has happened, oldest first.
    lost : frozenset of {"source", "destination"}
        Hosts that are gone: what stood on them needs no undoing.
    from_s : float
        When the way back begins, s.

    Returns
    -------
    list of Entry
        One an effect, `UNDO_S` apart.
    """
    entries = []
    for number, effect in enumerate(reversed(list(done)), 1):
        edits = tuple(inverse(datacenter, edit) for edit in reversed(effect.edits))
        what = effect.lost if effect.on in lost else effect.undone
        entries.append(Entry(from_s + number * UNDO_S, effect.stage, what, edits, undoes=True))
    return entries


def close_task(move: Move, at_s: float) -> Entry:
    """The task ends after the switch-over: its slot is free, the VM at rest."""
    edits = (remove(("moves", move.vm)), remove(("vms", move.vm, "operation")))
    return Entry(at_s, Stage.CLEAN_UP, f"Slot of {move.vm} given back", edits)


def host_gone(host: str, stage: Stage, at_s: float) -> Entry:
    """A host that took the VM down with it, as vCenter Server lists it."""
    edits = (set_to(("hosts", host, "connection_state"), "not-responding"),)
    return Entry(at_s, stage, f"{host} does not answer", edits)
