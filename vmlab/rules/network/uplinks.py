"""Switches that lead nowhere, and switches that are full."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.plugs import (
    Plug,
    group_of,
    is_uplinked,
    plugs,
    switch_of,
    uplinked_switch,
    vm_group,
)
from vmlab.rules.rule import API, Breach, everywhere, move_rule, since

_OPTION = "config.migrate.test.CompatibleNetworks.VMOnVirtualIntranet"


@move_rule(
    "net-virtual-intranet",
    title="No adapter of the VM is on a switch without uplink",
    short="no virtual intranet",
    why="A switch without uplink ends in its host, whatever a switch elsewhere is called.",
    fix="Connect an uplink, move the adapter, or turn vCenter's test off",
    source=f"{API}.VMOnVirtualIntranet; "
    "vSphere 6.5.1 vCenter Server and Host Management, pp. 115-126",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="network",
    fault="VMOnVirtualIntranet",
    test_group="networkTests",
)
def virtual_intranet(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is attached to a switch with no physical uplink."""
    if not datacenter.settings.test_virtual_intranet:
        return
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    for plug in plugs(datacenter, move):
        if is_uplinked(datacenter, here, plug.before) is not False:
            continue
        message = f"{plug.nic.name} of {move.vm} is on {plug.before}, which has no uplink"
        fault, milder = plug.fault("VMOnVirtualIntranet"), not plug.nic.connected
        if plug.before.distributed_switch:
            path: Path = ("distributed_switches", plug.before.distributed_switch, "uplinked")
            yield Breach(path, message, None, (set_to(path, True),), milder, fault)
            continue
        path = (*plug.path, "port_group")
        label = _way_out(here, there)
        edits = (set_to(path, label),) if label else ()
        fix = f"Move {plug.nic.name} to “{label}”, or set {_OPTION} to false" if label else None
        yield Breach(path, message, fix, edits, milder, fault)


