"""A virtual machine: what it is made of and how it writes its memory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vmlab.inventory.cpu import CpuRequirement
from vmlab.inventory.entity import Entity, Facts, FrozenMapping
from vmlab.inventory.network import Names

PowerState = Literal["on", "off", "suspended"]
Operation = Literal[
    "powering-on",
    "powering-off",
    "suspending",
    "resuming",
    "snapshotting",
    "migrating",
    "locked-out",
]


class VirtualNic(Entity):
    """A network adapter of a virtual machine; `port_group` is a network label."""

    port_group: str
    connected: bool = True
    distributed_switch: str | None = Field(default=None, description="The switch of the port group")
    type: str = "vmxnet3"
    mac: str = ""
    legacy_interface: bool = False
    conflict_port: bool = Field(default=False, description="On a temporary port of its switch")
    reservation_mbit_s: Annotated[float, Field(ge=0)] = 0


class Rdm(Facts):
    """A raw device mapping: the LUN behind a virtual disk."""

    lun: str
    mode: Literal["virtual", "physical"] = "virtual"
    clustered: bool = False


class VirtualDisk(Entity):
    """A virtual disk and the datastore that holds it.

    A thin disk takes up what was ever written to it, a thick one its size; of
    either a copy sends what was written.
    """

    datastore: str
    size_gib: Annotated[float, Field(gt=0)] = 20
    format: Literal["thick", "thin"] = "thick"
    allocated_gib: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="What was ever written to it; null: all of it"
    )
    mode: Literal[
        "persistent", "independent-persistent", "independent-nonpersistent", "undoable"
    ] = "persistent"
    rdm: Rdm | None = None
    persistent_memory: bool = False

    @property
    def written_gib(self) -> float:
        """What was ever written to it, GiB."""
        if self.allocated_gib is None:
            return self.size_gib
        return min(self.allocated_gib, self.size_gib)

    def occupied_gib(self, form: Literal["thick", "thin"] | None = None) -> float:
        """What it takes up, GiB, in its own format or in another; a raw device's mapping nothing.

        Parameters
        ----------
        form : {"thick", "thin"}, optional
            Left out: its own.
        """
        if self.rdm is not None:
            return 0.0
        return self.written_gib if (form or self.format) == "thin" else self.size_gib


class Snapshot(Entity):
    """A snapshot, and what a return to it would need."""

    memory: bool = False
    size_gib: Annotated[float, Field(ge=0)] = Field(default=0, description="Of its files")
    datastore: str | None = Field(default=None, description="Of its files; null: the VM's home")
    needs_devices: Names = ()


DeviceKind = Literal[
    "cd-dvd",
    "floppy",
    "serial",
    "parallel",
    "usb",
    "pci-passthrough",
    "sr-iov",
    "vgpu",
    "nvdimm",
]


class Device(Entity):
    """A drive, port or passed-through device, and what is behind it.

    `hardware` names the host's device, `datastore` holds an image or file,
    `profile` and `frame_buffer_gib` belong to a vGPU.
    """

    kind: DeviceKind = "cd-dvd"
    backing: Literal["client", "host", "image", "file"] = "client"
    connected: bool = False
    hardware: str = ""
    datastore: str | None = None
    vmotion_allowed: bool = Field(default=False, description="A USB device marked for VMotion")
    profile: str = ""
    frame_buffer_gib: Annotated[float, Field(ge=0)] = 0
    stun_limit_s: Annotated[float, Field(gt=0)] | None = None


class GuestActivity(Facts):
    """How a guest writes its memory: pages of a working set, at random; and its disks.

    `nonzero_mib` is memory that the guest has ever filled; left out, all of it.
    The rates are figures of this lab.
    """

    working_set_mib: Annotated[float, Field(ge=0)] = 256
    dirty_pages_per_s: Annotated[float, Field(ge=0, le=1e15)] = 4000
    nonzero_mib: Annotated[float, Field(gt=0)] | None = None
    disk_write_mib_s: Annotated[float, Field(ge=0, le=1e9)] = Field(
        default=2, description="What it writes to its disks, MiB/s, in blocks of 4 KiB at random"
    )


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
    snapshots: FrozenMapping[Snapshot] = Field(default_factory=FrozenMapping)
    cpu: CpuRequirement = CpuRequirement()
    hardware_version: Annotated[int, Field(ge=3, le=30)] = 7
    cores_per_socket: Annotated[int, Field(gt=0)] = 1
    created_on: str = Field(default="", description="Product and release, such as ESX 2.5")
    question_pending: bool = False
    migration_disabled_by: str = Field(default="", description="A solution that forbids moves")
    tools: Literal["running", "installing", "silent", "not-installed"] = "running"
    guest_memory_mib: tuple[int, int] | None = Field(
        default=None, description="Least and most that the guest OS recommends"
    )
    memory_reservation_mib: Annotated[float, Field(ge=0)] = 0
    memory_overhead_mib: Annotated[float, Field(ge=0)] = 0
    cpu_reservation_mhz: Annotated[float, Field(ge=0)] = 0
    resource_pool: str | None = None
    swap_placement: Literal["inherit", "vm-directory", "host-local"] = "inherit"
    bus_sharing: Literal["none", "virtual", "physical"] = "none"
    cluster_group: str = Field(default="", description="Nodes of one guest cluster share it")
    vmi: bool = False
    video_ram_kib: Annotated[int, Field(gt=0)] = 4096
    renderer_3d: Literal["none", "automatic", "software", "hardware"] = "none"
    encrypted: bool = False
    encrypted_vmotion: Literal["disabled", "opportunistic", "required"] = "opportunistic"
    flash_cache_gib: Annotated[float, Field(ge=0)] = 0
    fault_tolerance_partner: str | None = Field(default=None, description="Host of its secondary")
    old_registration: str | None = Field(
        default=None, description="A host that still lists it after a move whose clean-up failed"
    )
