"""What rules on a virtual machine share: its devices, their paths, and how they are mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Device, DeviceKind
from vmlab.inventory.move import Move
from vmlab.inventory.path import Path, remove
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import Breach, Fault, is_vmotion, moves_running

CHECKS = "vSphere 4.0 Update 1 Basic System Administration, migration compatibility checks"
MANUAL_60 = "vSphere 6.0 Update 1 vCenter Server and Host Management, pp. 122–127"
MANUAL_67 = "vSphere 6.7 vCenter Server and Host Management"
VGPUS = "vSphere 6.7 and 7.0 vCenter Server and Host Management, vMotion of vGPU VMs"
BACKING = "VMware KB 1003787 and 1003794, device backing"

DRIVES: tuple[DeviceKind, ...] = ("cd-dvd", "floppy")
PORTS: tuple[DeviceKind, ...] = ("serial", "parallel")


def moves_powered_on(datacenter: Datacenter, move: Move) -> bool:
    """Whether a VM moves while it is powered on: its memory, its files, or both."""
    hot = is_vmotion(move) or move.kind == "storage"
    return hot and datacenter.vms[move.vm].power_state == "on"


def device_path(move: Move, device: Device, field: str | None = None) -> Path:
    """Path of a device of the VM that moves, or of a field of it."""
    path = ("vms", move.vm, "devices", device.name)
    return path if field is None else (*path, field)


def devices(datacenter: Datacenter, move: Move, *kinds: DeviceKind) -> Iterator[Device]:
    """Devices of some kinds of a VM that goes to another host."""
    if changes_host(move):
        for device in datacenter.vms[move.vm].devices.values():
            if device.kind in kinds:
                yield device


def devices_running(datacenter: Datacenter, move: Move, *kinds: DeviceKind) -> Iterator[Device]:
    """Devices of some kinds of a VM that goes to another host while it runs."""
    if moves_running(datacenter, move):
        yield from devices(datacenter, move, *kinds)


def disallowed(inner: str, **fields: Any) -> Fault:
    """The fault of a device that no migration takes along, round the one that says why."""
    return Fault("DisallowedMigrationDeviceAttached", inner=Fault(inner, fields))


def remove_device(move: Move, device: Device, what: str, fix: str) -> Breach:
    """A device that the VM must lose before it moves."""
    path = device_path(move, device)
    return Breach(
        path,
        f"{device.name} of {move.vm} is {what}",
        fix,
        (remove(path),),
        fault=disallowed("DeviceNotSupported", device=device.name, reason=what),
    )
