"""Several VMotion adapters on a host: since when, how many, how wired."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

GUIDE, V55, V67, V80 = Profile
HOST = ("hosts", "esx02")
GROUPS = (*HOST, "port_groups")
VMKS = (*HOST, "vmkernel_adapters")


def found(
    *edits: Edit, profile: Profile = V80, kind: str = "vmotion"
) -> dict[str, tuple[Finding, ...]]:
    move = Move.model_validate(
        {"vm": "web01", "source": "esx01", "destination": "esx02", "kind": kind}
    )
    report = check(apply(load("two-hosts-vsphere-8").datacenter, edits), move, profile)
    mine = [f for f in report.findings if f.rule.id.startswith("net-multinic-")]
    return {
        rule: tuple(f for f in mine if f.rule.id == rule)
        for rule in dict.fromkeys(f.rule.id for f in mine)
    }


def pair(
    first: Sequence[str] = ("vmnic0",),
    second: Sequence[str] = ("vmnic1",),
    ip: str = "10.0.50.22",
    vlan: int = 50,
) -> list[Edit]:
    """Two VMotion adapters on esx02, with these active uplinks."""
    group = {"virtual_switch": "vSwitch0", "vlan": vlan, "kind": "vmkernel"}
    return [
        set_to((*GROUPS, "VMotion", "active"), list(first)),
        set_to((*GROUPS, "VMotion-02"), {**group, "active": list(second)}),
        set_to(
            (*VMKS, "vmk2"), {"port_group": "VMotion-02", "ip": ip, "vmotion": True, "mtu": 9000}
        ),
    ]


@pytest.mark.parametrize("profile", Profile)
def test_one_distinct_uplink_each_is_as_it_should_be(profile: Profile) -> None:
    assert not found(*pair(), profile=profile)


@pytest.mark.parametrize(
    ("first", "second", "at", "word"),
    [
        # Section 9 of the reference on rules, mistake 19.
        (["vmnic0"], ["vmnic0"], "VMotion-02", "both use vmnic0"),
        (["vmnic0", "vmnic1"], ["vmnic1"], "VMotion", "2 active"),
        (["vmnic0"], ["vmnic1", "vmnic0"], "VMotion-02", "2 active"),
    ],
)
def test_uplinks_that_are_shared_or_too_many(
    first: list[str], second: list[str], at: str, word: str
) -> None:
    edits = pair(first, second)
    ((finding,),) = found(*edits).values()
    assert finding.rule.id == "net-multinic-teaming"
    assert finding.path == (*GROUPS, at, "active")
    assert finding.severity == "warning"
    assert word in finding.message
    assert not found(*edits, *finding.edits)
    assert not found(*edits, profile=GUIDE)
    assert not found(*edits, kind="storage")


def test_two_adapters_on_one_port_group_cannot_be_told_apart() -> None:
    edits = [
        set_to((*GROUPS, "VMotion", "active"), ["vmnic0"]),
        set_to((*VMKS, "vmk2"), {"port_group": "VMotion", "ip": "10.0.50.22", "vmotion": True}),
    ]
    ((finding,),) = found(*edits).values()
    assert finding.edits == ()


def test_a_set_is_in_one_subnet_and_vlan() -> None:
    ((finding,),) = found(*pair(ip="10.0.51.22")).values()
    assert finding.rule.id == "net-multinic-subnet"
    assert finding.path == (*VMKS, "vmk2", "ip")
    ((finding,),) = found(*pair(vlan=51)).values()
    assert finding.path == (*GROUPS, "VMotion-02", "vlan")
    assert not found(*pair(ip="10.0.51.22"), profile=GUIDE)
    assert not found(*pair(ip="0.0.0.0"))


@pytest.mark.parametrize("profile", Profile)
def test_on_4_x_only_one_is_used(profile: Profile) -> None:
    old = set_to((*HOST, "version"), "4.1")
    shared = pair(["vmnic0"], ["vmnic0"], ip="10.0.51.22")
    ((finding,),) = found(old, *shared, profile=profile).values()
    assert finding.rule.id == "net-multinic-version"
    assert finding.severity == "advice"
    assert finding.path == (*VMKS, "vmk2", "vmotion")
    new = set_to((*HOST, "version"), "5.0")
    assert "net-multinic-version" not in found(new, *shared, profile=profile)


def test_an_adapter_with_other_duties_stays() -> None:
    busy = set_to((*VMKS, "vmk0", "vmotion"), True)
    ((finding,),) = found(set_to((*HOST, "version"), "4.1"), busy).values()
    # vmk0 comes first and is kept; vmk1 does nothing but VMotion.
    assert [edit.op for edit in finding.edits] == ["remove"]
    manager = set_to((*VMKS, "vmk1", "management"), True)
    ((finding,),) = found(set_to((*HOST, "version"), "4.1"), busy, manager).values()
    assert [(edit.op, edit.value) for edit in finding.edits] == [("set", False)]


@pytest.mark.parametrize(
    ("mbit_s", "adapters", "advised"),
    [(1000, 16, 0), (1000, 17, 1), (10_000, 4, 0), (10_000, 5, 1), (25_000, 5, 1)],
)
def test_the_maximum_by_speed(mbit_s: int, adapters: int, advised: int) -> None:
    edits: list[Edit] = []
    nics = [f"vmnic{number}" for number in range(adapters)]
    for nic in nics:
        facts = {"speed_mbit_s": mbit_s, "cable": "lan", "vlans": [10, 20, 50]}
        edits.append(set_to((*HOST, "physical_nics", nic), facts))
    edits.append(set_to((*HOST, "virtual_switches", "vSwitch0", "active"), nics))
    edits.append(set_to((*GROUPS, "VMotion", "active"), ["vmnic0"]))
    for number in range(1, adapters):
        label = f"VMotion-{number}"
        group = {"virtual_switch": "vSwitch0", "vlan": 50, "kind": "vmkernel"}
        edits.append(set_to((*GROUPS, label), {**group, "active": [f"vmnic{number}"]}))
        facts = {"port_group": label, "ip": f"10.0.50.{100 + number}", "vmotion": True}
        edits.append(set_to((*VMKS, f"vmk{number + 1}"), facts))
    findings = found(*edits)
    assert len(findings.get("net-multinic-max", ())) == advised
    for finding in findings.get("net-multinic-max", ()):
        assert finding.severity == "advice"
        assert not found(*edits, *finding.edits)
    assert not found(*edits, profile=GUIDE)
