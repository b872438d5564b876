"""The VMotion network between two hosts; most of it shows only when the task connects."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import IpAdapter
from vmlab.inventory.path import Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.revise import rename
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.ends import pair_of, readdress, share_subnet
from vmlab.rules.rule import (
    API,
    GUIDE_PAGE,
    Breach,
    Fault,
    everywhere,
    hosts_of_vmotion,
    move_rule,
    moves_running,
    rule,
    until,
)
from vmlab.rules.segment import addresses, segments


@move_rule(
    "net-vmotion-same-subnet",
    title="The VMotion addresses are in one subnet",
    short="same subnet",
    why="VMotion up to 5.5 is not routed: an address in another subnet is never reached.",
    fix="Put both adapters in one subnet",
    source=f"{GUIDE_PAGE}; Broadcom article 424375 for the fault, which is an inference",
    severity=until(Profile.VSPHERE_55, "error"),
    scope="network",
    fault="Timedout",
    test_group="runtime only",
    era="≤5.5",
    phase="connect",
)
def same_subnet(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The pair's VMotion addresses are in different subnets."""
    source, destination = pair_of(datacenter, move)
    if source is None or destination is None or share_subnet(source, destination):
        return
    path = ("hosts", move.destination, "vmkernel_adapters", destination.name)
    edits = readdress(datacenter, path, source)
    yield Breach(
        (*path, "ip"),
        f"{source.interface} on {move.source} and {destination.interface} on {move.destination} "
        "are in different subnets",
        f"Give {destination.name} of {move.destination} the address {edits[0].value}"
        if edits
        else None,
        edits,
    )


