"""The networks of a virtual machine: labels, and what is behind them."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import PortGroup
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.revise import rename
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.plugs import Plug, group_of, plugs, uplinked_switch, vm_group
from vmlab.rules.rule import API, GUIDE_PAGE, Breach, everywhere, move_rule, only_guide
from vmlab.rules.segment import segments


@move_rule(
    "net-pg-label",
    title="VM port groups have the same label on both hosts",
    short="matching labels",
    why="vCenter Server finds a VM's network on the target by its label, letter by letter.",
    fix="Create the same label on the target",
    source=f"{GUIDE_PAGE}; {API}.CannotAccessNetwork",
    severity=everywhere("error"),
    # The API only warns of a disconnected adapter; the guide makes no difference.
    milder={**everywhere("warning"), Profile.GUIDE_40: "error"},
    scope="network",
    fault="CannotAccessNetwork",
    test_group="networkTests",
    era="standard switch",
)
def pg_label(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The target has no port group whose label equals that of a vNIC."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    seen: set[str] = set()
    # Connected adapters come first: the first of a label decides how severe it is.
    for plug in plugs(datacenter, move):
        label = plug.after.label
        if plug.after.distributed_switch or vm_group(there, label) or label in seen:
            continue
        seen.add(label)
        yield _missing_label(datacenter, here, there, plug)


@move_rule(
    "net-vlan-behind-label",
    title="The same label leads to the same VLAN",
    short="VLAN behind label",
    why="Only labels are compared: the move succeeds, and the guest wakes up in another network.",
    fix="Align the VLANs, and check the guest after the move",
    source=f"{GUIDE_PAGE}; Replicate Technologies forum, thread on layer-2 mismatch",
    severity=everywhere("warning"),
    scope="network",
    fault=None,
    test_group="networkTests",
)
def vlan_behind_label(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Labels match, but VLAN IDs or the uplinks' trunks differ."""
    for here, group, there, target in _matching(datacenter, move):
        if group.name != target.name:
            continue
        same_vlan = group.vlan == target.vlan
        used = segments(here, group.name)
        if not there.uplinks(target.name):
            continue  # net-virtual-intranet and net-external-to-internal speak of it
        if same_vlan and (not used or used & segments(there, target.name)):
            continue
        path, edits = _way_to(here, group, there, target)
        if same_vlan:
            message = (
                f"VLAN {group.vlan} of {here.name} does not reach “{target.name}” on {there.name}"
            )
        else:
            message = (
                f"“{group.name}” is VLAN {group.vlan} on {here.name}, "
                f"VLAN {target.vlan} on {there.name}"
            )
        fix = f"Bring VLAN {group.vlan} to “{target.name}” on {there.name}"
        yield Breach(path, message, fix, edits)


