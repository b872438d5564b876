"""A virtual machine: what it is made of and how it writes its memory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vmlab.inventory.entity import Entity, Facts, FrozenMapping

PowerState = Literal["on", "off", "suspended"]
Operation = Literal[
    "powering-on", "powering-off", "suspending", "resuming", "snapshotting", "migrating"
]


class VirtualNic(Entity):
    """A network adapter of a virtual machine; `port_group` is a network label."""

    port_group: str
    connected: bool = True


class VirtualDisk(Entity):
    """A virtual disk and the datastore that holds it."""

    datastore: str
    size_gib: Annotated[float, Field(gt=0)] = 20


class Device(Entity):
    """A drive or port, and what is behind it."""

    kind: Literal["cd-dvd", "floppy", "serial", "parallel", "usb"] = "cd-dvd"
    backing: Literal["client", "host", "image"] = "client"
    connected: bool = False


class GuestActivity(Facts):
    """How a guest writes its memory: pages of a working set, at random.

    `nonzero_mib` is memory that the guest has ever filled; left out, all of it.
    """

    working_set_mib: Annotated[float, Field(ge=0)] = 256
    dirty_pages_per_s: Annotated[float, Field(ge=0, le=1e15)] = 4000
    nonzero_mib: Annotated[float, Field(gt=0)] | None = None


class VirtualMachine(Entity):
    """A virtual machine, registered on one host."""

    host: str
    power_state: PowerState = "on"
    operation: Operation | None = Field(default=None, description="What it is in the middle of")
    memory_mib: Annotated[int, Field(gt=0, le=24 * 1024 * 1024)] = 4096
    vcpus: Annotated[int, Field(gt=0, le=768)] = 1
    home: str = Field(description="Datastore of configuration, NVRAM and logs")
    disks: FrozenMapping[VirtualDisk] = Field(default_factory=FrozenMapping)
    vnics: FrozenMapping[VirtualNic] = Field(default_factory=FrozenMapping)
    devices: FrozenMapping[Device] = Field(default_factory=FrozenMapping)
    activity: GuestActivity = GuestActivity()
