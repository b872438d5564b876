"""What each stage of a kind does to the world, and what undoing it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, plain, remove, set_to
from vmlab.migration.algorithm import Algorithm
from vmlab.migration.files import Files, files_of
from vmlab.migration.kinds import KINDS
from vmlab.migration.stages import Side, Stage


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
    later : str, optional
        Told where it can be undone only once its files can be reached again;
        what stands in files has one.
    edits : tuple of Edit, optional
        The same as seen in the inventory.
    """

    stage: Stage
    at: Literal["start", "end"]
    on: Side | None
    did: str
    undone: str
    lost: str = ""
    later: str = ""
    edits: tuple[Edit, ...] = ()


def effects_of(
    datacenter: Datacenter, move: Move, algorithm: Algorithm = "pre-copy"
) -> tuple[Effect, ...]:
    """All effects of a move, in order.

    Parameters
    ----------
    datacenter : Datacenter
        Before it.
    move : Move
        Of any kind.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory is sent.

    Returns
    -------
    tuple of Effect
        Those of stages that the move does not go through included.
    """
    files = files_of(datacenter, move)
    found = [*_taken(move)]
    found += _second_vm(move) if KINDS[move.kind].runs else ()
    found += _made(files)
    found += _memory(move) if move.kind in {"vmotion", "both"} else _copied(move, files)
    found += [*_over(files), *_deleted(files)]
    if algorithm != "pre-copy":
        whole = f"All memory of {move.vm} has come to {move.destination}"
        found.append(Effect(Stage.SWITCHED_OVER, "end", "destination", whole, ""))
    order = list(Stage)
    return tuple(sorted(found, key=lambda one: (order.index(one.stage), one.at == "end")))


def _taken(move: Move) -> Iterator[Effect]:
    vm, slot = move.vm, ("moves", move.vm)
    yield Effect(
        Stage.QUEUED, "end", None, f"Slot for {vm} taken", f"Slot of {vm} given back",
        edits=(set_to(slot, plain(move.model_copy(update={"shell": False}))),),
    )  # fmt: skip
    yield Effect(
        Stage.PREPARE_SOURCE, "start", "source",
        f"Configuration of {vm} read-only", f"Configuration of {vm} writable again",
        edits=(set_to(("vms", vm, "operation"), "migrating"),),
    )  # fmt: skip


def _second_vm(move: Move) -> Iterator[Effect]:
    """The VM that will take over, on the target host or beside the old one."""
    vm, source, target = move.vm, move.source, move.destination
    if move.kind == "storage":
        yield Effect(
            Stage.CREATE_SHELL, "end", "source",
            f"Second process of {vm} made on {source}, its memory reserved",
            f"Second process of {vm} ended, its reservation released",
            f"Second process of {vm} was lost with {source}",
            edits=(set_to(("moves", vm, "shell"), True),),
        )  # fmt: skip
        return
    yield Effect(
        Stage.CREATE_SHELL, "end", "destination",
        f"Empty VM made on {target}, its memory reserved",
        f"Empty VM on {target} destroyed, its reservation released",
        f"Empty VM and its reservation were lost with {target}",
        edits=(set_to(("moves", vm, "shell"), True),),
    )  # fmt: skip
    yield Effect(
        Stage.CONNECT, "end", None,
        f"{source} and {target} connected", f"Connection of {source} and {target} closed",
    )  # fmt: skip


def _made(files: Files) -> Iterator[Effect]:
    """Room for files, and where the hosts of a VM at rest connect for them."""
    move, vm = files.move, files.move.vm
    if files.items:
        where = ", ".join(f"{gib:.6g} GiB on {ds}" for ds, gib in files.gib_at_target.items())
        others = all(_another_reaches(files, store) for store in files.gib_at_target)
        stores = " and ".join(files.gib_at_target)
        later = f"Files made for {vm} deleted once {stores} can be reached again: {where}"
        yield Effect(
            Stage.CREATE_SHELL, "end", "destination",
            f"Files for {vm} made: {where}",
            f"Files made for {vm} deleted: {where}",
            f"Files made for {vm} deleted by another host: {where}" if others else later,
            later,
            files.claim(),
        )  # fmt: skip
    if not KINDS[move.kind].runs:
        yield Effect(
            Stage.CONNECT, "end", None,
            f"{move.source} and {move.destination} connected",
            f"Connection of {move.source} and {move.destination} closed",
        )  # fmt: skip


