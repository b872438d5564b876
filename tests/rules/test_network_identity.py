"""Names and addresses on the other side, and changes of network."""

from __future__ import annotations

import pytest

from support.plugs import GROUP, NIC1, UNPLUGGED, distributed, findings, ids, to
from vmlab.inventory import Edit, Profile, remove, set_to

GUIDE, V55, V67, V80 = Profile
BRANCH = set_to(("hosts", "esx02", "datacenter"), "Branch")


@pytest.mark.parametrize("profile", Profile)
def test_a_legacy_interface(profile: Profile) -> None:
    legacy = set_to((*NIC1, "legacy_interface"), True)
    for edits, severity in (((legacy,), "error"), ((legacy, UNPLUGGED), "warning")):
        (finding,) = findings(*edits, profile=profile)
        assert (finding.rule.id, finding.severity) == ("net-legacy-interface", severity)


@pytest.mark.parametrize("profile", Profile)
def test_one_name_in_two_datacenters(profile: Profile) -> None:
    (finding,) = findings(BRANCH, profile=profile)
    assert (finding.rule.id, finding.severity) == ("net-cross-datacenter-names", "warning")
    assert finding.path == GROUP
    assert finding.fault is not None
    assert finding.fault.fields == {"name": "Production"}
    missing = findings(BRANCH, remove(GROUP), profile=profile)
    assert ids(missing) == ["net-pg-label"]


def test_names_that_cannot_be_mistaken() -> None:
    assert not findings(BRANCH, *distributed())
    group = {"virtual_switch": "vSwitch0", "vlan": 20}
    test = set_to(("hosts", "esx02", "port_groups", "Test"), group)
    assert not findings(BRANCH, test, networks=to("Test"))


TEST = [
    set_to((*GROUP[:-1], "Test"), {"virtual_switch": "vSwitch0", "vlan": 20}),
]


def on(version: str, *hosts: str) -> list[Edit]:
    return [set_to(("hosts", host, "version"), version) for host in hosts]


@pytest.mark.parametrize(
    ("profile", "version", "hosts"),
    [
        (GUIDE, "5.5", []),
        (V55, "5.5", ["esx01", "esx02"]),
        (V55, "6.0", []),
        (V80, "5.5", ["esx01", "esx02"]),
        (V80, "6.0", []),
    ],
)
def test_networks_change_from_6_0_on(profile: Profile, version: str, hosts: list[str]) -> None:
    rule = "net-change-capability"
    edits = [*TEST, *on(version, "esx01", "esx02")]
    found = findings(*edits, networks=to("Test"), profile=profile)
    mine = [f for f in found if f.rule.id == rule]
    assert [f.path for f in mine] == [("hosts", host, "version") for host in hosts]
    faults = [f.fault.fields for f in mine if f.fault]
    named = [{"failedHostName": h, "failedHost": h} for h in hosts]
    assert faults == [{"atSourceHost": f["failedHost"] == "esx01", **f} for f in named]
    assert rule not in ids(findings(*edits, networks=to("Production"), profile=profile))
    assert rule not in ids(findings(*edits, profile=profile))
    off = set_to(("vms", "web01", "power_state"), "off")
    cold = findings(*edits, off, networks=to("Test"), profile=profile, kind="cold")
    assert rule not in ids(cold)


def twin(mac: str, host: str = "esx02", vcenter: str = "vcenter02") -> list[Edit]:
    nic = {"port_group": "Production", "mac": mac}
    return [
        set_to(("hosts", "esx02", "vcenter"), vcenter),
        set_to((*NIC1, "mac"), "00:50:56:9A:00:01"),
        set_to(("vms", "app01"), {"host": host, "home": "san-01", "vnics": {"nic 1": nic}}),
    ]


@pytest.mark.parametrize(
    ("edits", "refused"),
    [
        (twin("00:50:56:9a:00:01"), 1),
        (twin("00-50-56-9A-00-01"), 1),
        (twin("00:50:56:9a:00:02"), 0),
        (twin("00:50:56:9a:00:01", host="esx01"), 0),
        (twin("00:50:56:9a:00:01", vcenter="vcenter01"), 0),
        ([*twin(""), set_to((*NIC1, "mac"), "")], 0),
    ],
)
def test_a_mac_address_of_the_other_vcenter(edits: list[Edit], refused: int) -> None:
    # C16: the list of 8.0 has it no more.
    found = findings(*edits, profile=V67)
    assert ids(found) == ["net-mac-conflict"] * refused
    for finding in found:
        assert finding.edits[0].value == "00:50:56:00:00:01"
    for profile in (GUIDE, V55, V80):
        assert not findings(*edits, profile=profile)
