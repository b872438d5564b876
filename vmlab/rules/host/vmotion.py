"""Each host's own end of the VMotion network: the adapter and its address."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.rules.interface import interface_fault
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import (
    API,
    GUIDE_PAGE,
    Breach,
    everywhere,
    hosts_of_vmotion,
    move_rule,
    moves_running,
    rule,
)
from vmlab.rules.segment import free_address


@move_rule(
    "host-vmotion-vmk-present",
    title="Each host has a VMkernel port group for VMotion",
    short="VMkernel port group",
    why="VMotion traffic leaves through a VMkernel adapter; a service console never carries it.",
    fix="Add a VMkernel port group and enable VMotion on its adapter",
    source=f"{GUIDE_PAGE}; {API}.VMotionNotConfigured",
    severity=everywhere("error"),
    scope="host",
    fault="VMotionNotConfigured",
    test_group="hostTests",
)
def vmk_present(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM moves, and a host has no VMkernel adapter with VMotion enabled."""
    if not moves_running(datacenter, move):
        return
    for name in (move.source, move.destination):
        host = datacenter.hosts[name]
        if host.vmotion_adapter:
            continue
        spare = next((a for a in host.vmkernel_adapters.values() if not a.management), None)
        parent = ("hosts", name, "vmkernel_adapters")
        fault = interface_fault("VMotionNotConfigured", move, name)
        if spare:
            path = (*parent, spare.name, "vmotion")
            yield Breach(
                path,
                f"VMotion is not enabled on {spare.name} of {name}",
                f"Enable VMotion on {spare.name} of {name}",
                (set_to(path, True),),
                fault=fault,
            )
        else:
            yield Breach(
                parent,
                f"{name} has no VMkernel adapter for VMotion",
                f"Add a VMkernel port group on {name} and an adapter with VMotion on it",
                fault=fault,
            )


@rule(
    "host-vmotion-vmk-ip",
    title="Each VMotion adapter has an IP address",
    short="IP address",
    why="An adapter without a usable address can neither call the other host nor be called.",
    fix="Give the adapter a valid address and mask",
    source=f"{API}.VMotionNotConfigured; what counts as usable is recalled",
    severity=everywhere("error"),
    scope="host",
    fault="VMotionNotConfigured",
    test_group="hostTests",
    recalled=True,
)
def vmk_ip(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """The address is unset, 0.0.0.0, or that of the network or its broadcast."""
    for name in hosts_of_vmotion(datacenter, move):
        adapter = datacenter.hosts[name].vmotion_adapter
        if adapter is None or adapter.has_usable_ip:
            continue
        path = ("hosts", name, "vmkernel_adapters", adapter.name, "ip")
        edits = _address_near_peers(datacenter, name, adapter.name)
        offer = f"Give {adapter.name} of {name} the address {edits[0].value}" if edits else None
        shown = adapter.ip or "no address"
        fault = interface_fault("VMotionNotConfigured", move, name)
        yield Breach(path, f"{adapter.name} of {name} has {shown}", offer, edits, fault=fault)


def _address_near_peers(datacenter: Datacenter, host: str, adapter: str) -> tuple[Edit, ...]:
    """A free address in the subnet that another host's VMotion adapter is in."""
    for peer in datacenter.hosts.values():
        other = peer.vmotion_adapter
        if peer.name == host or other is None or other.interface is None or not other.has_usable_ip:
            continue
        address = free_address(datacenter, other.interface.network)
        if address is not None:
            path = ("hosts", host, "vmkernel_adapters", adapter)
            return (
                set_to((*path, "ip"), str(address)),
                set_to((*path, "netmask"), str(other.netmask)),
            )
    return ()


RULES = (vmk_present, vmk_ip)

_ESX02 = ("hosts", "esx02")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="vmotion-not-enabled",
        story="The VMotion box of vmk0 on esx02 was never ticked.",
        rule="host-vmotion-vmk-present",
        path=(*_ESX02, "vmkernel_adapters", "vmk0", "vmotion"),
        edits=(set_to((*_ESX02, "vmkernel_adapters", "vmk0", "vmotion"), False),),
    ),
    Misconfiguration(
        name="no-vmkernel-adapter",
        story="esx02 has no VMkernel adapter at all.",
        rule="host-vmotion-vmk-present",
        path=(*_ESX02, "vmkernel_adapters"),
        edits=(remove((*_ESX02, "vmkernel_adapters", "vmk0")),),
    ),
    Misconfiguration(
        name="vmotion-without-address",
        story="vmk0 on esx02 was left with the address 0.0.0.0.",
        rule="host-vmotion-vmk-ip",
        path=(*_ESX02, "vmkernel_adapters", "vmk0", "ip"),
        edits=(set_to((*_ESX02, "vmkernel_adapters", "vmk0", "ip"), "0.0.0.0"),),  # noqa: S104
    ),
    Misconfiguration(
        name="network-address-as-address",
        story="vmk0 on esx02 was given the address of the network itself.",
        rule="host-vmotion-vmk-ip",
        path=(*_ESX02, "vmkernel_adapters", "vmk0", "ip"),
        edits=(set_to((*_ESX02, "vmkernel_adapters", "vmk0", "ip"), "10.0.50.0"),),
    ),
)
