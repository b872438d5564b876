"""Adapters, switches, port groups and the subnets behind them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from vmlab.inventory.entity import Entity, Facts, FrozenMapping, Mtu, VlanId

DEFAULT_MTU = 1500
UNTAGGED = 0
TRUNK = 4095


def split_names(value: Any) -> Any:
    """Accept "10, 20" for [10, 20]: what a learner types into one field."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [] if value is None else value


def _netmask(mask: IPv4Address) -> IPv4Address:
    rest = ~int(mask) & 0xFFFFFFFF
    if rest & (rest + 1):
        raise ValueError("a netmask is ones, then zeros, such as 255.255.255.0")
    return mask


Service = Literal["provisioning", "fault-tolerance", "vsan", "replication"]
Netmask = Annotated[IPv4Address, AfterValidator(_netmask)]
Vlans = Annotated[tuple[VlanId, ...], BeforeValidator(split_names)]
Names = Annotated[tuple[str, ...], BeforeValidator(split_names)]


class PhysicalNic(Entity):
    """An Ethernet adapter (vmnic) and the cable in it.

    `vlans` are the VLANs that the switch port at the other end carries; 0
    stands for untagged frames.
    """

    speed_mbit_s: Annotated[int, Field(gt=0, le=800_000)] = 1000
    duplex: Literal["full", "half"] = "full"
    link: Literal["up", "down"] = "up"
    cable: str | None = Field(default=None, description="Physical switch at the other end")
    vlans: Vlans = (UNTAGGED,)

    @property
    def is_up(self) -> bool:
        """Whether frames can leave through it."""
        return self.link == "up" and self.cable is not None

    @property
    def is_gigabit(self) -> bool:
        """Gigabit Ethernet or faster."""
        return self.speed_mbit_s >= 1000

    def carries(self, vlan: int) -> bool:
        """Whether frames of a VLAN get through its cable."""
        return vlan == TRUNK or vlan in self.vlans


class PhysicalSwitch(Entity):
    """A switch in the rack; frames of one VLAN meet in it."""

    mtu: Mtu = 9000


class Subnet(Entity):
    """An IP network and the VLAN it lives in."""

    cidr: IPv4Network
    vlan: VlanId = UNTAGGED


class SecurityPolicy(Facts):
    """What a port group lets a guest do, and what it offloads."""

    promiscuous: bool = False
    mac_changes: bool = True
    forged_transmits: bool = True
    offload: bool = True


class VirtualSwitch(Entity):
    """A standard switch and its uplinks."""

    active: Names = Field(default=(), description="Active uplinks, adapters by name")
    standby: Names = Field(default=(), description="Standby uplinks")
    mtu: Mtu = DEFAULT_MTU
    free_ports: Annotated[int, Field(ge=0)] | None = Field(default=None, description="Null: enough")

    @property
    def uplinks(self) -> tuple[str, ...]:
        """All uplinks, active ones first."""
        return (*self.active, *self.standby)


class PortGroup(Entity):
    """A port group of a standard switch; its name is the network label."""

    virtual_switch: str
    vlan: VlanId = UNTAGGED
    kind: Literal["vm", "vmkernel", "console"] = "vm"
    active: Names | None = Field(default=None, description="Overrides the switch's active uplinks")
    standby: Names | None = Field(default=None, description="Overrides its standby uplinks")
    security: SecurityPolicy = SecurityPolicy()
    notify_switches: bool = True
    under_maintenance: bool = False
    reservable_mbit_s: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="What adapters may still reserve; null: it knows no reservations"
    )


class DistributedPortGroup(Entity):
    """A port group of a distributed switch."""

    vlan: VlanId = UNTAGGED


class DistributedSwitch(Entity):
    """A switch that spans hosts; `members` are the hosts that belong to it."""

    version: str = "8.0.0"
    vendor: str = "VMware"
    members: Names = ()
    port_groups: FrozenMapping[DistributedPortGroup] = Field(default_factory=FrozenMapping)
    uplinked: bool = Field(default=True, description="It has physical adapters")
    free_ports: Annotated[int, Field(ge=0)] | None = None
    reservable_mbit_s: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="What adapters may still reserve; null: it knows no reservations"
    )
    under_maintenance: bool = False


class IpAdapter(Entity):
    """An adapter of the host itself, with an address on a port group."""

    port_group: str
    ip: IPv4Address | None = None
    netmask: Netmask = IPv4Address("255.255.255.0")

    @property
    def interface(self) -> IPv4Interface | None:
        """Address and mask together, None while no address is set."""
        return None if self.ip is None else _interface(self.ip, self.netmask)

    @property
    def has_usable_ip(self) -> bool:
        """An address that a peer can reach: not unset, not the network's or broadcast."""
        if self.interface is None or int(self.interface.ip) == 0:
            return False
        network = self.interface.network
        edges = {network.network_address, network.broadcast_address}
        return network.prefixlen >= 31 or self.interface.ip not in edges


# Every rule of a network asks again: hundreds of times in one check.
@lru_cache(maxsize=4096)
def _interface(ip: IPv4Address, netmask: IPv4Address) -> IPv4Interface:
    return IPv4Interface(f"{ip}/{netmask}")


class VMkernelAdapter(IpAdapter):
    """A VMkernel adapter (vmk), for VMotion, storage or management."""

    vmotion: bool = False
    management: bool = False
    mtu: Mtu = DEFAULT_MTU
    netstack: Literal["default", "vmotion", "provisioning"] = "default"
    gateway: IPv4Address | None = Field(default=None, description="Its own, or its stack's")
    services: tuple[Service, ...] = Field(default=(), description="Besides VMotion and management")
    bound_to_iscsi: bool = False


class ServiceConsoleAdapter(IpAdapter):
    """A service-console adapter (vswif); only ESX has one."""
