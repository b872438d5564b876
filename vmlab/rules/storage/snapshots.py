"""Snapshots that travel along: what a return to them needs, and where their files are."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Snapshot
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import (
    API,
    Breach,
    Fault,
    everywhere,
    move_rule,
    moves_running,
    only_guide,
    since,
)
from vmlab.rules.storage.places import (
    SNAPSHOT_PAGE,
    files_stay,
    is_shared,
    mount_on,
    stores_of,
    stores_with_snapshots,
    target_store,
)


@move_rule(
    "snap-revert-risk",
    title="No snapshot needs what the target may lack",
    short="snapshots revert",
    why="A snapshot remembers devices, disks and a CPU state; the target may have other ones.",
    fix="Review the snapshots, or delete them first",
    source=f"{SNAPSHOT_PAGE}; {API}.SnapshotRevertIssue",
    severity=everywhere("warning"),
    scope="vm",
    fault="SnapshotRevertIssue",
    test_group="sourceTests",
)
def revert_risk(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A VM with snapshots moves by VMotion: a return may fail, or is sure to."""
    snapshots = datacenter.vms[move.vm].snapshots
    if not snapshots or not moves_running(datacenter, move):
        return
    parent = ("vms", move.vm, "snapshots")
    lacking = [(snapshot, _lacking(datacenter, move, snapshot)) for snapshot in snapshots.values()]
    sure = [(snapshot.name, what) for snapshot, what in lacking if what]
    for name, what in sure:
        yield Breach(
            (*parent, name),
            f"“{name}” of {move.vm} needs {', '.join(what)}; {move.destination} lacks that",
            f"Delete “{name}” of {move.vm} first",
            (remove((*parent, name)),),
            fault=Fault("SnapshotRevertIssue", {"snapshotName": name, "errors": True}),
        )
    if not sure:
        memory = any(snapshot.memory for snapshot in snapshots.values())
        state = ", with a CPU state among them" if memory else ""
        yield Breach(
            parent,
            f"{move.vm} has {_count(len(snapshots))}{state}: "
            f"a return to one may fail on {move.destination}",
            f"Review the snapshots of {move.vm}, or delete them first",
            (remove(parent),),
            fault=Fault("SnapshotRevertIssue", {"errors": False}),
        )


