"""vGPUs and 3D: whether they move, and how long the machine is stunned."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import WEB01, by_profile, findings
from vmlab.inventory import Edit, Profile, load, set_to
from vmlab.inventory.capability import release
from vmlab.rules.machine.stun import stun_s, vmotion_uplink

SILENT = ["-"] * 4
V80 = Profile.VSPHERE_80
VGPU = (*WEB01, "devices", "vgpu 1")
ESX01, ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
ENABLED = set_to(("settings", "vgpu_hotmigrate"), True)


def vgpu(gib: float = 1, name: str = "vgpu 1", **facts: Any) -> Edit:
    return set_to((*VGPU[:-1], name), {"kind": "vgpu", "frame_buffer_gib": gib, **facts})


def hosts(version: str, mbit_s: int = 10_000) -> tuple[Edit, ...]:
    """Release and vMotion link of both hosts."""
    nics = ("vmnic0", "vmnic1")
    pair = (ESX01, ESX02)
    return (
        *(set_to((*host, "version"), version) for host in pair),
        *(set_to((*h, "physical_nics", n, "speed_mbit_s"), mbit_s) for h in pair for n in nics),
    )


# The reference, section 6.4.
@pytest.mark.parametrize(
    ("version", "table"),
    [
        ("8.0", {1: 2, 2: 4, 4: 6, 8: 12, 16: 22, 32: 39}),
        ("7.0", {1: 2, 2: 4, 4: 6, 8: 12, 16: 22, 32: 39}),
        ("6.7 U3", {1: 2.17, 2: 4.03, 4: 7.02, 8: 14.48, 16: 27.79, 32: 50.81}),
        ("6.7 U1", {1: 9.0, 2: 16.5, 4: 31.4, 8: 61.3, 10: 76.3, 12: 91.2}),
    ],
)
def test_the_published_stuns(version: str, table: dict[int, float]) -> None:
    for gib, seconds in table.items():
        assert stun_s(gib, 10_000, release(version)) == pytest.approx(seconds)
        assert stun_s(gib, 1_000, release(version)) == pytest.approx(10 * seconds)
    sizes = sorted(table)
    stuns = [stun_s(gib, 10_000, release(version)) for gib in range(1, 65)]
    assert stuns == sorted(stuns)
    middle = stun_s((sizes[0] + sizes[1]) / 2, 10_000, release(version))
    assert middle == pytest.approx((table[sizes[0]] + table[sizes[1]]) / 2)
    assert stun_s(0.25, 10_000, release(version)) > 0


def test_a_p40_of_16_gib_exceeds_the_limit() -> None:
    # The reference, section 6.4: 16 GB and up exceed 100 s; 12 GB does not.
    assert stun_s(12, 10_000, release("6.7 U1")) < 100 < stun_s(16, 10_000, release("6.7 U1"))


@pytest.mark.parametrize(
    ("version", "gib", "mbit_s", "limit", "said"),
    [
        ("6.7 U1", 12, 10_000, None, SILENT),
        ("6.7 U1", 16, 10_000, None, ["-", "-", "warning", "warning"]),
        ("6.7 U3", 16, 10_000, None, SILENT),
        ("7.0", 32, 10_000, None, SILENT),
        ("7.0", 4, 1_000, None, SILENT),
        ("7.0", 8, 1_000, None, ["-", "-", "warning", "warning"]),
        ("8.0 U1", 8, 1_000, None, ["-", "-", "warning", "warning"]),
        ("8.0 U2", 8, 1_000, None, ["-", "-", "warning", "error"]),
        # The VM's own limit: from 8.0 U2 on.
        ("8.0 U1", 16, 10_000, 21, SILENT),
        ("8.0 U2", 16, 10_000, 22, SILENT),
        ("8.0 U2", 16, 10_000, 21, ["-", "-", "warning", "error"]),
        ("8.0 U2", 16, 40_000, 21, SILENT),
        # A higher one does not lift the 100 s.
        ("8.0 U2", 8, 1_000, 200, ["-", "-", "warning", "error"]),
        ("8.0 U2", 0, 1_000, 1, SILENT),
    ],
)
def test_the_stun(
    version: str, gib: float, mbit_s: int, limit: float | None, said: list[str]
) -> None:
    edits = (*hosts(version, mbit_s), vgpu(gib, stun_limit_s=limit), ENABLED)
    assert by_profile("vm-vgpu-stun", *edits) == said


def test_the_slower_link_and_the_older_host_decide() -> None:
    slow = [
        set_to((*ESX02, "physical_nics", n, "speed_mbit_s"), 1_000) for n in ("vmnic0", "vmnic1")
    ]
    assert by_profile("vm-vgpu-stun", vgpu(16), *slow)[2:] == ["warning", "warning"]
    assert by_profile("vm-vgpu-stun", vgpu(16), *slow[:1]) == SILENT  # vmnic1 is fast
    old = set_to((*ESX01, "version"), "6.7 U1")
    assert by_profile("vm-vgpu-stun", vgpu(16), old)[2:] == ["warning", "warning"]


def test_what_is_offered_against_a_stun() -> None:
    (finding,) = findings("vm-vgpu-stun", *hosts("8.0 U2", 1_000), vgpu(16), profile=V80)
    assert [(edit.path[-1], edit.value) for edit in finding.edits] == [("frame_buffer_gib", 6)]
    two = (vgpu(16), vgpu(16, "vgpu 2"))
    (finding,) = findings("vm-vgpu-stun", *hosts("8.0 U2", 1_000), *two, profile=V80)
    assert finding.edits == ()
    own = (vgpu(8, stun_limit_s=5), vgpu(8, "vgpu 2", stun_limit_s=50))
    (finding,) = findings("vm-vgpu-stun", *hosts("8.0 U2"), *own, profile=V80)
    assert finding.path == (*VGPU, "stun_limit_s")
    assert [edit.value for edit in finding.edits] == [22, 22]


def test_without_a_vmotion_link_there_is_nothing_to_estimate() -> None:
    down = set_to((*ESX02, "port_groups", "VMotion", "active"), [])
    assert by_profile("vm-vgpu-stun", vgpu(64), *hosts("8.0 U2", 1_000), down) == SILENT
    assert by_profile("vm-vgpu-1gbe", vgpu(64), *hosts("8.0 U2", 1_000), down) == SILENT
    assert vmotion_uplink(load("two-hosts-bare").datacenter.hosts["esx01"]) is None


@pytest.mark.parametrize(
    ("gib", "mbit_s", "said"),
    [(4, 1_000, True), (3.9, 1_000, False), (4, 2_500, False), (32, 10_000, False)],
)
def test_large_vgpus_over_gigabit(gib: float, mbit_s: int, said: bool) -> None:
    found = by_profile("vm-vgpu-1gbe", vgpu(gib), *hosts("8.0", mbit_s))
    assert found == (["-", "-", "-", "warning"] if said else SILENT)


def test_the_option_and_the_profile() -> None:
    rule = "vm-vgpu-enabled"
    assert by_profile(rule, vgpu()) == ["-", "-", "error", "error"]
    assert by_profile(rule, vgpu(), ENABLED) == SILENT
    wants = vgpu(profile="v100-1q")
    (finding,) = findings(rule, wants, ENABLED)
    assert finding.edits == ()  # esx02 has no GPU at all
    (finding,) = findings(rule, wants, ENABLED, set_to((*ESX02, "has_gpu"), True))
    assert [edit.value for edit in finding.edits] == [["v100-1q"]]
    assert findings(rule, wants, ENABLED, set_to((*ESX02, "gpu_profiles"), ["v100-1q"])) == []
    assert [f.path[0] for f in findings(rule, wants)] == ["settings", "hosts"]
    faults = [f.fault for f in findings(rule, wants)]
    assert all(fault and fault.inner for fault in faults)


@pytest.mark.parametrize("kind", ["cold", "suspended", "storage"])
def test_vgpus_of_machines_that_do_not_move_running(kind: str) -> None:
    for rule in ("vm-vgpu-enabled", "vm-vgpu-stun", "vm-vgpu-1gbe"):
        assert by_profile(rule, vgpu(64), *hosts("8.0 U2", 1_000), kind=kind) == SILENT


def test_hardware_3d() -> None:
    rule, renderer = "vm-3d-hardware", (*WEB01, "renderer_3d")
    assert by_profile(rule, set_to(renderer, "hardware")) == ["-", "error", "error", "error"]
    for word in ("automatic", "software", "none"):
        assert by_profile(rule, set_to(renderer, word)) == SILENT
    gpu = set_to((*ESX02, "has_gpu"), True)
    assert by_profile(rule, set_to(renderer, "hardware"), gpu) == SILENT
    assert by_profile(rule, set_to(renderer, "hardware"), kind="storage") == SILENT
