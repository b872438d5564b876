"""VMotion over routers and distances: gateways, round trip, bandwidth, who listens."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

GUIDE, V55, V67, V80 = Profile
NIC = ("hosts", "esx02", "physical_nics")
VMK1 = ("hosts", "esx02", "vmkernel_adapters", "vmk1")


def found(
    rule: str,
    *edits: Edit,
    profile: Profile = V80,
    scenario: str = "two-hosts-vsphere-8",
    **asks: Any,
) -> list[Finding]:
    move = Move.model_validate({"vm": "web01", "source": "esx01", "destination": "esx02", **asks})
    report = check(apply(load(scenario).datacenter, edits), move, profile)
    return [finding for finding in report.findings if finding.rule.id == rule]


AWAY = set_to((*VMK1, "ip"), "10.0.51.12")
HERE = ("hosts", "esx01", "vmkernel_adapters", "vmk1", "gateway")
GATEWAYS = (set_to(HERE, "10.0.50.1"), set_to((*VMK1, "gateway"), "10.0.51.1"))


def test_a_gateway_is_needed_on_both_sides() -> None:
    rule = "net-vmotion-routed"
    assert not found(rule)
    assert not found(rule, AWAY, *GATEWAYS)
    assert not found(rule, AWAY, kind="storage")
    (finding,) = found(rule, AWAY, GATEWAYS[0])
    assert (finding.path, finding.phase) == ((*VMK1, "gateway"), "connect")
    (finding,) = found(rule, AWAY, GATEWAYS[1])
    assert finding.path == HERE
    (finding,) = found(rule, AWAY)
    assert [edit.path for edit in finding.edits] == [(*VMK1, "gateway"), HERE]
    assert [edit.value for edit in finding.edits] == ["10.0.51.1", "10.0.50.1"]


@pytest.mark.parametrize(("profile", "routed"), [(GUIDE, 0), (V55, 0), (V67, 1), (V80, 1)])
def test_routed_vmotion_begins_with_6_0(profile: Profile, routed: int) -> None:
    assert len(found("net-vmotion-routed", AWAY, profile=profile)) == routed
    assert len(found("net-vmotion-same-subnet", AWAY, profile=profile)) == 1 - routed


@pytest.mark.parametrize(
    ("here", "there", "breaches"), [(0, 150, 0), (75, 75, 0), (0, 150.5, 1), (100, 51, 1)]
)
def test_the_round_trip_is_the_sum_of_both(here: float, there: float, breaches: int) -> None:
    edits = [
        set_to(("hosts", "esx01", "rtt_ms"), here),
        set_to(("hosts", "esx02", "rtt_ms"), there),
    ]
    findings = found("net-vmotion-rtt-150", *edits)
    assert len(findings) == breaches
    for finding in findings:
        assert finding.path[1] == ("esx01" if here > there else "esx02")
        assert finding.severity == "error"
    assert not found("net-vmotion-rtt-150", *edits, profile=V55)


def under_way(count: int, kind: str = "vmotion") -> list[Edit]:
    edits = []
    for number in range(count):
        name = f"vm{number:02}"
        edits.append(set_to(("vms", name), {"host": "esx02", "home": "san-01"}))
        facts = {"vm": name, "source": "esx02", "destination": "esx01", "kind": kind}
        edits.append(set_to(("moves", name), facts))
    return edits


def at(mbit_s: int, *hosts: str) -> list[Edit]:
    return [
        set_to(("hosts", host, "physical_nics", nic, "speed_mbit_s"), mbit_s)
        for host in hosts
        for nic in ("vmnic0", "vmnic1")
    ]


@pytest.mark.parametrize(
    ("mbit_s", "others", "breaches"),
    [(250, 0, 0), (249, 0, 1), (1000, 3, 0), (1000, 4, 1), (10000, 39, 0), (10000, 40, 1)],
)
def test_each_session_has_250_mbit_s(mbit_s: int, others: int, breaches: int) -> None:
    edits = [*at(mbit_s, "esx02"), *under_way(others)]
    findings = found("net-vmotion-bandwidth-250", *edits)
    assert len(findings) == breaches
    for finding in findings:
        assert finding.severity == "warning"
        assert finding.path == (*NIC, "vmnic0", "speed_mbit_s")


def test_what_takes_no_bandwidth_of_vmotion() -> None:
    rule = "net-vmotion-bandwidth-250"
    assert not found(rule, *at(1000, "esx02"), *under_way(9, "storage"))
    assert not found(rule, *at(100, "esx02"), kind="storage")
    assert not found(rule, *at(100, "esx02"), profile=V55)
    down = [set_to((*NIC, nic, "link"), "down") for nic in ("vmnic0", "vmnic1")]
    assert not found(rule, *at(100, "esx02"), *down)


AMONG_VMS = [set_to(("hosts", h, "port_groups", "VMotion", "vlan"), 20) for h in ("esx01", "esx02")]
MODE = ("vms", "web01", "encrypted_vmotion")


@pytest.mark.parametrize(
    ("mode", "breaches"), [("disabled", 1), ("opportunistic", 0), ("required", 0)]
)
def test_encryption_makes_a_shared_vlan_harmless(mode: str, breaches: int) -> None:
    findings = found("net-vmotion-isolated", *AMONG_VMS, set_to(MODE, mode))
    assert [f.path for f in findings] == [MODE] * breaches
    assert not found("net-vmotion-isolated", set_to(MODE, mode))


def test_an_opportunist_falls_back_to_clear_text() -> None:
    unable = set_to(("hosts", "esx01", "capabilities", "encrypted_vmotion"), False)
    (finding,) = found("net-vmotion-isolated", *AMONG_VMS, unable)
    assert finding.path == ("hosts", "esx02", "port_groups", "VMotion", "vlan")
    # The plan of subnets has a VLAN for VMotion.
    assert {edit.value for edit in finding.edits} == {50}
    encrypted = set_to(("vms", "web01", "encrypted"), True)
    assert not found("net-vmotion-isolated", *AMONG_VMS, unable, encrypted)
    off = set_to(("vms", "web01", "power_state"), "off")
    assert not found("net-vmotion-isolated", *AMONG_VMS, unable, off, kind="cold")


@pytest.mark.parametrize("profile", Profile)
def test_clear_text_among_vms_is_advice_in_every_era(profile: Profile) -> None:
    (finding,) = found(
        "net-vmotion-isolated", *AMONG_VMS, profile=profile, scenario="two-hosts-esxi"
    )
    assert finding.severity == "advice"
    # Two switches that never meet: the same number is not the same VLAN.
    apart = [set_to(("hosts", h, "port_groups", "VMotion", "vlan"), 20) for h in ("esx01", "esx02")]
    trunk = [
        set_to(("hosts", h, "physical_nics", "vmnic1", "vlans"), [20, 50])
        for h in ("esx01", "esx02")
    ]
    assert not found("net-vmotion-isolated", *apart, *trunk, profile=profile, scenario="two-hosts")
