"""Where each adapter of a virtual machine is plugged in, before a move and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualNic
from vmlab.inventory.move import Move
from vmlab.inventory.network import DistributedSwitch, PortGroup
from vmlab.inventory.path import Path
from vmlab.rules.rule import Fault
from vmlab.rules.segment import switches_carrying


class Socket(NamedTuple):
    """A port group: of a distributed switch, or of the host's own switches."""

    label: str
    distributed_switch: str | None

    def __str__(self) -> str:
        """Its name in words."""
        where = f" of {self.distributed_switch}" if self.distributed_switch else ""
        return f"“{self.label}”{where}"


@dataclass(frozen=True)
class Plug:
    """An adapter of a virtual machine and its sockets before and after a move."""

    vm: str
    nic: VirtualNic
    before: Socket
    after: Socket

    @property
    def path(self) -> Path:
        """Where the adapter stands."""
        return ("vms", self.vm, "vnics", self.nic.name)

    @property
    def device(self) -> dict[str, Any]:
        """The fields of every fault about a device: itself, what is behind it, its state."""
        after = self.after
        behind = f"{after.distributed_switch}/{after.label}" if after[1] else after.label
        return {"device": self.nic.name, "backing": behind, "connected": self.nic.connected}

    def fault(self, name: str, **more: str) -> Fault:
        """A fault about the adapter and its network: `CannotAccessNetwork` and its kin."""
        return Fault(name, {**self.device, "network": self.after.label, **more})


def plugs(datacenter: Datacenter, move: Move) -> Iterator[Plug]:
    """The adapters of a VM whose host changes; connected ones first."""
    nics = datacenter.vms[move.vm].vnics.values() if move.kind != "storage" else ()
    for nic in sorted(nics, key=lambda nic: not nic.connected):
        before = Socket(nic.port_group, nic.distributed_switch)
        asked = move.networks.get(nic.name)
        after = Socket(asked.port_group, asked.distributed_switch) if asked else before
        yield Plug(move.vm, nic, before, after)


def vm_group(host: Host, label: str) -> PortGroup | None:
    """A host's port group for virtual machines, None where there is none of that name."""
    group = host.port_groups.get(label)
    return group if group is not None and group.kind == "vm" else None


def group_of(host: Host, socket: Socket) -> PortGroup | None:
    """The port group of a host's own switch that a socket is, None for a distributed one."""
    return None if socket.distributed_switch else vm_group(host, socket.label)


def switch_of(datacenter: Datacenter, socket: Socket) -> DistributedSwitch | None:
    """The distributed switch of a socket, None where it has none or a move asks for a stranger."""
    return datacenter.distributed_switches.get(socket.distributed_switch or "")


def is_uplinked(datacenter: Datacenter, host: Host, socket: Socket) -> bool | None:
    """Whether a socket's switch has a physical adapter, None where there is no such socket."""
    if socket.distributed_switch:
        switch = switch_of(datacenter, socket)
        return switch.uplinked if switch else None
    group = vm_group(host, socket.label)
    return bool(host.virtual_switches[group.virtual_switch].uplinks) if group else None


def uplinked_switch(host: Host, vlan: int) -> str | None:
    """A virtual switch whose uplinks carry a VLAN."""
    return next((switch.name for switch in switches_carrying(host, vlan)), None)