@move_rule(
    "net-vm-subnet-reach",
    title="The VM's subnets are reachable from both hosts",
    short="subnet reachable",
    why="Clients keep talking to the same address; it must be in a subnet the target reaches.",
    fix="Trunk the subnet's VLAN to the target",
    source=GUIDE_PAGE,
    severity=only_guide("error"),
    scope="network",
    fault=None,
    test_group="networkTests",
    era="4.0 guide",
)
def vm_subnet_reach(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A subnet that the VM uses on the source cannot be reached from the target's port group."""
    for here, group, there, target in _matching(datacenter, move):
        used = segments(here, group.name)
        for subnet in datacenter.subnets.values():
            if subnet.vlan != group.vlan or not used or used & segments(there, target.name):
                continue
            path, edits = _way_to(here, group, there, target)
            yield Breach(
                path,
                f"{subnet.name} ({subnet.cidr}) is not reachable from “{target.name}” on "
                f"{there.name}",
                f"Bring VLAN {subnet.vlan} to “{target.name}” on {there.name}",
                edits,
            )


def _matching(
    datacenter: Datacenter, move: Move
) -> Iterator[tuple[Host, PortGroup, Host, PortGroup]]:
    """The port groups of standard switches in which a vNIC is now, and will be."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    sockets = ((plug.before, plug.after) for plug in plugs(datacenter, move))
    for before, after in dict.fromkeys(sockets):
        group, target = group_of(here, before), group_of(there, after)
        if group and target:
            yield here, group, there, target


def _missing_label(datacenter: Datacenter, here: Host, there: Host, plug: Plug) -> Breach:
    label, vm = plug.after.label, plug.vm
    source = here.port_groups.get(label)
    near = _near_miss(here, there, label)
    parent = ("hosts", there.name, "port_groups")
    fault, milder = plug.fault("CannotAccessNetwork"), not plug.nic.connected
    if near:
        edits = () if label in there.port_groups else rename(datacenter, (*parent, near), label)
        return Breach(
            (*parent, near),
            f"{vm} uses “{label}”; {there.name} has “{near}”",
            f"Rename “{near}” to “{label}”",
            edits,
            milder,
            fault,
        )
    switch = uplinked_switch(there, source.vlan) if source else None
    path = (*parent, label)
    create: tuple[Edit, ...] = ()
    if switch and source and label not in there.port_groups:
        create = (set_to(path, {"virtual_switch": switch, "vlan": source.vlan}),)
    return Breach(
        parent,
        f"{vm} uses “{label}”; {there.name} has no such label",
        f"Create “{label}” on {switch or 'a virtual switch'} of {there.name}",
        create,
        milder,
        fault,
    )


def _near_miss(here: Host, there: Host, label: str) -> str | None:
    """A label that was surely meant: alike but for case and spaces, or for the same VLAN.

    A label that both hosts have is meant as it is.
    """
    groups = [
        group
        for group in there.port_groups.values()
        if group.kind == "vm" and not vm_group(here, group.name)
    ]
    for group in groups:
        if "".join(group.name.split()).lower() == "".join(label.split()).lower():
            return group.name
    source = here.port_groups.get(label)
    same_vlan = [group.name for group in groups if source and group.vlan == source.vlan]
    return same_vlan[0] if len(same_vlan) == 1 else None


def _way_to(
    here: Host, group: PortGroup, there: Host, target: PortGroup
) -> tuple[Path, tuple[Edit, ...]]:
    """What stands between a port group and a VLAN: its tag, a trunk, a cable, a link."""
    group_path = ("hosts", there.name, "port_groups", target.name)
    if target.vlan != group.vlan:
        return (*group_path, "vlan"), (set_to((*group_path, "vlan"), group.vlan),)
    nic = next((nic for nic in there.uplinks(target.name) if nic.is_up), None)
    if nic is None:
        return group_path, ()
    nic_path = ("hosts", there.name, "physical_nics", nic.name)
    if not nic.carries(target.vlan):
        vlans = [*nic.vlans, target.vlan]
        return (*nic_path, "vlans"), (set_to((*nic_path, "vlans"), vlans),)
    switch = min(segments(here, group.name))[0]
    return (*nic_path, "cable"), (set_to((*nic_path, "cable"), switch),)


RULES = (pg_label, vlan_behind_label, vm_subnet_reach)

_ESX02 = ("hosts", "esx02")
_PRODUCTION = (*_ESX02, "port_groups", "Production")
_VMNIC0 = (*_ESX02, "physical_nics", "vmnic0")


def _labelled(name: str) -> tuple[Edit, ...]:
    group = {"virtual_switch": "vSwitch0", "vlan": 20}
    return remove(_PRODUCTION), set_to((*_ESX02, "port_groups", name), group)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="abbreviated-label",
        story="Somebody called the network Prod on esx02.",
        rule="net-pg-label",
        path=(*_ESX02, "port_groups", "Prod"),
        edits=_labelled("Prod"),
    ),
    Misconfiguration(
        name="label-differs-by-case",
        story="The label on esx02 is production, with a small p.",
        rule="net-pg-label",
        path=(*_ESX02, "port_groups", "production"),
        edits=_labelled("production"),
    ),
    Misconfiguration(
        name="label-missing",
        story="esx02 has no port group for virtual machines.",
        rule="net-pg-label",
        path=(*_ESX02, "port_groups"),
        edits=(remove(_PRODUCTION),),
    ),
    Misconfiguration(
        name="label-missing-disconnected",
        story="The label is missing on esx02, and the adapter of web01 is disconnected.",
        rule="net-pg-label",
        path=(*_ESX02, "port_groups", "Prod"),
        edits=(
            *_labelled("Prod"),
            set_to(("vms", "web01", "vnics", "nic 1", "connected"), False),
        ),
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="right-label-wrong-vlan",
        story="Production on esx02 was tagged with VLAN 10.",
        rule="net-vlan-behind-label",
        path=(*_PRODUCTION, "vlan"),
        edits=(set_to((*_PRODUCTION, "vlan"), 10),),
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="unreachable-subnet",
        story="Production on esx02 was tagged with VLAN 30, which nothing routes.",
        rule="net-vm-subnet-reach",
        path=(*_PRODUCTION, "vlan"),
        edits=(
            set_to((*_PRODUCTION, "vlan"), 30),
            set_to((*_VMNIC0, "vlans"), [10, 20, 30]),
        ),
        also=(("net-vlan-behind-label", (*_PRODUCTION, "vlan")),),
    ),
    Misconfiguration(
        name="trunk-drops-production",
        story="The switch port of vmnic0 on esx02 does not carry VLAN 20.",
        rule="net-vlan-behind-label",
        path=(*_VMNIC0, "vlans"),
        edits=(set_to((*_VMNIC0, "vlans"), [10]),),
        also=(("net-vm-subnet-reach", (*_VMNIC0, "vlans")),),
    ),
)
