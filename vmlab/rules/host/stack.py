"""TCP/IP stacks of the VMkernel: VMotion may have one for itself."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import VMkernelAdapter
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, hosts_judged, rule, since

SOURCE = "vSphere 8.0 vCenter Server and Host Management, vMotion TCP/IP stack; the same, 6.5"
FIRST_RELEASE = (6, 0, 0)


@rule(
    "host-vmotion-stack-exclusive",
    title="VMotion is on its own stack or on the default one, not on both",
    short="one stack",
    why="Once an adapter is on the vMotion stack, VMotion no longer uses the default stack.",
    fix="Clear the flag on default-stack adapters, or remove the adapter on the vMotion stack",
    source=SOURCE,
    severity=since(Profile.VSPHERE_67, "warning"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="≥6.0",
)
def stack_exclusive(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """VMotion is flagged on the default stack beside an adapter on the vMotion stack."""
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        own = _on_own_stack(host)
        if not own or host.release < FIRST_RELEASE:
            continue
        for adapter in host.vmkernel_adapters.values():
            if adapter.vmotion and adapter.netstack == "default":
                path = ("hosts", name, "vmkernel_adapters", adapter.name, "vmotion")
                yield Breach(
                    path,
                    f"VMotion is enabled on {adapter.name} of {name}, but {own[0].name} is on "
                    "the vMotion stack: only that one is used",
                    f"Clear VMotion on {adapter.name} of {name}",
                    (set_to(path, False),),
                )


@rule(
    "host-vmotion-stack-single-service",
    title="An adapter on the vMotion stack does nothing else",
    short="single service",
    why="The vMotion stack is for VMotion alone, and hosts have it from 6.0 on.",
    fix="Keep that adapter for VMotion only, or upgrade the host",
    source=SOURCE,
    severity=since(Profile.VSPHERE_67, "error"),
    scope="host",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥6.0",
)
def stack_single_service(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """An adapter on the vMotion stack has another service, or the host is too old."""
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        for adapter in _on_own_stack(host):
            if host.release < FIRST_RELEASE:
                yield _too_old(host, adapter)
            others = [*adapter.services, *(["management"] if adapter.management else [])]
            if others:
                yield _not_alone(host, adapter, others)


def _on_own_stack(host: Host) -> tuple[VMkernelAdapter, ...]:
    return tuple(a for a in host.vmkernel_adapters.values() if a.netstack == "vmotion")


def _too_old(host: Host, adapter: VMkernelAdapter) -> Breach:
    path = ("hosts", host.name, "vmkernel_adapters", adapter.name)
    return Breach(
        (*path, "netstack"),
        f"{adapter.name} of {host.name} is on the vMotion stack, which {host.kind} "
        f"{host.version} does not have",
        f"Put {adapter.name} on the default stack with VMotion enabled, or upgrade {host.name}",
        (set_to((*path, "netstack"), "default"), set_to((*path, "vmotion"), True)),
    )


def _not_alone(host: Host, adapter: VMkernelAdapter, others: list[str]) -> Breach:
    path = ("hosts", host.name, "vmkernel_adapters", adapter.name)
    field = "services" if adapter.services else "management"
    edits = [set_to((*path, "services"), [])] if adapter.services else []
    if adapter.management:
        edits.append(set_to((*path, "management"), False))
    return Breach(
        (*path, field),
        f"{adapter.name} of {host.name} is on the vMotion stack and also does {', '.join(others)}",
        f"Take {', '.join(others)} off {adapter.name} of {host.name}",
        tuple(edits),
    )


RULES = (stack_exclusive, stack_single_service)

_ADAPTERS = ("hosts", "esx02", "vmkernel_adapters")
_VMK1 = (*_ADAPTERS, "vmk1")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="vmotion-ticked-on-two-stacks",
        story="vmk1 of esx02 went to the vMotion stack; then VMotion was ticked on vmk0 as well.",
        rule="host-vmotion-stack-exclusive",
        path=(*_ADAPTERS, "vmk0", "vmotion"),
        edits=(
            set_to((*_VMK1, "netstack"), "vmotion"),
            set_to((*_ADAPTERS, "vmk0", "vmotion"), True),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="provisioning-on-the-vmotion-stack",
        story="Provisioning was ticked on vmk1 of esx02, which is on the vMotion stack.",
        rule="host-vmotion-stack-single-service",
        path=(*_VMK1, "services"),
        edits=(
            set_to((*_VMK1, "netstack"), "vmotion"),
            set_to((*_VMK1, "services"), ["provisioning"]),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="vmotion-stack-on-an-old-host",
        story="A profile with the vMotion stack was applied to an ESX 4.0 host.",
        rule="host-vmotion-stack-single-service",
        path=(*_ADAPTERS, "vmk0", "netstack"),
        edits=(set_to((*_ADAPTERS, "vmk0", "netstack"), "vmotion"),),
        profile=Profile.VSPHERE_67,
    ),
)
