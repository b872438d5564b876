"""Adapters on distributed switches, and moves between switches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.network import DistributedSwitch
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.plugs import plugs, switch_of, vm_group
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, moves_running, since

_BETWEEN = (
    "vSphere 6.0 vCenter Server and Host Management, network compatibility between vCenter "
    "Server instances; vSphere 6.7 edition of the same"
)


@move_rule(
    "net-dvs-membership",
    title="The target belongs to the VM's distributed switch",
    short="switch member",
    why="A distributed port exists only on members, so even an unplugged adapter has no place.",
    fix="Add the host to the distributed switch",
    source=f"{API}.CannotAccessNetwork; "
    "Dell article 000140474, vSphere vMotion recommended networking practices",
    severity=everywhere("error"),
    scope="network",
    fault="CannotAccessNetwork",
    test_group="networkTests",
    era="≥4.0",
)
def dvs_membership(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An adapter is on a distributed switch of which the destination is no member."""
    there = datacenter.hosts[move.destination]
    seen: set[str] = set()
    for plug in plugs(datacenter, move):
        switch = switch_of(datacenter, plug.after)
        if switch is None or switch.name in seen or there.name in switch.members:
            continue
        name = switch.name
        seen.add(name)
        path: Path = ("distributed_switches", name, "members")
        message = f"{plug.nic.name} of {move.vm} is on {name}; {there.name} is not a member of it"
        if there.can("distributed_switch"):
            yield Breach(
                path,
                message,
                f"Add {there.name} to {name}",
                (set_to(path, [*switch.members, there.name]),),
                fault=plug.fault("CannotAccessNetwork"),
            )
        else:
            device = {key: plug.device[key] for key in ("device", "backing")}
            yield Breach(
                path,
                f"{message}, and cannot be",
                "Choose a host that supports distributed switches",
                fault=Fault("DVPortNotSupported", device),
            )


