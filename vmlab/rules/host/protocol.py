"""Whether two hosts speak VMotion at all, and with each other."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.interface import interface_fault
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import (
    API,
    Breach,
    everywhere,
    is_vmotion,
    move_rule,
    moves_running,
    since,
)


@move_rule(
    "host-vmotion-supported",
    title="Both hosts support VMotion",
    short="VMotion supported",
    why="A host whose software cannot do VMotion neither sends nor receives a running VM.",
    fix="Use a host that supports VMotion",
    source=f"{API}.VMotionNotSupported",
    severity=everywhere("error"),
    scope="host",
    fault="VMotionNotSupported",
    test_group="hostTests",
)
def vmotion_supported(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM moves, and a host's software cannot do VMotion."""
    if not moves_running(datacenter, move):
        return
    for name in (move.source, move.destination):
        if not datacenter.hosts[name].can("vmotion"):
            yield Breach(
                ("hosts", name, "capabilities", "vmotion"),
                f"{name} does not support VMotion",
                f"Use another host than {name}",
                fault=interface_fault("VMotionNotSupported", move, name),
            )


@move_rule(
    "host-protocol-compatible",
    title="The target lets in the source's version of the VMotion protocol",
    short="protocol version",
    why="Releases speak different versions: a move may work in one direction only.",
    fix="Upgrade the older host, or move in the direction that works",
    source=f"{API}.VMotionProtocolIncompatible",
    severity=everywhere("error"),
    scope="pair",
    fault="VMotionProtocolIncompatible",
    test_group="hostTests",
    tier="ext",
)
def protocol_compatible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The source speaks an older version than the oldest that the destination lets in."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    if not is_vmotion(move) or here.vmotion_protocol >= there.vmotion_protocol_oldest:
        return
    path = ("hosts", here.name, "vmotion_protocol")
    newer = max(there.vmotion_protocol, there.vmotion_protocol_oldest)
    yield Breach(
        path,
        f"{here.name} speaks version {here.vmotion_protocol} of the VMotion protocol; "
        f"{there.name} lets in {there.vmotion_protocol_oldest} and later",
        f"Upgrade {here.name} to version {newer} of the protocol",
        (set_to(path, newer),),
    )


@move_rule(
    "host-mgmt-ip-family",
    title="Both hosts are registered in vCenter by the same IP family",
    short="IP family",
    why="A host known by an IPv4 address and one known by an IPv6 address cannot exchange a VM.",
    fix="Register both hosts by IPv4, or both by IPv6",
    source="vSphere 6.7 vCenter Server and Host Management, p. 129; "
    "vSphere 8.0, conditions and limitations for vMotion",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥6.x doc",
)
def mgmt_ip_family(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The hosts of the pair are registered with different IP families."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    if not changes_host(move) or here.management_ip_family == there.management_ip_family:
        return
    path = ("hosts", there.name, "management_ip_family")
    yield Breach(
        path,
        f"{here.name} is registered by {here.management_ip_family}, "
        f"{there.name} by {there.management_ip_family}",
        f"Register {there.name} by {here.management_ip_family}",
        (set_to(path, here.management_ip_family),),
    )


RULES = (vmotion_supported, protocol_compatible, mgmt_ip_family)

_ESX01, _ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="host-without-vmotion",
        story="esx02 runs software that cannot do VMotion.",
        rule="host-vmotion-supported",
        path=(*_ESX02, "capabilities", "vmotion"),
        edits=(set_to((*_ESX02, "capabilities", "vmotion"), False),),
    ),
    Misconfiguration(
        name="target-refuses-the-old-protocol",
        story="esx02 was upgraded and no longer lets in the protocol of esx01; "
        "the way back would work.",
        rule="host-protocol-compatible",
        path=(*_ESX01, "vmotion_protocol"),
        edits=(
            set_to((*_ESX02, "vmotion_protocol"), 3),
            set_to((*_ESX02, "vmotion_protocol_oldest"), 2),
        ),
    ),
    Misconfiguration(
        name="registered-by-ipv6",
        story="esx02 was added to vCenter Server by its IPv6 address.",
        rule="host-mgmt-ip-family",
        path=(*_ESX02, "management_ip_family"),
        edits=(set_to((*_ESX02, "management_ip_family"), "IPv6"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
