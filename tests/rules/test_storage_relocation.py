"""Files that move under a VM: the target, the disks, names, and what runs meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import DISK_2, TWO_HOSTS, WEB01, by_profile, findings
from vmlab.inventory import Edit, Move, Profile, apply, load, remove, set_to
from vmlab.rules import check
from vmlab.rules.storage.moving_disks import MAX_FILE_NAME_BYTES

ERROR = ["error"] * 4
SILENT = ["-"] * 4
TO_NFS = {"kind": "storage", "datastore": "nfs-01"}
NFS = ("datastores", "nfs-01")
ESX01 = ("hosts", "esx01")


@pytest.mark.parametrize("profile", list(Profile)[1:])
@pytest.mark.parametrize("kind", ["storage", "both", "cold", "suspended"])
def test_a_good_move_of_files_is_silent(kind: Any, profile: Profile) -> None:
    state = {"cold": "off", "suspended": "suspended"}.get(kind, "on")
    start = load("two-hosts-vsphere-8").datacenter
    start = apply(start, [set_to((*WEB01, "power_state"), state)])
    to = "esx01" if kind == "storage" else "esx02"
    move = Move(vm="web01", source="esx01", destination=to, kind=kind, datastore="nfs-01")
    assert check(start, move, profile).findings == ()


def test_the_host_must_see_both_datastores() -> None:
    gone = remove((*NFS, "mounts", "esx01"))
    assert by_profile("svm-both-visible", gone, **TO_NFS) == ERROR
    old = remove(("datastores", "san-01", "mounts", "esx01"))
    (finding,) = findings("svm-both-visible", old, **TO_NFS)
    assert finding.path == old.path
    assert findings("svm-both-visible", gone, kind="storage", datastore="iscsi-01") == []
    assert findings("svm-both-visible", gone, kind="both", datastore="nfs-01") == []
    # The other host's view is of no interest.
    assert findings("svm-both-visible", remove((*NFS, "mounts", "esx02")), **TO_NFS) == []


def test_a_disk_of_another_host_cannot_be_mounted() -> None:
    (finding,) = findings("svm-both-visible", kind="storage", datastore="esx02-local")
    assert finding.edits == ()
    assert finding.fix == "Choose a datastore that esx01 sees"


@pytest.mark.parametrize(
    ("kind", "rule"), [("storage", "svm-both-visible"), ("both", "xvm-dest-storage")]
)
def test_a_datastore_that_does_not_exist(kind: str, rule: str) -> None:
    (finding,) = findings(rule, kind=kind, datastore="nowhere")
    assert "nowhere" in finding.message


# Disks of 20 and 40 GiB, 4 GiB of memory for a swapfile.
@pytest.mark.parametrize(
    ("free", "edits", "enough"),
    [
        (64, (), True),
        (63.5, (), False),
        (62, (set_to((*WEB01, "memory_reservation_mib"), 2048),), True),
        (24, (set_to((*DISK_2, "datastore"), "nfs-01"),), True),
        (24, (set_to((*DISK_2, "rdm"), {"lun": "lun-9"}),), True),
        (69, (set_to((*WEB01, "snapshots", "one"), {"size_gib": 5}),), True),
        (72, (set_to((*WEB01, "snapshots", "one"), {"size_gib": 5, "memory": True}),), False),
        (73, (set_to((*WEB01, "snapshots", "one"), {"size_gib": 5, "memory": True}),), True),
        (60, (set_to(("clusters", "cluster-01", "swap_policy"), "host-local"),), True),
    ],
)
def test_what_is_written_needs_room(free: float, edits: tuple[Edit, ...], enough: bool) -> None:
    room = set_to((*NFS, "free_gib"), free)
    assert by_profile("svm-space", room, *edits, **TO_NFS) == (SILENT if enough else ERROR)


def test_room_for_what_is_converted_and_for_vms_that_are_off() -> None:
    room = set_to((*NFS, "free_gib"), 60)
    rdm = set_to((*DISK_2, "rdm"), {"lun": "lun-9"})
    assert findings("svm-space", room, rdm, **TO_NFS) == []
    assert findings("svm-space", room, rdm, convert_rdms=True, **TO_NFS)
    assert findings("svm-space", room, kind="cold", datastore="nfs-01") == []
    small = (set_to((*NFS, "free_gib"), 10), set_to((*NFS, "capacity_gib"), 50))
    assert findings("svm-space", *small, **TO_NFS)[0].edits == ()


@pytest.mark.parametrize(
    ("now", "wished", "needed"),
    [
        ("thick", "same", 64),
        ("thick", "thin", 34),
        ("thin", "same", 34),
        ("thin", "thick", 64),
        ("thin", "thin", 34),
    ],
)
def test_a_thin_disk_needs_room_for_what_was_written(now: str, wished: str, needed: int) -> None:
    half_empty = (
        set_to((*DISK_2, "format"), now),
        set_to((*DISK_2, "allocated_gib"), 10),
    )
    for free, enough in ((needed, True), (needed - 0.5, False)):
        room = set_to((*NFS, "free_gib"), free)
        found = findings("svm-space", room, *half_empty, disk_format=wished, **TO_NFS)
        assert (found == []) is enough


def test_a_target_in_maintenance() -> None:
    edit = set_to((*NFS, "maintenance_mode"), True)
    assert by_profile("svm-target-maintenance", edit, **TO_NFS) == ["-", *ERROR[1:]]
    assert findings("svm-target-maintenance", edit) == []


@pytest.mark.parametrize(
    ("mode", "breach"),
    [
        ("persistent", False),
        ("independent-persistent", False),
        ("independent-nonpersistent", True),
        ("undoable", True),
    ],
)
def test_modes_of_disks_that_move(mode: str, breach: bool) -> None:
    edit = set_to((*DISK_2, "mode"), mode)
    assert by_profile("svm-disk-mode", edit, **TO_NFS) == (ERROR if breach else SILENT)
    assert findings("svm-disk-mode", edit, kind="cold", datastore="nfs-01") == []
    stays = set_to((*DISK_2, "datastore"), "nfs-01")
    assert findings("svm-disk-mode", edit, stays, **TO_NFS) == []
    raw = set_to((*DISK_2, "rdm"), {"lun": "lun-9"})
    assert findings("svm-disk-mode", edit, raw, **TO_NFS) == []


@pytest.mark.parametrize(
    ("size", "here", "there", "breach"),
    [
        (2049, "VMFS5", "VMFS3", True),
        (2048, "VMFS5", "VMFS3", False),
        (2049, "VMFS5", "VMFS5", False),
        (2049, "VMFS3", "VMFS3", False),
        (2049, "", "", False),
    ],
)
def test_large_disks_and_vmfs3(size: int, here: str, there: str, breach: bool) -> None:
    edits = (
        set_to((*DISK_2, "size_gib"), size),
        set_to(("datastores", "san-01", "file_system"), here),
        set_to(("datastores", "iscsi-01", "file_system"), there),
    )
    asked = {"kind": "storage", "datastore": "iscsi-01"}
    expected = ["-", "error", "error", "-"] if breach else SILENT
    assert by_profile("svm-2tb-vmfs3", *edits, **asked) == expected


@pytest.mark.parametrize(("disks", "limit", "over"), [(64, None, 0), (66, None, 2), (3, 2, 1)])
def test_disks_at_once(disks: int, limit: int | None, over: int) -> None:
    many = {f"disk {n}": {"datastore": "san-01"} for n in range(disks)}
    edits = [set_to((*WEB01, "disks"), many)]
    if limit:
        edits.append(set_to((*ESX01, "capabilities", "max_disks_storage_vmotion"), limit))
    assert by_profile("svm-max-disks", *edits, **TO_NFS) == (ERROR if over else SILENT)
    assert [len(f.edits) for f in findings("svm-max-disks", *edits, **TO_NFS)] == [over][: over > 0]
    assert findings("svm-max-disks", *edits, kind="cold", datastore="nfs-01") == []


@pytest.mark.parametrize(("letters", "breach"), [(38, False), (39, True)])
def test_names_of_files(letters: int, breach: bool) -> None:
    # Three bytes a letter, and “_1-flat.vmdk” after them.
    assert MAX_FILE_NAME_BYTES == 128
    name = "試" * letters
    vm = load("two-hosts-vsphere-8").datacenter.vms["web01"]
    copy = set_to(("vms", name), vm.model_dump(mode="json", exclude_defaults=True))
    asked = {**TO_NFS, "vm": name}
    expected = ["-", *ERROR[1:]] if breach else SILENT
    assert by_profile("svm-rename-length", copy, **asked, rename_files=True) == expected
    assert by_profile("svm-rename-length", copy, **asked) == SILENT


def test_the_installation_of_tools() -> None:
    edit = set_to((*WEB01, "tools"), "installing")
    assert by_profile("svm-tools-install", edit, **TO_NFS) == ERROR
    assert findings("svm-tools-install", edit, kind="both", datastore="nfs-01")
    for kind in ("vmotion", "cold"):
        assert findings("svm-tools-install", edit, kind=kind) == []
    assert findings("svm-tools-install", set_to((*WEB01, "tools"), "silent"), **TO_NFS) == []


VMK = (*ESX01, "vmkernel_adapters", "vmk0", "vmotion")
PLAIN = set_to((*ESX01, "licence"), {"edition": "Basic", "features": ["storage-vmotion"]})


@pytest.mark.parametrize(("version", "breach"), [("3.5", True), ("3.5 U4", True), ("4.0", False)])
def test_storage_vmotion_of_3_5_is_a_vmotion(version: str, breach: bool) -> None:
    asked: dict[str, Any] = {**TO_NFS, "start": TWO_HOSTS}
    old = set_to((*ESX01, "version"), version)
    expected = ["error", "error", "-", "-"] if breach else SILENT
    assert by_profile("svm-35-needs-vmotion", old, set_to(VMK, False), **asked) == expected
    assert by_profile("svm-35-needs-vmotion", old, PLAIN, **asked) == expected
    assert by_profile("svm-35-needs-vmotion", old, **asked) == SILENT
    both = findings(
        "svm-35-needs-vmotion", old, PLAIN, set_to(VMK, False), profile=Profile.GUIDE_40, **asked
    )
    faults = [f.fault.name for f in both if f.fault]
    assert faults == (["VMotionNotLicensed", "VMotionNotConfigured"] if breach else [])


# esx01 has 32768 MiB.
@pytest.mark.parametrize(
    ("reserved", "overhead", "breach"),
    [(16384, 0, False), (16385, 0, True), (16000, 384, False), (16000, 400, True), (0, 0, False)],
)
def test_memory_for_a_second_copy(reserved: int, overhead: int, breach: bool) -> None:
    edits = (
        set_to((*WEB01, "memory_reservation_mib"), reserved),
        set_to((*WEB01, "memory_overhead_mib"), overhead),
    )
    assert by_profile("svm-memory-host", *edits, **TO_NFS) == (ERROR if breach else SILENT)
    assert findings("svm-memory-host", *edits) == []
    other = {"host": "esx01", "home": "san-01", "memory_reservation_mib": 16384}
    crowded = findings("svm-memory-host", *edits, set_to(("vms", "db01"), other), **TO_NFS)
    assert bool(crowded) is (reserved > 0)
    other["power_state"] = "off"
    idle = findings("svm-memory-host", *edits, set_to(("vms", "db01"), other), **TO_NFS)
    assert bool(idle) is breach