@move_rule(
    "snap-not-on-shared",
    title="A VM with snapshots has its files on storage that both hosts access",
    short="snapshots shared",
    why="With snapshots a VM may change host only where its files can stay as they are.",
    fix="Use shared storage, or delete the snapshots",
    source=f"{SNAPSHOT_PAGE}; {API}.SnapshotMoveNotSupported",
    severity=only_guide("error"),
    scope="storage",
    fault="SnapshotMoveNotSupported",
    test_group="sourceTests",
    era="4.0 guide",
)
def not_on_shared(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Files of a VM with snapshots are not on storage that both hosts see."""
    vm = datacenter.vms[move.vm]
    if not vm.snapshots or not files_stay(move):
        return
    # Of home and disks, rules of their own ask the same where a running VM moves.
    known = stores_of(vm) if move.kind == "vmotion" else ()
    seen: set[Path] = set()
    for name in stores_with_snapshots(vm):
        store = datacenter.datastores[name]
        if name in known or is_shared(store, move.source, move.destination):
            continue
        path: Path = ("vms", vm.name, "snapshots")
        edits: tuple[Edit, ...] = (remove(path),)
        fix = f"Delete the snapshots of {vm.name}"
        if store.kind != "local" and not store.is_mounted_on(move.destination):
            path = ("datastores", name, "mounts", move.destination)
            edits = mount_on(store, move.destination, move.source)
            fix = f"Mount {name} on {move.destination}"
        if path not in seen:
            seen.add(path)
            yield Breach(
                path,
                f"{vm.name} has {_count(len(vm.snapshots))}, and {name}, which holds files of it, "
                f"is not shared by {move.source} and {move.destination}",
                fix,
                edits,
            )


@move_rule(
    "snap-memory-vvol",
    title="No memory snapshot of old hardware goes to a virtual volume",
    short="no old memory",
    why="Memory snapshots of hardware version 10 and older are not kept on virtual volumes.",
    fix="Remove the snapshots: upgrading the hardware does not help",
    source="vSphere 6.0.1 Storage, p. 75",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="storage",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥6.0",
)
def memory_vvol(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Hardware version 10 or older, memory snapshots, and files that go to virtual volumes."""
    vm, target = datacenter.vms[move.vm], target_store(datacenter, move)
    names = [snapshot.name for snapshot in vm.snapshots.values() if snapshot.memory]
    if target is None or target.kind != "vVol" or vm.hardware_version > 10 or not names:
        return
    path = ("vms", vm.name, "snapshots")
    yield Breach(
        path,
        f"{vm.name} of hardware version {vm.hardware_version} goes to {target.name}, a virtual "
        f"volume, with memory in {', '.join(f'“{name}”' for name in names)}",
        f"Remove {_count(len(names))} of {vm.name}",
        tuple(remove((*path, name)) for name in names),
    )


def _lacking(datacenter: Datacenter, move: Move, snapshot: Snapshot) -> list[str]:
    """What a return to a snapshot needs and the destination is known to lack."""
    host = datacenter.hosts[move.destination]
    missing = [name for name in snapshot.needs_devices if name not in host.hardware]
    store = snapshot.datastore
    if store and files_stay(move) and not datacenter.datastores[store].is_mounted_on(host.name):
        missing.append(store)
    return missing


def _count(number: int) -> str:
    return f"{number} snapshot{'' if number == 1 else 's'}"


RULES = (revert_risk, not_on_shared, memory_vvol)

_SNAPSHOTS = ("vms", "web01", "snapshots")
_BEFORE = (*_SNAPSHOTS, "before upgrade")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="snapshot-with-memory",
        story="Before an upgrade somebody took a snapshot of web01, memory included.",
        rule="snap-revert-risk",
        path=_SNAPSHOTS,
        edits=(set_to(_BEFORE, {"memory": True}),),
    ),
    Misconfiguration(
        name="snapshot-needs-a-tape",
        story="When the snapshot was taken, web01 had the tape drive of esx01.",
        rule="snap-revert-risk",
        path=_BEFORE,
        edits=(
            set_to(_BEFORE, {"needs_devices": ["tape 0"]}),
            set_to(("hosts", "esx01", "hardware"), ["tape 0"]),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="snapshot-on-a-local-disk",
        story="The files of a snapshot of web01 were put on a local disk of esx01.",
        rule="snap-not-on-shared",
        path=_SNAPSHOTS,
        edits=(set_to(_BEFORE, {"datastore": "esx01-local"}),),
        also=(("snap-revert-risk", _BEFORE),),
    ),
    Misconfiguration(
        name="snapshot-of-a-vm-that-is-off",
        story="web01 is off, has a snapshot, and a disk on an export that esx02 has not mounted.",
        rule="snap-not-on-shared",
        path=("datastores", "nfs-01", "mounts", "esx02"),
        edits=(
            set_to(_BEFORE, {}),
            set_to(("vms", "web01", "power_state"), "off"),
            set_to(("vms", "web01", "disks", "disk 2", "datastore"), "nfs-01"),
            remove(("datastores", "nfs-01", "mounts", "esx02")),
        ),
        also=(("sto-disks-visible", ("datastores", "nfs-01", "mounts", "esx02")),),
        kind="cold",
    ),
    Misconfiguration(
        name="memory-to-a-virtual-volume",
        story="web01, hardware version 10, has memory in a snapshot and goes to virtual volumes.",
        rule="snap-memory-vvol",
        path=_SNAPSHOTS,
        edits=(
            set_to(_BEFORE, {"memory": True}),
            set_to(("vms", "web01", "hardware_version"), 10),
            set_to(
                ("datastores", "vvol-01"),
                {"kind": "vVol", "backing": "vvol-1", "mounts": {"esx01": {}, "esx02": {}}},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="storage",
        asks={"destination": "esx01", "datastore": "vvol-01"},
    ),
)
