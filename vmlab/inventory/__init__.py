"""What exists: hosts, networks, storage and virtual machines, and how they change."""

from vmlab.inventory.cpu import Cpu, CpuRequirement
from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.host import Host, Licence
from vmlab.inventory.machine import Device, GuestActivity, VirtualDisk, VirtualMachine, VirtualNic
from vmlab.inventory.move import Move
from vmlab.inventory.network import (
    PhysicalNic,
    PhysicalSwitch,
    PortGroup,
    ServiceConsoleAdapter,
    Subnet,
    VirtualSwitch,
    VMkernelAdapter,
)
from vmlab.inventory.path import Edit, Path, apply, look_up, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.revise import removal, rename
from vmlab.inventory.scenario import Scenario, load, scenario_names
from vmlab.inventory.storage import Datastore, FileCopy, Mount

__all__ = [
    "Cluster",
    "Cpu",
    "CpuRequirement",
    "Datacenter",
    "Datastore",
    "Device",
    "Edit",
    "FileCopy",
    "GuestActivity",
    "Host",
    "Licence",
    "Mount",
    "Move",
    "Path",
    "PhysicalNic",
    "PhysicalSwitch",
    "PortGroup",
    "Profile",
    "Scenario",
    "ServiceConsoleAdapter",
    "Subnet",
    "VMkernelAdapter",
    "VirtualDisk",
    "VirtualMachine",
    "VirtualNic",
    "VirtualSwitch",
    "apply",
    "load",
    "look_up",
    "removal",
    "remove",
    "rename",
    "scenario_names",
    "set_to",
]
