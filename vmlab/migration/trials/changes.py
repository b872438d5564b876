"""How a trial's datacenter differs from the file's: power, files, guest, room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import PowerState
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, plain, set_to
from vmlab.migration.kinds import KINDS
from vmlab.migration.trials.dice import Dice

#: How a guest may write: share of its memory, pages a second, MiB a second to disks.
_SHARES = (0.01, 0.1, 0.5)
_PAGES_PER_S = (0, 500, 5000, 30000)
_DISK_MIB_S = (0, 2, 20)
_SNAPSHOT = "trial"


def changes(dice: Dice, datacenter: Datacenter, move: Move) -> Iterator[Edit]:
    """Draw what is different.

    Parameters
    ----------
    dice : Dice
        Of the situation.
    datacenter : Datacenter
        The file's.
    move : Move
        What is asked for.

    Yields
    ------
    Edit
        In order; the datacenter stays sound.
    """
    yield from _power(dice, move)
    yield from _files(dice, datacenter, move)
    yield from _guest(dice, datacenter, move)
    yield from _hosts(dice, datacenter, move)
    for name, store in datacenter.datastores.items():
        if dice.chance(0.9):
            tight = dice.chance(0.05)
            free_gib = dice.below(30) + 0.25 if tight else float(store.capacity_gib) * 10
            yield set_to(("datastores", name, "free_gib"), free_gib)


def _power(dice: Dice, move: Move) -> Iterator[Edit]:
    states: tuple[PowerState, ...] = KINDS[move.kind].power_states
    if dice.chance(0.03):
        states = get_args(PowerState)
    yield set_to(("vms", move.vm, "power_state"), dice.one_of(states))


def _files(dice: Dice, datacenter: Datacenter, move: Move) -> Iterator[Edit]:
    top, vm = ("vms", move.vm), datacenter.vms[move.vm]
    home = vm.home
    seen = [name for name, one in datacenter.datastores.items() if one.is_mounted_on(move.source)]
    if seen and dice.chance(0.5):
        home = dice.one_of(seen)
        yield set_to((*top, "home"), home)
        for name in vm.disks:
            where = home if dice.chance(0.8) else dice.one_of(seen)
            yield set_to((*top, "disks", name, "datastore"), where)
    for name, disk in vm.disks.items():
        if disk.rdm is None and dice.chance(0.3):
            yield set_to((*top, "disks", name, "format"), "thin")
            written_gib = round(disk.size_gib * dice.share(), 2)
            yield set_to((*top, "disks", name, "allocated_gib"), written_gib)
    if dice.chance(0.2):
        facts: dict[str, object] = {"memory": dice.chance(0.5), "size_gib": dice.below(5)}
        if seen and dice.chance(0.3):
            facts["datastore"] = dice.one_of(seen)
        yield set_to((*top, "snapshots", _SNAPSHOT), facts)


def _guest(dice: Dice, datacenter: Datacenter, move: Move) -> Iterator[Edit]:
    top, vm = ("vms", move.vm), datacenter.vms[move.vm]
    if dice.chance(0.7):
        activity = {
            "working_set_mib": round(vm.memory_mib * dice.one_of(_SHARES), 3),
            "dirty_pages_per_s": dice.one_of(_PAGES_PER_S),
            "disk_write_mib_s": dice.one_of(_DISK_MIB_S),
        }
        yield set_to((*top, "activity"), activity)
    if dice.chance(0.2):
        yield set_to((*top, "memory_reservation_mib"), vm.memory_mib / 4)
    if dice.chance(0.1):
        wish = dice.one_of(("disabled", "opportunistic", "required"))
        yield set_to((*top, "encrypted_vmotion"), wish)
    if dice.chance(0.06):
        yield set_to((*top, "devices", "nvdimm trial"), {"kind": "nvdimm"})


def _hosts(dice: Dice, datacenter: Datacenter, move: Move) -> Iterator[Edit]:
    if move.kind == "both" and dice.chance(0.95):
        for host in (move.source, move.destination):
            yield set_to(("hosts", host, "capabilities", "vmotion_with_storage"), True)
    if dice.chance(0.2):
        yield set_to(("vms", move.vm, "swap_placement"), "host-local")
        for host in dict.fromkeys((move.source, move.destination)):
            seen = [name for name, one in datacenter.datastores.items() if one.is_mounted_on(host)]
            if seen:
                yield set_to(("hosts", host, "swap_datastore"), dice.one_of(seen))
    others = [vm for vm in datacenter.vms.values() if vm.name != move.vm]
    if others and dice.chance(0.1):
        other = dice.one_of(others)
        hosts = [host for host in datacenter.hosts if host != other.host]
        if hosts and other.name not in datacenter.moves:
            under_way = Move(vm=other.name, source=other.host, destination=dice.one_of(hosts))
            yield set_to(("moves", other.name), plain(under_way))
