"""Disks whose files move: their mode, size and number, and the names of files."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, since
from vmlab.rules.storage.conversions import TWO_TB_GIB
from vmlab.rules.storage.places import (
    HOSTS_60,
    SVMOTION_67,
    disks_moved,
    is_hot_relocation,
    target_store,
)

# Bytes of a file's name on VMFS; recalled, no page was found.
MAX_FILE_NAME_BYTES = 128
_NOT_PERSISTENT = {"independent-nonpersistent", "undoable"}


@move_rule(
    "svm-disk-mode",
    title="Disks that move under a running VM are persistent or raw",
    short="persistent disks",
    why="What a disk in another mode has written since power-on would be lost with its old file.",
    fix="Make the disk persistent, or move the VM cold",
    source=f"{SVMOTION_67}; {API}.NonPersistentDisksNotSupported",
    severity=everywhere("error"),
    scope="storage",
    fault="NonPersistentDisksNotSupported",
    test_group="datastoreTests",
)
def disk_mode(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A disk that moves is neither in persistent mode nor a raw device mapping."""
    for disk in disks_moved(datacenter, move) if is_hot_relocation(datacenter, move) else ():
        if disk.mode not in _NOT_PERSISTENT or disk.rdm is not None:
            continue
        path = ("vms", move.vm, "disks", disk.name, "mode")
        yield Breach(
            path,
            f"{disk.name} of {move.vm} is {disk.mode}",
            f"Make {disk.name} persistent, or move {move.vm} cold",
            (set_to(path, "persistent"),),
            fault=Fault(
                "NonPersistentDisksNotSupported", {"device": disk.name, "reason": disk.mode}
            ),
        )


