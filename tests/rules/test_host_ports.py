"""Ports, protocol and duties of hosts, at the edges of their rules."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

VSPHERE_8 = load("two-hosts-vsphere-8").datacenter
ESX01, ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
FILES = {"datastore": "nfs-01"}
LATER = (False, False, True, True)


def power(state: str) -> Edit:
    return set_to(("vms", "web01", "power_state"), state)


def found(
    rule: str, *edits: Edit, profile: Profile = Profile.VSPHERE_80, **asks: Any
) -> list[Finding]:
    move = Move.model_validate({"vm": "web01", "source": "esx01", "destination": "esx02", **asks})
    findings = check(apply(VSPHERE_8, edits), move, profile).findings
    return [finding for finding in findings if finding.rule.id == rule]


@pytest.mark.parametrize("profile", Profile)
def test_port_8000_lets_the_check_pass_and_the_connection_fail(profile: Profile) -> None:
    rule, closed = "host-firewall-8000", set_to((*ESX02, "closed_ports"), [22, 8000])
    (finding,) = found(rule, closed, profile=profile)
    assert (finding.severity, finding.phase) == ("error", "connect")
    assert finding.path == (*ESX02, "closed_ports")
    assert finding.edits[0].value == [22]
    move = Move(vm="web01", source="esx01", destination="esx02")
    assert check(apply(VSPHERE_8, [closed]), move, profile).ok


def test_port_8000_counts_on_the_target_of_a_vmotion() -> None:
    rule, closed = "host-firewall-8000", set_to((*ESX02, "closed_ports"), [8000])
    assert found(rule, closed, kind="both", **FILES)
    assert not found(rule, set_to((*ESX01, "closed_ports"), [8000]))
    assert not found(rule, set_to((*ESX02, "closed_ports"), [8001]))
    assert not found(rule, closed, power("off"), kind="cold", **FILES)
    assert not found(rule, closed, kind="storage", **FILES)


@pytest.mark.parametrize("host", ["esx01", "esx02"])
@pytest.mark.parametrize(
    ("state", "asks", "n"),
    [
        ("on", {"kind": "both", **FILES}, 1),
        ("off", {"kind": "cold", **FILES}, 1),
        ("suspended", {"kind": "suspended", **FILES}, 1),
        ("off", {"kind": "cold"}, 0),  # no relocation
        ("on", {"kind": "storage", **FILES}, 0),  # not between hosts
        ("on", {"kind": "vmotion"}, 0),
    ],
)
def test_port_902_counts_where_files_go_from_host_to_host(
    host: str, state: str, asks: dict[str, str], n: int
) -> None:
    edits = (set_to(("hosts", host, "closed_ports"), [902]), power(state))
    for profile in Profile:
        assert len(found("host-nfc-902", *edits, profile=profile, **asks)) == n
    away = set_to((*ESX02, "vcenter"), "vcenter02")
    expected = 0 if asks["kind"] == "storage" else 1
    assert len(found("host-nfc-902", *edits, away, **asks)) == expected


@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_a_host_without_vmotion_is_named(host: str) -> None:
    rule, path = "host-vmotion-supported", ("hosts", host, "capabilities", "vmotion")
    edit = set_to(path, False)
    for profile in Profile:
        (finding,) = found(rule, edit, profile=profile)
        assert (finding.path, finding.severity) == (path, "error")
        assert finding.fault is not None
        assert finding.fault.fields["atSourceHost"] is (host == "esx01")
        assert finding.fault.fields["failedHost"] == host
    assert found(rule, edit, kind="both", **FILES)
    assert not found(rule, edit, power("off"))
    assert not found(rule, edit, power("off"), kind="cold")
    assert not found(rule, edit, kind="storage", **FILES)


@pytest.mark.parametrize(
    ("here", "there", "works", "back"),
    [
        ((1, 1), (1, 1), True, True),
        ((1, 1), (3, 1), True, True),
        ((1, 1), (3, 2), False, True),  # A to B fails, B to A works
        ((2, 1), (3, 2), True, True),
    ],
)
def test_the_protocol_has_a_direction(
    here: tuple[int, int], there: tuple[int, int], works: bool, back: bool
) -> None:
    edits = [
        set_to(("hosts", host, field), value)
        for host, versions in (("esx01", here), ("esx02", there))
        for field, value in zip(
            ("vmotion_protocol", "vmotion_protocol_oldest"), versions, strict=True
        )
    ]
    rule = "host-protocol-compatible"
    for profile in Profile:
        assert (not found(rule, *edits, profile=profile)) is works
    assert (not found(rule, *edits, source="esx02", destination="esx01")) is back
    assert not found(rule, *edits, power("off"), kind="cold")


def test_both_hosts_are_registered_alike() -> None:
    rule, path = "host-mgmt-ip-family", (*ESX02, "management_ip_family")
    edit = set_to(path, "IPv6")
    for profile, applies in zip(Profile, LATER, strict=True):
        assert [f.path for f in found(rule, edit, profile=profile)] == [path] * applies
    assert not found(rule, edit, set_to((*ESX01, "management_ip_family"), "IPv6"))
    assert not found(rule, edit, kind="storage", **FILES)


def test_ha_of_the_targets_cluster_counts() -> None:
    rule, cluster = "host-ha-errors-at-dest", ("clusters", "cluster-01")
    unwell = set_to((*cluster, "ha_healthy"), False)
    enabled = set_to((*cluster, "ha"), True)
    for profile in Profile:
        (finding,) = found(rule, enabled, unwell, profile=profile)
        assert (finding.severity, finding.path) == ("warning", (*cluster, "ha_healthy"))
    assert not found(rule, unwell)
    assert not found(rule, enabled)
    assert not found(rule, enabled, unwell, set_to((*cluster, "hosts"), ["esx01"]))
    assert not found(rule, enabled, unwell, kind="storage", **FILES)


def test_files_stay_on_a_source_in_maintenance() -> None:
    rule, edit = "host-source-maintenance-files", set_to((*ESX01, "maintenance_mode"), True)
    for profile in Profile:
        (finding,) = found(rule, edit, kind="both", profile=profile, **FILES)
        assert (finding.severity, finding.path) == ("error", (*ESX01, "maintenance_mode"))
    assert found(rule, edit, power("off"), kind="cold", **FILES)
    assert not found(rule, edit)
    assert not found(rule, edit, kind="both", datastore="san-01")
    assert not found(rule, set_to((*ESX02, "maintenance_mode"), True), kind="both", **FILES)
