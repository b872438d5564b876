"""Licences for files that move, for persistent memory, and licences that ran out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.licence.feature import lacks
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host, moves_files
from vmlab.rules.rule import API, Breach, everywhere, hosts_judged, move_rule, rule, since

YEAR = timedelta(days=365)


@move_rule(
    "lic-storage-vmotion",
    title="The host that runs the VM is licensed for Storage VMotion",
    short="Storage VMotion licence",
    why="The host that runs the VM copies its files, so its edition must have Storage VMotion.",
    fix="License Storage VMotion on the running host, or move the VM cold",
    source="vSphere 6.7 vCenter Server and Host Management, p. 134; "
    "vSphere 6.0.1 vCenter Server and Host Management, requirements of Storage vMotion",
    severity=everywhere("error"),
    scope="licence",
    fault=None,
    test_group="sourceTests",
    era="≥3.5",
)
def storage_vmotion(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM's file changes datastore, and its host's edition cannot do that."""
    if datacenter.vms[move.vm].power_state == "on" and moves_files(datacenter, move):
        breach = lacks(datacenter, move.source, "storage-vmotion", "Storage VMotion", None)
        if breach:
            yield breach


@rule(
    "lic-expired",
    title="No licence for VMotion has expired",
    short="licence valid",
    why="A licence that has run out brings nothing any more, VMotion included.",
    fix="Renew the key, or assign another one",
    source=f"{API}.LicenseExpired",
    severity=everywhere("error"),
    scope="licence",
    fault="LicenseExpired",
    test_group="sourceTests",
    tier="ext",
)
def expired(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """The expiry date of a licence that brings VMotion has passed."""
    today = datacenter.today
    for name in hosts_judged(datacenter, move):
        licence = datacenter.hosts[name].licence
        if today is None or licence is None or licence.expires is None:
            continue
        if "vmotion" in licence.features and licence.expires < today:
            path = ("hosts", name, "licence", "expires")
            yield Breach(
                path,
                f"The licence {licence.edition} of {name} expired on {licence.expires}; "
                f"today is {today}",
                f"Renew the licence of {name} for a year",
                (set_to(path, (today + YEAR).isoformat()),),
            )


@move_rule(
    "lic-pmem-destination",
    title="The target is licensed for persistent memory where the VM has some",
    short="PMem licence",
    why="No check sees it: the task fails, and the VM cannot be managed for 90 seconds.",
    fix="Pick a host that is licensed for persistent memory",
    source="vSphere 6.7 vCenter Server and Host Management, pp. 147 and 149",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="licence",
    fault=None,
    test_group="runtime only",
    tier="ext",
    era="≥6.7",
    phase="connect",
)
def pmem_destination(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An NVDIMM or a disk in persistent memory goes to a host without the licence."""
    what = _persistent(datacenter.vms[move.vm])
    if what and changes_host(move):
        words = f"persistent memory, which {what} of {move.vm} needs"
        breach = lacks(datacenter, move.destination, "persistent-memory", words, None)
        if breach:
            yield breach


def _persistent(vm: VirtualMachine) -> str | None:
    """The first device or disk of a VM that is in persistent memory."""
    names = [device.name for device in vm.devices.values() if device.kind == "nvdimm"]
    names += [disk.name for disk in vm.disks.values() if disk.persistent_memory]
    return names[0] if names else None


RULES = (storage_vmotion, expired, pmem_destination)

_ESX01, _ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="no-storage-vmotion-licence",
        story="The edition of esx01 has VMotion, but cannot move the files of a running VM.",
        rule="lic-storage-vmotion",
        path=(*_ESX01, "licence"),
        edits=(
            set_to((*_ESX01, "licence"), {"edition": "Essentials Plus", "features": ["vmotion"]}),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="licence-ran-out",
        story="Nobody renewed the licence of esx02.",
        rule="lic-expired",
        path=(*_ESX02, "licence", "expires"),
        edits=(
            set_to((*_ESX02, "licence", "expires"), "2009-08-31"),
            set_to(("today",), "2009-09-01"),
        ),
    ),
    Misconfiguration(
        name="target-not-licensed-for-pmem",
        story="web01 has an NVDIMM, and esx02 has persistent memory but no licence for it.",
        rule="lic-pmem-destination",
        path=(*_ESX02, "licence"),
        edits=(
            set_to((*_ESX01, "persistent_memory_gib"), 128),
            set_to((*_ESX02, "persistent_memory_gib"), 128),
            set_to(
                (*_ESX01, "licence", "features"),
                ["vmotion", "storage-vmotion", "persistent-memory"],
            ),
            set_to(("vms", "web01", "devices", "nvdimm 1"), {"kind": "nvdimm"}),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
