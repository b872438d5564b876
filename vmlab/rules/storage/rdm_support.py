"""Raw device mappings that a host cannot open, or that a guest cluster holds."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Rdm
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.rules.storage.mappings import DISK_2_RDM, mapped, mappings_kept


@move_rule(
    "sto-rdm-supported",
    title="The target supports the VM's raw device mappings",
    short="RDM supported",
    why="A host without the feature cannot open the mapping, whatever it sees of the LUN.",
    fix="Convert the disk, or choose another host",
    source=f"{API}.RDMNotSupported; {API}.PhysCompatRDMNotSupported",
    severity=everywhere("error"),
    scope="storage",
    fault="RDMNotSupported",
    test_group="datastoreTests",
    tier="ext",
)
def rdm_supported(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination supports no mapping at all, or none in physical mode."""
    host = datacenter.hosts[move.destination]
    for disk, rdm in mappings_kept(datacenter, move):
        path: Path = ("vms", move.vm, "disks", disk.name, "rdm")
        if not host.can("rdm"):
            what, name, edit = "raw device mappings", "RDMNotSupported", remove(path)
            fix = f"Convert {disk.name} of {move.vm} into a virtual disk"
        elif rdm.mode == "physical" and not host.can("physical_rdm"):
            what, name = "mappings in physical mode", "PhysCompatRDMNotSupported"
            path = (*path, "mode")
            edit = set_to(path, "virtual")
            fix = f"Map {disk.name} of {move.vm} in virtual mode"
        else:
            continue
        fields = {"device": disk.name, "reason": f"{host.name} does not support it"}
        yield Breach(
            path,
            f"{disk.name} of {move.vm} maps {rdm.lun}; {host.name} does not support {what}",
            fix,
            (edit,),
            fault=Fault(name, fields),
        )


@move_rule(
    "sto-raw-disk-cluster",
    title="No running VM moves with a raw disk of a guest cluster",
    short="no cluster disk",
    why="Nodes of a cluster hold reservations on the disk, and another host may break them.",
    fix="Power the VM off, or detach the disk",
    source=f"{API}.DisallowedMigrationDeviceAttached; {API}.RawDiskNotSupported",
    severity=everywhere("error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="datastoreTests",
)
def raw_disk_cluster(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A VM that is powered on has a raw disk used for clustering."""
    vm = datacenter.vms[move.vm]
    if vm.power_state != "on" or move.kind in {"cold", "suspended"}:
        return
    for disk in vm.disks.values():
        if disk.rdm is None or not disk.rdm.clustered or _is_allowed(datacenter, move, disk.rdm):
            continue
        path = ("vms", vm.name, "disks", disk.name)
        fields = {"device": disk.name, "reason": "used for clustering"}
        yield Breach(
            path,
            f"{disk.name} of {vm.name} is a raw disk that a guest cluster uses ({disk.rdm.lun})",
            f"Detach {disk.name} from {vm.name}, or power {vm.name} off",
            (remove(path),),
            fault=Fault(
                "DisallowedMigrationDeviceAttached", inner=Fault("RawDiskNotSupported", fields)
            ),
        )


def _is_allowed(datacenter: Datacenter, move: Move, rdm: Rdm) -> bool:
    """From 6.0 on nodes in several boxes may move: hardware 11, physical mode and sharing."""
    vm = datacenter.vms[move.vm]
    hosts = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    return (
        rdm.mode == "physical"
        and vm.bus_sharing == "physical"
        and vm.hardware_version >= 11
        and all(host.release >= (6, 0, 0) for host in hosts)
    )


RULES = (rdm_supported, raw_disk_cluster)


def _capability(name: str) -> Edit:
    return set_to(("hosts", "esx02", "capabilities", name), False)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="rdm-not-supported",
        story="esx02 boots from storage whose driver knows no raw device mappings.",
        rule="sto-rdm-supported",
        path=DISK_2_RDM,
        edits=(*mapped(), _capability("rdm")),
    ),
    Misconfiguration(
        name="physical-rdm-not-supported",
        story="disk 2 of web01 is mapped in physical mode, which esx02 does not know.",
        rule="sto-rdm-supported",
        path=(*DISK_2_RDM, "mode"),
        edits=(*mapped(mode="physical"), _capability("physical_rdm")),
    ),
    Misconfiguration(
        name="quorum-disk",
        story="web01 became a node of a guest cluster, and disk 2 is its quorum.",
        rule="sto-raw-disk-cluster",
        path=("vms", "web01", "disks", "disk 2"),
        edits=mapped(mode="physical", clustered=True),
    ),
)
