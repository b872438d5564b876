"""CPU for the migration itself, and a guest that writes faster than the link sends."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.capacity.room import reservation, unreserved
from vmlab.rules.capacity.traffic import TEN_GBIT, vmotion_nics
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, Fault, everywhere, move_rule, moves_running
from vmlab.units import BYTES_PER_KIB, mbit_s_to_bytes_per_s, mib_to_bytes

PRIORITIES = "vSphere 6.7 Virtual Machine Administration, p. 276"
SHARE = "the share of a core that a move reserves is recalled"
# Of one core: what a move asks for on a 1 GbE link, and on 10 GbE.
CORE_ON_GIGABIT, CORE_ON_TEN_GIGABIT = 0.3, 1.0

PAGE_BYTES = 4 * BYTES_PER_KIB
SWITCH_OVER_GOAL_S = 0.5
MIB_PER_S = 1024**2
# A guest that writes at half the link's pace lets every round be half the last one.
QUIET = 0.5


@move_rule(
    "cap-priority-high",
    title="At high priority both hosts can reserve CPU for the migration",
    short="high priority",
    why="A move of high priority is not started where its share of CPU cannot be promised.",
    fix="Use standard priority",
    source=f"{PRIORITIES}; {SHARE}",
    severity=everywhere("error"),
    scope="capacity",
    fault="InsufficientHostCpuCapacityFault",
    test_group="resourcePoolTests",
    recalled=True,
)
def priority_high(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The priority is high, and a host has too little CPU for the move."""
    if move.priority == "high":
        yield from _short_of_cpu(datacenter, move, "is not started at high priority")


@move_rule(
    "cap-priority-low",
    title="At standard priority the hosts have CPU to spare for the migration",
    short="standard priority",
    why="The move goes on with what is left: it takes longer, and in 4.x so does the pause.",
    fix="Use high priority",
    source=f"{PRIORITIES}; {SHARE}",
    severity=everywhere("advice"),
    scope="capacity",
    fault=None,
    test_group="resourcePoolTests",
    recalled=True,
)
def priority_low(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The priority is low, and a host has too little CPU for the move."""
    if move.priority == "low":
        yield from _short_of_cpu(datacenter, move, "takes longer")


@move_rule(
    "cap-precopy-convergence",
    title="The link sends memory faster than the guest writes it",
    short="convergence",
    why="Pre-copy repeats what was written meanwhile; it shrinks only while the link is faster. "
    "From 5.0 the guest is slowed down, 4.x may give up.",
    fix="Give VMotion more bandwidth, or the guest less to write",
    source="Broadcom 436882, on finding the stun time; what 4.x does is recalled",
    severity=everywhere("warning"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    recalled=True,
)
def precopy_convergence(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The guest dirties pages as fast as the slower uplink sends, and too many to send at once."""
    if not moves_running(datacenter, move):
        return
    rates = [
        _uplink_bytes_per_s(datacenter.hosts[name]) for name in (move.source, move.destination)
    ]
    if None in rates:
        return
    bandwidth = min(rate for rate in rates if rate is not None)
    vm = datacenter.vms[move.vm]
    writes = vm.activity.dirty_pages_per_s * PAGE_BYTES
    # However often a page is written, it is sent once: a small working set always fits.
    most = mib_to_bytes(min(vm.activity.working_set_mib, vm.memory_mib))
    if writes < bandwidth or most <= bandwidth * SWITCH_OVER_GOAL_S:
        return
    path = ("vms", move.vm, "activity", "dirty_pages_per_s")
    quiet = int(QUIET * bandwidth / PAGE_BYTES)
    yield Breach(
        path,
        f"{move.vm} writes {writes / MIB_PER_S:.1f} MiB/s, VMotion sends "
        f"{bandwidth / MIB_PER_S:.1f} MiB/s: pre-copy does not shrink",
        f"Quieten {move.vm} to {quiet} pages/s, or give VMotion more bandwidth",
        (set_to(path, quiet),),
    )


def _uplink_bytes_per_s(host: Host) -> float | None:
    nics = vmotion_nics(host)
    return mbit_s_to_bytes_per_s(nics[0].speed_mbit_s) if nics else None


def _share_mhz(host: Host) -> float:
    nics = vmotion_nics(host)
    fast = bool(nics) and nics[0].speed_mbit_s >= TEN_GBIT
    return host.cpu.mhz * (CORE_ON_TEN_GIGABIT if fast else CORE_ON_GIGABIT)


def _short_of_cpu(datacenter: Datacenter, move: Move, then: str) -> Iterator[Breach]:
    """Hosts whose reservations leave too little CPU for a move of a running VM."""
    if not moves_running(datacenter, move) or move.source == move.destination:
        return
    for name in (move.source, move.destination):
        # On the source the VM itself still holds what it has reserved.
        besides = "" if name == move.source else move.vm
        free, wanted = (
            unreserved(datacenter, name, "cpu", besides),
            _share_mhz(datacenter.hosts[name]),
        )
        if free >= wanted:
            continue
        path, edits = _lowered(datacenter, name, wanted - free)
        fields = {"host": name, "unreserved": int(max(free, 0)), "requested": int(wanted)}
        yield Breach(
            path,
            f"{name} has {max(free, 0):.12g} MHz unreserved, the migration wants "
            f"{wanted:.12g} MHz: it {then}",
            f"Lower CPU reservations on {name}"
            + (", or use standard priority" if move.priority == "high" else ""),
            edits,
            fault=Fault("InsufficientHostCpuCapacityFault", fields)
            if move.priority == "high"
            else None,
        )


def _lowered(datacenter: Datacenter, host: str, short: float) -> tuple[Path, tuple[Edit, ...]]:
    """Reservations of a host, the largest first, lowered until enough is free."""
    edits: list[Edit] = []
    on_host = [vm for vm in datacenter.vms.values() if vm.host == host and vm.power_state == "on"]
    for vm in sorted(on_host, key=lambda vm: -vm.cpu_reservation_mhz):
        if short > 0:
            less = min(short, vm.cpu_reservation_mhz)
            edits.append(set_to(reservation(vm.name, "cpu"), int(vm.cpu_reservation_mhz - less)))
            short -= less
    if short > 0 or not edits:
        return ("hosts", host, "cpu"), ()
    return edits[0].path, tuple(edits)


RULES = (priority_high, priority_low, precopy_convergence)

_DB01 = {"host": "esx02", "home": "san-01", "cpu_reservation_mhz": 23000}
MISCONFIGURATIONS = (
    Misconfiguration(
        name="no-cpu-for-high-priority",
        story="db01 has reserved nearly all of esx02, and web01 shall move at high priority.",
        rule="cap-priority-high",
        path=("vms", "db01", "cpu_reservation_mhz"),
        edits=(set_to(("vms", "db01"), _DB01),),
    ),
    Misconfiguration(
        name="little-cpu-at-low-priority",
        story="db01 has reserved nearly all of esx02, and web01 shall move at low priority.",
        rule="cap-priority-low",
        path=("vms", "db01", "cpu_reservation_mhz"),
        edits=(set_to(("vms", "db01"), _DB01),),
        asks={"priority": "low"},
    ),
    Misconfiguration(
        name="guest-faster-than-the-link",
        story="web01 loads a database, and writes 156 MiB/s into 1 GiB of memory.",
        rule="cap-precopy-convergence",
        path=("vms", "web01", "activity", "dirty_pages_per_s"),
        edits=(set_to(("vms", "web01", "activity", "dirty_pages_per_s"), 40000),),
        profile=Profile.VSPHERE_67,
    ),
)
