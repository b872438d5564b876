"""The files of a virtual machine that a move takes to another datastore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualDisk, VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, plain, remove, set_to
from vmlab.inventory.storage import FileCopy
from vmlab.rules.storage.places import disks_moved, is_converted, target_store
from vmlab.rules.storage.swap_places import swapfile
from vmlab.units import mib_to_gib


@dataclass(frozen=True)
class MovedFile:
    """A file, or files that go together, before and after.

    Parameters
    ----------
    what : str
        In words.
    source : str
        The datastore that it comes from.
    source_gib : float
        What it takes up there, GiB.
    target : str
        The datastore that it goes to.
    target_gib : float
        What it takes up there.
    """

    what: str
    source: str
    source_gib: float
    target: str
    target_gib: float


@dataclass(frozen=True)
class Files:
    """What a move does to datastores.

    Parameters
    ----------
    datacenter : Datacenter
        Before it.
    move : Move
        What is asked for.
    target : str or None
        Where files go to; None where they stay.
    items : tuple of MovedFile
        Everything that takes up room elsewhere afterwards, a swapfile included.

    Notes
    -----
    Configuration, NVRAM and logs are too small to count. Room at the target is
    taken as a whole when the copy is prepared, and given back at the source
    when the old files are deleted: a thin disk's would grow meanwhile, which is
    this lab's simplification.
    """

    datacenter: Datacenter
    move: Move
    target: str | None
    items: tuple[MovedFile, ...]

    @cached_property
    def gib_at_target(self) -> Mapping[str, float]:
        """GiB that are written, by datastore."""
        return _sums((item.target, item.target_gib) for item in self.items)

    @cached_property
    def gib_at_source(self) -> Mapping[str, float]:
        """GiB that become free in the end, by datastore."""
        return _sums((item.source, item.source_gib) for item in self.items)

    def claim(self) -> tuple[Edit, ...]:
        """Edits as target files are made: a partial copy, less room."""
        found: list[Edit] = []
        for store, gib in self.gib_at_target.items():
            copy = FileCopy(vm=self.move.vm, size_gib=gib, state="partial")
            found.append(set_to(self._folder(store), plain(copy)))
            found += self._room(store, 0.0)
        return tuple(found)

    def go_over(self) -> tuple[Edit, ...]:
        """Edits as the VM goes over to its new files: the old ones have no owner any more."""
        found = [remove(self._folder(store)) for store in self.gib_at_target]
        for store, gib in self.gib_at_source.items():
            copy = FileCopy(vm=self.move.vm, size_gib=gib, state="old")
            found.append(set_to(self._folder(store), plain(copy)))
        return (*found, *self._places())

    def discard(self) -> tuple[Edit, ...]:
        """Edits as the old files are deleted."""
        found: list[Edit] = []
        for store, gib in self.gib_at_source.items():
            found.append(remove(self._folder(store)))
            found += self._room(store, gib)
        return tuple(found)

    def swap_room(self, *, over: bool) -> tuple[Path, float] | None:
        """Where room becomes free when the VM goes off and its swapfile goes.

        Parameters
        ----------
        over : bool
            Whether it had gone over to its new place.

        Returns
        -------
        (path, float) or None
            What is free on a datastore, and the swapfile's size, GiB; None
            where it has none, or nothing is said of the datastore's room.
        """
        vm, move = self.datacenter.vms[self.move.vm], self.move
        home = (self.target or vm.home) if over else vm.home
        host = move.destination if over else move.source
        store, gib = _swaps_on(self.datacenter, vm, host, home), _swap_gib(vm)
        if not gib or self.datacenter.datastores[store].free_gib is None:
            return None
        return ("datastores", store, "free_gib"), gib

    def _places(self) -> Iterator[Edit]:
        """Where the VM's files are from now on."""
        if self.target is None:
            return
        vm, move = self.datacenter.vms[self.move.vm], self.move
        top = ("vms", vm.name)
        if vm.home != self.target:
            yield set_to((*top, "home"), self.target)
        for disk in disks_moved(self.datacenter, move):
            place = (*top, "disks", disk.name)
            yield set_to((*place, "datastore"), self.target)
            if is_converted(self.datacenter, move, disk):
                yield remove((*place, "rdm"))
            if move.disk_format not in {"same", disk.format}:
                yield set_to((*place, "format"), move.disk_format)
        for snapshot in vm.snapshots.values():
            if snapshot.datastore not in {None, self.target}:
                yield set_to((*top, "snapshots", snapshot.name, "datastore"), self.target)

    def _folder(self, store: str) -> Path:
        """A folder that does not exist there yet: the VM's name, numbered where it is taken."""
        taken, name, number = self.datacenter.datastores[store].copies, self.move.vm, 0
        while name in taken:
            number += 1
            name = f"{self.move.vm}_{number}"
        return ("datastores", store, "copies", name)

    def _room(self, store: str, freed_gib: float) -> Iterator[Edit]:
        facts = self.datacenter.datastores[store]
        if facts.free_gib is not None:
            # One store may take a swapfile and give up a snapshot, even one of 0 GiB.
            taken_gib = self.gib_at_target.get(store, 0.0)
            free_gib = max(0.0, facts.free_gib - taken_gib + freed_gib)
            yield set_to(("datastores", store, "free_gib"), free_gib)