@move_rule(
    "net-external-to-internal",
    title="No adapter goes from an uplinked network to an internal one",
    short="stays external",
    why="Behind a switch without physical adapter the guest is cut off from the world.",
    fix="Choose a destination network with an uplink",
    source="vSphere 6.0 vCenter Server and Host Management, network compatibility between "
    "vCenter Server instances; vSphere 6.7 edition of the same; the fault is an inference",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="network",
    fault="CannotUseNetwork",
    test_group="networkTests",
    tier="ext",
    era="≥6.0",
)
def external_to_internal(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The network on the source has a physical adapter, that on the destination has none."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    for plug in plugs(datacenter, move):
        if not is_uplinked(datacenter, here, plug.before):
            continue
        if is_uplinked(datacenter, there, plug.after) is not False:
            continue
        group = group_of(there, plug.after)
        if group is None:
            path: Path = ("distributed_switches", str(plug.after.distributed_switch), "uplinked")
            edits: tuple[Edit, ...] = (set_to(path, True),)
            fix = f"Give {plug.after.distributed_switch} an uplink"
        else:
            path = ("hosts", there.name, "port_groups", group.name, "virtual_switch")
            switch = uplinked_switch(there, group.vlan)
            edits = (set_to(path, switch),) if switch else ()
            fix = f"Put {plug.after} of {there.name} on {switch or 'a switch with an uplink'}"
        yield Breach(
            path,
            f"{plug.nic.name} of {move.vm} would go to {plug.after} on {there.name}, "
            "which has no uplink",
            fix,
            edits,
            fault=plug.fault("CannotUseNetwork", reason="VMotionToUnsupportedNetworkType"),
        )


@move_rule(
    "net-switch-ports-full",
    title="The destination switch has a free port for each adapter",
    short="free ports",
    why="An adapter needs a port; on a switch that has none left it would be unplugged.",
    fix="Free ports, or add some",
    source=f"{API}.DestinationSwitchFull",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="network",
    fault="DestinationSwitchFull",
    test_group="networkTests",
)
def switch_ports_full(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination switch has fewer free ports than the VM has adapters for it."""
    there = datacenter.hosts[move.destination]
    wanted: dict[Path, list[Plug]] = {}
    for plug in plugs(datacenter, move):
        path = _switch(datacenter, there, plug)
        if path:
            wanted.setdefault(path, []).append(plug)
    for path, coming in wanted.items():
        *_, name = path
        distributed = path[0] == "distributed_switches"
        switch = (datacenter.distributed_switches if distributed else there.virtual_switches)[name]
        # Connected adapters come first and take what is free.
        if switch.free_ports is None or switch.free_ports >= len(coming):
            continue
        left = coming[switch.free_ports :]
        milder = not distributed and not any(plug.nic.connected for plug in left)
        where = name if distributed else f"{name} of {there.name}"
        yield Breach(
            (*path, "free_ports"),
            f"{move.vm} needs {len(coming)} on {where}, free are {switch.free_ports}",
            f"Add {len(coming) - switch.free_ports} to {where}",
            (set_to((*path, "free_ports"), len(coming)),),
            milder,
            left[0].fault("DestinationSwitchFull"),
        )


def _switch(datacenter: Datacenter, there: Host, plug: Plug) -> Path | None:
    """Where the switch stands that a plug goes to, None where it cannot go there."""
    if plug.after.distributed_switch:
        switch = switch_of(datacenter, plug.after)
        joined = switch is not None and there.name in switch.members
        return ("distributed_switches", plug.after.distributed_switch) if joined else None
    group = group_of(there, plug.after)
    return ("hosts", there.name, "virtual_switches", group.virtual_switch) if group else None


def _way_out(here: Host, there: Host) -> str | None:
    """A label for virtual machines that has an uplink on both hosts."""
    for label in here.port_groups:
        groups = (vm_group(here, label), vm_group(there, label))
        if all(groups) and here.path_of_frames(label) and there.path_of_frames(label):
            return label
    return None


RULES = (virtual_intranet, external_to_internal, switch_ports_full)

_NIC1 = ("vms", "web01", "vnics", "nic 1")
_INTERNAL = tuple(
    edit
    for host in ("esx01", "esx02")
    for edit in (
        set_to(("hosts", host, "virtual_switches", "vSwitch9"), {}),
        set_to(("hosts", host, "port_groups", "Internal"), {"virtual_switch": "vSwitch9"}),
    )
)
_ESX02 = ("hosts", "esx02")
_PORTS = (*_ESX02, "virtual_switches", "vSwitch0", "free_ports")
_DISCONNECTED = set_to((*_NIC1, "connected"), False)
_DVS = ("distributed_switches", "dvs-01")
_DISTRIBUTED = (
    set_to(
        _DVS, {"members": ["esx01", "esx02"], "port_groups": {"Web": {"vlan": 20}}, "free_ports": 0}
    ),
    set_to((*_NIC1, "distributed_switch"), "dvs-01"),
    set_to((*_NIC1, "port_group"), "Web"),
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="internal-switch-for-the-lab",
        story="web01 was put on a switch without uplink, just for the lab; both hosts have one.",
        rule="net-virtual-intranet",
        path=(*_NIC1, "port_group"),
        edits=(*_INTERNAL, set_to((*_NIC1, "port_group"), "Internal")),
    ),
    Misconfiguration(
        name="internal-switch-disconnected",
        story="web01 has an adapter on an internal switch; it is disconnected.",
        rule="net-virtual-intranet",
        path=(*_NIC1, "port_group"),
        edits=(*_INTERNAL, set_to((*_NIC1, "port_group"), "Internal"), _DISCONNECTED),
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="production-turned-inward",
        story="On esx02 Production was put on a switch that has no adapter.",
        rule="net-external-to-internal",
        path=(*_ESX02, "port_groups", "Production", "virtual_switch"),
        edits=(
            set_to((*_ESX02, "virtual_switches", "vSwitch9"), {}),
            set_to((*_ESX02, "port_groups", "Production", "virtual_switch"), "vSwitch9"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="no-free-port",
        story="All ports of vSwitch0 on esx02 are taken.",
        rule="net-switch-ports-full",
        path=_PORTS,
        edits=(set_to(_PORTS, 0),),
    ),
    Misconfiguration(
        name="no-free-port-disconnected",
        story="All ports of vSwitch0 on esx02 are taken, and web01 is unplugged.",
        rule="net-switch-ports-full",
        path=_PORTS,
        edits=(set_to(_PORTS, 0), _DISCONNECTED),
    ),
    Misconfiguration(
        name="no-free-port-distributed",
        story="The distributed switch has no port left, and web01 is unplugged.",
        rule="net-switch-ports-full",
        path=(*_DVS, "free_ports"),
        edits=(*_DISTRIBUTED, _DISCONNECTED),
        profile=Profile.VSPHERE_55,
    ),
)