@move_rule(
    "net-vmotion-vlan-match",
    title="The VMotion networks of both hosts meet in one VLAN",
    short="same VLAN",
    why="Frames of different VLANs, or on a trunk that drops theirs, never meet: "
    "the connection times out.",
    fix="Align the VLAN IDs and the trunks",
    source="Recalled from general vSphere practice; found on no page",
    severity=everywhere("error"),
    scope="network",
    fault=None,
    test_group="runtime only",
    phase="connect",
    recalled=True,
)
def vlan_match(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """One subnet, but different VLANs, a trunk without the VLAN, or separate switches."""
    source, destination = pair_of(datacenter, move)
    if source is None or destination is None or not share_subnet(source, destination):
        return
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    group, target = here.port_groups[source.port_group], there.port_groups[destination.port_group]
    if not _has_link(here, group.name) or not _has_link(there, target.name):
        return
    if segments(here, group.name) & segments(there, target.name):
        return
    if group.vlan != target.vlan:
        path: Path = ("hosts", there.name, "port_groups", target.name, "vlan")
        yield Breach(
            path,
            f"VMotion is in VLAN {group.vlan} on {here.name}, in VLAN {target.vlan} on "
            f"{there.name}",
            f"Set “{target.name}” on {there.name} to VLAN {group.vlan}",
            (set_to(path, group.vlan),),
        )
        return
    blocked = False
    for host, label in ((here, group.name), (there, target.name)):
        if not segments(host, label):
            blocked = True
            yield _trunk_without(host, label)
    if not blocked:
        yield _separate_switches(here, group.name, there, target.name)


@rule(
    "net-vmotion-duplicate-ip",
    title="Every VMotion address is unique",
    short="unique address",
    why="With one address on two adapters, now this one answers and now that one.",
    fix="Give every adapter an address of its own",
    source="vSphere Web Services API 8.0 U3, DuplicateIpDetectedEvent",
    severity=everywhere("error"),
    scope="network",
    fault=None,
    test_group="runtime only",
    phase="connect",
)
def duplicate_ip(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A VMotion address is used twice where its frames go, or on the same host."""
    reported: set[frozenset[Path]] = set()
    everyone = [((host, field, a.name), a) for host, field, a in addresses(datacenter)]
    # The destination first, so that a pair's finding points at the newcomer.
    for name in reversed(list(hosts_of_vmotion(datacenter, move))):
        for adapter in datacenter.hosts[name].vmotion_adapters:
            if not adapter.has_usable_ip:
                continue
            me: Path = (name, "vmkernel_adapters", adapter.name)
            for place, other in everyone:
                pair = frozenset({me, place})
                if place == me or other.ip != adapter.ip or pair in reported:
                    continue
                if not _meet(datacenter.hosts[name], adapter, datacenter.hosts[place[0]], other):
                    continue
                reported.add(pair)
                path = ("hosts", *me)
                edits = readdress(datacenter, path, adapter)
                yield Breach(
                    (*path, "ip"),
                    f"{adapter.ip} is on {adapter.name} of {name} and on {place[2]} of {place[0]}",
                    f"Give {adapter.name} of {name} the address {edits[0].value}"
                    if edits
                    else None,
                    edits,
                )


@move_rule(
    "net-vmotion-name-match",
    title="The VMotion port groups have one name on both hosts",
    short="VMotion name",
    why="Different names work, and make the next mistake likely.",
    fix="Use one name on all hosts",
    source=f"{API}.MismatchedVMotionNetworkNames",
    severity=everywhere("warning"),
    scope="network",
    fault="MismatchedVMotionNetworkNames",
    test_group="hostTests",
)
def name_match(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM moves, and the VMotion port groups are named differently."""
    if not moves_running(datacenter, move):
        return
    source = datacenter.hosts[move.source].vmotion_adapter
    destination = datacenter.hosts[move.destination].vmotion_adapter
    if source is None or destination is None or source.port_group == destination.port_group:
        return
    path = ("hosts", move.destination, "port_groups", destination.port_group)
    taken = source.port_group in datacenter.hosts[move.destination].port_groups
    edits = () if taken else rename(datacenter, path, source.port_group)
    yield Breach(
        path,
        f"“{source.port_group}” on {move.source}, “{destination.port_group}” on {move.destination}",
        f"Put {destination.name} of {move.destination} on “{source.port_group}”"
        if taken
        else f"Rename “{destination.port_group}” to “{source.port_group}”",
        edits,
        fault=Fault(
            "MismatchedVMotionNetworkNames",
            {"sourceNetwork": source.port_group, "destNetwork": destination.port_group},
        ),
    )


def _meet(here: Host, a: IpAdapter, there: Host, b: IpAdapter) -> bool:
    """Whether two adapters hear each other: on one host, or in one VLAN of one switch."""
    return here.name == there.name or bool(
        segments(here, a.port_group) & segments(there, b.port_group)
    )


def _has_link(host: Host, label: str) -> bool:
    return any(nic.is_up for nic in host.uplinks(label))


def _trunk_without(host: Host, label: str) -> Breach:
    """The VLAN is right, but no cable of the host carries it."""
    vlan = host.port_groups[label].vlan
    nic = next(nic for nic in host.uplinks(label) if nic.is_up)
    path = ("hosts", host.name, "physical_nics", nic.name, "vlans")
    return Breach(
        path,
        f"The cable of {nic.name} on {host.name} does not carry VLAN {vlan}",
        f"Trunk VLAN {vlan} to {nic.name} of {host.name}",
        (set_to(path, [*nic.vlans, vlan]),),
    )


def _separate_switches(here: Host, group: str, there: Host, target: str) -> Breach:
    switch = min(segments(here, group))[0]
    nic = there.path_of_frames(target)[0]
    path = ("hosts", there.name, "physical_nics", nic.name, "cable")
    return Breach(
        path,
        f"VMotion leaves {here.name} through {switch}, but {there.name} through {nic.cable}",
        f"Cable {nic.name} of {there.name} to {switch}",
        (set_to(path, switch),),
    )


RULES = (same_subnet, vlan_match, duplicate_ip, name_match)

_VMK0 = ("hosts", "esx02", "vmkernel_adapters", "vmk0")
_VMOTION = ("hosts", "esx02", "port_groups", "VMotion")
_VMNIC1 = ("hosts", "esx02", "physical_nics", "vmnic1")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="another-subnet",
        story="vmk0 on esx02 was given an address of another subnet.",
        rule="net-vmotion-same-subnet",
        path=(*_VMK0, "ip"),
        edits=(set_to((*_VMK0, "ip"), "10.0.51.12"),),
    ),
    Misconfiguration(
        name="vmotion-in-another-vlan",
        story="VMotion on esx02 was tagged with VLAN 51, and the trunk followed.",
        rule="net-vmotion-vlan-match",
        path=(*_VMOTION, "vlan"),
        edits=(set_to((*_VMOTION, "vlan"), 51), set_to((*_VMNIC1, "vlans"), [50, 51])),
    ),
    Misconfiguration(
        name="trunk-drops-vmotion",
        story="The switch port of vmnic1 on esx02 does not carry VLAN 50.",
        rule="net-vmotion-vlan-match",
        path=(*_VMNIC1, "vlans"),
        edits=(set_to((*_VMNIC1, "vlans"), [10, 20]),),
    ),
    Misconfiguration(
        name="vmotion-on-separate-switches",
        story="vmnic1 on esx02 was cabled to the other physical switch.",
        rule="net-vmotion-vlan-match",
        path=(*_VMNIC1, "cable"),
        edits=(set_to((*_VMNIC1, "cable"), "lan"),),
    ),
    Misconfiguration(
        name="cloned-address",
        story="The profile of esx01 was cloned, its VMotion address included.",
        rule="net-vmotion-duplicate-ip",
        path=(*_VMK0, "ip"),
        edits=(set_to((*_VMK0, "ip"), "10.0.50.11"),),
    ),
    Misconfiguration(
        name="vmotion-named-differently",
        story="The VMotion port group of esx02 is called vMotion.",
        rule="net-vmotion-name-match",
        path=("hosts", "esx02", "port_groups", "vMotion"),
        edits=(
            set_to(
                ("hosts", "esx02", "port_groups", "vMotion"),
                {"virtual_switch": "vSwitch1", "vlan": 50, "kind": "vmkernel"},
            ),
            set_to((*_VMK0, "port_group"), "vMotion"),
            remove(_VMOTION),
        ),
    ),
)
