"""What the guest asks of a processor: 64 bits, counters, its OS descriptor; nothing while off."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.cpu.exposure import compares, pair
from vmlab.rules.cpu.features import MANUAL_67
from vmlab.rules.cpu.registers import EXTENDED_EDX, UNUSED, WrongBits, host_register, vector
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, Note, everywhere, move_rule, since

MANUAL_65 = "vSphere 6.5 vCenter Server and Host Management, pp. 115-126"
GUIDE_184 = "vSphere 4.0 Basic System Administration, p. 184"
LM_BIT = 29


@move_rule(
    "cpu-64bit-guest",
    title="The destination can run the VM's 64-bit guest",
    short="64-bit guest",
    why="A 64-bit guest needs long mode, and help from the processor that the BIOS may hide.",
    fix="Enable VT in the BIOS",
    source=MANUAL_65,
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="cpu",
    fault="CpuIncompatible81EDX",
    test_group="hostTests",
)
def guest_64bit(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A 64-bit guest, and a destination without long mode or with VT off."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move) or not vm.cpu.guest_is_64bit:
        return
    cpu = ("hosts", there.name, "cpu")
    if not there.cpu.long_mode:
        path, what, fix = (*cpu, "long_mode"), "has no long mode", "Choose a 64-bit host"
    elif not there.cpu.virtualization_enabled:
        assist = "VT" if there.cpu.vendor == "Intel" else "AMD-V"
        path, what = (*cpu, "virtualization_enabled"), f"has {assist} off in the BIOS"
        fix = f"Enable {assist} in the BIOS of {there.name}"
    elif not there.can("guest_64bit"):
        path = ("hosts", there.name, "capabilities", "guest_64bit")
        what, fix = "cannot run 64-bit guests", "Choose a host that can"
    else:
        return
    edits = (set_to(path, True),) if path[-1] == "virtualization_enabled" else ()
    has = host_register(datacenter, there.name, EXTENDED_EDX)
    lacking = WrongBits(EXTENDED_EDX, has, vector({LM_BIT: "1"}, UNUSED))
    yield Breach(
        path,
        f"The guest of {move.vm} is a 64-bit one; {there.name} {what}",
        fix,
        edits,
        milder=vm.power_state == "off",
        fault=lacking.fault(there.name),
    )


@move_rule(
    "cpu-cold-no-check",
    title="The processors of a VM that is off need no comparison",
    short="cold: no check",
    why="A VM that is off meets its new processor when it starts; a suspended one must resume.",
    fix="Compare processors only for a VM that is on or suspended",
    source=f"{GUIDE_184}; {MANUAL_65}",
    severity=everywhere("advice"),
    scope="cpu",
    fault=None,
    test_group="hostTests",
)
def cold_no_check(datacenter: Datacenter, move: Move) -> Iterator[Note]:
    """It is never broken: it tells why nothing was compared, or that all was."""
    state = datacenter.vms[move.vm].power_state
    if changes_host(move) and state == "off":
        yield Note(f"{move.vm} is powered off: no CPU comparison but the one for 64-bit guests")
    elif changes_host(move) and state == "suspended":
        yield Note(f"{move.vm} is suspended and must resume: every CPU comparison was made")


@move_rule(
    "cpu-perf-counters",
    title="CPU performance counters are alike where the VM uses them",
    short="CPU counters",
    why="A guest that reads performance counters must find the same ones after the move.",
    fix="Disable virtual CPU performance counters, or match the processors",
    source=MANUAL_67,
    severity=since(Profile.VSPHERE_55, "error"),
    scope="cpu",
    fault="FeatureRequirementsNotMet",
    test_group="hostTests",
    tier="ext",
    era="≥5.1",
)
def perf_counters(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Virtual performance counters are on, and the destination's differ."""
    vm = datacenter.vms[move.vm]
    here, there = (host.cpu.performance_counters for host in pair(datacenter, move))
    if compares(datacenter, move) and vm.cpu.performance_counters and here != there:
        path = ("vms", move.vm, "cpu", "performance_counters")
        yield Breach(
            path,
            f"{move.vm} uses performance counters: {here or 'unnamed ones'} on {move.source}, "
            f"{there or 'unnamed ones'} on {move.destination}",
            f"Disable virtual CPU performance counters of {move.vm}",
            (set_to(path, False),),
            fault=Fault(
                "FeatureRequirementsNotMet",
                {"featureRequirement": [here], "vm": move.vm, "host": move.destination},
            ),
        )


