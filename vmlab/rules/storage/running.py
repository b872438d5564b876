"""What the host and the guest do while files move under a running VM."""

from __future__ import annotations

import math
from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, until
from vmlab.rules.storage.places import HOSTS_55, SVMOTION_67, is_hot_relocation


@move_rule(
    "svm-tools-install",
    title="VMware Tools are not being installed",
    short="Tools installed",
    why="The installer's image is attached to the VM and cannot move with its files.",
    fix="Finish or cancel the installation",
    source=f"{SVMOTION_67}; {API}.ToolsInstallationInProgress",
    severity=everywhere("error"),
    scope="vm",
    fault="ToolsInstallationInProgress",
    test_group="datastoreTests",
    era="≥4.0",
)
def tools_install(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """VMware Tools are being installed while files shall move."""
    if is_hot_relocation(datacenter, move) and datacenter.vms[move.vm].tools == "installing":
        path = ("vms", move.vm, "tools")
        yield Breach(
            path,
            f"VMware Tools are being installed in {move.vm}",
            f"Finish or cancel the installation in {move.vm}",
            (set_to(path, "running"),),
        )


@move_rule(
    "svm-35-needs-vmotion",
    title="A 3.5 host is licensed and configured for VMotion",
    short="3.5 has VMotion",
    why="In 3.5 Storage VMotion is a VMotion from a host to itself; 4.0 needs none for it.",
    fix="Configure VMotion on the 3.5 host",
    source=f"{HOSTS_55}, requirements of Storage vMotion; {API}.VMotionNotConfigured",
    severity=until(Profile.VSPHERE_55, "error"),
    scope="host",
    fault="VMotionNotConfigured",
    test_group="datastoreTests",
    era="ESX/ESXi 3.5",
)
def needs_vmotion(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Storage VMotion is asked of a 3.5 host that lacks VMotion's licence or adapter."""
    host = datacenter.hosts[move.source]
    if (
        move.kind != "storage"
        or not is_hot_relocation(datacenter, move)
        or host.release[:2] != (3, 5)
    ):
        return
    fields = {"atSourceHost": True, "failedHost": host.name, "failedHostEntity": host.name}
    if not host.is_licensed_for("vmotion"):
        licence = host.licence
        path: Path = ("hosts", host.name, "licence")
        features = [*licence.features, "vmotion"] if licence else ["vmotion", "storage-vmotion"]
        edition = licence.edition if licence else "VMotion"
        yield Breach(
            path,
            f"{host.name} is {host.kind} {host.version} and has no VMotion licence, which Storage "
            "VMotion needs there",
            f"Assign a VMotion licence to {host.name}",
            (set_to(path, {"edition": edition, "features": features}),),
            fault=Fault("VMotionNotLicensed", fields),
        )
    if host.vmotion_adapter is None:
        path = ("hosts", host.name, "vmkernel_adapters")
        spare = next((a for a in host.vmkernel_adapters.values() if not a.management), None)
        edits: tuple[Edit, ...] = ()
        if spare:
            path = (*path, spare.name, "vmotion")
            edits = (set_to(path, True),)
        yield Breach(
            path,
            f"{host.name} is {host.kind} {host.version} and has no adapter with VMotion, which "
            "Storage VMotion needs there",
            f"Configure VMotion on {host.name}",
            edits,
            fault=Fault("VMotionNotConfigured", fields),
        )


@move_rule(
    "svm-memory-host",
    title="The host has memory for two copies of the VM",
    short="memory twice",
    why="For a moment the old VM and the one on the new files are both in the host's memory.",
    fix="Free memory on the host",
    source="vSphere 8.0 Resource Management, requirements of a datastore cluster; "
    "that the second copy needs the reservation again is recalled",
    severity=everywhere("error"),
    scope="host",
    fault="InsufficientHostMemoryCapacityFault",
    test_group="datastoreTests",
    tier="ext",
    recalled=True,
)
def memory_host(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """What is unreserved on the host is less than the VM's reservation and overhead."""
    if move.kind != "storage" or not is_hot_relocation(datacenter, move):
        return
    vm, host = datacenter.vms[move.vm], datacenter.hosts[move.source]
    others = sum(
        other.memory_reservation_mib + other.memory_overhead_mib
        for other in datacenter.vms.values()
        if other.host == host.name and other.power_state == "on" and other.name != vm.name
    )
    need = vm.memory_reservation_mib + vm.memory_overhead_mib
    unreserved = max(0, host.memory_mib - others - need)
    if need <= unreserved:
        return
    path = ("vms", vm.name, "memory_reservation_mib")
    most = math.floor((host.memory_mib - others) / 2 - vm.memory_overhead_mib)
    fields = {
        "host": host.name,
        "unreserved": int(unreserved) * 2**20,
        "requested": math.ceil(need) * 2**20,
    }
    yield Breach(
        path,
        f"{vm.name} needs {need:.12g} MiB a second time; {host.name} has {unreserved:.12g} MiB "
        "unreserved",
        f"Free memory on {host.name}" + (f", or reserve {most} MiB at most" if most >= 0 else ""),
        (set_to(path, most),) if most >= 0 else (),
        fault=Fault("InsufficientHostMemoryCapacityFault", fields),
    )


RULES = (tools_install, needs_vmotion, memory_host)

_ESX01 = ("hosts", "esx01")
_ASKS = {"destination": "esx01", "datastore": "nfs-01"}
_AS_35 = (
    set_to((*_ESX01, "version"), "3.5"),
    set_to(("vms", "web01", "hardware_version"), 4),
)


def _licence(*features: str) -> Edit:
    return set_to((*_ESX01, "licence"), {"edition": "Enterprise", "features": list(features)})


MISCONFIGURATIONS = (
    Misconfiguration(
        name="tools-being-installed",
        story="VMware Tools are being installed in web01 while its files shall move.",
        rule="svm-tools-install",
        path=("vms", "web01", "tools"),
        edits=(set_to(("vms", "web01", "tools"), "installing"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="old-host-without-vmotion",
        story="esx01 still runs ESX 3.5, and nobody enabled VMotion on it.",
        rule="svm-35-needs-vmotion",
        path=(*_ESX01, "vmkernel_adapters", "vmk0", "vmotion"),
        edits=(
            *_AS_35,
            _licence("vmotion", "storage-vmotion"),
            set_to((*_ESX01, "vmkernel_adapters", "vmk0", "vmotion"), False),
        ),
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="old-host-without-vmotion-licence",
        story="esx01 still runs ESX 3.5, licensed for Storage VMotion alone.",
        rule="svm-35-needs-vmotion",
        path=(*_ESX01, "licence"),
        edits=(*_AS_35, _licence("storage-vmotion")),
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="no-memory-for-a-second-copy",
        story="web01 reserves 20000 MiB of the 32768 MiB of esx01.",
        rule="svm-memory-host",
        path=("vms", "web01", "memory_reservation_mib"),
        edits=(
            set_to(("vms", "web01", "memory_mib"), 20000),
            set_to(("vms", "web01", "memory_reservation_mib"), 20000),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
        kind="storage",
        asks=_ASKS,
    ),
)
