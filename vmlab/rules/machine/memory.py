"""Memory of other kinds than RAM: persistent memory and flash caches."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import MANUAL_60, MANUAL_67, device_path, devices
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import Breach, Fault, move_rule, since
from vmlab.units import mib_to_bytes

MIB_PER_GIB = 1024


@move_rule(
    "vm-pmem",
    title="The target has persistent memory where the VM uses it",
    short="persistent memory",
    why="An NVDIMM exists only in persistent memory; a disk in it falls back to a datastore.",
    fix="Choose a host with persistent memory",
    source=f"{MANUAL_67}, pp. 124–157; vSphere Web Services API 8.0 U3, RelocateVM_Task",
    severity=since(Profile.VSPHERE_67, "error"),
    milder=since(Profile.VSPHERE_67, "warning"),
    scope="vm",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥6.7",
)
def pmem(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM has an NVDIMM, or disks in persistent memory, and the destination has none."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move) or there.persistent_memory_gib > 0:
        return
    nvdimms = list(devices(datacenter, move, "nvdimm"))
    paths = [
        ("vms", vm.name, "disks", disk.name, "persistent_memory")
        for disk in vm.disks.values()
        if disk.persistent_memory
    ]
    to_datastores = tuple(set_to(path, False) for path in paths)
    missing = f"{there.name} has no persistent memory"
    if nvdimms:
        gone: tuple[Edit, ...] = tuple(remove(device_path(move, nvdimm)) for nvdimm in nvdimms)
        names = ", ".join(nvdimm.name for nvdimm in nvdimms)
        yield Breach(
            device_path(move, nvdimms[0]),
            f"{vm.name} has {names}; {missing}",
            f"Choose a host with persistent memory, or remove {names}",
            (*gone, *to_datastores),
        )
    elif paths:
        yield Breach(
            paths[0],
            f"{missing}: {paths[0][3]} of {vm.name} will fall back to {vm.home}",
            f"Choose a host with persistent memory, or put the disk on {vm.home}",
            to_datastores,
            milder=True,
        )


@move_rule(
    "vm-flash-read-cache",
    title="The target has flash for the VM's read cache",
    short="flash cache",
    why="The cache moves with the VM, and its reservation must fit into the target's flash.",
    fix="Drop the cache in the wizard",
    source=MANUAL_60,
    severity={Profile.VSPHERE_55: "error", Profile.VSPHERE_67: "error"},
    scope="vm",
    fault="VFlashModuleNotSupported",
    test_group="sourceTests",
    tier="ext",
    era="5.5–6.7",
)
def flash_read_cache(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM uses flash read cache, and the destination has none, too little, or another kind."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    module = datacenter.hosts[move.source].flash_module
    needed, free = vm.flash_cache_gib, there.flash_cache_gib
    same = module == there.flash_module
    if not changes_host(move) or needed == 0 or (same and free >= needed):
        return
    if free == 0 or not same:
        reason = "no flash for caches" if free == 0 else f"the module {there.flash_module}"
        has = f"has {reason}"
        fields: dict[str, object] = {"vmName": vm.name, "moduleName": module, "reason": reason}
        fault = Fault("VFlashModuleNotSupported", {**fields, "hostName": there.name})
    else:
        has = f"has {free:g} GiB for caches"
        sizes = {"freeSpaceInMB": free, "requestedSpaceInMB": needed}
        fields = {name: round(gib * MIB_PER_GIB) for name, gib in sizes.items()}
        # The API asks for the sizes in bytes too.
        fields |= {
            "freeSpace": round(mib_to_bytes(free * MIB_PER_GIB)),
            "requestedSpace": round(mib_to_bytes(needed * MIB_PER_GIB)),
        }
        fault = Fault("InsufficientVFlashResourcesFault", fields)
    path = ("vms", vm.name, "flash_cache_gib")
    yield Breach(
        path,
        f"{vm.name} has {needed:g} GiB of flash read cache ({module}); {there.name} {has}",
        f"Drop the flash read cache of {vm.name}",
        (set_to(path, 0),),
        fault=fault,
    )


RULES = (pmem, flash_read_cache)

_WEB01, _ESX02 = ("vms", "web01"), ("hosts", "esx02")
_DISK = (*_WEB01, "disks", "disk 2", "persistent_memory")
# The licence is another rule's business.
_LICENSED = set_to(
    (*_ESX02, "licence", "features"), ["vmotion", "storage-vmotion", "persistent-memory"]
)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="nvdimm-without-persistent-memory",
        story="web01 has an NVDIMM and a disk in persistent memory; esx02 has none to give.",
        rule="vm-pmem",
        path=(*_WEB01, "devices", "nvdimm 1"),
        edits=(
            set_to((*_WEB01, "devices", "nvdimm 1"), {"kind": "nvdimm", "backing": "host"}),
            set_to(_DISK, True),
            set_to(("hosts", "esx01", "persistent_memory_gib"), 512),
            _LICENSED,
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="disk-falls-out-of-persistent-memory",
        story="A disk of web01 lies in the persistent memory of esx01; esx02 has none.",
        rule="vm-pmem",
        path=_DISK,
        edits=(
            set_to(_DISK, True),
            set_to(("hosts", "esx01", "persistent_memory_gib"), 512),
            _LICENSED,
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="no-flash-for-the-cache",
        story="web01 has a read cache in the flash of esx01; esx02 has no flash.",
        rule="vm-flash-read-cache",
        path=(*_WEB01, "flash_cache_gib"),
        edits=(
            set_to((*_WEB01, "flash_cache_gib"), 10),
            set_to(("hosts", "esx01", "flash_cache_gib"), 200),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="too-little-flash-for-the-cache",
        story="web01 has a read cache of 10 GiB; other caches leave 4 GiB on esx02.",
        rule="vm-flash-read-cache",
        path=(*_WEB01, "flash_cache_gib"),
        edits=(
            set_to((*_WEB01, "flash_cache_gib"), 10),
            set_to(("hosts", "esx01", "flash_cache_gib"), 200),
            set_to((*_ESX02, "flash_cache_gib"), 4),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
)
