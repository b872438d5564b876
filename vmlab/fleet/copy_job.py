"""One move of a fleet as bare numbers: its bytes, its own rates, the links that it goes over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from vmlab import units
from vmlab.documents import InputError, Problem
from vmlab.fleet.fleet_run import FleetMove
from vmlab.inventory.datacenter import Datacenter
from vmlab.models.case import Case
from vmlab.models.dirtying import Dirtying, dirtying
from vmlab.models.precopy import longest_stop_s
from vmlab.models.relocation import relocate
from vmlab.models.wire import handshake_s, rates

#: A rate that is as high as a link's, but for rounding, is the link's.
SAME_RATE = 1e-9


@dataclass(frozen=True)
class Way:
    """Links, by name, with what each carries at most, bytes/s; and the copy's own rate."""

    links: tuple[tuple[str, float], ...] = ()
    own_bytes_per_s: float = math.inf


@dataclass(frozen=True)
class CopyJob:
    """What a move copies.

    Parameters
    ----------
    setup_s, resume_s : float
        Before the first byte and after the last.
    disk_bytes, memory_bytes : float
        Disks first, in one go, then memory in rounds.
    disk_way, memory_way : Way
        Over what, and how fast by itself.
    work : Dirtying
        What the guest writes.
    page_bytes, limit_s, longest_stop_s : float
        As in the case.
    max_rounds : int
        0 is none.
    disk_pause_s : float or None
        How long the guest stands still at the end of its disks; None where it
        does not run, or memory follows.
    clean_up_s : float
        What of the end is after the guest's resumption.
    endless : bool
        Whether the disks would never get there.
    """

    setup_s: float = 0.0
    resume_s: float = 0.0
    disk_bytes: float = 0.0
    memory_bytes: float = 0.0
    disk_way: Way = Way()
    memory_way: Way = Way()
    work: Dirtying = field(default_factory=Dirtying)
    page_bytes: float = 4096.0
    limit_s: float = 0.0
    longest_stop_s: float = math.inf
    max_rounds: int = 0
    disk_pause_s: float | None = None
    clean_up_s: float = 0.0
    endless: bool = False


def copy_job(datacenter: Datacenter, queued: FleetMove) -> CopyJob:
    """What a move copies, and over what.

    Parameters
    ----------
    datacenter : Datacenter
        With its hosts and datastores.
    queued : FleetMove
        With the case of its copy.

    Returns
    -------
    CopyJob
        Disks take as long, alone, as `vmlab.models.storage` says of them.

    Raises
    ------
    InputError
        The case has what a fleet's copies do not: a link that changes, phases
        of writing, or an algorithm other than pre-copy.
    """
    case = queued.case
    if case is None:
        return CopyJob(
            setup_s=queued.setup_s, resume_s=queued.clean_up_s, clean_up_s=queued.clean_up_s
        )
    _refuse(case)
    moved = relocate(case)
    memory = moved.memory if case.storage else case if case.memory_moves else None
    disk_bytes, disk_way, pause_s = 0.0, Way(), None
    if moved.disks is not None:
        alone_s = moved.disks.total_s or 0.0
        disk_bytes = float(moved.disks.written_bytes) if alone_s > 0.0 else 0.0
        own = disk_bytes / alone_s if disk_bytes else math.inf
        disk_way = _way(_disk_links(datacenter, queued, case), own)
        if case.guest == "running" and memory is None:
            pause_s = moved.disks.downtime_s
    common = CopyJob(
        setup_s=queued.setup_s + case.policy.setup_s,
        resume_s=queued.clean_up_s + (handshake_s(case) if case.guest == "running" else 0.0),
        disk_bytes=disk_bytes,
        disk_way=disk_way,
        disk_pause_s=pause_s,
        clean_up_s=queued.clean_up_s,
        endless=moved.disks is not None and moved.disks.total_s is None,
    )
    if memory is None:
        return common
    return replace(
        common,
        memory_bytes=float(memory.nonzero_pages * memory.page_bytes),
        memory_way=_way(_vmotion_links(datacenter, queued), rates(memory).bytes_per_s[0]),
        work=dirtying(memory.workload, memory.page_bytes),
        page_bytes=float(memory.page_bytes),
        limit_s=memory.policy.downtime_limit_s,
        longest_stop_s=longest_stop_s(memory),
        max_rounds=memory.policy.max_rounds or 0,
    )


def _refuse(case: Case) -> None:
    problems = []
    if case.link is not None and case.link.profile is not None:
        remedy = "Write mbit_s: links change by what is moved over them"
        problems.append(Problem("a fleet's link has one rate", remedy, ("link", "profile")))
    if case.workload.phases is not None:
        remedy = "Write one of the other workloads"
        problems.append(Problem("a fleet's guests have no phases", remedy, ("workload", "phases")))
    if case.algorithm != "pre-copy":
        remedy = "Write pre-copy"
        problems.append(Problem(f"a fleet knows no {case.algorithm}", remedy, ("algorithm",)))
    if problems:
        raise InputError("case", problems)


def _way(links: tuple[tuple[str, float], ...], own_bytes_per_s: float) -> Way:
    """A rate that is the narrowest link's own is not the copy's."""
    narrowest = min((rate for _, rate in links), default=math.inf)
    if links and own_bytes_per_s >= narrowest * (1.0 - SAME_RATE):
        return Way(links)
    return Way(links, own_bytes_per_s)


def _vmotion_links(datacenter: Datacenter, queued: FleetMove) -> tuple[tuple[str, float], ...]:
    """Out of one host, into the other: full duplex."""
    ends = ((queued.move.source, "sends"), (queued.move.destination, "receives"))
    found = []
    for name, does in ends:
        nic = datacenter.hosts[name].vmotion_uplink
        if nic is not None:
            found.append((f"{name} {does}", units.mbit_s_to_bytes_per_s(nic.speed_mbit_s)))
    return tuple(found)


def _disk_links(
    datacenter: Datacenter, queued: FleetMove, case: Case
) -> tuple[tuple[str, float], ...]:
    """Out of the datastores of the files, into the target, over the hosts' link where it must."""
    move, vm = queued.move, datacenter.vms[queued.move.vm]
    target = move.datastore
    sources = dict.fromkeys([vm.home, *(disk.datastore for disk in vm.disks.values())])
    found = [
        (f"{name} is read", units.mib_to_bytes(datacenter.datastores[name].read_mib_s))
        for name in sources
        if name != target and name in datacenter.datastores
    ]
    if target is not None and target in datacenter.datastores:
        rate = units.mib_to_bytes(datacenter.datastores[target].write_mib_s)
        found.append((f"{target} is written", rate))
    if case.storage is not None and case.storage.network == "link":
        found += _vmotion_links(datacenter, queued)
    return tuple(found)
