"""Virtual hardware that the target must offer too: adapters, VMI, video memory, 3D."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import CHECKS, MANUAL_67
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, only_guide, since

BEST_VNIC = "vmxnet3"


@move_rule(
    "vm-vnic-type",
    title="The target offers the types of the VM's network adapters",
    short="adapter types",
    why="The guest's driver is made for one type of adapter, such as enhanced vmxnet.",
    fix="Change the adapter to a type that both hosts offer",
    source=CHECKS,
    severity=everywhere("error"),
    scope="vm",
    fault="VirtualEthernetCardNotSupported",
    test_group="sourceTests",
    tier="ext",
)
def vnic_type(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A vNIC's type is not supported on the destination."""
    offered = datacenter.hosts[move.destination].capabilities.vnic_types
    better = BEST_VNIC if BEST_VNIC in offered else next(iter(offered), None)
    for vnic in datacenter.vms[move.vm].vnics.values() if changes_host(move) else ():
        if vnic.type in offered:
            continue
        path = ("vms", move.vm, "vnics", vnic.name, "type")
        yield Breach(
            path,
            f"{vnic.name} of {move.vm} is {vnic.type}, which {move.destination} does not offer",
            f"Change {vnic.name} of {move.vm} to {better}" if better else None,
            (set_to(path, better),) if better else (),
            fault=Fault("VirtualEthernetCardNotSupported", {"device": vnic.name}),
        )


@move_rule(
    "vm-vmi",
    title="The target supports VMI where the VM uses it",
    short="VMI",
    why="A guest that paravirtualizes through VMI needs a host that answers it.",
    fix="Disable VMI paravirtualization",
    source=f"{API}.VMINotSupported; vSphere 6.7 Virtual Machine Administration, p. 276",
    severity=only_guide("error"),
    scope="vm",
    fault="VMINotSupported",
    test_group="sourceTests",
    tier="ext",
    era="≤4.x",
)
def vmi(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """VMI paravirtualization is enabled, and the destination lacks it."""
    there = datacenter.hosts[move.destination]
    if changes_host(move) and datacenter.vms[move.vm].vmi and not there.can("vmi"):
        path = ("vms", move.vm, "vmi")
        yield Breach(
            path,
            f"{move.vm} uses VMI; {there.name} does not support it",
            f"Disable VMI paravirtualization in {move.vm}",
            (set_to(path, False),),
            fault=Fault("VMINotSupported", {"device": "VMI ROM"}),
        )


@move_rule(
    "vm-default-device",
    title="The target can recreate the VM's default devices as they are",
    short="default devices",
    why="Some hosts can make the video card of a running VM only with their default memory.",
    fix="Restore the default",
    source=f"{API}.IncompatibleDefaultDevice",
    severity=everywhere("error"),
    scope="vm",
    fault="IncompatibleDefaultDevice",
    test_group="sourceTests",
    tier="ext",
    era="≥2.5",
)
def default_device(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Video memory was changed to what the destination cannot recreate, VM on or suspended."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    only = there.capabilities.default_video_ram_kib
    if not changes_host(move) or vm.power_state == "off" or only in {None, vm.video_ram_kib}:
        return
    path = ("vms", move.vm, "video_ram_kib")
    yield Breach(
        path,
        f"{move.vm} has {vm.video_ram_kib} KiB of video memory; {there.name} makes only {only} KiB",
        f"Set the video memory of {move.vm} to {only} KiB",
        (set_to(path, only),),
        fault=Fault("IncompatibleDefaultDevice", {"device": "video card"}),
    )


@move_rule(
    "vm-3d-hardware",
    title="The target has a GPU where the VM's 3D renderer is Hardware",
    short="3D hardware",
    why="Hardware means a GPU and nothing else; Automatic falls back to software without one.",
    fix="Set the renderer to Automatic, or choose a host with a GPU",
    source=f"{MANUAL_67}, pp. 124–157",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="vm",
    fault="InsufficientGraphicsResourcesFault",
    test_group="sourceTests",
    tier="ext",
    era="≥5.x",
)
def hardware_3d(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The 3D renderer is Hardware, and the destination has no GPU."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if changes_host(move) and vm.renderer_3d == "hardware" and not there.has_gpu:
        path = ("vms", move.vm, "renderer_3d")
        yield Breach(
            path,
            f"The 3D renderer of {move.vm} is Hardware; {there.name} has no GPU",
            f"Set the 3D renderer of {move.vm} to Automatic",
            (set_to(path, "automatic"),),
        )


RULES = (vnic_type, vmi, default_device, hardware_3d)

_WEB01, _CAPABILITIES = ("vms", "web01"), ("hosts", "esx02", "capabilities")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="enhanced-vmxnet",
        story="web01 has an enhanced vmxnet adapter; esx02 offers only the older ones.",
        rule="vm-vnic-type",
        path=(*_WEB01, "vnics", "nic 1", "type"),
        edits=(
            set_to((*_WEB01, "vnics", "nic 1", "type"), "vmxnet2"),
            set_to((*_CAPABILITIES, "vnic_types"), ["e1000", "flexible"]),
        ),
    ),
    Misconfiguration(
        name="paravirtualized-guest",
        story="The guest of web01 uses VMI, which esx02 does without.",
        rule="vm-vmi",
        path=(*_WEB01, "vmi"),
        edits=(
            set_to((*_WEB01, "vmi"), True),
            set_to((*_CAPABILITIES, "vmi"), False),
        ),
    ),
    Misconfiguration(
        name="more-video-memory",
        story="Somebody gave web01 more video memory; esx02 makes only the default.",
        rule="vm-default-device",
        path=(*_WEB01, "video_ram_kib"),
        edits=(
            set_to((*_WEB01, "video_ram_kib"), 16384),
            set_to((*_CAPABILITIES, "default_video_ram_kib"), 4096),
        ),
    ),
    Misconfiguration(
        name="hardware-3d-without-gpu",
        story="The 3D renderer of web01 is set to Hardware; only esx01 has a GPU.",
        rule="vm-3d-hardware",
        path=(*_WEB01, "renderer_3d"),
        edits=(
            set_to((*_WEB01, "renderer_3d"), "hardware"),
            set_to(("hosts", "esx01", "has_gpu"), True),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