def _another_reaches(files: Files, store: str) -> bool:
    """Whether a host besides the target has the same storage under a datastore's name."""
    facts = files.datacenter.datastores[store]
    return any(
        host != files.move.destination
        and mount.accessible
        and mount.backing in {None, facts.backing}
        for host, mount in facts.mounts.items()
    )


def _memory(move: Move) -> Iterator[Effect]:
    vm, source, target = move.vm, move.source, move.destination
    if move.kind == "both":
        yield _mirror(move)
    yield Effect(
        Stage.PRE_COPY, "start", "source",
        f"Page tracking on at {source}", f"Page tracking off at {source}",
    )  # fmt: skip
    yield Effect(
        Stage.PRE_COPY, "start", "destination",
        f"Pages arrive on {target}", f"Copied pages freed on {target}",
        f"Copied pages were lost with {target}",
    )  # fmt: skip
    yield _paused(vm, source)


def _copied(move: Move, files: Files) -> Iterator[Effect]:
    if KINDS[move.kind].runs:
        yield _mirror(move)
        yield _paused(move.vm, move.source)
    elif files.target:
        yield Effect(
            Stage.PRE_COPY, "start", "destination",
            f"Files of {move.vm} arrive on {files.target}",
            f"Copying to {files.target} stopped; the original files stay the valid ones",
        )  # fmt: skip


def _mirror(move: Move) -> Effect:
    return Effect(
        Stage.PRE_COPY, "start", "source",
        f"Writes to the disks of {move.vm} followed", "Writes no longer followed; the original"
        " disks stay the valid ones",
    )  # fmt: skip


def _paused(vm: str, source: str) -> Effect:
    return Effect(
        Stage.CHECKPOINT, "start", "source", f"{vm} paused", f"{vm} continues on {source}"
    )


def _over(files: Files) -> Iterator[Effect]:
    """Past the point of no return: nothing undoes it."""
    move, vm, target = files.move, files.move.vm, files.move.destination
    before = files.datacenter.vms[vm]
    edits: list[Edit] = []
    if move.destination != move.source:
        edits.append(set_to(("vms", vm, "host"), target))
    edits += files.go_over()
    if move.resource_pool not in {None, before.resource_pool}:
        edits.append(set_to(("vms", vm, "resource_pool"), move.resource_pool))
    for adapter, network in move.networks.items():
        place = ("vms", vm, "vnics", adapter)
        edits.append(set_to((*place, "port_group"), network.port_group))
        switch = (*place, "distributed_switch")
        named = network.distributed_switch
        edits.append(set_to(switch, named) if named else remove(switch))
    if move.kind == "storage":
        did = f"{vm} runs on its files on {files.target}"
    elif KINDS[move.kind].runs:
        did = f"{vm} runs on {target}"
    else:
        did = f"{vm} registered on {target}"
        did += f", with its files on {files.target}" if files.target else ""
    yield Effect(Stage.SWITCHED_OVER, "start", "destination", did, "", edits=tuple(edits))


def _deleted(files: Files) -> Iterator[Effect]:
    """The old copy goes last, and only where everything else is done."""
    if files.items:
        where = ", ".join(f"{gib:.6g} GiB on {ds}" for ds, gib in files.gib_at_source.items())
        yield Effect(
            Stage.CLEAN_UP, "end", "source",
            f"Old files of {files.move.vm} deleted: {where}", "", edits=files.discard(),
        )  # fmt: skip


def left_over(files: Files, source_gone: bool = False) -> tuple[str, ...]:
    """What a clean-up that fails leaves behind, in words.

    Parameters
    ----------
    files : Files
        Of the move.
    source_gone : bool, optional
        Whether the source host is lost: an old process on it is gone too.

    Returns
    -------
    tuple of str
        Old files are in the datacenter too, as copies without an owner.
    """
    move = files.move
    vm, source, runs = move.vm, move.source, KINDS[move.kind].runs
    found: list[str] = []
    if runs and not source_gone:
        found.append(f"Old process of {vm} on {source}")
    elif not runs and move.source != move.destination:
        found.append(f"Old registration of {vm} on {source}")
    if runs and not files.items:
        found.append(f"Old swap file of {vm}")
    found += [f"Old files of {vm} on {store}" for store in files.gib_at_source]
    return tuple(found)
