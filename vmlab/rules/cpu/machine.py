"""A VM and the EVC mode that it was started at, and the processors that it is pinned to."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.evc import covers
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.cpu.exposure import (
    LONG_MODE,
    NAMES_FEATURES,
    compares_features,
    evc_mode,
    exposed,
    listed,
    relied_on,
)
from vmlab.rules.cpu.features import MANUAL_67
from vmlab.rules.cpu.registers import of_features
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, moves_running, rule


@move_rule(
    "cpu-evc-vm-above-cluster",
    title="The VM was not started above the destination's EVC mode",
    short="VM's EVC mode",
    why="The mode is fixed at power-on: the VM relies on features that the other cluster hides.",
    fix="Power-cycle the VM at the lower mode",
    source=f"Blog vnotebook, January 2013, on CPUID leaf 1 ECX and EVC; {MANUAL_67}",
    severity=everywhere("error"),
    scope="cpu",
    fault="FeatureRequirementsNotMet",
    test_group="hostTests",
    era="≥4.0",
)
def vm_above_cluster(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM's EVC mode is not covered by that of the destination's cluster."""
    if not compares_features(datacenter, move):
        return
    cpu = datacenter.vms[move.vm].cpu
    mode = evc_mode(datacenter, move.destination)
    if not cpu.evc_mode or not mode or covers(mode, cpu.evc_mode):
        return
    there = datacenter.hosts[move.destination]
    missing = relied_on(datacenter, move) - exposed(datacenter, there.name) - LONG_MODE
    path = ("vms", move.vm, "cpu", "evc_mode")
    edits: tuple[Edit, ...] = (set_to(path, mode),)
    if cpu.features is not None:
        edits += (remove(("vms", move.vm, "cpu", "features")),)
    if there.release >= NAMES_FEATURES:
        fault = Fault("FeatureRequirementsNotMet", {"vm": move.vm, "host": there.name})
    else:
        bits = next(of_features(datacenter, there.name, missing, "1"), None)
        fault = bits.fault(there.name) if bits else Fault("CpuIncompatible1ECX")
    tells = f": it relies on {listed(missing)}" if missing else ""
    yield Breach(
        path,
        f"{move.vm} was powered on at {cpu.evc_mode}; the cluster of {there.name} is at {mode}"
        + tells,
        f"Power {move.vm} off, and on again at {mode}",
        edits,
        fault=fault,
    )


@rule(
    "cpu-evc-raise-needs-power-cycle",
    title="Running VMs were started at their cluster's present EVC mode",
    short="power cycle due",
    why="A raised mode reaches a VM when it is powered off and on; a guest's reboot is not enough.",
    fix="Plan a power cycle of the VM",
    source=MANUAL_67,
    severity=everywhere("advice"),
    scope="cpu",
    fault=None,
    test_group="hostTests",
    tier="ext",
)
def raise_needs_power_cycle(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A VM that is not off keeps an EVC mode below that of its cluster."""
    for vm in datacenter.vms.values() if move is None else (datacenter.vms[move.vm],):
        was, now = vm.cpu.evc_mode, evc_mode(datacenter, vm.host)
        if vm.power_state == "off" or not was or not now or was == now or not covers(now, was):
            continue
        path = ("vms", vm.name, "cpu", "evc_mode")
        yield Breach(
            path,
            f"{vm.name} still runs at {was}; its cluster is at {now}",
            f"Power {vm.name} off and on again; a reboot of the guest is not enough",
            (set_to(path, now),),
        )


@move_rule(
    "cpu-affinity",
    title="A running VM is pinned to no processor and no NUMA node",
    short="affinity",
    why="Affinity names processors of one host; they mean nothing on another.",
    fix="Clear the affinity",
    source=f"{API}.AffinityConfigured; Geek University, vMotion requirements",
    severity=everywhere("error"),
    scope="vm",
    fault="AffinityConfigured",
    test_group="sourceTests",
)
def affinity(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is powered on, and CPU or memory affinity is set."""
    if not moves_running(datacenter, move):
        return
    cpu = datacenter.vms[move.vm].cpu
    pinned = {"cpu": cpu.affinity, "memory": cpu.memory_affinity}
    configured = [kind for kind, places in pinned.items() if places]
    for kind in configured:
        path = ("vms", move.vm, "cpu", "affinity" if kind == "cpu" else "memory_affinity")
        words = "processor" if kind == "cpu" else "NUMA node"
        yield Breach(
            path,
            f"{move.vm} is pinned to {words} {', '.join(pinned[kind])}",
            f"Clear the {'CPU' if kind == 'cpu' else kind} affinity of {move.vm}",
            (remove(path),),
            fault=Fault("AffinityConfigured", {"configuredAffinity": configured}),
        )


RULES = (vm_above_cluster, raise_needs_power_cycle, affinity)

_WEB01 = ("vms", "web01", "cpu")
_CLUSTER = ("clusters", "cluster-01")
_SANDY_BRIDGE = tuple(
    set_to(("hosts", host, "cpu", "max_evc_mode"), "intel-sandybridge")
    for host in ("esx01", "esx02")
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="started-above-the-cluster",
        story="web01 was started at Sandy Bridge; the cluster of esx02 is at Westmere.",
        rule="cpu-evc-vm-above-cluster",
        path=(*_WEB01, "evc_mode"),
        edits=(
            *_SANDY_BRIDGE,
            set_to((*_CLUSTER, "hosts"), ["esx02"]),
            set_to((*_CLUSTER, "evc_mode"), "intel-westmere"),
            set_to((*_WEB01, "evc_mode"), "intel-sandybridge"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="evc-raised-and-rebooted",
        story="EVC of cluster-01 was raised to Nehalem while web01 ran; only the guest rebooted.",
        rule="cpu-evc-raise-needs-power-cycle",
        path=(*_WEB01, "evc_mode"),
        edits=(
            set_to((*_CLUSTER, "evc_mode"), "intel-nehalem"),
            set_to((*_WEB01, "evc_mode"), "intel-merom"),
        ),
    ),
    Misconfiguration(
        name="affinity-left-from-a-test",
        story="web01 was pinned to two processors for a test, and never freed.",
        rule="cpu-affinity",
        path=(*_WEB01, "affinity"),
        edits=(set_to((*_WEB01, "affinity"), ["0", "1"]),),
    ),
    Misconfiguration(
        name="memory-affinity-left",
        story="The memory of web01 is pinned to NUMA node 0.",
        rule="cpu-affinity",
        path=(*_WEB01, "memory_affinity"),
        edits=(set_to((*_WEB01, "memory_affinity"), ["0"]),),
    ),
)
