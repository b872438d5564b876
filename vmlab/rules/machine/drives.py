"""Drives and ports of a virtual machine, backed by its host or by an image."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Device
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import (
    BACKING,
    DRIVES,
    PORTS,
    device_path,
    devices,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule


@move_rule(
    "vm-host-device-connected",
    title="No connected drive or port is backed by the host's own hardware",
    short="host devices",
    why="The device stays in the old host: connected it is lost, disconnected it cannot return.",
    fix="Disconnect the device, or back it by something that the target has",
    source=f"{API}.CannotAccessVmDevice; {BACKING}",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="vm",
    fault="CannotAccessVmDevice",
    test_group="sourceTests",
)
def host_device_connected(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A device of the host is connected, or disconnected and absent on the destination."""
    hardware = datacenter.hosts[move.destination].hardware
    for device in devices(datacenter, move, *DRIVES, *PORTS):
        if device.backing != "host":
            continue
        # What has no name is whatever the host has.
        absent = device.hardware != "" and device.hardware not in hardware
        if not device.connected and not absent:
            continue
        name = device.hardware or "a device"
        state = "is connected to" if device.connected else "is disconnected, and backed by"
        elsewhere = f"; {move.destination} has no such device" if absent else ""
        yield Breach(
            device_path(move, device, "connected" if device.connected else "backing"),
            f"{device.name} of {move.vm} {state} {name} of {move.source}{elsewhere}",
            _parting_words(move, device, absent),
            _part(move, device, absent),
            milder=not device.connected,
            fault=_inaccessible(device, device.hardware),
        )


@move_rule(
    "vm-image-device",
    title="Images in the VM's drives are on datastores that the target sees",
    short="images shared",
    why="The drive reads the image from its datastore, before the move and after it.",
    fix="Copy the image to a shared datastore, or disconnect the drive",
    source=BACKING,
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="vm",
    fault="CannotAccessVmDevice",
    test_group="sourceTests",
)
def image_device(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A CD or floppy image is on a datastore that the destination cannot see."""
    for device in devices(datacenter, move, *DRIVES):
        store = device.datastore
        if device.backing != "image" or store is None or _is_shared(datacenter, move, store):
            continue
        shared = next((s for s in datacenter.datastores if _is_shared(datacenter, move, s)), None)
        path = device_path(move, device, "datastore")
        fix = f"Copy the image of {device.name} to {shared}"
        edits: tuple[Edit, ...] = (set_to(path, shared),)
        if shared is None:
            fix = _parting_words(move, device, True)
            edits = (set_to(path, None), *_part(move, device, True))
        state = "connected" if device.connected else "disconnected"
        yield Breach(
            path,
            f"{device.name} of {move.vm} is {state}, and holds an image on {store}, which "
            f"{move.destination} does not see",
            fix,
            edits,
            milder=not device.connected,
            fault=_inaccessible(device, f"[{store}]"),
        )


def _is_shared(datacenter: Datacenter, move: Move, name: str) -> bool:
    """Whether both hosts see one storage under a name, not each its own."""
    store = datacenter.datastores[name]
    mount = store.mounts.get(move.destination)
    same = store.backing_on(move.source) == store.backing_on(move.destination)
    return mount is not None and mount.accessible and same and store.kind != "local"


def _inaccessible(device: Device, backing: str) -> Fault:
    fields = {"device": device.name, "backing": backing, "connected": device.connected}
    return Fault("CannotAccessVmDevice", fields)


def _part(move: Move, device: Device, absent: bool) -> tuple[Edit, ...]:
    """Separate a device from what the target does not have; a port has no client to fall to."""
    disconnect = (set_to(device_path(move, device, "connected"), False),)
    if not absent:
        return disconnect
    if device.kind in PORTS:
        return (remove(device_path(move, device)),)
    return (*disconnect, set_to(device_path(move, device, "backing"), "client"))


def _parting_words(move: Move, device: Device, absent: bool) -> str:
    name = f"{device.name} of {move.vm}"
    if not absent:
        return f"Disconnect {name}"
    if device.kind in PORTS:
        return f"Remove {name}"
    return f"Disconnect {name}, and back it by the client computer"


RULES = (host_device_connected, image_device)

_DEVICES = ("vms", "web01", "devices")
_CD = (*_DEVICES, "cd 1")
_SERIAL = (*_DEVICES, "serial 1")


def _holds(path: tuple[str, ...], **facts: object) -> tuple[Edit, ...]:
    return (set_to(path, facts),)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="host-cd-connected",
        story="The CD in the drive of esx01 is connected to web01.",
        rule="vm-host-device-connected",
        path=(*_CD, "connected"),
        edits=_holds(_CD, backing="host", hardware="/dev/cdrom", connected=True),
    ),
    Misconfiguration(
        name="host-serial-port-connected",
        story="web01 talks to a modem on the serial port of esx01; esx02 has such a port too.",
        rule="vm-host-device-connected",
        path=(*_SERIAL, "connected"),
        edits=(
            *_holds(_SERIAL, kind="serial", backing="host", hardware="COM1", connected=True),
            set_to(("hosts", "esx02", "hardware"), ["COM1"]),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="host-floppy-absent",
        story="The floppy drive of web01 is disconnected; esx02 has none of that name.",
        rule="vm-host-device-connected",
        path=(*_DEVICES, "floppy 1", "backing"),
        edits=_holds((*_DEVICES, "floppy 1"), kind="floppy", backing="host", hardware="/dev/fd0"),
    ),
    Misconfiguration(
        name="host-parallel-port-absent",
        story="The parallel port of web01 is disconnected; esx02 has none.",
        rule="vm-host-device-connected",
        path=(*_DEVICES, "parallel 1", "backing"),
        edits=_holds(
            (*_DEVICES, "parallel 1"), kind="parallel", backing="host", hardware="/dev/parport0"
        ),
    ),
    Misconfiguration(
        name="local-iso-connected",
        story="The installation image is still connected, from the local disk of esx01.",
        rule="vm-image-device",
        path=(*_CD, "datastore"),
        edits=_holds(_CD, backing="image", datastore="esx01-local", connected=True),
    ),
    Misconfiguration(
        name="local-floppy-image-disconnected",
        story="A driver image was disconnected, but stayed in the floppy drive of web01.",
        rule="vm-image-device",
        path=(*_DEVICES, "floppy 1", "datastore"),
        edits=_holds(
            (*_DEVICES, "floppy 1"), kind="floppy", backing="image", datastore="esx01-local"
        ),
    ),
)
