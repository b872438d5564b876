"""The datastore that files go to: seen, large enough, and in service."""

from __future__ import annotations

import math
from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, since
from vmlab.rules.storage.places import (
    SVMOTION_67,
    cannot_access,
    disks_moved,
    is_converted,
    missing_store,
    mount_on,
    stores_of,
    target_store,
)
from vmlab.rules.storage.swap_places import swap_policy

_CLUSTER_80 = "vSphere 8.0 Resource Management, requirements of a datastore cluster"


@move_rule(
    "svm-both-visible",
    title="The host sees the datastores that files leave and go to",
    short="both visible",
    why="In a Storage vMotion one host reads the old files and writes the new ones.",
    fix="Mount both datastores on the host",
    source=f"{SVMOTION_67}; {API}.CannotAccessVmDisk",
    severity=everywhere("error"),
    scope="storage",
    fault="CannotAccessVmDisk",
    test_group="datastoreTests",
)
def both_visible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Files shall move under a VM, and its host has not mounted their datastore or the target."""
    if move.kind != "storage" or move.datastore is None:
        return
    vm, host = datacenter.vms[move.vm], move.source
    if move.datastore not in datacenter.datastores:
        yield missing_store(move)
    for name in dict.fromkeys((*stores_of(vm), move.datastore)):
        store = datacenter.datastores.get(name)
        if store is None or store.is_mounted_on(host):
            continue
        edits = mount_on(store, host, host)
        whose = next((disk.name for disk in vm.disks.values() if disk.datastore == name), None)
        whose = whose or next(iter(vm.disks), vm.name)
        yield Breach(
            ("datastores", name, "mounts", host),
            f"{host} does not see {name}, which files of {vm.name} "
            + ("go to" if name == move.datastore else "are on"),
            f"Mount {name} on {host}" if edits else f"Choose a datastore that {host} sees",
            edits,
            fault=cannot_access(whose, name),
        )


@move_rule(
    "svm-space",
    title="The target has room for what is written to it",
    short="room enough",
    why="Disks, snapshots and swapfile are written anew before the old files go.",
    fix="Free space, or choose another datastore",
    source=f"{_CLUSTER_80}; {API}.InsufficientStorageSpace",
    severity=everywhere("error"),
    scope="storage",
    fault="InsufficientStorageSpace",
    test_group="datastoreTests",
)
def space(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Free space on the target is less than what disks, snapshots and swapfile take up there."""
    target = target_store(datacenter, move)
    if target is None or target.free_gib is None:
        return
    size_gib = written_gib(datacenter, move)
    if size_gib <= target.free_gib:
        return
    path = ("datastores", target.name, "free_gib")
    enough = math.ceil(size_gib)
    yield Breach(
        path,
        f"{move.vm} writes {size_gib:.12g} GiB to {target.name}, which has "
        f"{target.free_gib:.12g} GiB free",
        f"Free {size_gib - target.free_gib:.12g} GiB on {target.name}, or choose another datastore",
        (set_to(path, enough),) if enough <= target.capacity_gib else (),
    )


@move_rule(
    "svm-target-maintenance",
    title="The target datastore is not in maintenance mode",
    short="in service",
    why="A datastore in maintenance mode is being emptied and takes no files.",
    fix="Choose another datastore",
    source=f"{_CLUSTER_80}; {API}.InvalidDatastoreState",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="storage",
    fault="InvalidDatastoreState",
    test_group="datastoreTests",
    tier="ext",
    era="≥5.0",
)
def target_maintenance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The target is in, or entering, maintenance mode."""
    target = target_store(datacenter, move)
    if target and target.maintenance_mode:
        path = ("datastores", target.name, "maintenance_mode")
        yield Breach(
            path,
            f"{target.name} is in maintenance mode",
            f"Choose another datastore, or end the maintenance of {target.name}",
            (set_to(path, False),),
            fault=Fault("InvalidDatastoreState", {"datastoreName": target.name}),
        )


def written_gib(datacenter: Datacenter, move: Move) -> float:
    """What a move writes to the target: disks, snapshots, and swapfile or suspend file.

    Parameters
    ----------
    datacenter : Datacenter
        Where the files are now.
    move : Move
        Which go, and where to.

    Returns
    -------
    float
        In GiB, as they are there: of a thin disk what was ever written to it.
        Of a raw device only a mapping goes, unless it is converted.
    """
    vm, target = datacenter.vms[move.vm], target_store(datacenter, move)
    if target is None:
        return 0
    suspended = vm.power_state == "suspended" and vm.home != target.name
    size = 0.0
    for disk in disks_moved(datacenter, move):
        if is_converted(datacenter, move, disk):
            size += disk.written_gib if move.disk_format == "thin" else disk.size_gib
        else:
            size += disk.occupied_gib(None if move.disk_format == "same" else move.disk_format)
    for snapshot in vm.snapshots.values():
        if (snapshot.datastore or vm.home) != target.name:
            size += snapshot.size_gib + (vm.memory_mib / 1024 if snapshot.memory else 0)
    with_vm = swap_policy(datacenter, vm.name, move.source) == "vm-directory"
    if vm.power_state == "on" and vm.home != target.name and with_vm:
        size += max(0, vm.memory_mib - vm.memory_reservation_mib) / 1024
    return size + (vm.memory_mib / 1024 if suspended else 0)


RULES = (both_visible, space, target_maintenance)

_NFS = ("datastores", "nfs-01")
_ASKS = {"destination": "esx01", "datastore": "nfs-01"}

MISCONFIGURATIONS = (
    Misconfiguration(
        name="target-not-mounted",
        story="The files of web01 shall go to an export that esx01 has not mounted.",
        rule="svm-both-visible",
        path=(*_NFS, "mounts", "esx01"),
        edits=(remove((*_NFS, "mounts", "esx01")),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="target-too-full",
        story="50 GiB are free on nfs-01; web01 has 60 GiB of disks and a swapfile.",
        rule="svm-space",
        path=(*_NFS, "free_gib"),
        edits=(set_to((*_NFS, "free_gib"), 50),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="target-being-emptied",
        story="nfs-01 was put into maintenance mode, to be replaced.",
        rule="svm-target-maintenance",
        path=(*_NFS, "maintenance_mode"),
        edits=(set_to((*_NFS, "maintenance_mode"), True),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
)
