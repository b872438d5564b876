"""What the destination's port group does with an adapter: policies, duties, reservations."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.plugs import Plug, group_of, plugs, switch_of
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, moves_running, since

_POLICIES = ("promiscuous", "mac_changes", "forged_transmits", "offload")
_NEW_FAULT = (5, 5, 0)


@move_rule(
    "net-security-policy",
    title="Port groups of one name have the same policies",
    short="same policies",
    why="A guest that sniffs, or changes its MAC address, falls silent where that is rejected.",
    fix="Make the policies equal",
    source=f"{API}.MismatchedNetworkPolicies; {API}.CannotUseNetwork",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="network",
    fault="MismatchedNetworkPolicies",
    test_group="networkTests",
)
def security_policy(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Promiscuous mode, MAC changes, forged transmits or offload differ."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    seen: set[str] = set()
    # Connected adapters come first: the first of a label decides how severe it is.
    for plug in plugs(datacenter, move):
        group, target = group_of(here, plug.before), group_of(there, plug.after)
        if not group or not target or group.name != target.name or group.name in seen:
            continue
        seen.add(group.name)
        policies = [
            (name, getattr(group.security, name), getattr(target.security, name))
            for name in _POLICIES
        ]
        differing = [entry for entry in policies if entry[1] != entry[2]]
        if not differing:
            continue
        path: Path = ("hosts", there.name, "port_groups", target.name, "security")
        words = ", ".join(
            f"{name.replace('_', ' ')} {_word(name, this)} on {here.name} and "
            f"{_word(name, that)} on {there.name}"
            for name, this, that in differing
        )
        yield Breach(
            path,
            f"“{group.name}” has {words}",
            f"Set the policies of “{group.name}” on {there.name} as on {here.name}",
            tuple(set_to((*path, name), this) for name, this, _ in differing),
            not plug.nic.connected,
            Fault("MismatchedNetworkPolicies", plug.device)
            if there.release < _NEW_FAULT
            else plug.fault("CannotUseNetwork", reason="MismatchedNetworkPolicies"),
        )


@move_rule(
    "net-reservation",
    title="The destination network honours the adapter's reservation",
    short="bandwidth reserved",
    why="What is reserved is guaranteed: a network that cannot do so refuses the adapter.",
    fix="Clear the reservation, or choose another network",
    source=f"{API}.CannotUseNetwork; {API}.InsufficientNetworkResourcePoolCapacity",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="network",
    fault="CannotUseNetwork",
    test_group="networkTests",
    tier="ext",
    era="API 5.5+",
)
def reservation(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An adapter reserves bandwidth that the destination network does not have to give."""
    used: dict[str, float] = {}
    for plug in plugs(datacenter, move):
        wanted = plug.nic.reservation_mbit_s
        place = _target(datacenter, move, plug)
        if wanted == 0 or place is None:
            continue
        path, reservable = place[0], place[1]
        key = "/".join(path)
        left = None if reservable is None else reservable - used.get(key, 0)
        if left is not None and left >= wanted:
            used[key] = used.get(key, 0) + wanted
            continue
        here = (*plug.path, "reservation_mbit_s")
        yield Breach(
            here,
            f"{plug.nic.name} of {move.vm} reserves {wanted:g} Mb/s, {plug.after} "
            + ("knows no reservations" if left is None else f"has {left:g} left"),
            f"Clear the reservation of {plug.nic.name}",
            (set_to(here, 0),),
            fault=plug.fault("CannotUseNetwork", reason="NetworkReservationNotSupported")
            if left is None
            else Fault("InsufficientNetworkResourcePoolCapacity", _capacity(plug, left)),
        )


@move_rule(
    "net-under-maintenance",
    title="The destination network is not under maintenance",
    short="network in service",
    why="A network under maintenance takes no new adapters.",
    fix="Wait, or choose another network",
    source=f"{API}.CannotUseNetwork",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="network",
    fault="CannotUseNetwork",
    test_group="networkTests",
    tier="ext",
    era="API 6.x+",
)
def under_maintenance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination's port group or distributed switch is under maintenance."""
    seen: set[Path] = set()
    for plug in plugs(datacenter, move):
        place = _target(datacenter, move, plug)
        if place is None or not place[2] or place[0] in seen:
            continue
        seen.add(place[0])
        path = (*place[0], "under_maintenance")
        yield Breach(
            path,
            f"{plug.after} is under maintenance",
            f"Wait for the end of the maintenance of {plug.after}",
            (set_to(path, False),),
            fault=plug.fault("CannotUseNetwork", reason="NetworkUnderMaintenance"),
        )


