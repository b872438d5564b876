"""Half of many hosts emptied onto the rest: the queue's kernel beside SimGrid, in one run.

python tests/benchmarks/evacuation.py [repeats]

Without Debian's libsimgrid-dev and g++ the kernel is timed alone, and says so.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from simgrid import build, drive, fleet, missing

from support.naive_fleets import fair_rates, run_plainly
from support.queues import Job, claims_by, jobs_of, routes_of, terms, trace
from vmlab.kernels.compile import compiled, kernel
from vmlab.kernels.fleet_space import run_fleet_jobs

NEAR = 1e-9
REPEATS = 3
DIFFERS = (
    "what SimGrid does besides: an actor for every migration, sizes in whole bytes, each pass a new"
    " flow;\nwhat it lacks: dirtying, stop rule and slots are its driver's, which has no set-up,"
    " disks, failures\nor retries; when slots come free it reads the source's queue, then the"
    " target's, vmlab both together\nin the order of the queue: which VM goes next may differ, and"
    " with it single ends"
)


def queue(lines: list[str]) -> tuple[Any, Any, Any]:
    """SimGrid's input as the kernel takes it."""
    hosts, slots, nic, limit_s, rounds = lines[0].split(",")
    jobs = []
    for line in lines[1:]:
        source, destination, memory, working_set, writes = line.split(",")
        ends = [int(source), int(hosts) + int(destination)]
        jobs.append(
            Job(
                memory_bytes=float(memory),
                classes=[(float(working_set), float(writes))],
                links=ends,
                claims=[(int(source), 1), (int(destination), 1)],
                limit_s=float(limit_s),
                max_rounds=int(rounds),
            )
        )
    links = [float(nic)] * (2 * int(hosts))
    claims = claims_by(jobs, [int(slots)] * int(hosts))
    return jobs_of(jobs), claims, routes_of(jobs, links)


def own(numbers: tuple[Any, Any, Any], *, full: bool = False) -> tuple[Any, tuple[int, int, int]]:
    """The kernel, compiled."""
    return run_fleet_jobs(*numbers, terms(full=full), trace(), compile_it=True)


def plain(numbers: tuple[Any, Any, Any]) -> Any:
    """The plain twin, compiled: all rates anew at every instant. Columns as `run_plainly`."""
    kernel(fair_rates)
    jobs = numbers[0]
    table = np.zeros((len(jobs.ready_s), 7))
    compiled(run_plainly)(*numbers, terms(), table)
    return table


def apart(ways: Any, table: Any) -> float:
    """Largest difference of start, pause, end and bytes, relative; states and rounds are equal."""
    assert ways.rounds.tolist() == table[:, 4].tolist()
    assert ways.state.tolist() == table[:, 6].tolist()
    found = np.array([ways.start_s, ways.pause_s, ways.end_s, ways.sent_bytes]).T
    return float(np.max(np.abs(found - table[:, :4]) / np.maximum(table[:, :4], 1.0)))


def check(hosts: int, vms: int) -> float:
    """Compare the kernel, its full form and the plain twin; the largest difference."""
    numbers = queue(fleet(hosts, vms))
    table = plain(numbers)
    found = max(apart(own(numbers)[0], table), apart(own(numbers, full=True)[0], table))
    assert found <= NEAR, f"{found:.3g} apart"
    return found


def same_model(program: Path) -> float:
    """How far SimGrid's ends are from the kernel's where every VM finds its slots at once."""
    lines = fleet(20, 60)
    hosts, _, *rest = lines[0].split(",")
    lines[0] = ",".join([hosts, "60", *rest])
    ways, _ = own(queue(lines))
    table, _ = drive(program, lines)
    return float(np.max(np.abs(np.array(table)[:, 1] / ways.end_s - 1)))


def seconds(job: Callable[[], object]) -> tuple[float, float]:
    """Wall's and processor's."""
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - processor


def compare(program: Path | None, hosts: int, vms: int, repeats: int) -> None:
    """Time both in turn, and print medians and the ratio of each pair."""
    lines = fleet(hosts, vms)
    numbers = queue(lines)
    ways, (events, _, looked_at) = own(numbers)
    ours, cpu, theirs = [], [], []
    makespan_s, passes, rows = 0.0, 0.0, np.zeros((0, 3))
    for _ in range(repeats):
        if program is not None:
            table, (makespan_s, passes, wall_s) = drive(program, lines)
            theirs.append(wall_s)
            rows = np.array(table)
        wall_s, cpu_s = seconds(lambda: own(numbers))
        ours.append(wall_s)
        cpu.append(cpu_s)
    print(f"{hosts:,} hosts, {vms:,} VMs: {events:,} instants, {looked_at:,} rates worked out")
    print(
        f"  vmlab    {statistics.median(ours):9.3f} s   [{min(ours):.3f} … {max(ours):.3f}],"
        f" {statistics.median(cpu):.3f} s of a processor, done after {np.max(ways.end_s):,.2f} s"
    )
    if program is None:
        return
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    print(
        f"  SimGrid  {statistics.median(theirs):9.3f} s   [{min(theirs):.3f} … {max(theirs):.3f}],"
        f" {passes:,.0f} passes, done after {makespan_s:,.2f} s"
    )
    print(
        f"  ratio    {statistics.median(ratios):9.1f}     [{min(ratios):.1f} … {max(ratios):.1f}];"
        f" ends a median of {100 * np.median(np.abs(rows[:, 1] / ways.end_s - 1)):.3g} % apart"
    )


def main() -> None:
    """Check, time and print."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    for hosts, vms in ((100, 10_000), (1000, 10_000)):
        print(f"{hosts:,} hosts, {vms:,} VMs: full re-solve {check(hosts, vms):.2g} apart")
    lacking = missing()
    if lacking:
        print(f"SimGrid: not installed (apt-get install {lacking})")
    with tempfile.TemporaryDirectory() as folder:
        program = None if lacking else build("evacuation", Path(folder))
        if program is not None:
            print(f"without a queue, ends differ by {100 * same_model(program):.2g} % at most")
        compare(program, 100, 10_000, repeats)
        compare(program, 1000, 10_000, repeats)
    compare(None, 1000, 100_000, 1)
    print(DIFFERS)


if __name__ == "__main__":
    main()
