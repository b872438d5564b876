"""vGPUs: whether they may move at all."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import VGPUS, devices_running, disallowed
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, move_rule, since


@move_rule(
    "vm-vgpu-enabled",
    title="vGPUs may move, and the target has their profile free",
    short="vGPU vMotion",
    why="vCenter Server moves vGPUs only where it was told to, onto a GPU of the same profile.",
    fix="Set vgpu.hotmigrate.enabled, or choose a host with such a GPU",
    source=VGPUS,
    severity=since(Profile.VSPHERE_67, "error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
    tier="ext",
    era="≥6.7U1",
)
def vgpu_enabled(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A vGPU is present, and vCenter's option or a free profile on the destination is not."""
    there = datacenter.hosts[move.destination]
    vgpus = list(devices_running(datacenter, move, "vgpu"))
    if vgpus and not datacenter.settings.vgpu_hotmigrate:
        option = ("settings", "vgpu_hotmigrate")
        yield Breach(
            option,
            f"{vgpus[0].name} of {move.vm} is a vGPU, and vgpu.hotmigrate.enabled is not true",
            "Set vgpu.hotmigrate.enabled to true in vCenter Server",
            (set_to(option, True),),
            fault=disallowed("DeviceNotSupported", device=vgpus[0].name),
        )
    wanted = dict.fromkeys(vgpu.profile for vgpu in vgpus if vgpu.profile)
    missing = [profile for profile in wanted if profile not in there.gpu_profiles]
    if missing:
        path = ("hosts", there.name, "gpu_profiles")
        device = next(vgpu.name for vgpu in vgpus if vgpu.profile == missing[0])
        free = f"Free {', '.join(missing)} on a GPU of {there.name}"
        has_one = there.has_gpu or there.gpu_profiles
        yield Breach(
            path,
            f"{device} of {move.vm} is {missing[0]}, which {there.name} does not have free",
            free if has_one else "Choose a host with such a GPU",
            (set_to(path, [*there.gpu_profiles, *missing]),) if has_one else (),
            fault=disallowed("DeviceNotSupported", device=device),
        )


RULES = (vgpu_enabled,)

_VGPU = ("vms", "web01", "devices", "vgpu 1")
_PROFILES = ("hosts", "esx02", "gpu_profiles")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="vgpu-move-not-enabled",
        story="web01 has a vGPU; nobody has told vCenter Server that vGPUs may move.",
        rule="vm-vgpu-enabled",
        path=("settings", "vgpu_hotmigrate"),
        edits=(set_to(_VGPU, {"kind": "vgpu"}),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="vgpu-profile-taken",
        story="The GPU of esx02 is divided into other profiles than that of web01.",
        rule="vm-vgpu-enabled",
        path=_PROFILES,
        edits=(
            set_to(("settings", "vgpu_hotmigrate"), True),
            set_to(_VGPU, {"kind": "vgpu", "profile": "grid_v100-2q"}),
            set_to(_PROFILES, ["grid_v100-8q"]),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
)
