"""Snapshots: what a return needs, where their files are, and when their files may move."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import DISK_2, TWO_HOSTS, WEB01, by_profile, findings
from vmlab.inventory import Edit, Profile, remove, set_to

ALL = (*WEB01, "snapshots")
ONE = (*ALL, "one")
GUIDE_ERROR = ["error", "-", "-", "-"]
SILENT = ["-"] * 4
TO_NFS = {"datastore": "nfs-01"}


def snapshot(name: str = "one", **facts: Any) -> Edit:
    return set_to((*ALL, name), facts)


@pytest.mark.parametrize("kind", ["vmotion", "both"])
def test_a_return_may_fail(kind: str) -> None:
    assert by_profile("snap-revert-risk", snapshot(), kind=kind) == ["warning"] * 4
    (finding,) = findings("snap-revert-risk", snapshot(), snapshot("two"), kind=kind)
    assert finding.path == ALL
    assert finding.fault is not None
    assert "snapshotName" not in finding.fault.fields


def test_a_return_is_sure_to_fail() -> None:
    tape = snapshot(needs_devices=["tape 0"])
    (finding,) = findings("snap-revert-risk", tape, snapshot("two"))
    assert finding.path == ONE
    assert finding.fault is not None
    assert finding.fault.fields == {"snapshotName": "one", "errors": True}
    has_one = set_to(("hosts", "esx02", "hardware"), ["tape 0"])
    assert findings("snap-revert-risk", tape, has_one)[0].path == ALL


@pytest.mark.parametrize("kind", ["cold", "suspended", "storage"])
def test_no_warning_without_vmotion(kind: str) -> None:
    assert findings("snap-revert-risk", snapshot(), kind=kind) == []
    assert findings("snap-revert-risk") == []


def test_files_of_snapshots_on_shared_storage() -> None:
    local = snapshot(datastore="esx01-local")
    assert by_profile("snap-not-on-shared", local) == GUIDE_ERROR
    assert by_profile("snap-not-on-shared", snapshot()) == SILENT
    # Without snapshots a file on a local disk is another rule's business.
    disk = set_to((*DISK_2, "datastore"), "esx01-local")
    assert by_profile("snap-not-on-shared", disk, kind="cold") == SILENT
    assert by_profile("snap-not-on-shared", disk, snapshot(), kind="cold") == GUIDE_ERROR
    assert by_profile("snap-not-on-shared", disk, snapshot()) == SILENT
    assert findings("sto-disks-visible", disk, snapshot())
    # Files that move need not be shared.
    assert by_profile("snap-not-on-shared", local, kind="cold", **TO_NFS) == SILENT
    assert by_profile("snap-not-on-shared", local, kind="storage", **TO_NFS) == SILENT


def test_what_is_offered_for_a_datastore_that_is_not_mounted() -> None:
    gone = remove(("datastores", "nfs-01", "mounts", "esx02"))
    edits = (snapshot(datastore="nfs-01"), gone)
    (finding,) = findings("snap-not-on-shared", *edits, profile=Profile.GUIDE_40)
    assert finding.path == gone.path


def test_no_storage_vmotion_with_snapshots_before_5_0() -> None:
    asked = {"kind": "storage", "start": TWO_HOSTS, **TO_NFS}
    assert by_profile("snap-hot-relocate", snapshot(), **asked) == GUIDE_ERROR
    assert by_profile("snap-hot-relocate", snapshot(), **{**asked, "kind": "both"}) == GUIDE_ERROR
    assert by_profile("snap-hot-relocate", **asked) == SILENT
    assert by_profile("snap-hot-relocate", snapshot(), **{**asked, "kind": "cold"}) == SILENT
    assert by_profile("snap-hot-relocate", snapshot(), kind="storage", start=TWO_HOSTS) == SILENT
    # All files are there already.
    home = {**asked, "datastore": "san-01"}
    assert by_profile("snap-hot-relocate", snapshot(), **home) == SILENT


@pytest.mark.parametrize(
    ("version", "breach"), [("3.5", True), ("4.1", True), ("5.0", False), ("5.1", False)]
)
def test_the_target_host_decides_what_snapshots_can_do(version: str, breach: bool) -> None:
    # C9: driven by the capability, which is there from 5.0 on.
    hosts = [set_to(("hosts", host, "version"), version) for host in ("esx01", "esx02")]
    asked: dict[str, Any] = {"profile": Profile.GUIDE_40, "start": TWO_HOSTS, **TO_NFS}
    assert (
        bool(findings("snap-hot-relocate", snapshot(), *hosts, kind="storage", **asked)) is breach
    )
    apart = set_to((*DISK_2, "datastore"), "iscsi-01")
    edits = (snapshot(), apart, *hosts)
    assert bool(findings("snap-cold-single-dir", *edits, kind="cold", **asked)) is breach


@pytest.mark.parametrize("kind", ["cold", "suspended"])
def test_files_with_snapshots_start_in_one_directory(kind: str) -> None:
    asked: dict[str, Any] = {"kind": kind, "start": TWO_HOSTS, **TO_NFS}
    apart = set_to((*DISK_2, "datastore"), "iscsi-01")
    assert by_profile("snap-cold-single-dir", snapshot(), **asked) == SILENT
    assert by_profile("snap-cold-single-dir", snapshot(), apart, **asked) == GUIDE_ERROR
    assert by_profile("snap-cold-single-dir", apart, **asked) == SILENT
    elsewhere = snapshot(datastore="iscsi-01")
    (finding,) = findings("snap-cold-single-dir", elsewhere, profile=Profile.GUIDE_40, **asked)
    assert finding.path == (*ONE, "datastore")
    stay = {**asked, "datastore": None}
    assert by_profile("snap-cold-single-dir", snapshot(), apart, **stay) == SILENT


@pytest.mark.parametrize(
    ("here", "there", "breach"),
    [("3.5", "3.5", False), ("3.0", "3.0", True), ("4.0", "4.1", True), ("4.0", "4.0 U1", False)],
)
def test_hosts_that_move_snapshots_are_alike_and_not_too_old(
    here: str, there: str, breach: bool
) -> None:
    versions = (
        set_to(("hosts", "esx01", "version"), here),
        set_to(("hosts", "esx02", "version"), there),
    )
    asked: dict[str, Any] = {"kind": "cold", "profile": Profile.GUIDE_40, "start": TWO_HOSTS}
    found = findings("snap-cold-single-dir", snapshot(), *versions, **asked, **TO_NFS)
    assert bool(found) is breach


@pytest.mark.parametrize(
    ("hardware", "memory", "kind", "breach"),
    [
        (10, True, "vVol", True),
        (11, True, "vVol", False),
        (10, False, "vVol", False),
        (10, True, "NAS", False),
    ],
)
def test_memory_of_old_hardware_on_virtual_volumes(
    hardware: int, memory: bool, kind: str, breach: bool
) -> None:
    edits = (
        snapshot(memory=memory),
        set_to((*WEB01, "hardware_version"), hardware),
        set_to(("datastores", "nfs-01", "kind"), kind),
    )
    expected = ["-", "-", "error", "error"] if breach else SILENT
    assert by_profile("snap-memory-vvol", *edits, kind="storage", **TO_NFS) == expected
    assert by_profile("snap-memory-vvol", *edits) == SILENT
