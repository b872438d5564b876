"""Each host's own end of the VMotion network: adapter, address, link."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import PortGroup
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import (
    API,
    GUIDE_PAGE,
    Breach,
    everywhere,
    guide_and_later,
    hosts_judged,
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
        if spare:
            path = (*parent, spare.name, "vmotion")
            yield Breach(
                path,
                f"VMotion is not enabled on {spare.name} of {name}",
                f"Enable VMotion on {spare.name} of {name}",
                (set_to(path, True),),
            )
        else:
            yield Breach(
                parent,
                f"{name} has no VMkernel adapter for VMotion",
                f"Add a VMkernel port group on {name} and an adapter with VMotion on it",
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
        yield Breach(path, f"{adapter.name} of {name} has {shown}", offer, edits)


@rule(
    "host-vmotion-link-up",
    title="VMotion has an uplink that is up",
    short="link up",
    why="The VMotion port group reaches the wire only through a cabled adapter whose link is up.",
    fix="Attach or repair an uplink",
    source=f"{API}.VMotionLinkDown",
    severity=everywhere("error"),
    scope="host",
    fault="VMotionLinkDown",
    test_group="hostTests",
)
def link_up(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """The VMotion port group has no uplink, or every one of them is down."""
    for name in _hosts_of_running(datacenter, move):
        host = datacenter.hosts[name]
        adapter = host.vmotion_adapter
        if adapter is None or any(nic.is_up for nic in host.uplinks(adapter.port_group)):
            continue
        label = adapter.port_group
        nics = host.uplinks(label)
        if not nics:
            group = host.port_groups[label]
            switch = group.virtual_switch
            where: Path = ("virtual_switches", switch)
            if host.virtual_switches[switch].uplinks:
                where = ("port_groups", label)
            yield Breach(
                ("hosts", name, *where, "active"),
                f"{label} on {name} has no uplink: {where[1]} has no adapter",
                f"Attach an adapter of {name} to {where[1]}",
            )
            continue
        dark = next((nic for nic in nics if nic.cable is not None), nics[0])
        nic_path = ("hosts", name, "physical_nics", dark.name)
        if dark.cable is None:
            yield Breach(
                (*nic_path, "cable"),
                f"{label} on {name} has no uplink that is up: {dark.name} has no cable",
                f"Cable {dark.name} of {name} to a physical switch",
            )
        else:
            yield Breach(
                (*nic_path, "link"),
                f"{label} on {name} has no uplink that is up: the link of {dark.name} is down",
                f"Repair the link of {dark.name}",
                (set_to((*nic_path, "link"), "up"),),
            )


@rule(
    "host-vmotion-link-gige",
    title="VMotion runs on Gigabit Ethernet",
    short="GigE",
    why="A slower or half-duplex link copies memory more slowly than guests change it.",
    fix="Move VMotion to a full-duplex Gigabit adapter, or a faster one",
    source=f"{GUIDE_PAGE}; {API}.VMotionLinkCapacityLow",
    severity=guide_and_later("error", "warning"),
    scope="host",
    fault="VMotionLinkCapacityLow",
    test_group="hostTests",
)
def link_gige(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """The best uplink of the VMotion network is below 1000 Mb/s, or half duplex."""
    for name in _hosts_of_running(datacenter, move):
        host = datacenter.hosts[name]
        adapter = host.vmotion_adapter
        if adapter is None:
            continue
        up = [nic for nic in host.uplinks(adapter.port_group) if nic.is_up]
        if not up or any(nic.is_gigabit and nic.duplex == "full" for nic in up):
            continue
        best = max(up, key=lambda nic: nic.speed_mbit_s)
        path = ("hosts", name, "physical_nics", best.name)
        if best.is_gigabit:
            yield Breach(
                (*path, "duplex"),
                f"VMotion on {name} runs at half duplex on {best.name}",
                f"Set {best.name} of {name} to full duplex",
                (set_to((*path, "duplex"), "full"),),
            )
        else:
            fix, edits = _idle_gigabit(host, host.port_groups[adapter.port_group], best.name)
            yield Breach(
                (*path, "speed_mbit_s"),
                f"VMotion on {name} runs at {best.speed_mbit_s} Mb/s on {best.name}",
                fix,
                edits,
            )


def _hosts_of_running(datacenter: Datacenter, move: Move | None) -> Iterator[str]:
    """The pair of a VMotion of a running VM, none for other moves, all without a move."""
    if move is None or moves_running(datacenter, move):
        yield from hosts_judged(datacenter, move)


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


def _idle_gigabit(host: Host, group: PortGroup, slow: str) -> tuple[str | None, tuple[Edit, ...]]:
    """Swap in a Gigabit adapter that no switch uses and that leads to the same place."""
    switch = host.virtual_switches[group.virtual_switch]
    if group.active is not None or slow not in switch.active:
        return None, ()
    used = {nic for other in host.virtual_switches.values() for nic in other.uplinks}
    for nic in host.physical_nics.values():
        fast = nic.is_up and nic.is_gigabit and nic.duplex == "full"
        same = nic.cable == host.physical_nics[slow].cable and nic.carries(group.vlan)
        if nic.name not in used and fast and same:
            active = [nic.name if name == slow else name for name in switch.active]
            path = ("hosts", host.name, "virtual_switches", switch.name, "active")
            return f"Put {nic.name} in the place of {slow}", (set_to(path, active),)
    return None, ()


RULES = (vmk_present, vmk_ip, link_up, link_gige)

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
    Misconfiguration(
        name="vmotion-link-down",
        story="The cable of vmnic1 on esx02 is broken.",
        rule="host-vmotion-link-up",
        path=(*_ESX02, "physical_nics", "vmnic1", "link"),
        edits=(set_to((*_ESX02, "physical_nics", "vmnic1", "link"), "down"),),
    ),
    Misconfiguration(
        name="vmotion-switch-without-uplink",
        story="vSwitch1 on esx02 has lost its adapter.",
        rule="host-vmotion-link-up",
        path=(*_ESX02, "virtual_switches", "vSwitch1", "active"),
        edits=(set_to((*_ESX02, "virtual_switches", "vSwitch1", "active"), []),),
    ),
    Misconfiguration(
        name="vmotion-unplugged",
        story="vmnic1 on esx02 was unplugged to cable another machine.",
        rule="host-vmotion-link-up",
        path=(*_ESX02, "physical_nics", "vmnic1", "cable"),
        edits=(remove((*_ESX02, "physical_nics", "vmnic1", "cable")),),
    ),
    Misconfiguration(
        name="half-duplex",
        story="vmnic1 on esx02 negotiated half duplex.",
        rule="host-vmotion-link-gige",
        path=(*_ESX02, "physical_nics", "vmnic1", "duplex"),
        edits=(set_to((*_ESX02, "physical_nics", "vmnic1", "duplex"), "half"),),
    ),
    Misconfiguration(
        name="vmotion-on-the-slow-adapter",
        story="The two adapters of esx02 were mixed up: VMotion got the 100 Mb/s one.",
        rule="host-vmotion-link-gige",
        path=(*_ESX02, "physical_nics", "vmnic1", "speed_mbit_s"),
        edits=(
            set_to((*_ESX02, "physical_nics", "vmnic1", "speed_mbit_s"), 100),
            set_to((*_ESX02, "physical_nics", "vmnic0", "speed_mbit_s"), 1000),
        ),
        also=(
            ("host-two-nic-layout", (*_ESX02, "port_groups", "VMotion")),
            ("cap-precopy-convergence", ("vms", "web01", "activity", "dirty_pages_per_s")),
        ),
    ),
)
