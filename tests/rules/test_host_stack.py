"""Stacks and subnets of the VMkernel, at the edges of their rules."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

ADAPTERS = ("hosts", "esx02", "vmkernel_adapters")
VMK0, VMK1, VMK2 = ((*ADAPTERS, name) for name in ("vmk0", "vmk1", "vmk2"))
OWN_STACK = set_to((*VMK1, "netstack"), "vmotion")
MOVE = Move(vm="web01", source="esx01", destination="esx02")


def found(
    rule: str,
    *edits: Edit,
    scenario: str = "two-hosts-vsphere-8",
    profile: Profile = Profile.VSPHERE_80,
) -> list[Finding]:
    datacenter = apply(load(scenario).datacenter, edits)
    findings = check(datacenter, MOVE, profile).findings
    return [finding for finding in findings if finding.rule.id == rule]


@pytest.mark.parametrize(
    ("edits", "paths"),
    [
        ((OWN_STACK,), []),  # its own flag says nothing new
        ((set_to((*VMK0, "vmotion"), True),), []),  # two adapters of one stack
        ((OWN_STACK, set_to((*VMK0, "vmotion"), True)), [(*VMK0, "vmotion")]),
        (
            (
                OWN_STACK,
                set_to((*VMK0, "vmotion"), True),
                set_to((*VMK0, "netstack"), "provisioning"),
            ),
            [],
        ),
        # A host that is too old for the stack has another mistake.
        (
            (
                OWN_STACK,
                set_to((*VMK0, "vmotion"), True),
                set_to(("hosts", "esx02", "version"), "5.5"),
            ),
            [],
        ),
    ],
)
def test_flags_beside_the_vmotion_stack(
    edits: tuple[Edit, ...], paths: list[tuple[str, ...]]
) -> None:
    findings = found("host-vmotion-stack-exclusive", *edits)
    assert [f.path for f in findings] == paths
    assert {f.severity for f in findings} <= {"warning"}
    for profile in (Profile.GUIDE_40, Profile.VSPHERE_55):
        assert not found("host-vmotion-stack-exclusive", *edits, profile=profile)


@pytest.mark.parametrize("service", ["provisioning", "fault-tolerance", "vsan", "replication"])
def test_any_other_service_is_one_too_many(service: str) -> None:
    rule, serve = "host-vmotion-stack-single-service", set_to((*VMK1, "services"), [service])
    assert not found(rule, serve)
    (finding,) = found(rule, OWN_STACK, serve)
    assert (finding.path, finding.severity) == ((*VMK1, "services"), "error")
    assert not found(rule, OWN_STACK, serve, profile=Profile.VSPHERE_55)


def test_management_is_a_service_too() -> None:
    manage = set_to((*VMK1, "management"), True)
    serve = set_to((*VMK1, "services"), ["vsan"])
    rule = "host-vmotion-stack-single-service"
    (finding,) = found(rule, OWN_STACK, manage)
    assert finding.path == (*VMK1, "management")
    (finding,) = found(rule, OWN_STACK, manage, serve)
    assert "vsan, management" in finding.message
    assert not found(rule, OWN_STACK, manage, serve, *finding.edits)


@pytest.mark.parametrize(("version", "n"), [("5.5 U3", 1), ("6.0", 0), ("8.0", 0)])
def test_hosts_have_the_stack_from_6_0_on(version: str, n: int) -> None:
    edit = set_to(("hosts", "esx02", "version"), version)
    findings = found("host-vmotion-stack-single-service", OWN_STACK, edit)
    assert [f.path for f in findings] == [(*VMK1, "netstack")] * n


def adapter(ip: str, **more: Any) -> Edit:
    return set_to(VMK2, {"port_group": "VMotion", "ip": ip, **more})


OVERLAP = "host-vmk-subnet-overlap"


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("edits", "path"),
    [
        ((adapter("10.0.50.30"),), (*VMK2, "ip")),
        ((adapter("10.0.51.30"),), None),
        ((adapter("10.0.50.30", netstack="provisioning"),), None),
        ((adapter("10.0.50.30", vmotion=True),), None),  # multi-NIC VMotion
        ((adapter("192.168.10.30", vmotion=True),), (*VMK2, "ip")),
        ((adapter("192.168.10.30"),), (*VMK2, "ip")),
        ((adapter("0.0.0.0"),), None),
        ((set_to((*VMK0, "ip"), "10.0.50.30"),), (*VMK1, "ip")),  # management was first
    ],
)
def test_two_adapters_in_one_subnet(
    edits: tuple[Edit, ...], path: tuple[str, ...] | None, profile: Profile
) -> None:
    findings = found(OVERLAP, *edits, profile=profile)
    assert [f.path for f in findings] == ([path] if path else [])
    assert {f.severity for f in findings} <= {"warning"}


def test_bound_iscsi_adapters_belong_together() -> None:
    one = adapter("10.0.60.1", bound_to_iscsi=True)
    vmk3 = {"port_group": "VMotion", "ip": "10.0.60.2"}
    assert found(OVERLAP, one, set_to((*ADAPTERS, "vmk3"), vmk3))
    assert not found(OVERLAP, one, set_to((*ADAPTERS, "vmk3"), {**vmk3, "bound_to_iscsi": True}))


def test_a_third_adapter_is_reported_once() -> None:
    third = set_to((*ADAPTERS, "vmk3"), {"port_group": "VMotion", "ip": "10.0.50.31"})
    paths = [f.path for f in found(OVERLAP, adapter("10.0.50.30"), third)]
    assert paths == [(*VMK2, "ip"), (*ADAPTERS, "vmk3", "ip")]


@pytest.mark.parametrize("profile", Profile)
def test_the_console_of_esx_has_a_routing_table_of_its_own(profile: Profile) -> None:
    # The reference, section 1, "ESX versus ESXi", and mistake 3 of section 9.
    edits = [
        set_to(("hosts", host, "vmkernel_adapters", "vmk0", "ip"), f"192.168.10.2{n}")
        for n, host in enumerate(("esx01", "esx02"))
    ]
    assert not found(OVERLAP, *edits, scenario="two-hosts", profile=profile)
    edits = [
        set_to(("hosts", host, "vmkernel_adapters", "vmk1", "ip"), f"192.168.10.2{n}")
        for n, host in enumerate(("esx01", "esx02"))
    ]
    assert len(found(OVERLAP, *edits, scenario="two-hosts-esxi", profile=profile)) == 2


def test_without_a_plan_somebody_must_choose_a_subnet() -> None:
    (finding,) = found(OVERLAP, adapter("10.0.50.30"))
    assert finding.edits == ()
    assert finding.fix.startswith("Choose a subnet")