@move_rule(
    "net-conflict-dvport",
    title="No adapter is on a temporary port of a distributed switch",
    short="no conflict port",
    why="A conflict port stands in for one that two adapters claimed; it cannot follow the VM.",
    fix="Move the adapter to a normal port",
    source=f"{API}.VMOnConflictDVPort",
    severity=everywhere("error"),
    scope="network",
    fault="VMOnConflictDVPort",
    test_group="networkTests",
    tier="ext",
    era="≥4.0",
)
def conflict_dvport(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An adapter sits on a temporary conflict port."""
    for plug in plugs(datacenter, move):
        if plug.before.distributed_switch and plug.nic.conflict_port:
            path = (*plug.path, "conflict_port")
            yield Breach(
                path,
                f"{plug.nic.name} of {move.vm} is on a conflict port of "
                f"{plug.before.distributed_switch}",
                f"Move {plug.nic.name} to a normal port",
                (set_to(path, False),),
                fault=plug.fault("VMOnConflictDVPort"),
            )


@move_rule(
    "net-dvs-version-vendor",
    title="Both distributed switches have one version and vendor",
    short="same switch version",
    why="Features of one version may be missing in another, and the port's state is lost.",
    fix="Upgrade the older switch, or allow mismatched switches",
    source=f"{API}.CannotUseNetwork; {_BETWEEN}; Lam, the header of the xVC-vMotion script",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="network",
    fault="CannotUseNetwork",
    test_group="networkTests",
    tier="ext",
    era="≥6.0",
)
def dvs_version_vendor(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The distributed switches before and after differ in version or vendor."""
    if datacenter.settings.allow_mismatched_dvs:
        return
    seen: set[tuple[str, str]] = set()
    for plug in plugs(datacenter, move):
        old, new = switch_of(datacenter, plug.before), switch_of(datacenter, plug.after)
        if not old or not new or (old.name, new.name) in seen:
            continue
        seen.add((old.name, new.name))
        if (old.version, old.vendor) == (new.version, new.vendor):
            continue
        path, edits = _align(old, new)
        yield Breach(
            path,
            f"{old.name} is version {old.version} of {old.vendor}, {new.name} version "
            f"{new.version} of {new.vendor}",
            None,
            edits,
            fault=plug.fault("CannotUseNetwork", reason="MismatchedDvsVersionOrVendor"),
        )


@move_rule(
    "net-vds-to-vss",
    title="A running VM stays on distributed switches once it is on one",
    short="stays distributed",
    why="What a distributed port knows of the guest has no place on a standard switch.",
    fix="Choose a distributed port group, or move the VM cold",
    source=f"{_BETWEEN}; the 8.0 edition no longer names it; the fault is an inference",
    # Not on the list of 8.0 any more.
    severity={Profile.VSPHERE_67: "error"},
    scope="network",
    fault="CannotUseNetwork",
    test_group="networkTests",
    era="6.0-7.x",
)
def vds_to_vss(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM would go from a distributed to a standard switch."""
    here = datacenter.hosts[move.source]
    for plug in plugs(datacenter, move) if moves_running(datacenter, move) else ():
        if not plug.before.distributed_switch or plug.after.distributed_switch:
            continue
        path = (*plug.path, "distributed_switch")
        edits: tuple[Edit, ...] = ()
        if vm_group(here, plug.after.label):
            edits = (set_to((*plug.path, "port_group"), plug.after.label), remove(path))
        yield Breach(
            path,
            f"{plug.nic.name} of {move.vm} would go from {plug.before} to {plug.after}, "
            "a standard port group",
            f"Choose a distributed port group, or put {plug.nic.name} on {plug.after} of "
            f"{here.name} first"
            if edits
            else None,
            edits,
            fault=plug.fault("CannotUseNetwork", reason="VMotionToUnsupportedNetworkType"),
        )


def _align(old: DistributedSwitch, new: DistributedSwitch) -> tuple[Path, tuple[Edit, ...]]:
    """Upgrade the older of two switches of one vendor, else let them differ."""
    if old.vendor != new.vendor:
        option = ("settings", "allow_mismatched_dvs")
        return option, (set_to(option, True),)
    older, newer = sorted((old, new), key=lambda switch: _numbers(switch.version))
    path = ("distributed_switches", older.name, "version")
    return path, (set_to(path, newer.version),)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


RULES = (dvs_membership, conflict_dvport, dvs_version_vendor, vds_to_vss)

_NIC1 = ("vms", "web01", "vnics", "nic 1")


def _switch(name: str, label: str, **facts: object) -> Edit:
    groups = {"members": ["esx01", "esx02"], "port_groups": {label: {"vlan": 20}}}
    return set_to(("distributed_switches", name), {**groups, **facts})


def _on(name: str, label: str) -> tuple[Edit, ...]:
    return (
        set_to((*_NIC1, "port_group"), label),
        set_to((*_NIC1, "distributed_switch"), name),
    )


_TO_DVS2 = {"networks": {"nic 1": {"port_group": "Web-2", "distributed_switch": "dvs-02"}}}
MISCONFIGURATIONS = (
    Misconfiguration(
        name="not-a-member",
        story="web01 is on the distributed switch dvs-01, to which nobody added esx02.",
        rule="net-dvs-membership",
        path=("distributed_switches", "dvs-01", "members"),
        edits=(_switch("dvs-01", "Web", members=["esx01"]), *_on("dvs-01", "Web")),
    ),
    Misconfiguration(
        name="not-a-member-disconnected",
        story="esx02 is no member of dvs-01, on which web01 has an unplugged adapter.",
        rule="net-dvs-membership",
        path=("distributed_switches", "dvs-01", "members"),
        edits=(
            _switch("dvs-01", "Web", members=["esx01"]),
            *_on("dvs-01", "Web"),
            set_to((*_NIC1, "connected"), False),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="conflict-port",
        story="Two adapters claimed one port of dvs-01; web01 got a temporary one.",
        rule="net-conflict-dvport",
        path=(*_NIC1, "conflict_port"),
        edits=(
            _switch("dvs-01", "Web"),
            *_on("dvs-01", "Web"),
            set_to((*_NIC1, "conflict_port"), True),
        ),
    ),
    Misconfiguration(
        name="switch-of-another-version",
        story="web01 shall go from dvs-01 to dvs-02, which was upgraded.",
        rule="net-dvs-version-vendor",
        path=("distributed_switches", "dvs-01", "version"),
        edits=(
            _switch("dvs-01", "Web", version="7.0.0"),
            _switch("dvs-02", "Web-2", version="8.0.0"),
            *_on("dvs-01", "Web"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        asks=_TO_DVS2,
    ),
    Misconfiguration(
        name="switch-of-another-vendor",
        story="web01 shall go from dvs-01 to dvs-02, which another vendor makes.",
        rule="net-dvs-version-vendor",
        path=("settings", "allow_mismatched_dvs"),
        edits=(
            _switch("dvs-01", "Web"),
            _switch("dvs-02", "Web-2", vendor="Cisco Systems, Inc."),
            *_on("dvs-01", "Web"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        asks=_TO_DVS2,
    ),
    Misconfiguration(
        name="back-to-a-standard-switch",
        story="web01 runs on dvs-01 and shall go to the standard port group Production.",
        rule="net-vds-to-vss",
        path=(*_NIC1, "distributed_switch"),
        edits=(_switch("dvs-01", "Web"), *_on("dvs-01", "Web")),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        asks={"networks": {"nic 1": {"port_group": "Production"}}},
    ),
)