@move_rule(
    "cpu-config-requirements-change",
    title="The destination leaves the VM's CPU requirements as they are",
    short="CPU requirements",
    why="Another release may describe the guest OS otherwise, and want other CPU bits for it.",
    fix="Accept the change of the configuration, or use a newer host",
    source=f"{API}.WillModifyConfigCpuRequirements; KB 1003734",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="cpu",
    fault="WillModifyConfigCpuRequirements",
    test_group="hostTests",
    tier="ext",
)
def requirements_change(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination's descriptor would change the requirements; a host may not store them."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move) or not vm.cpu.descriptor_changes:
        return
    path = ("vms", move.vm, "cpu", "descriptor_changes")
    stores = there.capabilities.cpu_requirements_storable
    does = "changes the CPU requirements" if stores else "cannot store the CPU requirements"
    yield Breach(
        path,
        f"{there.name} {does} in the configuration of {move.vm}",
        f"Accept the new CPU requirements of {move.vm}"
        if stores
        else f"Give {move.vm} the new CPU requirements before the move",
        (set_to(path, False),),
        milder=stores or vm.power_state == "off",
        fault=Fault(
            "WillModifyConfigCpuRequirements" if stores else "CannotModifyConfigCpuRequirements"
        ),
    )


RULES = (guest_64bit, cold_no_check, perf_counters, requirements_change)

_WEB01 = ("vms", "web01", "cpu")
_ESX02 = ("hosts", "esx02")
_STORES = (*_ESX02, "capabilities", "cpu_requirements_storable")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="vt-off-on-the-target",
        story="VT was switched off in the BIOS of esx02, and the guest of web01 is a 64-bit one.",
        rule="cpu-64bit-guest",
        path=(*_ESX02, "cpu", "virtualization_enabled"),
        edits=(set_to((*_ESX02, "cpu", "virtualization_enabled"), False),),
    ),
    Misconfiguration(
        name="vt-off-for-a-cold-move",
        story="VT is off in the BIOS of esx02; web01 moves there cold, and will not start.",
        rule="cpu-64bit-guest",
        path=(*_ESX02, "cpu", "virtualization_enabled"),
        edits=(
            set_to((*_ESX02, "cpu", "virtualization_enabled"), False),
            set_to(("vms", "web01", "power_state"), "off"),
        ),
        kind="cold",
    ),
    Misconfiguration(
        name="other-performance-counters",
        story="web01 was given performance counters for a profiler; those of esx02 are others.",
        rule="cpu-perf-counters",
        path=(*_WEB01, "performance_counters"),
        edits=(
            set_to((*_WEB01, "performance_counters"), True),
            set_to(("hosts", "esx01", "cpu", "performance_counters"), "version 3"),
            set_to((*_ESX02, "cpu", "performance_counters"), "version 4"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="other-os-descriptor",
        story="The release on esx02 describes the guest OS of web01 otherwise.",
        rule="cpu-config-requirements-change",
        path=(*_WEB01, "descriptor_changes"),
        edits=(set_to((*_WEB01, "descriptor_changes"), True),),
    ),
    Misconfiguration(
        name="descriptor-that-cannot-be-stored",
        story="esx02 describes the guest OS otherwise, and cannot store what follows from it.",
        rule="cpu-config-requirements-change",
        path=(*_WEB01, "descriptor_changes"),
        edits=(set_to((*_WEB01, "descriptor_changes"), True), set_to(_STORES, False)),
    ),
)
