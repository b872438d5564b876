"""How long a vGPU that moves may stop its machine, and over which link."""

from __future__ import annotations

import math
from collections.abc import Iterator

from vmlab.inventory.capability import release
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.network import PhysicalNic
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import VGPUS, device_path, devices_running
from vmlab.rules.machine.stun import PROFILES_GIB, stun_s, vmotion_uplink
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, hosts_judged, move_rule, since

MAX_STUN_S = 100
LARGE_GIB = 4
GIGABIT, TEN_GIGABIT = 1_000, 10_000
STUN_LIMIT = "vSphere 8.0 Update 2 Virtual Machine Administration, vMotion stun time limit of vGPUs"


@move_rule(
    "vm-vgpu-stun",
    title="The vGPU's frame buffer is copied within the stun limit",
    short="vGPU stun",
    why="The VM stands still while its frame buffer is copied; too long, and the move times out.",
    fix="Use a faster link, or a smaller profile",
    source=f"{VGPUS}; {STUN_LIMIT}; VMware KB 320352",
    severity={Profile.VSPHERE_67: "warning", Profile.VSPHERE_80: "error"},
    milder=since(Profile.VSPHERE_67, "warning"),
    scope="vm",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥6.7U1",
)
def vgpu_stun(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The estimated stun is above 100 s or, from 8.0 U2 on, above the VM's own limit."""
    vgpus = list(devices_running(datacenter, move, "vgpu"))
    used = sum(vgpu.frame_buffer_gib for vgpu in vgpus)
    slower = _slower_link(datacenter, move)
    if used == 0 or slower is None:
        return
    oldest = min(datacenter.hosts[name].release for name in (move.source, move.destination))
    recomputes = oldest >= release("8.0 U2")
    limited = [vgpu for vgpu in vgpus if vgpu.stun_limit_s is not None and recomputes]
    own = min((vgpu.stun_limit_s or MAX_STUN_S for vgpu in limited), default=MAX_STUN_S)
    speed = slower[1].speed_mbit_s
    stun = stun_s(used, speed, oldest)
    said = f"The vGPU of {move.vm} uses {used:g} GiB; on {speed} Mb/s that is a stun of "
    if stun > MAX_STUN_S:
        fitting = (gib for gib in PROFILES_GIB if stun_s(gib, speed, oldest) <= own)
        fits = next(fitting, None) if len(vgpus) == 1 else None
        path = device_path(move, vgpus[0], "frame_buffer_gib")
        yield Breach(
            path,
            f"{said}about {stun:.0f} s, above {MAX_STUN_S} s",
            f"Use a profile of {fits} GiB, or a faster link" if fits else None,
            (set_to(path, fits),) if fits else (),
            milder=not recomputes,
        )
    elif stun > own:
        enough = math.ceil(stun)
        paths = [device_path(move, vgpu, "stun_limit_s") for vgpu in limited]
        yield Breach(
            paths[0],
            f"{said}about {stun:.0f} s, above the VM's limit of {own:g} s",
            f"Raise the stun limit of {move.vm} to {enough} s",
            tuple(set_to(path, enough) for path in paths),
        )


@move_rule(
    "vm-vgpu-1gbe",
    title="A large vGPU does not move over 1 GbE",
    short="vGPU link",
    why="The frame buffer goes over while the VM stands still: on Gigabit ten times as long.",
    fix="Use 10 GbE for vMotion",
    source="vSphere 8.0 vCenter Server and Host Management, conditions and limits for vMotion; "
    f"that “large” begins at {LARGE_GIB} GiB is recalled",
    severity=since(Profile.VSPHERE_80, "warning"),
    scope="vm",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥7.0",
    recalled=True,
)
def vgpu_1gbe(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A large vGPU profile, and vMotion over 1 GbE."""
    large = [
        vgpu
        for vgpu in devices_running(datacenter, move, "vgpu")
        if vgpu.frame_buffer_gib >= LARGE_GIB
    ]
    slower = _slower_link(datacenter, move)
    if not large or slower is None or slower[1].speed_mbit_s > GIGABIT:
        return
    host, nic = slower
    # Both hosts may be slow: the finding is one, at the slower, and goes when both are mended.
    paths = [
        ("hosts", name, "physical_nics", best.name, "speed_mbit_s")
        for name in (move.source, move.destination)
        if (best := vmotion_uplink(datacenter.hosts[name])) and best.speed_mbit_s <= GIGABIT
    ]
    yield Breach(
        ("hosts", host, "physical_nics", nic.name, "speed_mbit_s"),
        f"{large[0].name} of {move.vm} has {large[0].frame_buffer_gib:g} GiB; vMotion on {host} "
        f"runs at {nic.speed_mbit_s} Mb/s",
        f"Give vMotion a 10 GbE adapter on {', '.join(path[1] for path in paths)}",
        tuple(set_to(path, TEN_GIGABIT) for path in paths),
    )


def _slower_link(datacenter: Datacenter, move: Move) -> tuple[str, PhysicalNic] | None:
    """The host whose best vMotion uplink is slower, and that uplink."""
    found = [
        (name, vmotion_uplink(datacenter.hosts[name])) for name in hosts_judged(datacenter, move)
    ]
    links = [(name, nic) for name, nic in found if nic is not None]
    if len(links) < len(found):
        return None
    return min(links, key=lambda link: link[1].speed_mbit_s)


RULES = (vgpu_stun, vgpu_1gbe)

_VGPU = ("vms", "web01", "devices", "vgpu 1")
_ESX02 = ("hosts", "esx02")
_ENABLED = set_to(("settings", "vgpu_hotmigrate"), True)
_SLOW = tuple(
    set_to((*_ESX02, "physical_nics", nic, "speed_mbit_s"), GIGABIT) for nic in ("vmnic0", "vmnic1")
)


def _vgpu(gib: int, **facts: object) -> tuple[Edit, ...]:
    return (set_to(_VGPU, {"kind": "vgpu", "frame_buffer_gib": gib, **facts}),)


def _release(version: str) -> tuple[Edit, ...]:
    return tuple(set_to(("hosts", name, "version"), version) for name in ("esx01", "esx02"))


MISCONFIGURATIONS = (
    Misconfiguration(
        name="vgpu-too-big-to-stun",
        story="web01 uses 16 GiB of a P40; the first release that moves vGPUs is too slow for it.",
        rule="vm-vgpu-stun",
        path=(*_VGPU, "frame_buffer_gib"),
        edits=(
            _ENABLED,
            *_vgpu(16),
            *_release("6.7 U1"),
            set_to(("vms", "web01", "hardware_version"), 14),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="vgpu-stun-limit-too-low",
        story="web01 uses 16 GiB of its vGPU; its stun limit was set to ten seconds.",
        rule="vm-vgpu-stun",
        path=(*_VGPU, "stun_limit_s"),
        edits=(_ENABLED, *_vgpu(16, stun_limit_s=10), *_release("8.0 U2")),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="vgpu-over-gigabit",
        story="esx02 was cabled with Gigabit, and web01 has a vGPU of 4 GiB.",
        rule="vm-vgpu-1gbe",
        path=(*_ESX02, "physical_nics", "vmnic0", "speed_mbit_s"),
        edits=(_ENABLED, *_vgpu(4), *_SLOW),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="big-vgpu-over-gigabit",
        story="esx02 was cabled with Gigabit, and web01 has a vGPU of 16 GiB.",
        rule="vm-vgpu-stun",
        path=(*_VGPU, "frame_buffer_gib"),
        edits=(_ENABLED, *_vgpu(16), *_SLOW, *_release("8.0 U2")),
        also=(("vm-vgpu-1gbe", (*_ESX02, "physical_nics", "vmnic0", "speed_mbit_s")),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