@move_rule(
    "svm-2tb-vmfs3",
    title="No disk of more than 2 TB goes from VMFS5 to VMFS3",
    short="fits VMFS3",
    why="VMFS3 holds no larger file.",
    fix="Choose a datastore with VMFS5 or later",
    source=SVMOTION_67,
    severity={Profile.VSPHERE_55: "error", Profile.VSPHERE_67: "error"},
    scope="storage",
    fault=None,
    test_group="datastoreTests",
    tier="ext",
    era="5.x–6.x",
)
def two_tb_vmfs3(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A disk larger than 2 TB leaves VMFS5 or later for VMFS3."""
    target = target_store(datacenter, move)
    if target is None or target.file_system != "VMFS3":
        return
    large = [
        disk
        for disk in disks_moved(datacenter, move)
        if disk.size_gib > TWO_TB_GIB
        and disk.rdm is None
        and datacenter.datastores[disk.datastore].file_system in {"VMFS5", "VMFS6"}
    ]
    if large:
        path = ("datastores", target.name, "file_system")
        told = ", ".join(f"{disk.name} with {disk.size_gib:.12g} GiB" for disk in large)
        yield Breach(
            path,
            f"{target.name} is VMFS3, which holds {TWO_TB_GIB} GiB at most; {move.vm} has {told}",
            f"Upgrade {target.name} to VMFS5, or choose another datastore",
            (set_to(path, "VMFS5"),),
        )


@move_rule(
    "svm-max-disks",
    title="No more disks move at once than the host can follow",
    short="disks at once",
    why="The host mirrors each disk that moves, and has room for a limited number.",
    fix="Move the disks in steps",
    source=f"{API.removesuffix('.fault')}.host.Capability; {API}.TooManyDevices",
    severity=everywhere("error"),
    scope="storage",
    fault="TooManyDevices",
    test_group="datastoreTests",
    tier="ext",
    era="≥4.x",
)
def max_disks(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """More disks move than the host's limit, 64 unless it says otherwise."""
    target, moved = target_store(datacenter, move), disks_moved(datacenter, move)
    most = datacenter.hosts[move.source].capabilities.max_disks_storage_vmotion
    if target is None or len(moved) <= most or not is_hot_relocation(datacenter, move):
        return
    first = moved[: len(moved) - most]
    path = ("vms", move.vm, "disks")
    yield Breach(
        path,
        f"{len(moved)} disks of {move.vm} shall move; {move.source} moves {most} at once",
        f"Move {len(first)} of the disks to {target.name} in a step of their own",
        tuple(set_to((*path, disk.name, "datastore"), target.name) for disk in first),
        fault=Fault("TooManyDevices", {"property": "config.hardware.device"}),
    )


@move_rule(
    "svm-rename-length",
    title="Files can bear the VM's name",
    short="file names fit",
    why="Files that are renamed after the VM get endings, and a file's name has a longest length.",
    fix="Shorten the VM's name",
    source=f"{HOSTS_60}, migration with Storage vMotion; the longest length is recalled",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="storage",
    fault=None,
    test_group="datastoreTests",
    tier="ext",
    era="≥5.x",
    phase="transfer",
    recalled=True,
)
def rename_length(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Files are renamed after the VM, and a new name is too long for a file."""
    vm = datacenter.vms[move.vm]
    if not move.rename_files or target_store(datacenter, move) is None:
        return
    longest = max((f"{vm.name}{end}" for end in _endings(vm)), key=_length_bytes)
    if _length_bytes(longest) > MAX_FILE_NAME_BYTES:
        over = _length_bytes(longest) - MAX_FILE_NAME_BYTES
        yield Breach(
            ("vms", vm.name),
            f"The file “{longest}” would have a name of {_length_bytes(longest)} bytes; "
            f"{MAX_FILE_NAME_BYTES} is the most",
            f"Shorten the name of the VM by {over} bytes or more",
        )


def _endings(vm: VirtualMachine) -> list[str]:
    """What follows the VM's name in the names of its files."""
    disks = [f"_{number}-flat.vmdk" if number else "-flat.vmdk" for number in range(len(vm.disks))]
    deltas = [f"-{number:06}-delta.vmdk" for number in range(1, len(vm.snapshots) + 1)]
    return [".vmx", *disks, *deltas]


def _length_bytes(name: str) -> int:
    return len(name.encode())


RULES = (disk_mode, two_tb_vmfs3, max_disks, rename_length)

_DISKS = ("vms", "web01", "disks")
_TO_NFS = {"destination": "esx01", "datastore": "nfs-01"}
# 43 letters, of three bytes each in a file's name.
_LONG_NAME = (
    "本番環境の受注管理業務システム用ウェブサーバー一号機（東京第二データセンター）検証済み"
)
_LICENSED = set_to(
    ("hosts", "esx01", "licence"),
    {"edition": "Enterprise", "features": ["vmotion", "storage-vmotion"]},
)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="nonpersistent-disk",
        story="disk 2 of web01 forgets its changes when web01 is powered off.",
        rule="svm-disk-mode",
        path=(*_DISKS, "disk 2", "mode"),
        edits=(set_to((*_DISKS, "disk 2", "mode"), "independent-nonpersistent"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_TO_NFS,
    ),
    Misconfiguration(
        name="undoable-disk",
        story="disk 2 of web01 comes from an old host and is undoable.",
        rule="svm-disk-mode",
        path=(*_DISKS, "disk 2", "mode"),
        edits=(_LICENSED, set_to((*_DISKS, "disk 2", "mode"), "undoable")),
        kind="storage",
        asks=_TO_NFS,
    ),
    Misconfiguration(
        name="large-disk-to-vmfs3",
        story="disk 2 has 3000 GiB on VMFS5 and shall go to a datastore of 2009.",
        rule="svm-2tb-vmfs3",
        path=("datastores", "iscsi-01", "file_system"),
        edits=(
            set_to((*_DISKS, "disk 2", "size_gib"), 3000),
            set_to(("datastores", "san-01", "file_system"), "VMFS5"),
            set_to(("datastores", "iscsi-01", "file_system"), "VMFS3"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="storage",
        asks={"destination": "esx01", "datastore": "iscsi-01"},
    ),
    Misconfiguration(
        name="too-many-disks",
        story="web01 has 65 disks, and all shall move at once.",
        rule="svm-max-disks",
        path=_DISKS,
        edits=(
            set_to(
                _DISKS,
                {f"disk {n}": {"datastore": "san-01", "size_gib": 1} for n in range(1, 66)},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_TO_NFS,
    ),
    Misconfiguration(
        name="name-too-long-for-files",
        story="A VM bears a whole sentence as its name, and its files shall bear it too.",
        rule="svm-rename-length",
        path=("vms", _LONG_NAME),
        edits=(
            set_to(
                ("vms", _LONG_NAME),
                {
                    "host": "esx01",
                    "home": "san-01",
                    "hardware_version": 20,
                    "disks": {"disk 1": {"datastore": "san-01"}},
                },
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks={**_TO_NFS, "vm": _LONG_NAME, "rename_files": True},
    ),
)
