"""One subnet for each service of the VMkernel: a stack has one way into a subnet."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import VMkernelAdapter
from vmlab.inventory.path import Edit, apply, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, everywhere, hosts_judged, rule
from vmlab.rules.segment import free_address


@rule(
    "host-vmk-subnet-overlap",
    title="No two VMkernel adapters of a stack are in one subnet",
    short="subnets apart",
    why="A stack sends what is for a subnet through one adapter: that of another service, "
    "perhaps, and VMotion or storage fails.",
    fix="Give each service a subnet and VLAN of its own",
    source="VMware KB 2010877 (Broadcom article 318546); "
    "vSphere 8.0 Networking, VMkernel networking layer",
    severity=everywhere("warning"),
    scope="host",
    fault=None,
    test_group="hostTests",
)
def subnet_overlap(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """Two adapters of one stack share a subnet, and are no set for VMotion or iSCSI.

    A service-console adapter does not count: it has a routing table of its own.
    """
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        before: list[VMkernelAdapter] = []
        for adapter in sorted(host.vmkernel_adapters.values(), key=_rank):
            other = next((a for a in before if _share(a, adapter) and not _a_set(a, adapter)), None)
            before.append(adapter)
            if other is None or adapter.interface is None:
                continue
            edits = _elsewhere(datacenter, host, adapter)
            yield Breach(
                ("hosts", name, "vmkernel_adapters", adapter.name, "ip"),
                f"{adapter.name} and {other.name} of {name} are both in "
                f"{adapter.interface.network}",
                f"Give {adapter.name} of {name} the address {edits[0].value}"
                if edits
                else f"Choose a subnet and VLAN of its own for {adapter.name} of {name}",
                edits,
            )


def _rank(adapter: VMkernelAdapter) -> int:
    """Whose subnet it is: management's, then VMotion's; the others came later."""
    if adapter.management:
        return 0
    return 1 if adapter.vmotion or adapter.netstack == "vmotion" else 2


def _share(a: VMkernelAdapter, b: VMkernelAdapter) -> bool:
    if a.interface is None or b.interface is None or a.netstack != b.netstack:
        return False
    if not (a.has_usable_ip and b.has_usable_ip):
        return False
    return a.interface.network == b.interface.network


def _a_set(a: VMkernelAdapter, b: VMkernelAdapter) -> bool:
    """Adapters that belong together in one subnet: all for VMotion, or all bound to iSCSI."""
    vmotion = all(x.vmotion or x.netstack == "vmotion" for x in (a, b))
    return vmotion or (a.bound_to_iscsi and b.bound_to_iscsi)


def _elsewhere(datacenter: Datacenter, host: Host, adapter: VMkernelAdapter) -> tuple[Edit, ...]:
    """Addresses in a subnet that the host does not use yet.

    VMotion goes where a peer's is already, or takes the peers in its subnet
    along; else the subnet is the one that is declared for the adapter's VLAN.
    """
    used = {a.interface.network for a in host.vmkernel_adapters.values() if a.interface}
    peers = [
        (peer.name, other)
        for peer in datacenter.hosts.values()
        for other in peer.vmotion_adapters
        if adapter in host.vmotion_adapters and peer.name != host.name and other.has_usable_ip
    ]
    for _, other in peers:
        if other.interface and other.interface.network not in used:
            return _addresses(datacenter, other.interface.network, [(host.name, adapter)])
    vlan = host.port_groups[adapter.port_group].vlan
    for subnet in datacenter.subnets.values():
        if subnet.vlan == vlan and subnet.cidr not in used:
            return _addresses(datacenter, subnet.cidr, [(host.name, adapter), *peers])
    return ()


def _addresses(
    datacenter: Datacenter, network: IPv4Network, adapters: list[tuple[str, VMkernelAdapter]]
) -> tuple[Edit, ...]:
    """A free address of a network for each adapter, nothing where there are too few."""
    edits: list[Edit] = []
    for host, adapter in adapters:
        address = free_address(datacenter, network)
        if address is None:
            return ()
        path = ("hosts", host, "vmkernel_adapters", adapter.name)
        here = (
            set_to((*path, "ip"), str(address)),
            set_to((*path, "netmask"), str(network.netmask)),
        )
        datacenter = apply(datacenter, here)
        edits += here
    return tuple(edits)


RULES = (subnet_overlap,)


def _vmk1(host: str) -> tuple[str, ...]:
    return ("hosts", host, "vmkernel_adapters", "vmk1", "ip")


MISCONFIGURATIONS = (
    Misconfiguration(
        name="vmotion-and-management-in-one-subnet",
        story="On both ESXi hosts VMotion was put into the management subnet, "
        "which had done no harm on ESX.",
        rule="host-vmk-subnet-overlap",
        path=_vmk1("esx02"),
        edits=(
            set_to(_vmk1("esx01"), "192.168.10.21"),
            set_to(_vmk1("esx02"), "192.168.10.22"),
        ),
        also=(("host-vmk-subnet-overlap", _vmk1("esx01")),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="vmotion-strays-into-management",
        story="vmk1 of esx02 was given an address of the management subnet.",
        rule="host-vmk-subnet-overlap",
        path=_vmk1("esx02"),
        edits=(set_to(_vmk1("esx02"), "192.168.10.22"),),
        also=(("net-vmotion-same-subnet", _vmk1("esx02")),),
        scenario="two-hosts-esxi",
    ),
    Misconfiguration(
        name="storage-in-the-vmotion-subnet",
        story="The adapter for NFS on esx02 was given an address of the VMotion subnet.",
        rule="host-vmk-subnet-overlap",
        path=("hosts", "esx02", "vmkernel_adapters", "vmk2", "ip"),
        edits=(
            set_to(
                ("hosts", "esx02", "port_groups", "NFS"),
                {"virtual_switch": "vSwitch0", "vlan": 60, "kind": "vmkernel"},
            ),
            set_to(("subnets", "storage"), {"cidr": "10.0.60.0/24", "vlan": 60}),
            set_to(
                ("hosts", "esx02", "vmkernel_adapters", "vmk2"),
                {"port_group": "NFS", "ip": "10.0.50.22", "mtu": 9000},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
