"""Fault tolerance: a machine with a secondary that runs in step with it."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule


@move_rule(
    "vm-fault-tolerance",
    title="A fault-tolerant VM keeps its secondary elsewhere, on the same build",
    short="fault tolerance",
    why="Primary and secondary run in step: on two hosts, of one build, with files that stay.",
    fix="Turn Fault Tolerance off for the move, or choose another host",
    source=f"{API}.FaultToleranceNotSameBuild and FaultToleranceAntiAffinityViolated; that "
    "Storage vMotion is refused is recalled",
    severity=everywhere("error"),
    scope="vm",
    fault="FaultToleranceNotSameBuild",
    test_group="sourceTests",
    tier="ext",
    era="≥4.0",
    recalled=True,
)
def fault_tolerance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The target's build differs, it holds the secondary, or Storage vMotion is asked for."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    partner = vm.fault_tolerance_partner
    if partner is None:
        return
    path = ("vms", vm.name, "fault_tolerance_partner")
    off = f"Turn Fault Tolerance of {vm.name} off"
    if move.kind in {"storage", "both"}:
        yield Breach(
            path,
            f"{vm.name} is fault tolerant; Storage vMotion is asked for",
            off,
            (remove(path),),
            fault=Fault("CannotMoveFaultToleranceVm", {"vmName": vm.name}),
        )
    elif changes_host(move) and partner == there.name:
        yield Breach(
            path,
            f"The secondary of {vm.name} runs on {there.name}",
            f"{off}, or choose another host",
            (remove(path),),
            fault=Fault(
                "FaultToleranceAntiAffinityViolated",
                {"hostName": there.name, "host": there.name},
            ),
        )
    build = datacenter.hosts[partner].build
    if changes_host(move) and build and there.build and build != there.build:
        path = ("hosts", there.name, "build")
        yield Breach(
            path,
            f"The secondary of {vm.name} runs on {partner}, build {build}; {there.name} is build "
            f"{there.build}",
            f"Bring {there.name} to build {build}, or turn Fault Tolerance of {vm.name} off",
            (set_to(path, build),),
            fault=Fault("FaultToleranceNotSameBuild", {"build": there.build}),
        )


RULES = (fault_tolerance,)

_WEB01 = ("vms", "web01")
_PARTNER = (*_WEB01, "fault_tolerance_partner")
_FEATURES = ("licence", "features")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="secondary-on-the-target",
        story="web01 is fault tolerant, and its secondary runs on esx02.",
        rule="vm-fault-tolerance",
        path=_PARTNER,
        edits=(set_to(_PARTNER, "esx02"),),
    ),
    Misconfiguration(
        name="other-build-than-the-secondary",
        story="esx02 was patched before esx01 and esx03, where web01 and its secondary run.",
        rule="vm-fault-tolerance",
        path=("hosts", "esx02", "build"),
        edits=(
            set_to(
                ("hosts", "esx03"),
                {
                    "version": "8.0",
                    "build": "20513097",
                    "physical_nics": {"vmnic0": {}, "vmnic1": {}},
                },
            ),
            set_to(("hosts", "esx01", "build"), "20513097"),
            set_to(("hosts", "esx02", "build"), "20842819"),
            set_to(_PARTNER, "esx03"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="fault-tolerant-files-move",
        story="Storage vMotion is asked for while web01 is fault tolerant.",
        rule="vm-fault-tolerance",
        path=_PARTNER,
        edits=(set_to(_PARTNER, "esx02"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="storage",
        asks={"datastore": "nfs-01"},
    ),
)
