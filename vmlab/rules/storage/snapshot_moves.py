"""Snapshots whose files shall move: what releases before 5.0 refuse."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, move_rule, only_guide
from vmlab.rules.storage.places import (
    SNAPSHOT_PAGE,
    host_after,
    is_hot_relocation,
    target_store,
)


@move_rule(
    "snap-hot-relocate",
    title="No file of a running VM with snapshots moves",
    short="no hot snapshots",
    why="Before 5.0 Storage VMotion follows one chain of writes and cannot carry snapshots along.",
    fix="Delete the snapshots, or move the VM cold",
    source=f"{SNAPSHOT_PAGE}; {API}.HotSnapshotMoveNotSupported",
    severity=only_guide("error"),
    scope="storage",
    fault="HotSnapshotMoveNotSupported",
    test_group="sourceTests",
    era="≤4.1",
)
def hot_relocate(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A file of a VM that is on and has snapshots goes to another datastore."""
    vm, target = datacenter.vms[move.vm], target_store(datacenter, move)
    if (
        vm.snapshots
        and target
        and is_hot_relocation(datacenter, move)
        and not _can_lay_out(datacenter, move)
    ):
        path = ("vms", vm.name, "snapshots")
        yield Breach(
            path,
            f"{vm.name} is on and has snapshots ({_names(vm)}); its files cannot go to "
            f"{target.name}",
            f"Delete the snapshots of {vm.name}, or move it cold",
            (remove(path),),
            fault=Fault("HotSnapshotMoveNotSupported"),
        )


@move_rule(
    "snap-cold-single-dir",
    title="A VM with snapshots moves from one directory to one directory",
    short="one directory",
    why="Snapshots name the disks they belong to by their place: all files must stay together.",
    fix="Consolidate the files in one directory",
    source=f"{SNAPSHOT_PAGE}; {API}.SnapshotMoveFromNonHomeNotSupported",
    severity=only_guide("error"),
    scope="storage",
    fault="SnapshotMoveFromNonHomeNotSupported",
    test_group="sourceTests",
    era="≤4.x",
)
def cold_single_dir(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Files of a VM that is not on start in two places, or the hosts are too old or unlike."""
    vm = datacenter.vms[move.vm]
    if (
        not vm.snapshots
        or vm.power_state == "on"
        or target_store(datacenter, move) is None
        or _can_lay_out(datacenter, move)
    ):
        return
    yield from _astray(vm)
    yield from _hosts_unfit(datacenter, move, vm)


def _astray(vm: VirtualMachine) -> Iterator[Breach]:
    """Disks and snapshots outside the VM's home, in one breach: they move home together."""
    disks = [disk for disk in vm.disks.values() if disk.datastore != vm.home]
    snapshots = [s for s in vm.snapshots.values() if s.datastore not in {None, vm.home}]
    parent: Path = ("vms", vm.name)
    edits: list[Edit] = [
        set_to((*parent, "disks", disk.name, "datastore"), vm.home) for disk in disks
    ]
    edits += [remove((*parent, "snapshots", s.name, "datastore")) for s in snapshots]
    if edits:
        places = [f"{disk.name} is on {disk.datastore}" for disk in disks]
        places += [f"“{s.name}” is on {s.datastore}" for s in snapshots]
        yield Breach(
            edits[0].path,
            f"{vm.name} has snapshots, and not all its files are in its home on {vm.home}: "
            f"{', '.join(places)}",
            f"Bring all files of {vm.name} to {vm.home} first",
            tuple(edits),
            fault=Fault("SnapshotMoveFromNonHomeNotSupported"),
        )


def _hosts_unfit(datacenter: Datacenter, move: Move, vm: VirtualMachine) -> Iterator[Breach]:
    hosts = [datacenter.hosts[name] for name in dict.fromkeys((move.source, host_after(move)))]
    old = [host for host in hosts if host.release < (3, 5, 0)]
    if not old and len({host.release[:2] for host in hosts}) == 1:
        return
    told = " and ".join(f"{host.name} is {host.kind} {host.version}" for host in old or hosts)
    path = ("vms", vm.name, "snapshots")
    yield Breach(
        path,
        f"{vm.name} has snapshots, and {told}: "
        + ("3.5 is the first that moves them" if old else "their versions must be the same"),
        f"Delete the snapshots of {vm.name}, or choose another host",
        (remove(path),),
        fault=Fault("SnapshotMoveNotSupported"),
    )


def _can_lay_out(datacenter: Datacenter, move: Move) -> bool:
    """Whether the destination, from 5.0 on, can put snapshots anywhere."""
    return datacenter.hosts[host_after(move)].can("snapshot_relayout")


def _names(vm: VirtualMachine) -> str:
    return ", ".join(f"“{name}”" for name in vm.snapshots)


RULES = (hot_relocate, cold_single_dir)

_SNAPSHOTS = ("vms", "web01", "snapshots")
_BEFORE = set_to((*_SNAPSHOTS, "before upgrade"), {})
_OFF = set_to(("vms", "web01", "power_state"), "off")
_DISK_2 = ("vms", "web01", "disks", "disk 2", "datastore")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="snapshot-left-behind",
        story="A snapshot was left behind after an upgrade, and then Storage VMotion is asked for.",
        rule="snap-hot-relocate",
        path=_SNAPSHOTS,
        edits=(
            _BEFORE,
            set_to(
                ("hosts", "esx01", "licence"),
                {"edition": "Enterprise", "features": ["vmotion", "storage-vmotion"]},
            ),
        ),
        kind="storage",
        asks={"destination": "esx01", "datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="snapshot-of-scattered-disks",
        story="web01 is off, has a snapshot, and its second disk is not in its home.",
        rule="snap-cold-single-dir",
        path=_DISK_2,
        edits=(_BEFORE, _OFF, set_to(_DISK_2, "iscsi-01")),
        kind="cold",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="snapshot-to-another-version",
        story="web01 has a snapshot, and esx02 was upgraded to 4.1 before the others.",
        rule="snap-cold-single-dir",
        path=_SNAPSHOTS,
        edits=(_BEFORE, _OFF, set_to(("hosts", "esx02", "version"), "4.1")),
        kind="cold",
        asks={"datastore": "nfs-01"},
    ),
)
