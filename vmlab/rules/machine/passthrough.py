"""Hardware of the host that a virtual machine uses directly: USB, DirectPath, SR-IOV."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import (
    MANUAL_60,
    device_path,
    devices_running,
    remove_device,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, Fault, everywhere, move_rule, since

VM_FEX_FIRST, VM_FEX_LAST = (5, 0), (6, 5)


@move_rule(
    "vm-usb-passthrough",
    title="Every USB device of the host is marked for vMotion",
    short="USB devices",
    why="A marked device keeps working from the old host over the network, until the VM is "
    "suspended or powered off; one that is not marked holds the VM back.",
    fix="Mark every USB device for vMotion, or remove it",
    source="vSphere 7.0 Virtual Machine Administration, USB passthrough and vMotion; " + MANUAL_60,
    severity=since(Profile.VSPHERE_55, "error"),
    milder=since(Profile.VSPHERE_55, "advice"),
    scope="vm",
    fault="CannotAccessVmDevice",
    test_group="sourceTests",
    tier="ext",
    era="≥4.1",
)
def usb_passthrough(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A passed-through USB device is not marked for vMotion, or stays behind although it is."""
    for device in devices_running(datacenter, move, "usb"):
        # A USB device of the client computer is not in the host.
        if device.backing == "client" and not device.hardware:
            continue
        path = device_path(move, device)
        marked = device.vmotion_allowed
        said = (
            f"stays on {move.source}, and is lost when the VM is suspended or powered off"
            if marked
            else "is not marked for vMotion"
        )
        fix = f"Remove {device.name} of {move.vm}"
        fields = {"device": device.name, "backing": device.hardware, "connected": device.connected}
        yield Breach(
            path if marked else (*path, "vmotion_allowed"),
            f"{device.name} of {move.vm} {said}",
            f"{fix} while it is elsewhere" if marked else f"{fix}, or mark it for vMotion",
            (remove(path),),
            milder=marked,
            fault=Fault("CannotAccessVmDevice", fields),
        )


@move_rule(
    "vm-directpath",
    title="The running VM has no PCI device of its host",
    short="no DirectPath",
    why="The guest drives the hardware itself; its state cannot be read, and stays in the host.",
    fix="Remove the device",
    source="ESXi 4.0 Update 1 Server Configuration, VMDirectPath; vSphere 6.5 Networking, p. 148; "
    "vSphere 8.0 Networking, DirectPath I/O",
    severity=everywhere("error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
    era="≥4.0",
)
def directpath(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A DirectPath device is attached, and the hosts are not both Cisco UCS with VM-FEX."""
    hosts = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    if all(_has_vm_fex(host) for host in hosts):
        return
    for device in devices_running(datacenter, move, "pci-passthrough"):
        fix = f"Remove {device.name} of {move.vm}"
        yield remove_device(move, device, f"a PCI device of {move.source}", fix)


@move_rule(
    "vm-sriov",
    title="The running VM has no virtual function of a host's adapter",
    short="no SR-IOV",
    why="An SR-IOV adapter bypasses the hypervisor, which can neither copy nor rebuild its state.",
    fix="Use a vmxnet3 adapter instead",
    source="vSphere 6.5 Networking, p. 153",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
    tier="ext",
    era="≥5.1",
)
def sriov(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An SR-IOV passthrough adapter is attached."""
    for device in devices_running(datacenter, move, "sr-iov"):
        fix = f"Remove {device.name} of {move.vm}, and use a vmxnet3 adapter"
        yield remove_device(move, device, f"a virtual function of {move.source}", fix)


def _has_vm_fex(host: Host) -> bool:
    return host.vm_fex and VM_FEX_FIRST <= host.release[:2] <= VM_FEX_LAST


RULES = (usb_passthrough, directpath, sriov)

_DEVICES = ("vms", "web01", "devices")


def _attached(name: str, **facts: object) -> tuple[Edit, ...]:
    return (set_to((*_DEVICES, name), facts),)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="licence-dongle",
        story="A licence dongle in esx01 was passed to web01, and not marked for vMotion.",
        rule="vm-usb-passthrough",
        path=(*_DEVICES, "usb 1", "vmotion_allowed"),
        edits=_attached("usb 1", kind="usb", backing="host", hardware="dongle", connected=True),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="dongle-stays-behind",
        story="The dongle is marked for vMotion, and stays in esx01 all the same.",
        rule="vm-usb-passthrough",
        path=(*_DEVICES, "usb 1"),
        edits=_attached(
            "usb 1",
            kind="usb",
            backing="host",
            hardware="dongle",
            connected=True,
            vmotion_allowed=True,
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="controller-passed-through",
        story="web01 was given a disk controller of esx01 for its backups.",
        rule="vm-directpath",
        path=(*_DEVICES, "pci 1"),
        edits=_attached("pci 1", kind="pci-passthrough", backing="host", hardware="0000:03:00.0"),
    ),
    Misconfiguration(
        name="virtual-function",
        story="web01 got an SR-IOV adapter, to be faster.",
        rule="vm-sriov",
        path=(*_DEVICES, "sriov 1"),
        edits=_attached("sriov 1", kind="sr-iov", backing="host", hardware="0000:05:10.0"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
)
