"""Adapters on distributed switches, and moves between switches."""

from __future__ import annotations

from typing import Any

import pytest

from support.plugs import GROUP, NIC1, UNPLUGGED, distributed, findings, ids, switch, to
from vmlab.inventory import Profile, apply, load, remove, rename, set_to

GUIDE, V55, V67, V80 = Profile


@pytest.mark.parametrize("profile", Profile)
def test_rules_of_labels_leave_distributed_adapters_alone(profile: Profile) -> None:
    for edit in (remove(GROUP), set_to((*GROUP, "vlan"), 10)):
        assert not findings(*distributed(), edit, profile=profile)


def test_a_renamed_label_takes_no_distributed_adapter_along() -> None:
    datacenter = apply(load("two-hosts").datacenter, distributed(label="Production"))
    datacenter = apply(datacenter, [set_to((*NIC1, "port_group"), "Production")])
    edits = rename(datacenter, ("hosts", "esx01", "port_groups", "Production"), "Prod")
    renamed = apply(datacenter, edits)
    assert renamed.vms["web01"].vnics["nic 1"].port_group == "Production"


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("edits", [(), (UNPLUGGED,)], ids=["connected", "unplugged"])
def test_a_stranger_is_refused_even_unplugged(profile: Profile, edits: tuple[Any, ...]) -> None:
    # C8: the API makes no difference for distributed switches.
    (finding,) = findings(*distributed(members=["esx01"]), *edits, profile=profile)
    assert (finding.rule.id, finding.severity) == ("net-dvs-membership", "error")
    assert finding.fault is not None
    assert finding.fault.name == "CannotAccessNetwork"
    assert finding.fault.fields["connected"] is not bool(edits)
    assert finding.edits[0].value == ["esx01", "esx02"]


def test_a_host_that_knows_no_distributed_switch() -> None:
    unable = set_to(("hosts", "esx02", "capabilities", "distributed_switch"), False)
    (finding,) = findings(*distributed(members=["esx01"]), unable)
    assert finding.fault is not None
    assert finding.fault.name == "DVPortNotSupported"
    assert finding.edits == ()


def test_files_that_move_alone_change_no_network() -> None:
    assert not findings(*distributed(members=["esx01"]), kind="storage")
    assert not findings(remove(GROUP), kind="storage")


@pytest.mark.parametrize("profile", Profile)
def test_a_conflict_port_is_one_of_a_distributed_switch(profile: Profile) -> None:
    conflict = set_to((*NIC1, "conflict_port"), True)
    assert ids(findings(*distributed(), conflict, profile=profile)) == ["net-conflict-dvport"]
    assert not findings(conflict, profile=profile)


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"version": "8.0.0"}, None),
        ({"version": "7.0.3"}, ("distributed_switches", "dvs-02", "version")),
        ({"version": "10.0.0"}, ("distributed_switches", "dvs-01", "version")),
        ({"vendor": "Cisco Systems, Inc."}, ("settings", "allow_mismatched_dvs")),
    ],
)
def test_switches_of_one_version_and_vendor(
    facts: dict[str, str], path: tuple[str, ...] | None
) -> None:
    edits = (*distributed(), switch("dvs-02", "Web-2", **facts))
    networks = to("Web-2", "dvs-02")
    assert [f.path for f in findings(*edits, networks=networks)] == ([path] if path else [])
    allowed = set_to(("settings", "allow_mismatched_dvs"), True)
    assert not findings(*edits, allowed, networks=networks)
    assert not findings(*edits)
    if path:
        (finding,) = findings(*edits, networks=networks, profile=V67)
        assert finding.fault is not None
        assert finding.fault.fields["reason"] == "MismatchedDvsVersionOrVendor"
        assert not findings(*edits, networks=networks, profile=V55)


@pytest.mark.parametrize(("profile", "refused"), [(GUIDE, 0), (V55, 0), (V67, 1), (V80, 0)])
def test_from_distributed_to_standard(profile: Profile, refused: int) -> None:
    # C16: the list of 8.0 has it no more.
    found = findings(*distributed(), networks=to("Production"), profile=profile)
    assert ids(found) == ["net-vds-to-vss"] * refused


def test_other_changes_of_switch_are_allowed() -> None:
    off = set_to(("vms", "web01", "power_state"), "off")
    assert not findings(*distributed(), off, networks=to("Production"), kind="cold", profile=V67)
    assert not findings(switch(), networks=to("Web", "dvs-01"), profile=V67)
    both = (*distributed(), switch("dvs-02", "Web-2"))
    assert not findings(*both, networks=to("Web-2", "dvs-02"), profile=V67)
    group = {"virtual_switch": "vSwitch0", "vlan": 10}
    test = set_to(("hosts", "esx02", "port_groups", "Test"), group)
    assert not findings(test, networks=to("Test"), profile=V67)


def test_the_label_that_a_move_asks_for_must_exist() -> None:
    assert ids(findings(networks=to("Test"))) == ["net-pg-label"]
    assert not findings(remove(GROUP), switch(), networks=to("Web", "dvs-01"))
    assert ids(findings(*distributed(), networks=to("Test"))) == ["net-pg-label"]
