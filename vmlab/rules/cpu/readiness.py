"""EVC of a cluster: who runs while it changes, and what the BIOS of its hosts hides."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.evc import MODES
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.rules.cpu.cluster import (
    EVC_50,
    IN_A_MOVE,
    above,
    active_on,
    harmless_mode,
    members,
    with_evc,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, rule


@rule(
    "evc-active-vms",
    title="No VM is active above the EVC mode that shall be set",
    short="active VMs",
    why="A VM that runs or is suspended may use the features that the mode would take away.",
    fix="Power off or evacuate those VMs",
    source=f"{EVC_50}; {API}.ActiveVMsBlockingEVC",
    severity=everywhere("error"),
    milder=IN_A_MOVE,
    scope="cpu",
    fault="ActiveVMsBlockingEVC",
    test_group="hostTests",
)
def active_vms(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """EVC shall be set below the features of a host that has active VMs."""
    for cluster, mode, path in with_evc(datacenter, move):
        if not cluster.evc_wanted:
            continue
        active = {
            host.name: names
            for host in members(datacenter, cluster)
            if host.cpu.vendor == MODES[mode].vendor and above(datacenter, host, mode)
            if (names := active_on(datacenter, host.name))
        }
        if not active:
            continue
        high = harmless_mode(datacenter, cluster)
        vms = ", ".join(name for names in active.values() for name in names)
        other = f"choose {high}" if high else f"leave EVC of {cluster.name} as it is"
        yield Breach(
            path,
            f"{vms} would lose features of {', '.join(active)} at {mode}",
            f"Power off or evacuate {vms}, or {other}",
            (set_to(path, high),),
            milder=move is not None,
            fault=Fault(
                "ActiveVMsBlockingEVC",
                {"evcMode": mode, "host": list(active), "hostName": list(active)},
            ),
        )


@rule(
    "evc-bios-features",
    title="VT and NX are on in the BIOS of every host of an EVC cluster",
    short="BIOS features",
    why="EVC counts on features that the BIOS may hide, whatever the processor is capable of.",
    fix="Enable them in the BIOS",
    source=f"{EVC_50}; {API}.EVCAdmissionFailedCPUFeaturesForMode",
    severity=everywhere("error"),
    milder=IN_A_MOVE,
    scope="cpu",
    fault="EVCAdmissionFailedCPUFeaturesForMode",
    test_group="hostTests",
)
def bios_features(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host's model supports the mode, but VT, AMD-V or NX is off."""
    for cluster, mode, _ in with_evc(datacenter, move):
        joining = [datacenter.hosts[name] for name in cluster.joining if cluster.evc_mode]
        for host in dict.fromkeys((*members(datacenter, cluster), *joining)):
            if not host.cpu.supports(mode):
                continue
            intel = host.cpu.vendor == "Intel"
            bits = {
                "virtualization_enabled": "VT" if intel else "AMD-V",
                "nx_enabled": "XD" if intel else "NX",
            }
            for field, name in bits.items():
                if getattr(host.cpu, field):
                    continue
                path = ("hosts", host.name, "cpu", field)
                yield Breach(
                    path,
                    f"{name} is off in the BIOS of {host.name}; {mode} of {cluster.name} needs it",
                    f"Enable {name} in the BIOS of {host.name}",
                    (set_to(path, True),),
                    milder=move is not None,
                    fault=Fault(
                        "EVCAdmissionFailedCPUFeaturesForMode", {"currentEVCModeKey": mode}
                    ),
                )


RULES = (active_vms, bios_features)

_CLUSTER = ("clusters", "cluster-01")
_ESX02 = ("hosts", "esx02", "cpu")


def _wanted(mode: str) -> Edit:
    return set_to((*_CLUSTER, "evc_wanted"), mode)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="evc-lowered-under-running-vms",
        story="EVC shall be set to Merom for an old host to come, while web01 runs.",
        rule="evc-active-vms",
        path=(*_CLUSTER, "evc_wanted"),
        edits=(_wanted("intel-merom"),),
    ),
    Misconfiguration(
        name="nx-off-in-an-evc-cluster",
        story="XD is off in the BIOS of esx02, which shall be in an EVC cluster.",
        rule="evc-bios-features",
        path=(*_ESX02, "nx_enabled"),
        edits=(set_to((*_ESX02, "nx_enabled"), False), _wanted("intel-nehalem")),
        also=(("cpu-feature-missing", (*_ESX02, "nx_enabled")),),
    ),
    Misconfiguration(
        name="vt-off-in-an-evc-cluster",
        story="VT is off in the BIOS of esx02, which shall be in an EVC cluster.",
        rule="evc-bios-features",
        path=(*_ESX02, "virtualization_enabled"),
        edits=(set_to((*_ESX02, "virtualization_enabled"), False), _wanted("intel-nehalem")),
        also=(("cpu-64bit-guest", (*_ESX02, "virtualization_enabled")),),
    ),
)
