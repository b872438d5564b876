"""Datastores that are mounted: writable, accessible, and by NFS the same on both hosts."""

from __future__ import annotations

import pytest

from support.relocations import DISK_2, TWO_HOSTS, VSPHERE_8, WEB01, by_profile, findings
from vmlab.inventory import Edit, remove, set_to

ERROR = ["error"] * 4
NFS = ("datastores", "nfs-01")
ON_NAS = set_to((*DISK_2, "datastore"), "nfs-01")


def mount(host: str, **facts: object) -> Edit:
    return set_to((*NFS, "mounts", host), facts)


def test_a_read_only_mount_matters_on_the_destination_only() -> None:
    assert by_profile("sto-writable", ON_NAS, mount("esx02", read_only=True)) == ERROR
    (finding,) = findings("sto-writable", ON_NAS, mount("esx02", read_only=True))
    assert finding.fault is not None
    assert finding.fault.name == "DatastoreNotWritableOnHost"
    assert finding.fault.fields == {"datastore": "nfs-01", "name": "nfs-01", "host": "esx02"}
    assert findings("sto-writable", ON_NAS, mount("esx01", read_only=True)) == []
    # The files of web01 are elsewhere.
    assert findings("sto-writable", mount("esx02", read_only=True)) == []


def test_a_read_only_mount_matters_where_files_go() -> None:
    there = mount("esx01", read_only=True)
    assert findings("sto-writable", there, kind="storage", datastore="nfs-01")
    assert findings("sto-writable", ON_NAS, there, kind="storage", datastore="iscsi-01") == []
    elsewhere = mount("esx02", read_only=True)
    assert findings("sto-writable", elsewhere, kind="storage", datastore="nfs-01") == []
    assert findings("sto-writable", elsewhere, kind="cold", datastore="nfs-01")


@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_all_paths_down_on_either_host(host: str) -> None:
    down = mount(host, accessible=False)
    assert by_profile("sto-accessible", ON_NAS, down) == ERROR
    assert findings("sto-accessible", down) == []
    assert len(findings("sto-accessible", ON_NAS, down, set_to((*WEB01, "home"), "nfs-01"))) == 1


def test_a_datastore_that_is_left_must_be_readable() -> None:
    down = mount("esx01", accessible=False)
    asked = {"kind": "storage", "datastore": "iscsi-01"}
    assert findings("sto-accessible", ON_NAS, down, **asked)
    # Shared-nothing: what the target sees of the old place is of no interest.
    down = mount("esx02", accessible=False)
    assert findings("sto-accessible", ON_NAS, down, kind="both", datastore="iscsi-01") == []


WORDS = {"nfs_server": "nas.lab", "nfs_folder": "/export/vmlab"}


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"nfs_server": "nas"}, "nfs_server"),  # short name against full name
        ({"nfs_server": "NAS.lab"}, "nfs_server"),
        ({"nfs_server": "10.0.60.5"}, "nfs_server"),
        ({"nfs_folder": "/export/vmlab/"}, "nfs_folder"),
        ({"nfs_server": "nas", "nfs_folder": "/export/vmlab/"}, "esx02"),
    ],
)
def test_an_export_under_other_words_is_another_datastore(
    other: dict[str, str], field: str
) -> None:
    edits = (ON_NAS, mount("esx01", **WORDS), mount("esx02", **{**WORDS, **other}))
    assert by_profile("sto-nfs3-identity", *edits) == ERROR
    (finding,) = findings("sto-nfs3-identity", *edits)
    assert finding.path[-1] == field
    assert all(word in finding.message for word in other.values())
    assert findings("sto-nfs3-identity", *edits, start=TWO_HOSTS)


def test_words_that_matter_to_nobody() -> None:
    same = (ON_NAS, mount("esx01", **WORDS), mount("esx02", **WORDS))
    assert findings("sto-nfs3-identity", *same) == []
    unknown = (ON_NAS, mount("esx01", **WORDS), mount("esx02"))
    assert findings("sto-nfs3-identity", *unknown) == []
    other = {**WORDS, "nfs_server": "nas"}
    differ = (mount("esx01", **WORDS), mount("esx02", **other))
    assert findings("sto-nfs3-identity", *differ) == []
    assert findings("sto-nfs3-identity", ON_NAS, *differ, kind="both", datastore="san-01") == []
    # A server that is known by two names is one to NFS 4.1.
    by_41 = (mount("esx01", **WORDS, nfs_version="4.1"), mount("esx02", **other, nfs_version="4.1"))
    assert findings("sto-nfs3-identity", ON_NAS, *by_41) == []


def test_another_export_is_another_rules_business() -> None:
    other = mount("esx02", **{**WORDS, "nfs_folder": "/export/b"}, backing="nas.lab:/export/b")
    edits = (ON_NAS, mount("esx01", **WORDS), other)
    assert findings("sto-nfs3-identity", *edits) == []
    assert findings("sto-identity-not-name", *edits)


@pytest.mark.parametrize(
    ("here", "there", "breach"),
    [
        ("3", "4.1", True),
        ("4.1", "3", True),
        ("", "4.1", True),  # left out: NFS 3
        ("3", "", False),
        ("4.1", "4.1", False),
    ],
)
def test_one_version_of_nfs(here: str, there: str, breach: bool) -> None:
    edits = (ON_NAS, mount("esx01", nfs_version=here), mount("esx02", nfs_version=there))
    expected = ["-", "-", "error", "error"] if breach else ["-"] * 4
    assert by_profile("sto-nfs-version", *edits) == expected


def test_nothing_is_asked_of_what_is_not_mounted() -> None:
    gone = remove((*NFS, "mounts", "esx02"))
    for rule in ("sto-writable", "sto-accessible", "sto-nfs3-identity", "sto-nfs-version"):
        assert findings(rule, ON_NAS, gone, start=VSPHERE_8) == []
