"""Raw device mappings whose files move: what may become of them, and where."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Rdm, VirtualDisk
from vmlab.inventory.move import Move
from vmlab.inventory.path import Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, since
from vmlab.rules.storage.mappings import DISK_2_RDM, mapped
from vmlab.rules.storage.places import (
    HOSTS_55,
    SVMOTION_67,
    disks_moved,
    is_converted,
    is_hot_relocation,
    target_store,
)

TWO_TB_GIB = 2048


@move_rule(
    "svm-prdm-convert",
    title="No mapping in physical mode is converted under a running VM",
    short="physical mode stays",
    why="In physical mode the guest speaks to the LUN itself: only the mapping file can move.",
    fix="Move the mapping file only",
    source=f"{SVMOTION_67}; {HOSTS_55}, requirements of Storage vMotion; "
    f"{API}.RDMConversionNotSupported",
    severity=everywhere("error"),
    scope="storage",
    fault="RDMConversionNotSupported",
    test_group="datastoreTests",
    era="≥4.0",
)
def prdm_convert(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The request converts a raw device mapping in physical mode."""
    for disk, rdm in _mappings(datacenter, move):
        if _is_refused_conversion(datacenter, move, disk, rdm):
            path = (*_path(move, disk), "mode")
            yield Breach(
                path,
                f"{disk.name} of {move.vm} maps {rdm.lun} in physical mode, and shall be converted",
                f"Move only the mapping file of {disk.name}, or map it in virtual mode",
                (set_to(path, "virtual"),),
                fault=Fault("RDMConversionNotSupported", {"device": disk.name}),
            )


@move_rule(
    "svm-large-rdm-convert",
    title="No mapping of more than 2 TB is converted",
    short="no large conversion",
    why="The virtual disk that it would become cannot be made that large on the way.",
    fix="Keep it as a raw device mapping",
    source=f"{API}.LargeRDMConversionNotSupported",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="storage",
    fault="LargeRDMConversionNotSupported",
    test_group="datastoreTests",
    tier="ext",
    era="≥5.0",
)
def large_rdm_convert(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The request converts a raw device mapping larger than 2 TB."""
    for disk, rdm in _mappings(datacenter, move):
        if (
            disk.size_gib > TWO_TB_GIB
            and is_converted(datacenter, move, disk)
            and not _is_refused_conversion(datacenter, move, disk, rdm)
        ):
            yield Breach(
                _path(move, disk),
                f"{disk.name} of {move.vm} maps {rdm.lun} of {disk.size_gib:.12g} GiB, and shall "
                f"be converted; {TWO_TB_GIB} GiB is the most",
                f"Keep {disk.name} as a raw device mapping",
                fault=Fault("LargeRDMConversionNotSupported", {"device": disk.name}),
            )


@move_rule(
    "svm-rdm-to-nfs",
    title="No raw device mapping goes to NFS",
    short="no mapping on NFS",
    why="A mapping file needs VMFS, and a conversion is written the same way.",
    fix="Choose a VMFS datastore",
    source=f"{SVMOTION_67}; {API}.RDMNotSupportedOnDatastore",
    severity=everywhere("error"),
    scope="storage",
    fault="RDMNotSupportedOnDatastore",
    test_group="datastoreTests",
    tier="ext",
    era="≥4.0",
)
def rdm_to_nfs(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A mapping file, or what a mapping is converted to, goes to NFS."""
    target = target_store(datacenter, move)
    if target is None or target.kind != "NAS":
        return
    for disk, rdm in _mappings(datacenter, move):
        if not _is_refused_conversion(datacenter, move, disk, rdm):
            fields = {
                "device": disk.name,
                "datastore": target.name,
                "datastoreName": target.name,
            }
            yield Breach(
                _path(move, disk),
                f"{disk.name} of {move.vm} maps {rdm.lun}; {target.name} is NFS",
                f"Choose a VMFS datastore for {disk.name}",
                fault=Fault("RDMNotSupportedOnDatastore", fields),
            )


def _mappings(datacenter: Datacenter, move: Move) -> Iterator[tuple[VirtualDisk, Rdm]]:
    for disk in disks_moved(datacenter, move):
        if disk.rdm is not None:
            yield disk, disk.rdm


def _is_refused_conversion(datacenter: Datacenter, move: Move, disk: VirtualDisk, rdm: Rdm) -> bool:
    """Whether svm-prdm-convert speaks of it: the others then need not."""
    converted = rdm.mode == "physical" and is_converted(datacenter, move, disk)
    return converted and is_hot_relocation(datacenter, move)


def _path(move: Move, disk: VirtualDisk) -> Path:
    return ("vms", move.vm, "disks", disk.name, "rdm")


RULES = (prdm_convert, large_rdm_convert, rdm_to_nfs)

_SIZE = set_to(("vms", "web01", "disks", "disk 2", "size_gib"), 3000)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="physical-rdm-converted",
        story="disk 2 is mapped in physical mode, and Storage vMotion shall make a disk of it.",
        rule="svm-prdm-convert",
        path=(*DISK_2_RDM, "mode"),
        edits=mapped(mode="physical"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks={"destination": "esx01", "datastore": "iscsi-01", "convert_rdms": True},
    ),
    Misconfiguration(
        name="large-rdm-converted",
        story="A raw LUN of 3000 GiB shall become a virtual disk.",
        rule="svm-large-rdm-convert",
        path=DISK_2_RDM,
        edits=(*mapped(), _SIZE),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
        kind="storage",
        asks={"destination": "esx01", "datastore": "iscsi-01", "convert_rdms": True},
    ),
    Misconfiguration(
        name="rdm-to-nfs",
        story="disk 2 is a raw device mapping, and all files shall go to the NAS.",
        rule="svm-rdm-to-nfs",
        path=DISK_2_RDM,
        edits=mapped(),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="storage",
        asks={"destination": "esx01", "datastore": "nfs-01"},
    ),
)
