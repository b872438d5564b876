"""A move: which virtual machine, from where, to where, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vmlab.inventory.entity import Entity, FrozenMapping

Kind = Literal["vmotion", "storage", "both", "suspended", "cold"]
Priority = Literal["high", "low"]


class Network(Entity):
    """Where an adapter of the virtual machine shall be connected."""

    port_group: str
    distributed_switch: str | None = None


class Move(Entity):
    """A request to move a virtual machine.

    As an entry of a datacenter it is a move under way: it holds a slot, and,
    once `shell` is set, an empty virtual machine with its reservation waits
    on the destination.
    """

    vm: str
    source: str
    destination: str
    kind: Kind = "vmotion"
    priority: Priority = "high"
    datastore: str | None = Field(default=None, description="Where its files go; null: they stay")
    networks: FrozenMapping[Network] = Field(
        default_factory=FrozenMapping, description="Other networks for its adapters, by adapter"
    )
    resource_pool: str | None = None
    convert_rdms: bool = Field(default=False, description="Turn raw device mappings into disks")
    disk_format: Literal["same", "thick", "thin"] = Field(
        default="same", description="What its disks become at the target datastore"
    )
    encrypted: bool | None = Field(
        default=None, description="Send memory encrypted; null: as the VM wishes"
    )
    rename_files: bool = Field(default=False, description="Rename files after the VM")
    via: Literal["ui", "api"] = "ui"
    explicit_target: bool = Field(default=True, description="Host, pool and datastore are named")
    shell: bool = Field(default=False, description="The destination has made the empty VM")
