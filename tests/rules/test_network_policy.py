"""Policies, reservations, maintenance and notices of the destination's network."""

from __future__ import annotations

import pytest

from support.plugs import GROUP, NIC1, UNPLUGGED, distributed, findings, ids, to
from vmlab.inventory import Edit, Profile, set_to

GUIDE, V55, V67, V80 = Profile


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("policy", "value"),
    [
        ("promiscuous", True),
        ("mac_changes", False),
        ("forged_transmits", False),
        ("offload", False),
    ],
)
def test_policies_of_one_label_are_equal(profile: Profile, policy: str, value: bool) -> None:
    # Section 9 of the reference on rules, mistake 20; C2 follows the API.
    here = ("hosts", "esx01", "port_groups", "Production", "security")
    edit = set_to(here, {policy: value})
    (finding,) = findings(edit, profile=profile)
    assert (finding.rule.id, finding.severity) == ("net-security-policy", "error")
    assert finding.edits == (set_to((*GROUP, "security", policy), value),)
    (finding,) = findings(edit, UNPLUGGED, profile=profile)
    assert finding.severity == "warning"
    assert not findings(edit, *finding.edits, profile=profile)


@pytest.mark.parametrize(
    ("version", "name", "fields"),
    [
        ("5.1", "MismatchedNetworkPolicies", {"device", "backing", "connected"}),
        ("5.5", "CannotUseNetwork", {"device", "backing", "connected", "network", "reason"}),
    ],
)
def test_the_fault_of_policies_was_replaced_in_5_5(
    version: str, name: str, fields: set[str]
) -> None:
    edit = set_to((*GROUP, "security"), {"promiscuous": True})
    old = set_to(("hosts", "esx02", "version"), version)
    (finding,) = [f for f in findings(edit, old) if f.rule.id == "net-security-policy"]
    assert finding.fault is not None
    assert (finding.fault.name, set(finding.fault.fields)) == (name, fields)


def test_another_label_may_have_other_policies() -> None:
    group = {"virtual_switch": "vSwitch0", "vlan": 20, "security": {"promiscuous": True}}
    edit = set_to(("hosts", "esx02", "port_groups", "Test"), group)
    assert not findings(edit, networks=to("Test"))


RESERVED = set_to((*NIC1, "reservation_mbit_s"), 100)


@pytest.mark.parametrize(
    ("edits", "fault"),
    [
        ((), "CannotUseNetwork"),
        ((set_to((*GROUP, "reservable_mbit_s"), 100),), None),
        ((set_to((*GROUP, "reservable_mbit_s"), 99.5),), "InsufficientNetworkResourcePoolCapacity"),
        (distributed(), "CannotUseNetwork"),
        (distributed(reservable_mbit_s=100), None),
        (distributed(reservable_mbit_s=99.5), "InsufficientNetworkResourcePoolCapacity"),
    ],
)
def test_a_reservation_that_the_network_can_honour(
    edits: tuple[Edit, ...], fault: str | None
) -> None:
    found = findings(*edits, RESERVED)
    assert ids(found) == (["net-reservation"] if fault else [])
    for finding in found:
        assert finding.fault is not None
        assert finding.fault.name == fault
        assert finding.severity == "error"
    assert not findings(*edits)
    assert not findings(*edits, RESERVED, profile=GUIDE)
    assert len(findings(*edits, RESERVED, profile=V55)) == len(found)


def test_reservations_add_up() -> None:
    second = {"port_group": "Web", "distributed_switch": "dvs-01", "reservation_mbit_s": 60}
    edits = (*distributed(reservable_mbit_s=150), RESERVED)
    assert not findings(*edits)
    (finding,) = findings(*edits, set_to(("vms", "web01", "vnics", "nic 2"), second))
    assert finding.path == ("vms", "web01", "vnics", "nic 2", "reservation_mbit_s")
    assert finding.fault is not None
    assert finding.fault.fields == {
        "dvsName": "dvs-01",
        "available": 50,
        "requested": 60,
        "device": ["nic 2"],
    }


@pytest.mark.parametrize(("profile", "refused"), [(GUIDE, 0), (V55, 0), (V67, 1), (V80, 1)])
def test_a_network_under_maintenance(profile: Profile, refused: int) -> None:
    for edits in (
        distributed(under_maintenance=True),
        (set_to((*GROUP, "under_maintenance"), True),),
    ):
        found = findings(*edits, profile=profile)
        assert ids(found) == ["net-under-maintenance"] * refused
    here = ("hosts", "esx01", "port_groups", "Production", "under_maintenance")
    assert not findings(set_to(here, True), profile=profile)


@pytest.mark.parametrize("profile", Profile)
def test_switches_are_notified_of_running_vms(profile: Profile) -> None:
    silent = set_to((*GROUP, "notify_switches"), False)
    (finding,) = findings(silent, profile=profile)
    assert (finding.rule.id, finding.severity) == ("net-notify-switches", "warning")
    off = set_to(("vms", "web01", "power_state"), "off")
    assert not findings(silent, off, profile=profile, kind="cold")
    here = ("hosts", "esx01", "port_groups", "Production", "notify_switches")
    assert not findings(set_to(here, False), profile=profile)
