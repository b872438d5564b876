"""Features: what a VM relies on must be on the destination, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.evc import KERNEL_FEATURES, MODES
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.cpu.exposure import (
    LONG_MODE,
    NAMES_FEATURES,
    VI3_FEATURES,
    by_evc,
    compares,
    compares_features,
    evc_mode,
    exposed,
    is_vi3,
    listed,
    pair,
    relied_on,
)
from vmlab.rules.cpu.registers import of_features
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, GUIDE_PAGE, Breach, Fault, everywhere, move_rule

SCENARIOS = "vCenter Server manual of the 4.x and 5.0 era, p. 118"
MANUAL_67 = "vSphere 6.7 vCenter Server and Host Management, pp. 129-137"


@move_rule(
    "cpu-same-vendor",
    title="Both hosts have processors of the same vendor",
    short="CPU vendor",
    why="Intel's and AMD's instruction sets differ; a running guest cannot be told of the change.",
    fix="Power the VM off and move it cold, or choose a host of the same vendor",
    source=f"{GUIDE_PAGE}; {MANUAL_67}; vSphere 6.7 Virtual Machine Administration, p. 276",
    severity=everywhere("error"),
    scope="cpu",
    fault="FeatureRequirementsNotMet",
    test_group="hostTests",
)
def same_vendor(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is on or suspended, and the vendors differ."""
    here, there = pair(datacenter, move)
    if not compares(datacenter, move) or here.cpu.vendor == there.cpu.vendor:
        return
    named = there.release >= NAMES_FEATURES
    # Leaf 0 holds the vendor's name, which begins in ebx.
    fields = {"vm": move.vm} if named else {"level": 0, "registerName": "ebx"}
    fault = "FeatureRequirementsNotMet" if named else "CpuIncompatible"
    yield Breach(
        ("hosts", there.name, "cpu", "vendor"),
        f"{here.name} has {here.cpu.vendor} processors, {there.name} has {there.cpu.vendor}",
        f"Power {move.vm} off and move it cold, or choose a host with {here.cpu.vendor} processors",
        fault=Fault(fault, {**fields, "host": there.name}),
    )


