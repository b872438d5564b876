"""Frames on the VMotion network: what sends them, what drops them."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Path, Profile, apply, load, set_to
from vmlab.rules import Finding, check

GUIDE, V55, V67, V80 = Profile
VMKS: list[Path] = [("hosts", h, "vmkernel_adapters", "vmk1", "mtu") for h in ("esx01", "esx02")]
SWITCHES: list[Path] = [
    ("hosts", h, "virtual_switches", "vSwitch0", "mtu") for h in ("esx01", "esx02")
]
LAN: Path = ("physical_switches", "lan", "mtu")
JUMBO = ("net-vmotion-mtu-host", "net-vmotion-mtu-path", "net-vmotion-jumbo")


def found(*edits: Edit, profile: Profile = V80, **asks: Any) -> dict[str, list[Finding]]:
    move = Move.model_validate({"vm": "web01", "source": "esx01", "destination": "esx02", **asks})
    report = check(apply(load("two-hosts-vsphere-8").datacenter, edits), move, profile)
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.rule.id in JUMBO:
            by_rule.setdefault(finding.rule.id, []).append(finding)
    return by_rule


def sizes(vmks: int, switches: int, lan: int) -> list[Edit]:
    return [
        *(set_to(path, vmks) for path in VMKS),
        *(set_to(path, switches) for path in SWITCHES),
        set_to(LAN, lan),
    ]


@pytest.mark.parametrize(
    ("vmks", "switches", "lan", "rules"),
    [
        (9000, 9000, 9000, set()),
        (9000, 9216, 9216, set()),
        (8999, 9000, 9000, set()),
        (9000, 9000, 8999, {"net-vmotion-mtu-path"}),
        (9000, 8999, 9000, {"net-vmotion-mtu-host", "net-vmotion-mtu-path"}),
        (1500, 9000, 9000, set()),
        (1500, 1500, 1500, {"net-vmotion-jumbo"}),
        (1500, 1500, 9000, {"net-vmotion-jumbo"}),
        (1400, 1500, 1500, set()),
    ],
)
def test_the_smallest_on_the_way_decides(
    vmks: int, switches: int, lan: int, rules: set[str]
) -> None:
    assert set(found(*sizes(vmks, switches, lan))) == rules


def test_the_check_passes_and_the_transfer_fails() -> None:
    # Section 9 of the reference on rules, mistake 4.
    (finding,) = found(set_to(SWITCHES[1], 1500))["net-vmotion-mtu-path"]
    assert (finding.severity, finding.phase) == ("error", "transfer")
    assert not finding.blocks
    assert finding.fault is not None
    assert finding.fault.name == "Timedout"
    # MTU less 28 bytes of headers: the ping that support asks for.
    assert "8972" in finding.fix


def test_one_adapter_that_sends_too_much_is_told_to_send_less() -> None:
    edits = sizes(1500, 1500, 1500)
    (finding,) = found(*edits, set_to(VMKS[1], 9000))["net-vmotion-mtu-path"]
    assert finding.edits == (set_to(VMKS[1], 1500),)


def test_another_host_of_the_pair_is_found_too() -> None:
    findings = found(*[set_to(path, 1500) for path in SWITCHES])
    assert [f.path for f in findings["net-vmotion-mtu-host"]] == SWITCHES
    (path,) = findings["net-vmotion-mtu-path"]
    assert path.path == SWITCHES[0]
    assert [edit.path for edit in path.edits] == SWITCHES


def test_a_routed_path_goes_through_both_switches() -> None:
    edits = [
        set_to(("physical_switches", "far"), {"mtu": 1500}),
        *(
            set_to(("hosts", "esx02", "physical_nics", nic, "cable"), "far")
            for nic in ("vmnic0", "vmnic1")
        ),
    ]
    # In one subnet the switches never meet: that shows at the connection.
    assert not found(*edits)
    away = set_to(("hosts", "esx02", "vmkernel_adapters", "vmk1", "ip"), "10.0.51.12")
    (finding,) = found(*edits, away)["net-vmotion-mtu-path"]
    assert finding.path == ("physical_switches", "far", "mtu")


@pytest.mark.parametrize(
    ("profile", "advised"), [(GUIDE, False), (V55, True), (V67, True), (V80, True)]
)
def test_jumbo_frames_are_advised_from_5_0_on(profile: Profile, advised: bool) -> None:
    findings = found(*sizes(1500, 1500, 1500), profile=profile)
    assert ("net-vmotion-jumbo" in findings) is advised
    assert all(f.severity == "advice" for fs in findings.values() for f in fs)


@pytest.mark.parametrize(("mbit_s", "advised"), [(10_000, True), (9_999, False)])
def test_jumbo_frames_are_for_10_gbe(mbit_s: int, advised: bool) -> None:
    slow = [
        set_to(("hosts", "esx02", "physical_nics", nic, "speed_mbit_s"), mbit_s)
        for nic in ("vmnic0", "vmnic1")
    ]
    assert ("net-vmotion-jumbo" in found(*sizes(1500, 1500, 1500), *slow)) is advised


@pytest.mark.parametrize("kind", ["storage", "cold", "suspended"])
def test_moves_without_vmotion_send_no_frames(kind: str) -> None:
    state = {"storage": "on", "cold": "off", "suspended": "suspended"}[kind]
    power = set_to(("vms", "web01", "power_state"), state)
    assert not found(*sizes(9000, 1500, 1500), power, kind=kind)


def test_hosts_are_judged_without_a_move() -> None:
    datacenter = apply(load("two-hosts-vsphere-8").datacenter, sizes(9000, 1500, 9000))
    said = [(f.rule.id, f.path) for f in check(datacenter, None, V80).findings]
    assert said == [("net-vmotion-mtu-host", path) for path in SWITCHES]
