"""Switches without uplinks and without ports."""

from __future__ import annotations

import pytest

from support.plugs import GROUP, NIC1, UNPLUGGED, distributed, findings, ids, switch, to
from vmlab.inventory import Edit, Profile, set_to

GUIDE, V55, V67, V80 = Profile


def internal(*hosts: str) -> list[Edit]:
    return [
        edit
        for host in hosts
        for edit in (
            set_to(("hosts", host, "virtual_switches", "vSwitch9"), {}),
            set_to(("hosts", host, "port_groups", "Internal"), {"virtual_switch": "vSwitch9"}),
        )
    ]


ON_IT = set_to((*NIC1, "port_group"), "Internal")
OPTION = ("settings", "test_virtual_intranet")


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(("unplugged", "severity"), [(False, "error"), (True, "warning")])
def test_the_same_switch_on_both_hosts_does_not_help(
    profile: Profile, unplugged: bool, severity: str
) -> None:
    # Section 9 of the reference on rules, mistake 8.
    edits = [*internal("esx01", "esx02"), ON_IT, *([UNPLUGGED] if unplugged else [])]
    (finding,) = findings(*edits, profile=profile)
    assert (finding.rule.id, finding.severity) == ("net-virtual-intranet", severity)
    assert finding.edits == (set_to((*NIC1, "port_group"), "Production"),)
    assert not findings(*edits, set_to(OPTION, False), profile=profile)


def test_where_nothing_leads_out_nothing_is_offered() -> None:
    inward = [set_to(("hosts", "esx02", "port_groups", "Production", "virtual_switch"), "vSwitch9")]
    (finding,) = findings(*internal("esx01", "esx02"), ON_IT, *inward)
    assert finding.edits == ()


def test_a_distributed_switch_without_uplinks() -> None:
    (finding,) = findings(*distributed(uplinked=False))
    assert finding.rule.id == "net-virtual-intranet"
    assert finding.path == ("distributed_switches", "dvs-01", "uplinked")


@pytest.mark.parametrize(("profile", "refused"), [(GUIDE, 0), (V55, 0), (V67, 1), (V80, 1)])
def test_from_an_uplinked_network_to_an_internal_one(profile: Profile, refused: int) -> None:
    rule = "net-external-to-internal"
    inward = (
        set_to(("hosts", "esx02", "virtual_switches", "vSwitch9"), {}),
        set_to((*GROUP, "virtual_switch"), "vSwitch9"),
    )
    assert ids(findings(*inward, profile=profile)).count(rule) == refused
    unplugged = findings(*inward, UNPLUGGED, profile=profile)
    assert [f.severity for f in unplugged if f.rule.id == rule] == ["error"] * refused
    asked = findings(*internal("esx02"), networks=to("Internal"), profile=profile)
    assert ids(asked).count(rule) == refused


def test_an_internal_distributed_switch_is_asked_for() -> None:
    (finding,) = findings(switch(uplinked=False), networks=to("Web", "dvs-01"))
    assert finding.rule.id == "net-external-to-internal"
    assert finding.path == ("distributed_switches", "dvs-01", "uplinked")
    assert finding.fault is not None
    assert finding.fault.fields["reason"] == "VMotionToUnsupportedNetworkType"


PORTS = ("hosts", "esx02", "virtual_switches", "vSwitch0", "free_ports")
SECOND = set_to(("vms", "web01", "vnics", "nic 2"), {"port_group": "Production"})
SECOND_UNPLUGGED = set_to(
    ("vms", "web01", "vnics", "nic 2"), {"port_group": "Production", "connected": False}
)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("edits", "severities"),
    [
        ((set_to(PORTS, 1),), []),
        ((set_to(PORTS, 0),), ["error"]),
        ((set_to(PORTS, 0), UNPLUGGED), ["warning"]),
        ((set_to(PORTS, 2), SECOND), []),
        ((set_to(PORTS, 1), SECOND), ["error"]),
        ((set_to(PORTS, 1), SECOND_UNPLUGGED), ["warning"]),
        ((set_to(PORTS, 1), SECOND, UNPLUGGED), ["warning"]),
        ((set_to(PORTS, 0), SECOND_UNPLUGGED), ["error"]),
        ((*distributed(free_ports=1),), []),
        ((*distributed(free_ports=0),), ["error"]),
        ((*distributed(free_ports=0), UNPLUGGED), ["error"]),
    ],
)
def test_ports_that_are_left(
    profile: Profile, edits: tuple[Edit, ...], severities: list[str]
) -> None:
    found = findings(*edits, profile=profile)
    assert [f.severity for f in found] == severities
    assert set(ids(found)) <= {"net-switch-ports-full"}
    for finding in found:
        assert not findings(*edits, *finding.edits, profile=profile)
