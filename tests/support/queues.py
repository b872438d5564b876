"""Queues of migrations as the kernel takes them, made by chance or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vmlab.kernels.admission import Claims
from vmlab.kernels.fleet_space import claims_of, runs
from vmlab.kernels.flows import Routes
from vmlab.kernels.sharing_terms import Jobs, Terms, Trace

Row = list[int]


@dataclass
class Job:
    """One migration; what is left out does nothing."""

    memory_bytes: float = 0.0
    classes: Sequence[tuple[float, float]] = ()
    disk_bytes: float = 0.0
    own_bytes_per_s: float = float("inf")
    links: Row = field(default_factory=list)
    disk_links: Row = field(default_factory=list)
    claims: Sequence[tuple[int, int]] = ()
    ready_s: float = 0.0
    setup_s: float = 0.0
    resume_s: float = 0.0
    limit_s: float = 0.3
    longest_stop_s: float = float("inf")
    max_rounds: int = 0
    fails_after_s: Sequence[float] = ()


def jobs_of(jobs: Sequence[Job]) -> Jobs:
    """As columns."""

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(job, name) for job in jobs], np.float64)

    def starts(lengths: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    own = column("own_bytes_per_s")
    classes = [one for job in jobs for one in job.classes]
    return Jobs(
        ready_s=column("ready_s"),
        setup_s=column("setup_s"),
        resume_s=column("resume_s"),
        disk_bytes=column("disk_bytes"),
        memory_bytes=column("memory_bytes"),
        disk_bytes_per_s=own,
        memory_bytes_per_s=own,
        page_bytes=np.full(len(jobs), 2.0),
        limit_s=column("limit_s"),
        longest_stop_s=column("longest_stop_s"),
        max_rounds=np.array([job.max_rounds for job in jobs], np.int64),
        class_start=starts([len(job.classes) for job in jobs]),
        class_bytes=np.array([size for size, _ in classes], np.float64),
        class_writes_per_s=np.array([rate for _, rate in classes], np.float64),
        curve_start=np.zeros(len(jobs) + 1, np.int64),
        curve_s=np.zeros(0),
        curve_bytes=np.zeros(0),
        fail_start=starts([len(job.fails_after_s) for job in jobs]),
        fail_after_s=np.array([s for job in jobs for s in job.fails_after_s], np.float64),
    )


def routes_of(jobs: Sequence[Job], link_bytes_per_s: Sequence[float]) -> Routes:
    """Two routes a job: disks, memory."""
    rows = [row for job in jobs for row in (job.disk_links, job.links)]
    return Routes(np.array(link_bytes_per_s, np.float64), *runs(rows))


def claims_by(jobs: Sequence[Job], slots: Sequence[int]) -> Claims:
    """What the jobs claim."""
    return claims_of(
        list(slots),
        [[resource for resource, _ in job.claims] for job in jobs],
        [[cost for _, cost in job.claims] for job in jobs],
    )


def terms(
    *,
    overtaking: bool = True,
    attempts: int = 1,
    retry_after_s: float = 10.0,
    most_rounds: int = 200,
    full: bool = False,
) -> Terms:
    """How a queue is run, by default with overtaking and without a second attempt."""
    return Terms(overtaking, attempts, retry_after_s, most_rounds, full)


def trace(length: int = 0) -> Trace:
    """Room for so many changes."""
    return Trace(np.zeros(length), np.zeros(length, np.int64), np.zeros(length))


def evacuation(hosts: int, vms: int, seed: int = 1, slots: int = 8) -> tuple[Jobs, Claims, Routes]:
    """Half of the hosts onto the other half, as `tests/benchmarks/simgrid.py` has it.

    10 Gbit/s a host and direction, a limit of 0.3 s, 30 rounds at most.
    """
    luck = np.random.default_rng(seed)
    half = hosts // 2
    jobs = []
    for _ in range(vms):
        memory = int(2 ** luck.uniform(30, 36)) // 4096 * 4096
        working_set = int(memory * luck.uniform(0.005, 0.2)) // 4096 * 4096
        source, destination = int(luck.integers(0, half)), int(luck.integers(half, hosts))
        writes_per_s = float(f"{10 ** luck.uniform(-3, 0):.6g}")
        jobs.append(
            Job(
                memory_bytes=memory,
                classes=[(working_set, writes_per_s)],
                links=[source, destination],
                claims=[(source, 1), (destination, 1)],
                max_rounds=30,
            )
        )
    return jobs_of(jobs), claims_by(jobs, [slots] * hosts), routes_of(jobs, [1.25e9] * hosts)