@move_rule(
    "cpu-feature-missing",
    title="The destination has every CPU feature that the VM relies on",
    short="CPU features",
    why="A guest looks for features when it starts, and fails when one is gone later.",
    fix="Put both hosts in an EVC cluster, or choose a newer destination",
    source=f"{SCENARIOS}; {API}.CpuIncompatible1ECX and FeatureRequirementsNotMet",
    severity=everywhere("error"),
    scope="cpu",
    fault="FeatureRequirementsNotMet",
    test_group="hostTests",
)
def feature_missing(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A feature of the VM is not exposed on the destination."""
    if not compares_features(datacenter, move):
        return
    here, there = pair(datacenter, move)
    needs = relied_on(datacenter, move) - LONG_MODE
    missing = needs - exposed(datacenter, there.name) - _judged_elsewhere(datacenter, move)
    in_bios = {"NX"} & missing if "NX" in there.cpu.hardware_features else set()
    if in_bios and not there.cpu.nx_enabled:
        bios = ("hosts", there.name, "cpu", "nx_enabled")
        yield Breach(
            bios,
            f"{move.vm} relies on NX, which is off in the BIOS of {there.name}",
            f"Enable NX (XD) in the BIOS of {there.name}",
            (set_to(bios, True),),
            fault=_missing_fault(datacenter, move, there, {"NX"}),
        )
        missing -= in_bios
    if missing:
        path, fix, edits = by_evc(datacenter, move)
        requirement = datacenter.vms[move.vm].cpu.features
        if not edits and requirement is not None:
            seen = exposed(datacenter, here.name) - LONG_MODE
            if seen <= exposed(datacenter, there.name):
                path = ("vms", move.vm, "cpu", "features")
                fix, edits = f"Power {move.vm} off and on again", (remove(path),)
        yield Breach(
            path,
            f"{move.vm} relies on {listed(missing)}, which {there.name} does not expose",
            fix,
            edits,
            fault=_missing_fault(datacenter, move, there, missing),
        )


@move_rule(
    "cpu-user-extra",
    title="Outside EVC the destination shows programs no extra CPU feature",
    short="extra features",
    why="Programs could find a feature that the VM was never told of, and lose it on the way back.",
    fix="Put the hosts in an EVC cluster",
    source=f"{SCENARIOS}; {MANUAL_67}",
    severity=everywhere("error"),
    scope="cpu",
    fault="CpuIncompatible1ECX",
    test_group="hostTests",
    era="no EVC",
)
def user_extra(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination exposes a user-level feature that the VM lacks, and EVC is not on."""
    here, there = pair(datacenter, move)
    if not compares_features(datacenter, move) or (
        evc_mode(datacenter, here.name) and evc_mode(datacenter, there.name)
    ):
        return
    extra = _extra(datacenter, move) - KERNEL_FEATURES
    if extra:
        path, fix, edits = by_evc(datacenter, move)
        bits = next(of_features(datacenter, there.name, extra, "0"), None)
        fault = bits.fault(there.name) if bits else Fault("CpuIncompatible", {"host": there.name})
        message = f"{there.name} exposes {listed(extra)}, which {move.vm} was not started with"
        yield Breach(path, message, fix, edits, fault=fault)


@move_rule(
    "cpu-kernel-extra",
    title="The destination has no extra CPU feature for the guest's kernel",
    short="kernel features",
    why="The VM may go there, but adopts the feature at its next start and may not come back.",
    fix="Reboot the guest only after deciding where the VM lives",
    source=f"{SCENARIOS}; {MANUAL_67}",
    severity=everywhere("advice"),
    scope="cpu",
    fault=None,
    test_group="hostTests",
)
def kernel_extra(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination exposes a kernel-level feature, such as NX, that the VM lacks."""
    if not compares_features(datacenter, move):
        return
    here, there = pair(datacenter, move)
    extra = _extra(datacenter, move) & KERNEL_FEATURES
    if extra:
        path: Path = ("hosts", there.name, "cpu")
        fix: str | None = None
        edits: tuple[Edit, ...] = ()
        bios = ("hosts", here.name, "cpu", "nx_enabled")
        if extra == {"NX"} and not here.cpu.nx_enabled:
            path, fix = bios, f"Enable NX (XD) in the BIOS of {here.name} too"
            edits = (set_to(bios, True),)
        message = f"{there.name} exposes {listed(extra)}, which {move.vm} adopts when it restarts"
        yield Breach(path, message, fix, edits)


def _extra(datacenter: Datacenter, move: Move) -> frozenset[str]:
    extra = exposed(datacenter, move.destination) - relied_on(datacenter, move) - LONG_MODE
    return extra - (VI3_FEATURES if is_vi3(*pair(datacenter, move)) else frozenset())


def _judged_elsewhere(datacenter: Datacenter, move: Move) -> frozenset[str]:
    """Features that a rule of its own judges: those of VI 3, and an EVC mode too high."""
    vi3 = VI3_FEATURES if is_vi3(*pair(datacenter, move)) else frozenset()
    wanted = datacenter.vms[move.vm].cpu.evc_mode
    mode = evc_mode(datacenter, move.destination)
    above = MODES[wanted].features - MODES[mode].features if wanted and mode else frozenset()
    return vi3 | above


def _missing_fault(
    datacenter: Datacenter, move: Move, there: Host, missing: set[str] | frozenset[str]
) -> Fault:
    if there.release >= NAMES_FEATURES:
        names = [f"cpuid.{name.replace('.', '')}" for name in sorted(missing)]
        fields = {"featureRequirement": names, "vm": move.vm, "host": there.name}
        return Fault("FeatureRequirementsNotMet", fields)
    bits = next(of_features(datacenter, there.name, missing, "1"), None)
    return bits.fault(there.name) if bits else Fault("CpuIncompatible", {"host": there.name})


RULES = (same_vendor, feature_missing, user_extra, kernel_extra)

_ESX02 = ("hosts", "esx02", "cpu")
_EVC = ("clusters", "cluster-01", "evc_mode")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="another-cpu-vendor",
        story="esx02 was bought with AMD processors; esx01 has Intel's.",
        rule="cpu-same-vendor",
        path=(*_ESX02, "vendor"),
        edits=(set_to((*_ESX02, "vendor"), "AMD"),),
    ),
    Misconfiguration(
        name="mixed-cpu-generations",
        story="esx02 is a generation older than esx01, and EVC was left off.",
        rule="cpu-feature-missing",
        path=_EVC,
        edits=(set_to((*_ESX02, "max_evc_mode"), "intel-penryn"),),
    ),
    Misconfiguration(
        name="older-target-vsphere-8",
        story="esx01 has Skylake processors, esx02 Broadwell's, and EVC was left off.",
        rule="cpu-feature-missing",
        path=_EVC,
        edits=(
            set_to(("hosts", "esx01", "cpu", "max_evc_mode"), "intel-skylake"),
            set_to((*_ESX02, "max_evc_mode"), "intel-broadwell"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="nx-off-on-the-target",
        story="NX was switched off in the BIOS of esx02.",
        rule="cpu-feature-missing",
        path=(*_ESX02, "nx_enabled"),
        edits=(set_to((*_ESX02, "nx_enabled"), False),),
    ),
    Misconfiguration(
        name="newer-target-without-evc",
        story="esx02 has newer processors than esx01, and EVC was left off.",
        rule="cpu-user-extra",
        path=_EVC,
        edits=(set_to(("hosts", "esx01", "cpu", "max_evc_mode"), "intel-penryn"),),
    ),
    Misconfiguration(
        name="nx-only-on-the-target",
        story="NX is off in the BIOS of esx01, on in that of esx02.",
        rule="cpu-kernel-extra",
        path=("hosts", "esx01", "cpu", "nx_enabled"),
        edits=(set_to(("hosts", "esx01", "cpu", "nx_enabled"), False),),
    ),
)