@move_rule(
    "net-notify-switches",
    title="The destination port group notifies the switches",
    short="notify switches",
    why="Without the RARP after the move, frames go to the old port until the guest speaks.",
    fix="Turn notify-switches on",
    source="Geek University, vMotion requirements; "
    "kirands-vmwarevirtualization, Moving VM across hosts using vMotion, 2017",
    severity=everywhere("warning"),
    scope="network",
    fault=None,
    test_group="networkTests",
)
def notify_switches(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM moves to a port group that does not notify the physical switches."""
    there = datacenter.hosts[move.destination]
    seen: set[str] = set()
    for plug in plugs(datacenter, move) if moves_running(datacenter, move) else ():
        group = group_of(there, plug.after)
        if group is None or group.notify_switches or group.name in seen:
            continue
        seen.add(group.name)
        path = ("hosts", there.name, "port_groups", group.name, "notify_switches")
        yield Breach(
            path,
            f"“{group.name}” on {there.name} does not notify the switches after a move",
            f"Turn notify-switches of “{group.name}” on {there.name} on",
            (set_to(path, True),),
        )


def _word(policy: str, value: bool) -> str:
    if policy == "offload":
        return "used" if value else "unused"
    return "accepted" if value else "rejected"


def _target(
    datacenter: Datacenter, move: Move, plug: Plug
) -> tuple[Path, float | None, bool] | None:
    """Where a plug's next network stands, what it may reserve, whether it is maintained."""
    switch = switch_of(datacenter, plug.after)
    if switch:
        path: Path = ("distributed_switches", switch.name)
        return path, switch.reservable_mbit_s, switch.under_maintenance
    group = group_of(datacenter.hosts[move.destination], plug.after)
    if group is None:
        return None
    path = ("hosts", move.destination, "port_groups", group.name)
    return path, group.reservable_mbit_s, group.under_maintenance


def _capacity(plug: Plug, left: float) -> dict[str, str | int | list[str]]:
    """The fields of a network pool that is too small; the switch's where it is distributed."""
    return {
        "dvsName": plug.after.distributed_switch or "",
        "available": floor(left),
        "requested": ceil(plug.nic.reservation_mbit_s),
        "device": [plug.nic.name],
    }


RULES = (security_policy, reservation, under_maintenance, notify_switches)

_PRODUCTION = ("hosts", "esx02", "port_groups", "Production")
_NIC1 = ("vms", "web01", "vnics", "nic 1")
_DVS = ("distributed_switches", "dvs-01")
_MEMBERS = {"members": ["esx01", "esx02"], "port_groups": {"Web": {"vlan": 20}}}


def _distributed(**facts: object) -> tuple[Edit, ...]:
    return (
        set_to(_DVS, {**_MEMBERS, **facts}),
        set_to((*_NIC1, "port_group"), "Web"),
        set_to((*_NIC1, "distributed_switch"), "dvs-01"),
    )


MISCONFIGURATIONS = (
    Misconfiguration(
        name="policy-on-one-host-only",
        story="Promiscuous mode was accepted on Production of esx01, for a sniffer; esx02 is as "
        "it was.",
        rule="net-security-policy",
        path=(*_PRODUCTION, "security"),
        edits=(
            set_to(("hosts", "esx01", "port_groups", "Production", "security"), {}),
            set_to(
                ("hosts", "esx01", "port_groups", "Production", "security", "promiscuous"), True
            ),
        ),
    ),
    Misconfiguration(
        name="policy-disconnected",
        story="esx02 rejects forged transmits on Production; the adapter of web01 is unplugged.",
        rule="net-security-policy",
        path=(*_PRODUCTION, "security"),
        edits=(
            set_to((*_PRODUCTION, "security"), {"forged_transmits": False}),
            set_to((*_NIC1, "connected"), False),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="reservation-on-a-standard-switch",
        story="web01 reserves 100 Mb/s, which a standard port group cannot give.",
        rule="net-reservation",
        path=(*_NIC1, "reservation_mbit_s"),
        edits=(set_to((*_NIC1, "reservation_mbit_s"), 100),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="reservation-too-large",
        story="web01 reserves 100 Mb/s; the distributed switch has 50 left.",
        rule="net-reservation",
        path=(*_NIC1, "reservation_mbit_s"),
        edits=(*_distributed(reservable_mbit_s=50), set_to((*_NIC1, "reservation_mbit_s"), 100)),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="network-under-maintenance",
        story="The distributed switch of web01 is under maintenance.",
        rule="net-under-maintenance",
        path=(*_DVS, "under_maintenance"),
        edits=_distributed(under_maintenance=True),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="silent-port-group",
        story="Somebody turned notify-switches off on Production of esx02.",
        rule="net-notify-switches",
        path=(*_PRODUCTION, "notify_switches"),
        edits=(set_to((*_PRODUCTION, "notify_switches"), False),),
    ),
)
