"""Where a virtual machine's files are, and where a move puts them."""

from __future__ import annotations

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualDisk, VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.storage import Datastore
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import Breach, Fault

HOSTS_55 = "vSphere 5.5 vCenter Server and Host Management"
HOSTS_60 = "vSphere 6.0.1 vCenter Server and Host Management"
HOSTS_67 = "vSphere 6.7 vCenter Server and Host Management"
SVMOTION_67 = f"{HOSTS_67}, requirements of Storage vMotion"
SNAPSHOT_PAGE = "vSphere 4.0 Basic System Administration, p. 193"


def host_after(move: Move) -> str:
    """The host that the VM belongs to once it has moved."""
    return move.source if move.kind == "storage" else move.destination


def is_hot_relocation(datacenter: Datacenter, move: Move) -> bool:
    """Whether files shall move under a VM that is powered on."""
    return move.kind in {"storage", "both"} and datacenter.vms[move.vm].power_state == "on"


def files_stay(move: Move) -> bool:
    """Whether the VM changes host and its files do not move."""
    return changes_host(move) and (move.kind == "vmotion" or move.datastore is None)


def stores_of(vm: VirtualMachine) -> tuple[str, ...]:
    """Datastores of a VM's home and disks, each once."""
    return tuple(dict.fromkeys([vm.home, *(disk.datastore for disk in vm.disks.values())]))


def stores_with_snapshots(vm: VirtualMachine) -> tuple[str, ...]:
    """Datastores of a VM's home, disks and snapshots, each once."""
    more = (snapshot.datastore or vm.home for snapshot in vm.snapshots.values())
    return tuple(dict.fromkeys([*stores_of(vm), *more]))


def target_store(datacenter: Datacenter, move: Move) -> Datastore | None:
    """The datastore that files go to.

    Parameters
    ----------
    datacenter : Datacenter
        Where the files are now.
    move : Move
        A VMotion alone leaves them where they are.

    Returns
    -------
    Datastore or None
        None where no file goes anywhere, or the datastore does not exist.
    """
    if move.kind == "vmotion" or move.datastore is None:
        return None
    now = stores_with_snapshots(datacenter.vms[move.vm])
    return None if now == (move.datastore,) else datacenter.datastores.get(move.datastore)


def stores_after(datacenter: Datacenter, move: Move) -> tuple[str, ...]:
    """Datastores of the VM's files once it has moved."""
    target = target_store(datacenter, move)
    return (target.name,) if target else stores_of(datacenter.vms[move.vm])


def disks_moved(datacenter: Datacenter, move: Move) -> tuple[VirtualDisk, ...]:
    """Disks that go to another datastore, of a raw device its mapping."""
    target = target_store(datacenter, move)
    disks = datacenter.vms[move.vm].disks.values()
    return tuple(disk for disk in disks if target and disk.datastore != target.name)


def is_converted(datacenter: Datacenter, move: Move, disk: VirtualDisk) -> bool:
    """Whether a raw device mapping shall become a virtual disk on the way."""
    return disk.rdm is not None and move.convert_rdms and disk in disks_moved(datacenter, move)


def is_shared(store: Datastore, here: str, there: str) -> bool:
    """Whether two hosts have the same storage under a datastore's name."""
    backing = store.backing_on(here)
    return store.kind != "local" and backing is not None and backing == store.backing_on(there)


def mount_on(store: Datastore, host: str, like: str) -> tuple[Edit, ...]:
    """Edits that mount a datastore on a host, as another host has it; a local disk stays."""
    if store.kind == "local":
        return ()
    backing = store.backing_on(like)
    facts = {} if backing in {None, store.backing} else {"backing": backing}
    return (set_to(("datastores", store.name, "mounts", host), facts),)


def cannot_access(device: str, store: str) -> Fault:
    """The fault of a disk whose datastore a host does not have, round the one that says why."""
    reason = Fault("InaccessibleDatastore", {"datastore": store, "name": store})
    fields = {"device": device, "backing": store, "connected": True}
    return Fault("CannotAccessVmDisk", fields, reason)


def missing_store(move: Move) -> Breach:
    """A breach where a move names a datastore that does not exist."""
    return Breach(
        ("datastores",),
        f"There is no datastore {move.datastore}, which the files of {move.vm} shall go to",
        "Choose a datastore that exists",
    )
