"""The root of the inventory."""

from __future__ import annotations

from pydantic import Field

from vmlab.inventory.entity import Entity, Facts, FrozenMapping
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.network import Names, PhysicalSwitch, Subnet
from vmlab.inventory.storage import Datastore


class Cluster(Entity):
    """Hosts that are managed together."""

    hosts: Names = ()


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
