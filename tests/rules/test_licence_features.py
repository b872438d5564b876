"""Licences that a move takes besides VMotion's, at the edges of their conditions."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

V80 = Profile.VSPHERE_80
VSPHERE_8 = load("two-hosts-vsphere-8").datacenter
TWO_HOSTS = load("two-hosts").datacenter
ESX01, ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
OFF = set_to(("vms", "web01", "power_state"), "off")


def found(
    rule: str, *edits: Edit, profile: Profile = V80, kind: Any = "vmotion", **asks: Any
) -> list[Finding]:
    move = Move(vm="web01", source="esx01", destination="esx02", kind=kind, **asks)
    findings = check(apply(VSPHERE_8, edits), move, profile).findings
    return [finding for finding in findings if finding.rule.id == rule]


def licence(host: str, *features: str) -> Edit:
    return set_to(("hosts", host, "licence"), {"edition": "Standard", "features": list(features)})


@pytest.mark.parametrize(
    ("kind", "asks", "n"),
    [
        ("storage", {"datastore": "nfs-01"}, 1),
        ("both", {"datastore": "nfs-01"}, 1),
        ("both", {"datastore": "san-01"}, 0),  # every file is there already
        ("storage", {}, 0),
        ("vmotion", {"datastore": "nfs-01"}, 0),  # compute only: files stay
    ],
)
@pytest.mark.parametrize("profile", Profile)
def test_a_running_vm_takes_its_files_along(
    kind: str, asks: dict[str, str], n: int, profile: Profile
) -> None:
    edit = licence("esx01", "vmotion")
    findings = found("lic-storage-vmotion", edit, profile=profile, kind=kind, **asks)
    assert [f.severity for f in findings] == ["error"] * n
    assert all(f.path == (*ESX01, "licence") for f in findings)


def test_one_file_elsewhere_is_enough() -> None:
    home = set_to(("vms", "web01", "home"), "nfs-01")
    edit = licence("esx01", "vmotion")
    asks = {"kind": "storage", "datastore": "san-01"}
    assert len(found("lic-storage-vmotion", edit, home, **asks)) == 1


def test_files_move_without_that_licence_elsewhere_or_cold() -> None:
    rule, asks = "lic-storage-vmotion", {"datastore": "nfs-01"}
    assert not found(rule, licence("esx02", "vmotion"), kind="both", **asks)
    assert not found(rule, licence("esx01", "vmotion"), OFF, kind="cold", **asks)


@pytest.mark.parametrize(("today", "n"), [("2024-05-31", 0), ("2024-06-01", 0), ("2024-06-02", 1)])
@pytest.mark.parametrize("profile", Profile)
def test_a_licence_is_good_on_its_last_day(today: str, n: int, profile: Profile) -> None:
    edits = (
        set_to((*ESX02, "licence", "expires"), "2024-06-01"),
        set_to(("today",), today),
    )
    findings = found("lic-expired", *edits, profile=profile)
    assert len(findings) == n
    assert all(f.fault is not None and f.fault.name == "LicenseExpired" for f in findings)


def test_licences_that_cannot_have_expired() -> None:
    expires = set_to((*ESX02, "licence", "expires"), "2024-06-01")
    today = set_to(("today",), "2030-01-01")
    assert not found("lic-expired", expires)  # no date is told
    assert not found("lic-expired", today)
    assert not found("lic-expired", licence("esx02", "storage-vmotion"), expires, today)
    standing = check(apply(VSPHERE_8, [expires, today]), None, V80).findings
    assert [f.rule.id for f in standing] == ["lic-expired"]


@pytest.mark.parametrize(
    ("here", "there", "n"),
    [(0, 10, 0), (5, 5, 0), (0, 10.5, 1), (6, 5, 1), (100, 50, 1), (100, 51, 0)],
)
def test_a_long_distance_begins_above_10_ms_and_ends_at_150(
    here: float, there: float, n: int
) -> None:
    edits = (
        set_to((*ESX01, "rtt_ms"), here),
        set_to((*ESX02, "rtt_ms"), there),
        licence("esx02", "vmotion"),
    )
    for profile, expected in zip(Profile, (0, 0, n, n), strict=True):
        assert len(found("lic-long-distance", *edits, profile=profile)) == expected
    assert not found("lic-long-distance", *edits, OFF, kind="cold")


def test_each_host_without_a_feature_is_reported() -> None:
    bare = (licence("esx01", "vmotion"), licence("esx02", "vmotion"))
    far = set_to((*ESX02, "rtt_ms"), 40)
    away = set_to((*ESX02, "vcenter"), "vcenter02")
    paths = [(*ESX01, "licence"), (*ESX02, "licence")]
    assert [f.path for f in found("lic-long-distance", *bare, far)] == paths
    assert [f.path for f in found("lic-cross-vcenter", *bare, away)] == paths
    assert not found("lic-cross-vcenter", *bare)
    for profile, n in zip(Profile, (0, 0, 2, 2), strict=True):
        assert len(found("lic-cross-vcenter", *bare, away, profile=profile)) == n


def test_the_licence_that_is_assigned_keeps_what_it_was() -> None:
    expires = set_to((*ESX02, "licence", "expires"), "2030-01-01")
    away = set_to((*ESX02, "vcenter"), "vcenter02")
    (finding,) = found("lic-cross-vcenter", licence("esx02", "vmotion"), expires, away)
    (edit,) = finding.edits
    assert edit.value == {
        "edition": "Enterprise Plus",
        "features": ["vmotion", "cross-vcenter-vmotion"],
        "expires": "2030-01-01",
    }


PMEM_DISK = set_to(("vms", "web01", "disks", "disk 2", "persistent_memory"), True)
NVDIMM = set_to(("vms", "web01", "devices", "nvdimm 1"), {"kind": "nvdimm"})


@pytest.mark.parametrize("edit", [PMEM_DISK, NVDIMM])
def test_persistent_memory_shows_only_in_the_task(edit: Edit) -> None:
    (finding,) = found("lic-pmem-destination", edit)
    assert (finding.path, finding.phase, finding.fault) == (
        (*ESX02, "licence"),
        "connect",
        None,
    )
    for profile, n in zip(Profile, (0, 0, 1, 1), strict=True):
        assert len(found("lic-pmem-destination", edit, profile=profile)) == n
    assert not found("lic-pmem-destination", edit, kind="storage", datastore="nfs-01")
    licensed = licence("esx02", "vmotion", "persistent-memory")
    assert not found("lic-pmem-destination", edit, licensed)


def test_a_vm_without_persistent_memory_asks_for_no_such_licence() -> None:
    assert not found("lic-pmem-destination")


def test_an_old_scenario_asks_only_for_vmotion() -> None:
    move = Move(vm="web01", source="esx01", destination="esx02")
    for profile in Profile:
        assert check(TWO_HOSTS, move, profile).findings == ()
