"""The root of the inventory."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from vmlab.inventory.entity import Entity, Facts, FrozenMapping
from vmlab.inventory.evc import EvcKey
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.network import DistributedSwitch, Names, PhysicalSwitch, Subnet
from vmlab.inventory.storage import Datastore


class DrsRule(Entity):
    """A placement rule of a cluster.

    `keep` says whether the VMs stay together, apart, or on or off `hosts`.
    """

    keep: Literal["together", "apart", "on-hosts", "off-hosts"] = "together"
    vms: Names = ()
    hosts: Names = ()
    required: bool = False


class Cluster(Entity):
    """Hosts that are managed together."""

    hosts: Names = ()
    evc_mode: EvcKey = Field(default="", description="Empty: EVC is off")
    evc_wanted: EvcKey = Field(default="", description="The mode that somebody wants to set")
    joining: Names = Field(default=(), description="Hosts that shall be added")
    ha: bool = False
    ha_healthy: bool = True
    failover_hosts: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Host failures that the cluster must tolerate"
    )
    swap_policy: Literal["vm-directory", "host-local"] = "vm-directory"
    rules: FrozenMapping[DrsRule] = Field(default_factory=FrozenMapping)


class ResourcePool(Entity):
    """What a pool may still reserve."""

    unreserved_memory_mib: Annotated[float, Field(ge=0)] | None = None
    unreserved_cpu_mhz: Annotated[float, Field(ge=0)] | None = None


class VCenter(Entity):
    """A vCenter Server, for moves between two of them."""

    version: str = "6.0"
    sso_domain: str = "vsphere.local"
    linked: bool = True
    clock_s: float = Field(default=0, description="How far its clock is ahead")
    key_provider: str = ""


class Settings(Facts):
    """Advanced options of vCenter Server that a check asks for."""

    test_virtual_intranet: bool = Field(
        default=True, description="config.migrate.test.CompatibleNetworks.VMOnVirtualIntranet"
    )
    allow_mismatched_dvs: bool = Field(
        default=False,
        description="config.migrate.test.NetworksCompatibleOption.AllowMismatchedDVSwitchConfig",
    )
    vgpu_hotmigrate: bool = Field(default=False, description="vgpu.hotmigrate.enabled")


class Datacenter(Facts):
    """Hosts, networks, storage and virtual machines, and the moves under way."""

    name: str = "Datacenter"
    clusters: FrozenMapping[Cluster] = Field(default_factory=FrozenMapping)
    hosts: FrozenMapping[Host] = Field(default_factory=FrozenMapping)
    physical_switches: FrozenMapping[PhysicalSwitch] = Field(default_factory=FrozenMapping)
    subnets: FrozenMapping[Subnet] = Field(default_factory=FrozenMapping)
    datastores: FrozenMapping[Datastore] = Field(default_factory=FrozenMapping)
    vms: FrozenMapping[VirtualMachine] = Field(default_factory=FrozenMapping)
    moves: FrozenMapping[Move] = Field(default_factory=FrozenMapping)
    distributed_switches: FrozenMapping[DistributedSwitch] = Field(default_factory=FrozenMapping)
    resource_pools: FrozenMapping[ResourcePool] = Field(default_factory=FrozenMapping)
    vcenters: FrozenMapping[VCenter] = Field(default_factory=FrozenMapping)
    settings: Settings = Settings()
    today: date | None = Field(default=None, description="For licences that expire")
    privileges: Names | None = Field(
        default=None, description="What the user may do; null: everything"
    )

    def cluster_of(self, host: str) -> Cluster | None:
        """The cluster that a host belongs to, None where it stands alone."""
        return next((c for c in self.clusters.values() if host in c.hosts), None)
