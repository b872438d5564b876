"""A set of VMotion adapters on one host: their uplinks, their subnet."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import VMkernelAdapter
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.ends import adapter_path, readdress, set_of
from vmlab.rules.rule import Breach, hosts_of_vmotion, is_vmotion, move_rule, rule, since

_BLOGS = "Epping, Multiple-NIC vMotion in vSphere 5, 2011; Wahl, Multi-NIC vMotion, 2013"


@rule(
    "net-multinic-teaming",
    title="Each VMotion adapter of a set has one active uplink of its own",
    short="distinct uplinks",
    why="Two adapters on one uplink are no faster than one; with two, the way is left to chance.",
    fix="Give each port group a distinct active uplink, the others as standby",
    source=_BLOGS,
    severity=since(Profile.VSPHERE_55, "warning"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="≥5.0",
)
def multinic_teaming(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """Two VMotion port groups share an active uplink, or one has several."""
    for name in hosts_of_vmotion(datacenter, move):
        host = datacenter.hosts[name]
        taken: dict[str, VMkernelAdapter] = {}
        for adapter in set_of(host):
            active = [nic.name for nic in host.active_uplinks(adapter.port_group)]
            shared = next((nic for nic in active if nic in taken), None)
            if len(active) > 1:
                fact = f"“{adapter.port_group}” on {name} has {len(active)} active uplinks"
            elif shared:
                fact = f"{taken[shared].name} and {adapter.name} of {name} both use {shared}"
            else:
                taken |= dict.fromkeys(active, adapter)
                continue
            path = ("hosts", name, "port_groups", adapter.port_group, "active")
            yield Breach(path, fact, None, _one_each(host))
            break


@move_rule(
    "net-multinic-subnet",
    title="The VMotion adapters of a set are in one subnet and VLAN",
    short="one subnet",
    why="Every adapter of one host talks to every adapter of the other.",
    fix="Use one subnet and VLAN for the set",
    source=f"{_BLOGS}; vSphere 8.0 Networking, VMkernel networking layer",
    severity=since(Profile.VSPHERE_55, "warning"),
    scope="pair",
    fault=None,
    test_group="hostTests",
    era="≥5.0",
)
def multinic_subnet(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An adapter of a multi-NIC set is in another subnet or VLAN than its first.

    Whether the first adapters of both hosts reach each other is what other
    rules judge.
    """
    for name in (move.source, move.destination) if is_vmotion(move) else ():
        host = datacenter.hosts[name]
        first, *others = set_of(host) or (None,)
        for adapter in others:
            if first and first.has_usable_ip and adapter.has_usable_ip:
                yield from _apart(datacenter, host, first, adapter)


def _one_each(host: Host) -> tuple[Edit, ...]:
    """Edits that give each port group of the set an uplink of its own, none where they lack."""
    adapters = set_of(host)
    labels = list(dict.fromkeys(adapter.port_group for adapter in adapters))
    if len(labels) < len(adapters):
        return ()
    taken: set[str] = set()
    edits: list[Edit] = []
    for label in labels:
        switch = host.virtual_switches[host.port_groups[label].virtual_switch]
        wanted = [nic.name for nic in host.uplinks(label)]
        nics = [*wanted, *(nic for nic in switch.uplinks if nic not in wanted)]
        own = next((nic for nic in nics if nic not in taken and nic in host.physical_nics), None)
        if own is None:
            return ()
        taken.add(own)
        path = ("hosts", host.name, "port_groups", label)
        edits.append(set_to((*path, "active"), [own]))
        edits.append(set_to((*path, "standby"), [nic for nic in nics if nic != own]))
    return tuple(edits)


def _apart(
    datacenter: Datacenter, host: Host, first: VMkernelAdapter, adapter: VMkernelAdapter
) -> Iterator[Breach]:
    """What keeps an adapter from the first of its set: the subnet, the VLAN."""
    if first.interface is None or adapter.interface is None:
        return
    if first.interface.network != adapter.interface.network:
        edits = readdress(datacenter, adapter_path(host, adapter), first)
        yield Breach(
            (*adapter_path(host, adapter), "ip"),
            f"{first.name} of {host.name} is in {first.interface.network}, {adapter.name} in "
            f"{adapter.interface.network}",
            f"Give {adapter.name} of {host.name} the address {edits[0].value}" if edits else None,
            edits,
        )
        return
    vlan, other = host.port_groups[first.port_group].vlan, host.port_groups[adapter.port_group]
    if other.vlan != vlan:
        path = ("hosts", host.name, "port_groups", other.name, "vlan")
        yield Breach(
            path,
            f"{first.name} of {host.name} is in VLAN {vlan}, {adapter.name} in VLAN {other.vlan}",
            f"Set “{other.name}” on {host.name} to VLAN {vlan}",
            (set_to(path, vlan),),
        )


RULES = (multinic_teaming, multinic_subnet)

_ESX02 = ("hosts", "esx02")
_VMK = (*_ESX02, "vmkernel_adapters")
_GROUPS = (*_ESX02, "port_groups")


def _second(ip: str, active: str, vlan: int = 50) -> tuple[Edit, ...]:
    """A second VMotion adapter on esx02; the first keeps vmnic0."""
    standby = "vmnic0" if active == "vmnic1" else "vmnic1"
    group = {
        "virtual_switch": "vSwitch0",
        "vlan": vlan,
        "kind": "vmkernel",
        "active": [active],
        "standby": [standby],
    }
    adapter = {"port_group": "VMotion-02", "ip": ip, "vmotion": True, "mtu": 9000}
    return (
        set_to((*_GROUPS, "VMotion", "active"), ["vmnic0"]),
        set_to((*_GROUPS, "VMotion", "standby"), ["vmnic1"]),
        set_to((*_GROUPS, "VMotion-02"), group),
        set_to((*_VMK, "vmk2"), adapter),
    )


MISCONFIGURATIONS = (
    Misconfiguration(
        name="multi-nic-on-one-uplink",
        story="esx02 got a second VMotion adapter for speed; both use vmnic0.",
        rule="net-multinic-teaming",
        path=(*_GROUPS, "VMotion-02", "active"),
        edits=_second("10.0.50.22", "vmnic0"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="multi-nic-with-the-default-teaming",
        story="The first VMotion port group of esx02 kept both uplinks of its switch active.",
        rule="net-multinic-teaming",
        path=(*_GROUPS, "VMotion", "active"),
        edits=_second("10.0.50.22", "vmnic1")[2:],
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="multi-nic-in-two-subnets",
        story="The second VMotion adapter of esx02 was given a subnet of its own.",
        rule="net-multinic-subnet",
        path=(*_VMK, "vmk2", "ip"),
        edits=_second("10.0.51.12", "vmnic1"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="multi-nic-in-two-vlans",
        story="The second VMotion port group of esx02 was tagged with VLAN 51.",
        rule="net-multinic-subnet",
        path=(*_GROUPS, "VMotion-02", "vlan"),
        edits=_second("10.0.50.22", "vmnic1", vlan=51),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
