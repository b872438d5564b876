"""Raw device mappings: LUNs, their numbers, what hosts support, guest clusters, conversions."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import DISK_2, TWO_HOSTS, VSPHERE_8, WEB01, by_profile, findings
from vmlab.inventory import Edit, remove, set_to

ERROR = ["error"] * 4
HOST = ("hosts", "esx02")
BOTH = {"kind": "both", "datastore": "iscsi-01"}


def rdm(**facts: Any) -> Edit:
    return set_to((*DISK_2, "rdm"), {"lun": "lun-9", **facts})


def luns(host: str, **numbers: int) -> Edit:
    return set_to(("hosts", host, "luns"), {k.replace("_", "-"): v for k, v in numbers.items()})


HERE = luns("esx01", lun_9=4)


def test_a_mapping_whose_lun_is_hidden() -> None:
    assert by_profile("sto-rdm-lun-visible", rdm(), HERE) == ERROR
    (finding,) = findings("sto-rdm-lun-visible", rdm(), HERE)
    assert finding.edits == (set_to((*HOST, "luns", "lun-9"), 4),)
    assert finding.fault is not None
    assert finding.fault.fields["device"] == "disk 2"
    assert findings("sto-rdm-lun-visible", rdm(), HERE, luns("esx02", lun_9=0)) == []
    assert findings("sto-rdm-lun-visible", HERE) == []


def test_a_mapping_that_cannot_be_read_is_no_mapping_yet() -> None:
    apart = set_to((*DISK_2, "datastore"), "esx01-local")
    assert findings("sto-rdm-lun-visible", rdm(), HERE, apart) == []
    assert findings("sto-disks-visible", rdm(), HERE, apart)


def test_who_asks_for_the_lun_where_files_go_along() -> None:
    assert findings("sto-rdm-lun-visible", rdm(), HERE, **BOTH) == []
    expected = ["-", "error", "error", "error"]
    assert by_profile("xvm-dest-storage", rdm(), HERE, **BOTH) == expected
    cold = {"kind": "cold", "datastore": "iscsi-01"}
    assert findings("sto-rdm-lun-visible", rdm(), HERE, **cold)
    assert findings("xvm-dest-storage", rdm(), HERE, **cold) == []
    for asked in (BOTH, cold):
        for rule in ("sto-rdm-lun-visible", "xvm-dest-storage"):
            assert findings(rule, rdm(), HERE, convert_rdms=True, **asked) == []
    stays = {"kind": "storage", "datastore": "iscsi-01"}
    assert findings("sto-rdm-lun-visible", rdm(), **stays) == []


def test_a_lun_of_two_numbers() -> None:
    edits = (rdm(), HERE, luns("esx02", lun_9=7))
    assert by_profile("sto-rdm-lun-id", *edits) == ["-", "error", "warning", "warning"]
    (finding,) = findings("sto-rdm-lun-id", *edits)
    assert finding.edits == (set_to((*HOST, "luns", "lun-9"), 4),)
    taken = (rdm(), HERE, luns("esx02", lun_9=7, lun_1=4))
    assert findings("sto-rdm-lun-id", *taken)[0].edits == ()
    assert findings("sto-rdm-lun-id", rdm(), HERE, luns("esx02", lun_9=4)) == []
    assert findings("sto-rdm-lun-id", rdm(), HERE) == []


@pytest.mark.parametrize(
    ("mode", "lacking", "fault"),
    [
        ("virtual", "rdm", "RDMNotSupported"),
        ("physical", "rdm", "RDMNotSupported"),
        ("physical", "physical_rdm", "PhysCompatRDMNotSupported"),
        ("virtual", "physical_rdm", None),
    ],
)
def test_what_a_host_supports(mode: str, lacking: str, fault: str | None) -> None:
    edits = (rdm(mode=mode), HERE, luns("esx02", lun_9=4))
    assert findings("sto-rdm-supported", *edits) == []
    no = set_to((*HOST, "capabilities", lacking), False)
    found = findings("sto-rdm-supported", *edits, no)
    assert [f.fault.name for f in found if f.fault] == ([fault] if fault else [])


def test_a_disk_of_a_guest_cluster() -> None:
    clustered = rdm(clustered=True)
    assert by_profile("sto-raw-disk-cluster", clustered) == ERROR
    assert by_profile("sto-raw-disk-cluster", clustered, start=TWO_HOSTS) == ERROR
    (finding,) = findings("sto-raw-disk-cluster", clustered)
    assert finding.fault is not None
    assert finding.fault.inner is not None
    assert finding.fault.inner.name == "RawDiskNotSupported"
    assert findings("sto-raw-disk-cluster", rdm()) == []
    assert findings("sto-raw-disk-cluster", clustered, kind="cold") == []


@pytest.mark.parametrize(
    ("mode", "sharing", "hardware", "version", "allowed"),
    [
        ("physical", "physical", 11, "6.0", True),  # C13: allowed across boxes from 6.0 on
        ("physical", "physical", 10, "6.0", False),
        ("physical", "physical", 11, "5.5", False),
        ("virtual", "physical", 11, "6.0", False),
        ("physical", "virtual", 11, "6.0", False),
    ],
)
def test_clusters_across_boxes(
    mode: str, sharing: str, hardware: int, version: str, allowed: bool
) -> None:
    edits = (
        rdm(mode=mode, clustered=True),
        set_to((*WEB01, "bus_sharing"), sharing),
        set_to((*WEB01, "hardware_version"), hardware),
        set_to((*HOST, "version"), version),
    )
    assert bool(findings("sto-raw-disk-cluster", *edits)) is not allowed


CONVERT = {"kind": "storage", "datastore": "iscsi-01", "convert_rdms": True}


def test_a_mapping_in_physical_mode_is_not_converted() -> None:
    assert by_profile("svm-prdm-convert", rdm(mode="physical"), **CONVERT) == ERROR
    assert findings("svm-prdm-convert", rdm(), **CONVERT) == []
    only_file = {**CONVERT, "convert_rdms": False}
    assert findings("svm-prdm-convert", rdm(mode="physical"), **only_file) == []
    stays = set_to((*DISK_2, "datastore"), "iscsi-01")
    assert findings("svm-prdm-convert", rdm(mode="physical"), stays, **CONVERT) == []


@pytest.mark.parametrize(("size", "breach"), [(2048, False), (2048.5, True)])
def test_two_terabytes_are_the_most_to_convert(size: float, breach: bool) -> None:
    edits = (rdm(), set_to((*DISK_2, "size_gib"), size))
    expected = ["-", "error", "error", "error"] if breach else ["-"] * 4
    assert by_profile("svm-large-rdm-convert", *edits, **CONVERT) == expected
    kept = {**CONVERT, "convert_rdms": False}
    assert findings("svm-large-rdm-convert", *edits, **kept) == []


@pytest.mark.parametrize("convert", [False, True])
def test_no_mapping_on_nfs(convert: bool) -> None:
    asked = {"kind": "storage", "convert_rdms": convert}
    assert by_profile("svm-rdm-to-nfs", rdm(), **asked, datastore="nfs-01") == ERROR
    assert findings("svm-rdm-to-nfs", rdm(), **asked, datastore="iscsi-01") == []
    assert findings("svm-rdm-to-nfs", **asked, datastore="nfs-01") == []
    found = findings("svm-rdm-to-nfs", rdm(mode="physical"), **asked, datastore="nfs-01")
    # One breach says enough: it may not be converted anyway.
    assert bool(found) is not convert


def test_vms_without_mappings_are_left_alone() -> None:
    for rule in ("sto-rdm-lun-visible", "sto-rdm-lun-id", "sto-rdm-supported"):
        assert findings(rule, set_to((*HOST, "capabilities", "rdm"), False)) == []
    assert findings("sto-rdm-lun-visible", remove(("vms", "web01", "disks")), start=VSPHERE_8) == []
