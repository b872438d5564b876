"""Both ends of the VMotion network: adapters, subnets and links of a pair."""

from __future__ import annotations

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import IpAdapter, PhysicalNic, VMkernelAdapter
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.rules.rule import is_vmotion
from vmlab.rules.segment import free_address

#: The release from which VMotion uses several adapters at once.
FIRST_MULTI_NIC = (5, 0, 0)


def pair_of(
    datacenter: Datacenter, move: Move
) -> tuple[VMkernelAdapter | None, VMkernelAdapter | None]:
    """Both VMotion adapters, where the move needs them and both have a usable address."""
    if not is_vmotion(move):
        return None, None
    source = datacenter.hosts[move.source].vmotion_adapter
    destination = datacenter.hosts[move.destination].vmotion_adapter
    if source and destination and source.has_usable_ip and destination.has_usable_ip:
        return source, destination
    return None, None


def share_subnet(a: IpAdapter, b: IpAdapter) -> bool:
    """Whether both have an address, and both addresses are in one subnet."""
    return bool(a.interface and b.interface and a.interface.network == b.interface.network)


def readdress(datacenter: Datacenter, path: Path, like: IpAdapter) -> tuple[Edit, ...]:
    """Edits that give an adapter a free address beside another's, none where all are taken."""
    address = free_address(datacenter, like.interface.network) if like.interface else None
    if address is None:
        return ()
    return set_to((*path, "ip"), str(address)), set_to((*path, "netmask"), str(like.netmask))


def best_uplink(host: Host, label: str) -> PhysicalNic | None:
    """The fastest uplink that a port group uses; a standby one only where no active one is up."""
    return max(host.uplinks_in_use(label), key=lambda nic: nic.speed_mbit_s, default=None)


def links(host: Host) -> dict[str, PhysicalNic]:
    """The physical adapters that VMotion of a host fills: the best one for each adapter."""
    best = (best_uplink(host, adapter.port_group) for adapter in host.vmotion_adapters)
    return {nic.name: nic for nic in best if nic is not None}


def set_of(host: Host) -> tuple[VMkernelAdapter, ...]:
    """The adapters of a multi-NIC set, none where there is no set."""
    adapters = host.vmotion_adapters
    return adapters if len(adapters) > 1 and host.release >= FIRST_MULTI_NIC else ()


def adapter_path(host: Host, adapter: VMkernelAdapter) -> Path:
    """Where a VMkernel adapter stands."""
    return ("hosts", host.name, "vmkernel_adapters", adapter.name)
