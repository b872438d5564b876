"""The guide's two layouts for two adapters: named where they are, missed where they are not."""

from __future__ import annotations

import pytest

from vmlab.inventory import Datacenter, Edit, apply, load, set_to
from vmlab.rules import Report, check, request

ESX = load("two-hosts").datacenter
ESXI = load("two-hosts-esxi").datacenter
HOST = ("hosts", "esx02")
GROUPS = (*HOST, "port_groups")
BOTH = ["vmnic0", "vmnic1"]


def judged(start: Datacenter, *edits: Edit) -> Report:
    datacenter = apply(start, edits)
    return check(datacenter, request(datacenter, "web01", "esx02"))


def note(report: Report) -> str | None:
    (found,) = [p.note for p in report.passed if p.rule.id == "host-two-nic-layout"]
    return found


def bonded(host: str) -> tuple[Edit, ...]:
    """Everything of an ESX host on one switch with both adapters."""
    top = ("hosts", host)
    return (
        *(
            set_to((*top, "physical_nics", nic), {"cable": "gig", "vlans": [10, 20, 50]})
            for nic in BOTH
        ),
        set_to((*top, "virtual_switches", "vSwitch1", "active"), []),
        set_to((*top, "virtual_switches", "vSwitch0", "active"), BOTH),
        set_to((*top, "port_groups", "VMotion", "virtual_switch"), "vSwitch0"),
    )


def security(host: str) -> tuple[Edit, ...]:
    """An ESXi host's VMotion alone on an adapter."""
    top = ("hosts", host)
    return (
        set_to((*top, "virtual_switches", "vSwitch0", "active"), ["vmnic0"]),
        set_to((*top, "virtual_switches", "vSwitch1"), {"active": ["vmnic1"]}),
        set_to((*top, "port_groups", "VMotion", "virtual_switch"), "vSwitch1"),
    )


def test_both_patterns_are_named() -> None:
    assert note(judged(ESX)) == "best security: esx01, esx02"
    assert note(judged(ESXI)) == "best availability: esx01, esx02"
    bond = judged(ESX, *bonded("esx01"), *bonded("esx02"))
    assert note(bond) == "best availability: esx01, esx02"
    assert note(judged(ESXI, *security("esx01"), *security("esx02"))) == (
        "best security: esx01, esx02"
    )
    mixed = judged(ESXI, *security("esx02"))
    assert note(mixed) == "best availability: esx01; best security: esx02"


def layout_finding(report: Report) -> tuple[tuple[str, ...], str]:
    (finding,) = [f for f in report.findings if f.rule.id == "host-two-nic-layout"]
    assert finding.severity == "advice"
    return finding.path, finding.message


def test_a_bond_on_esx_keeps_three_networks_apart() -> None:
    bond = (*bonded("esx01"), *bonded("esx02"))
    for label, vlan, pointed in [
        ("Service Console", 50, "Service Console"),
        ("Service Console", 20, "Service Console"),
        ("Production", 50, "Production"),
    ]:
        path, message = layout_finding(judged(ESX, *bond, set_to((*GROUPS, label, "vlan"), vlan)))
        assert path == (*GROUPS, pointed, "vlan")
        assert f"VLAN {vlan}" in message


def test_a_bond_on_esxi_keeps_two_networks_apart() -> None:
    # Management shares the VMkernel's VLAN: the guide names two networks only.
    shared = set_to((*GROUPS, "Management Network", "vlan"), 50)
    assert note(judged(ESXI, shared)) == "best availability: esx01, esx02"
    path, _ = layout_finding(judged(ESXI, set_to((*GROUPS, "Production", "vlan"), 50)))
    assert path == (*GROUPS, "Production", "vlan")


@pytest.mark.parametrize(
    ("start", "edits", "management"),
    [(ESX, (), "Service Console"), (ESXI, security("esx02"), "Management Network")],
    ids=["ESX", "ESXi"],
)
def test_beside_vmotion_vlans_keep_management_apart(
    start: Datacenter, edits: tuple[Edit, ...], management: str
) -> None:
    assert "best security" in str(note(judged(start, *edits)))
    path, _ = layout_finding(judged(start, *edits, set_to((*GROUPS, management, "vlan"), 20)))
    assert path == (*GROUPS, management, "vlan")


def test_an_adapter_of_its_own_must_be_gigabit() -> None:
    slow = set_to((*HOST, "physical_nics", "vmnic1", "speed_mbit_s"), 100)
    path, message = layout_finding(judged(ESX, slow))
    assert path == (*GROUPS, "VMotion")
    assert "not Gigabit" in message


def test_what_shares_vmotions_adapter_is_pointed_at() -> None:
    beside = set_to((*GROUPS, "Production", "virtual_switch"), "vSwitch1")
    path, message = layout_finding(judged(ESX, beside))
    assert path == (*GROUPS, "Production")
    assert "shares vmnic1 with VMotion" in message


def test_both_adapters_for_vmotion_leave_none() -> None:
    taken = (
        set_to((*HOST, "virtual_switches", "vSwitch0", "active"), []),
        set_to((*HOST, "virtual_switches", "vSwitch1", "active"), BOTH),
    )
    path, message = layout_finding(judged(ESX, *taken))
    assert path == (*GROUPS, "VMotion")
    assert "leaves none" in message


def test_a_third_adapter_is_another_rules_business() -> None:
    report = judged(ESX, set_to((*HOST, "physical_nics", "vmnic2"), {}))
    assert note(report) == "best security: esx01"


def test_vmotion_alone_on_one_of_three() -> None:
    third = set_to((*HOST, "physical_nics", "vmnic2"), {"cable": "lan", "vlans": [20]})
    own = set_to((*HOST, "virtual_switches", "vSwitch2"), {"active": ["vmnic2"]})
    move = set_to((*GROUPS, "Production", "virtual_switch"), "vSwitch2")
    assert judged(ESX, third, own, move).findings == ()


@pytest.mark.parametrize(
    ("edits", "offered"),
    [
        ((set_to((*GROUPS, "Production", "virtual_switch"), "vSwitch1"),), True),
        # Moved to another switch, the port group would keep its own uplinks.
        ((set_to((*GROUPS, "Production", "active"), ["vmnic1"]),), False),
        # The other switch's uplink does not carry the VLAN: advice would end in an error.
        (
            (
                set_to((*GROUPS, "Production", "virtual_switch"), "vSwitch1"),
                set_to((*HOST, "physical_nics", "vmnic0", "vlans"), [10]),
            ),
            False,
        ),
    ],
    ids=["moved", "own uplinks", "untrunked"],
)
def test_a_move_is_offered_only_where_it_mends(edits: tuple[Edit, ...], offered: bool) -> None:
    start = apply(ESX, edits)
    report = judged(start)
    layout_finding(report)
    (finding,) = [f for f in report.findings if f.rule.id == "host-two-nic-layout"]
    assert bool(finding.edits) is offered
    if offered:
        assert "best security" in str(note(judged(start, *finding.edits)))
