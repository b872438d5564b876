"""Raw device mappings on their way: which the target must open, and what it sees of them."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.machine import Rdm, VirtualDisk
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import Breach, Fault
from vmlab.rules.storage.places import is_converted, target_store

DISK_2_RDM = ("vms", "web01", "disks", "disk 2", "rdm")
LUN = "naa.6001"


def mapped(here: int | None = 4, there: int | None = 4, **facts: str | bool) -> tuple[Edit, ...]:
    """Edits that map disk 2 to a LUN, and show it to the hosts under their numbers."""
    numbers = {"esx01": here, "esx02": there}
    shown = [
        set_to(("hosts", host, "luns", LUN), number)
        for host, number in numbers.items()
        if number is not None
    ]
    return set_to(DISK_2_RDM, {"lun": LUN, **facts}), *shown


def mappings_kept(datacenter: Datacenter, move: Move) -> Iterator[tuple[VirtualDisk, Rdm]]:
    """Raw device mappings that the destination will have to open."""
    for disk in datacenter.vms[move.vm].disks.values() if changes_host(move) else ():
        if disk.rdm is not None and not is_converted(datacenter, move, disk):
            yield disk, disk.rdm


def unseen_lun(
    datacenter: Datacenter, move: Move, disk: VirtualDisk, rdm: Rdm, fault: str
) -> Iterator[Breach]:
    """A breach where the destination has no LUN that a mapping points to."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    if rdm.lun in there.luns:
        return
    path = ("hosts", there.name, "luns", rdm.lun)
    number = _lun_number(here, there, rdm.lun)
    yield Breach(
        path,
        f"{disk.name} of {move.vm} maps {rdm.lun}; {there.name} does not see that LUN",
        f"Present {rdm.lun} to {there.name} as LUN {number}",
        (set_to(path, number),),
        fault=Fault(
            fault,
            {"device": disk.name, "backing": rdm.lun, "connected": True},
            Fault("NotFound"),
        ),
    )


def _lun_number(here: Host, there: Host, lun: str) -> int:
    """The ID that the source knows a LUN by, or the first that both have free."""
    taken = {*here.luns.values(), *there.luns.values()}
    free = next(number for number in range(len(taken) + 1) if number not in taken)
    return here.luns.get(lun, free)


def is_readable(datacenter: Datacenter, move: Move, disk: VirtualDisk) -> bool:
    """Whether the destination can read a disk's file, where it will then be."""
    store = target_store(datacenter, move) or datacenter.datastores[disk.datastore]
    mount = store.mounts.get(move.destination)
    return mount is not None and mount.accessible
