"""The wire under VMotion: whether a host's uplink is up, and fast enough."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import PhysicalNic, PortGroup
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.rules.interface import interface_fault
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import (
    API,
    GUIDE_PAGE,
    Breach,
    everywhere,
    guide_and_later,
    hosts_judged,
    moves_running,
    rule,
)


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
        fault = interface_fault("VMotionLinkDown", move, name, label)
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
                fault=fault,
            )
            continue
        dark = next((nic for nic in nics if nic.cable is not None), nics[0])
        nic_path = ("hosts", name, "physical_nics", dark.name)
        if dark.cable is None:
            yield Breach(
                (*nic_path, "cable"),
                f"{label} on {name} has no uplink that is up: {dark.name} has no cable",
                f"Cable {dark.name} of {name} to a physical switch",
                fault=fault,
            )
        else:
            yield Breach(
                (*nic_path, "link"),
                f"{label} on {name} has no uplink that is up: the link of {dark.name} is down",
                f"Repair the link of {dark.name}",
                (set_to((*nic_path, "link"), "up"),),
                fault=fault,
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
    """The best uplink that VMotion uses is below 1000 Mb/s, or half duplex.

    A standby uplink does not count while an active one is up: it takes over
    from a link that is down, not from a slow one.
    """
    for name in _hosts_of_running(datacenter, move):
        host = datacenter.hosts[name]
        adapter = host.vmotion_adapter
        if adapter is None:
            continue
        used = host.uplinks_in_use(adapter.port_group)
        if not used or any(_is_fast(nic) for nic in used):
            continue
        best = max(used, key=lambda nic: nic.speed_mbit_s)
        path = ("hosts", name, "physical_nics", best.name)
        fault = interface_fault("VMotionLinkCapacityLow", move, name, adapter.port_group)
        if best.is_gigabit:
            yield Breach(
                (*path, "duplex"),
                f"VMotion on {name} runs at half duplex on {best.name}",
                f"Set {best.name} of {name} to full duplex",
                (set_to((*path, "duplex"), "full"),),
                fault=fault,
            )
        else:
            group = host.port_groups[adapter.port_group]
            fix, edits = _standby_gigabit(host, group, best)
            if not edits:
                fix, edits = _idle_gigabit(host, group, best.name)
            yield Breach(
                (*path, "speed_mbit_s"),
                f"VMotion on {name} runs at {best.speed_mbit_s} Mb/s on {best.name}",
                fix,
                edits,
                fault=fault,
            )


def _hosts_of_running(datacenter: Datacenter, move: Move | None) -> Iterator[str]:
    """The pair of a VMotion of a running VM, none for other moves, all without a move."""
    if move is None or moves_running(datacenter, move):
        yield from hosts_judged(datacenter, move)


def _is_fast(nic: PhysicalNic) -> bool:
    return nic.is_gigabit and nic.duplex == "full"


def _leads_alike(nic: PhysicalNic, slow: PhysicalNic, vlan: int) -> bool:
    """Whether an adapter is fast, and leads where the slow one does."""
    return nic.is_up and _is_fast(nic) and nic.cable == slow.cable and nic.carries(vlan)


def _standby_gigabit(
    host: Host, group: PortGroup, slow: PhysicalNic
) -> tuple[str | None, tuple[Edit, ...]]:
    """Let a Gigabit standby uplink of the port group change places with the slow active one."""
    switch = host.virtual_switches[group.virtual_switch]
    active = switch.active if group.active is None else group.active
    standby = switch.standby if group.standby is None else group.standby
    for name in standby:
        nic = host.physical_nics[name]
        if name in active or slow.name not in active or not _leads_alike(nic, slow, group.vlan):
            continue
        path = ("hosts", host.name, "port_groups", group.name)
        here = [name if other == slow.name else other for other in active]
        there = [slow.name if other == name else other for other in standby]
        return (
            f"Make {name} the active uplink of {group.name}, and {slow.name} a standby one",
            (set_to((*path, "active"), here), set_to((*path, "standby"), there)),
        )
    return None, ()


def _idle_gigabit(host: Host, group: PortGroup, slow: str) -> tuple[str | None, tuple[Edit, ...]]:
    """Swap in a Gigabit adapter that no switch uses and that leads to the same place."""
    switch = host.virtual_switches[group.virtual_switch]
    if group.active is not None or slow not in switch.active:
        return None, ()
    used = {nic for other in host.virtual_switches.values() for nic in other.uplinks}
    for nic in host.physical_nics.values():
        if nic.name not in used and _leads_alike(nic, host.physical_nics[slow], group.vlan):
            active = [nic.name if name == slow else name for name in switch.active]
            path = ("hosts", host.name, "virtual_switches", switch.name, "active")
            return f"Put {nic.name} in the place of {slow}", (set_to(path, active),)
    return None, ()


RULES = (link_up, link_gige)

_ESX02 = ("hosts", "esx02")
MISCONFIGURATIONS = (
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
