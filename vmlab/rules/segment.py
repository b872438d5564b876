"""Where frames go: the layer-2 segments a port group reaches, and free addresses on them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.network import IpAdapter, VirtualSwitch

Segment = tuple[str, int]


def segments(host: Host, label: str) -> frozenset[Segment]:
    """Physical switch and VLAN in which a port group's frames come out.

    Parameters
    ----------
    host : Host
        Whose port group.
    label : str
        The port group.

    Returns
    -------
    frozenset of (str, int)
        Empty where no uplink is up or none is trunked for the VLAN.
    """
    group = host.port_groups.get(label)
    if group is None:
        return frozenset()
    return frozenset(
        (nic.cable, group.vlan) for nic in host.path_of_frames(label) if nic.cable is not None
    )


def switches_carrying(host: Host, vlan: int) -> Iterator[VirtualSwitch]:
    """Virtual switches of a host that have an uplink which is up and trunked for a VLAN."""
    for switch in host.virtual_switches.values():
        nics = [host.physical_nics[name] for name in switch.uplinks]
        if any(nic.is_up and nic.carries(vlan) for nic in nics):
            yield switch


def addresses(datacenter: Datacenter) -> Iterator[tuple[str, str, IpAdapter]]:
    """Every adapter of a host that has an address.

    Yields
    ------
    tuple of (str, str, IpAdapter)
        Host, the host's field that holds the adapter, and the adapter.
    """
    for host in datacenter.hosts.values():
        for adapter in host.vmkernel_adapters.values():
            if adapter.ip is not None:
                yield host.name, "vmkernel_adapters", adapter
        for console in host.service_console_adapters.values():
            if console.ip is not None:
                yield host.name, "service_console_adapters", console


def free_address(datacenter: Datacenter, network: IPv4Network) -> IPv4Address | None:
    """The first address from .11 upwards that nobody has, None where all are taken."""
    taken = {adapter.ip for _, _, adapter in addresses(datacenter)}
    candidates = list(network.hosts()) if network.num_addresses <= 4096 else []
    preferred = [*candidates[10:], *candidates[:10]]
    return next((address for address in preferred if address not in taken), None)
