"""Slots of hosts and of the VMotion network: what is one too many waits."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.capacity.traffic import (
    TEN_GBIT,
    WAIT,
    Resource,
    by_kind,
    charged,
    queued,
    under_way,
    vmotion_nics,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, is_vmotion, move_rule, only_guide, since

LIMITS = "vSphere 6.5 and 6.7 documentation, limits on simultaneous migrations"
MANUAL_60 = "vSphere 6.0 vCenter Server and Host Management, pp. 122-127"
BLOG_70 = "VMware performance blog, 2021, on vCenter's limits for concurrent vMotion"

HOST_SLOTS, HOST_SLOTS_70 = 8, 16
HOST_COSTS: dict[Kind, int] = {"vmotion": 1, "storage": 4, "both": 4, "cold": 1, "suspended": 1}
# Only the 2 of vMotion is published; the others are derived by its ratio.
HOST_COSTS_70: dict[Kind, int] = {kind: 2 * cost for kind, cost in HOST_COSTS.items()}

SLOTS_40 = 2
RUNNING: dict[Kind, int] = {"vmotion": 1, "storage": 1, "both": 1}
OVER_NETWORK: dict[Kind, int] = {"vmotion": 1, "both": 1}
SLOTS_GIGABIT, SLOTS_TEN_GIGABIT = 4, 8


def _slots(speed_mbit_s: int) -> int:
    return SLOTS_TEN_GIGABIT if speed_mbit_s >= TEN_GBIT else SLOTS_GIGABIT


@move_rule(
    "cap-host-slots",
    title="Both hosts have a free slot for the move",
    short="host slots",
    why="vCenter limits what a host does at once; what is one too many waits, and does not fail.",
    fix=WAIT,
    source=f"{LIMITS}; {MANUAL_60}",
    severity={Profile.VSPHERE_55: "queue", Profile.VSPHERE_67: "queue"},
    scope="capacity",
    fault=None,
    test_group="runtime only",
    era="5.0–6.7",
)
def host_slots(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The costs of a host's moves add up to more than 8."""
    yield from queued(datacenter, move, hosts_of_5x(datacenter, move), "slots")


def hosts_of_5x(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The hosts that a move is charged to, by the costs of 5.0 to 6.7."""
    for name in charged(move):
        yield Resource(name, HOST_SLOTS, by_kind(HOST_COSTS, name))


@move_rule(
    "cap-host-slots-70",
    title="Both hosts have free slots for the move, by the costs of 7.0",
    short="host slots",
    why="From 7.0 a host has 16 slots and a vMotion costs 2: still 8 at once, but mixes differ.",
    fix=WAIT,
    source=f"{BLOG_70}; the costs of other moves are derived by the same ratio",
    severity=since(Profile.VSPHERE_80, "queue"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    tier="ext",
    era="≥7.0",
    recalled=True,
)
def host_slots_70(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The costs of a host's moves add up to more than 16."""
    yield from queued(datacenter, move, hosts_of_70(datacenter, move), "slots")


def hosts_of_70(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The same by the costs of 7.0."""
    for name in charged(move):
        yield Resource(name, HOST_SLOTS_70, by_kind(HOST_COSTS_70, name))


@move_rule(
    "cap-host-slots-4x",
    title="Neither host has all the moves that vSphere 4 allows",
    short="host slots",
    why="A host of 4.0 takes part in two moves at once, one of 4.1 in four or eight VMotions.",
    fix=WAIT,
    source="Denneman, 2010, on DRS 4.1 and concurrent vMotions; VCP4 study notes, objective 7.4; "
    "the 2 of 4.0 is recalled",
    severity=only_guide("queue"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    era="4.0 / 4.1",
    recalled=True,
)
def host_slots_4x(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A third move on a host of 4.0; on one of 4.1 a fifth VMotion, a ninth on 10 GbE."""
    yield from queued(datacenter, move, hosts_of_4x(datacenter, move), "slots")


def hosts_of_4x(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The same in vSphere 4: a host of 4.1 counts VMotions by the speed of its adapter."""
    for name in charged(move):
        host = datacenter.hosts[name]
        nics = vmotion_nics(host)
        if host.release < (4, 1, 0):
            yield Resource(name, SLOTS_40, by_kind(RUNNING, name))
        elif nics:
            yield Resource(name, _slots(nics[0].speed_mbit_s), by_kind(OVER_NETWORK, name))


@move_rule(
    "cap-nic-slots",
    title="The vMotion network has a slot for one more vMotion",
    short="network slots",
    why="Each session needs 250 Mb/s: four fill a Gigabit link, so the fifth one waits.",
    fix="Wait, or use a faster link",
    source=f"{LIMITS}; {BLOG_70}",
    severity=since(Profile.VSPHERE_55, "queue"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    era="≥4.1",
)
def nic_slots(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """More than 4 vMotions on a host's 1 GbE adapter, or than 8 on 10 GbE and faster."""
    if is_vmotion(move):
        yield from queued(datacenter, move, networks(datacenter, move), "vMotions on the network")


def networks(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The vMotion adapters of both hosts, together by host."""
    for name in charged(move):
        nics = vmotion_nics(datacenter.hosts[name])
        if nics:
            slots = sum(_slots(nic.speed_mbit_s) for nic in nics)
            yield Resource(name, slots, by_kind(OVER_NETWORK, name))


RULES = (host_slots, host_slots_70, host_slots_4x, nic_slots)

_MOVES = ("moves",)
_GIGABIT = tuple(
    set_to(("hosts", host, "physical_nics", nic, "speed_mbit_s"), 1000)
    for host in ("esx01", "esx02")
    for nic in ("vmnic0", "vmnic1")
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="two-storage-vmotions-first",
        story="Two Storage vMotions run on esx01, and hold all of its slots.",
        rule="cap-host-slots",
        path=_MOVES,
        edits=under_way(2, "esx01", "esx01", kind="storage"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="nine-vmotions-at-once",
        story="Eight vMotions run from esx01 to esx02 over 10 GbE; web01 is the ninth.",
        rule="cap-host-slots",
        path=_MOVES,
        edits=under_way(8, "esx01", "esx02"),
        also=(("cap-nic-slots", _MOVES),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="storage-vmotions-of-vsphere-8",
        story="Two Storage vMotions run on esx01, each at the cost that 7.0 gave them.",
        rule="cap-host-slots-70",
        path=_MOVES,
        edits=under_way(2, "esx01", "esx01", kind="storage"),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="third-move-of-4-0",
        story="Two VMs move from esx01 to esx02 already; a host of 4.0 takes part in two moves.",
        rule="cap-host-slots-4x",
        path=_MOVES,
        edits=under_way(2, "esx01", "esx02"),
    ),
    Misconfiguration(
        name="ten-moves-on-one-gigabit",
        story="Ten VMs were sent off at once over 1 GbE: four run, the rest look as if they hung.",
        rule="cap-nic-slots",
        path=_MOVES,
        edits=(*under_way(4, "esx01", "esx02"), *_GIGABIT),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
)
