"""Drives and ports that are connected to something that does not follow the VM."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import Device
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.rules.machine.moved import (
    DRIVES,
    MANUAL_60,
    PORTS,
    device_path,
    devices,
    devices_running,
    disallowed,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, everywhere, move_rule


@move_rule(
    "vm-client-device",
    title="No device of the client computer is connected to the running VM",
    short="client devices",
    why="The connection runs from the client to the old host, and does not follow the VM.",
    fix="Disconnect the device",
    source=f"{MANUAL_60}; {API}.RemoteDeviceNotSupported",
    severity=everywhere("error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
)
def client_device(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A device of the client is connected, and not both hosts can take it along."""
    hosts = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    if all(host.can("remote_device_vmotion") for host in hosts):
        return
    for device in devices_running(datacenter, move, *DRIVES, *PORTS):
        if device.backing == "client" and device.connected:
            yield _disconnect(move, device, "the client computer", "RemoteDeviceNotSupported")


@move_rule(
    "vm-file-port",
    title="No connected serial or parallel port writes to a file",
    short="ports to files",
    why="The old host holds the file open, and the target cannot take over in the middle of it.",
    fix="Disconnect the port",
    source=f"{API}.FileBackedPortNotSupported",
    severity=everywhere("error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
    tier="ext",
)
def file_port(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A serial or parallel port is backed by a file and connected."""
    for device in devices(datacenter, move, *PORTS):
        if device.backing == "file" and device.connected:
            yield _disconnect(move, device, "a file", "FileBackedPortNotSupported")


def _disconnect(move: Move, device: Device, behind: str, inner: str) -> Breach:
    path = device_path(move, device, "connected")
    return Breach(
        path,
        f"{device.name} of {move.vm} is connected to {behind}",
        f"Disconnect {device.name} of {move.vm}",
        (set_to(path, False),),
        fault=disallowed(inner, device=device.name),
    )


RULES = (client_device, file_port)

_DEVICES = ("vms", "web01", "devices")
_CD = (*_DEVICES, "cd 1")
_SERIAL = (*_DEVICES, "serial 1")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="client-cd-connected",
        story="Somebody connected the CD drive of a laptop to web01, and left for lunch.",
        rule="vm-client-device",
        path=(*_CD, "connected"),
        edits=(set_to((*_CD, "connected"), True),),
    ),
    Misconfiguration(
        name="serial-port-logs-to-a-file",
        story="The serial port of web01 logs to a file.",
        rule="vm-file-port",
        path=(*_SERIAL, "connected"),
        edits=(
            set_to(
                _SERIAL,
                {"kind": "serial", "backing": "file", "datastore": "san-01", "connected": True},
            ),
        ),
    ),
)