def files_of(datacenter: Datacenter, move: Move) -> Files:
    """What of a VM goes to another datastore.

    Parameters
    ----------
    datacenter : Datacenter
        Before the move.
    move : Move
        Of any kind.

    Returns
    -------
    Files
        Without items where all stays.
    """
    vm, target = datacenter.vms[move.vm], target_store(datacenter, move)
    items = list(_relocated(datacenter, move, target.name)) if target else []
    swap = _swap(datacenter, move, target.name if target else vm.home)
    if swap:
        items.append(swap)
    return Files(datacenter, move, target.name if target else None, tuple(items))


def _relocated(datacenter: Datacenter, move: Move, target: str) -> Iterator[MovedFile]:
    vm = datacenter.vms[move.vm]
    for disk in disks_moved(datacenter, move):
        converted = is_converted(datacenter, move, disk)
        yield MovedFile(
            disk.name,
            disk.datastore,
            disk.occupied_gib(),
            target,
            _converted_gib(disk, move) if converted else _after_gib(disk, move),
        )
    for snapshot in vm.snapshots.values():
        store = snapshot.datastore or vm.home
        if store != target:
            gib = snapshot.size_gib + (mib_to_gib(vm.memory_mib) if snapshot.memory else 0.0)
            yield MovedFile(f"snapshot {snapshot.name}", store, gib, target, gib)
    if vm.home != target and vm.power_state == "suspended":
        gib = mib_to_gib(vm.memory_mib)
        yield MovedFile("suspend file", vm.home, gib, target, gib)


def _after_gib(disk: VirtualDisk, move: Move) -> float:
    return disk.occupied_gib(None if move.disk_format == "same" else move.disk_format)


def _converted_gib(disk: VirtualDisk, move: Move) -> float:
    """A raw device that becomes a disk."""
    return disk.written_gib if move.disk_format == "thin" else disk.size_gib


def _swap(datacenter: Datacenter, move: Move, home_after: str) -> MovedFile | None:
    """The swapfile of a running VM: made anew where the VM will swap, never copied."""
    vm = datacenter.vms[move.vm]
    if vm.power_state != "on":
        return None
    source = swapfile(datacenter, vm.name, move.source).store
    target = _swaps_on(datacenter, vm, move.destination, home_after)
    if source == target:
        return None
    gib = _swap_gib(vm)
    return MovedFile("swapfile", source, gib, target, gib) if gib else None


def _swap_gib(vm: VirtualMachine) -> float:
    return mib_to_gib(max(0.0, vm.memory_mib - vm.memory_reservation_mib))


def _swaps_on(datacenter: Datacenter, vm: VirtualMachine, host: str, home_after: str) -> str:
    found = swapfile(datacenter, vm.name, host)
    return home_after if found.backing is None else found.store


def _sums(pairs: Iterator[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for store, gib in pairs:
        found[store] = found.get(store, 0.0) + gib
    return found
