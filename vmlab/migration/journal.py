"""What a migration leaves behind step by step, and how each step is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, look_up, plain, remove, set_to
from vmlab.migration.effects import Effect, effects_of
from vmlab.migration.stages import Side, Stage

__all__ = [
    "UNDO_S",
    "Effect",
    "Entry",
    "close_task",
    "effects_of",
    "host_gone",
    "inverse",
    "lock_out",
    "powered_off",
    "roll_back",
    "still_listed",
    "stood_still",
    "torn",
    "with_room",
]

#: Undoing one step takes so long, s: the lab's figure.
UNDO_S = 0.2
#: A task that fails for want of a licence for persistent memory leaves the VM
#: unmanageable for so long, s: vSphere 6.7 vCenter Server and Host Management.
LOCKED_OUT_S = 90.0


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
    datacenter: Datacenter,
    done: Iterable[Effect],
    lost: frozenset[Side],
    from_s: float,
    hidden: frozenset[str] = frozenset(),
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
    hidden : frozenset of {"host", "all"}, optional
        From which hosts files on the target datastore cannot be reached: from
        the target host, or from any.

    Returns
    -------
    list of Entry
        One an effect, `UNDO_S` apart. What has to wait for its files is told
        so; the wait is not counted.
    """
    entries = []
    for number, effect in enumerate(reversed(list(done)), 1):
        edits = tuple(inverse(datacenter, edit) for edit in reversed(effect.edits))
        what = effect.lost if effect.on in lost else effect.undone
        if effect.later and hidden:
            what = effect.later if "all" in hidden else effect.lost
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


def powered_off(move: Move, stage: Stage, at_s: float) -> Entry:
    """The VM was switched off meanwhile: no work of the task, so nothing undoes it."""
    edits = (set_to(("vms", move.vm, "power_state"), "off"),)
    return Entry(at_s, stage, f"{move.vm} is powered off", edits)


def torn(move: Move, stage: Stage, at_s: float) -> Entry:
    """A VM without all of its memory is ended: nowhere is there a whole one."""
    edits = (set_to(("vms", move.vm, "power_state"), "off"),)
    what = f"{move.vm} ended on {move.destination}: a part of its memory is out of reach"
    return Entry(at_s, stage, what, edits)


def stood_still(move: Move, stage: Stage, from_s: float, to_s: float, back: bool) -> list[Entry]:
    """A VM that waits for memory that does not come, and what comes of it.

    Parameters
    ----------
    move : Move
        Which VM.
    stage : Stage
        When.
    from_s, to_s : float
        How long, s.
    back : bool
        Whether it goes on.

    Returns
    -------
    list of Entry
        Nothing changes in the inventory.
    """
    vm, host = move.vm, move.destination
    entries = [Entry(from_s, stage, f"{vm} stands still on {host}: no page comes", ())]
    if back:
        entries.append(Entry(to_s, stage, f"Link recovered, {vm} goes on on {host}", ()))
    return entries


def with_room(
    datacenter: Datacenter, entries: Sequence[Entry], from_s: float, path: Path, gib: float
) -> list[Entry]:
    """Entries with room that becomes free when a VM goes off, and stays so.

    Parameters
    ----------
    datacenter : Datacenter
        Before the first entry.
    entries : sequence of Entry
        The one that powers the VM off among them.
    from_s : float
        When it is powered off, s.
    path : tuple of str
        What is free on a datastore.
    gib : float
        What the VM's swapfile took up there.

    Returns
    -------
    list of Entry
        Powering it off gives the room back; whatever else sets what is free
        later counts it too.
    """
    found, free_gib, off = [], float(look_up(datacenter, path)), False
    for entry in entries:
        edits = list(entry.edits)
        now = [index for index, edit in enumerate(edits) if edit.path == path]
        for index in now:
            free_gib = float(str(edits[index].value))
            edits[index] = set_to(path, free_gib + (gib if off else 0.0))
        goes_off = any(edit.path[-1] == "power_state" for edit in edits)
        if goes_off and not off and entry.at_s >= from_s:
            off = True
            edits.append(set_to(path, free_gib + gib))
        found.append(replace(entry, edits=tuple(edits)))
    return found


def still_listed(move: Move, stage: Stage, at_s: float) -> Entry:
    """A VM at rest whose old host goes on listing it: the clean-up failed."""
    edits = (set_to(("vms", move.vm, "old_registration"), move.source),)
    return Entry(at_s, stage, f"{move.source} still lists {move.vm}", edits)


def lock_out(move: Move, stage: Stage, from_s: float) -> list[Entry]:
    """The VM cannot be managed for a while after its task has been rolled back.

    Parameters
    ----------
    move : Move
        Which VM.
    stage : Stage
        Where the task failed.
    from_s : float
        When the way back would have ended, s.

    Returns
    -------
    list of Entry
        The VM locked, and free again `LOCKED_OUT_S` later.
    """
    operation, vm = ("vms", move.vm, "operation"), move.vm
    locked = f"{vm} cannot be managed for {LOCKED_OUT_S:g} s"
    return [
        Entry(from_s, stage, locked, (set_to(operation, "locked-out"),)),
        Entry(
            from_s + LOCKED_OUT_S,
            stage,
            f"{vm} can be managed again",
            (remove(operation),),
            undoes=True,
        ),
    ]
