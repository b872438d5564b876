"""SimGrid's live migrations beside the fluid kernel, timed in the same run.

python tests/benchmarks/simgrid.py [points]

Needs Debian's libsimgrid-dev and g++; says so where they are not installed.
The drivers are compiled into a temporary folder: see the head of each.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from vmlab.models.case import Case
from vmlab.models.estimate import estimate

HERE = Path(__file__).parent
LACKS = (
    "what SimGrid's model lacks: expected distinct pages (its dirtying is linear up to the"
    " working set),\nzero pages, a choice of the downtime limit (30 ms), set-up and resume,"
    " throttling, post-copy;\nwhat it does besides: an actor that computes in every guest, and"
    " each pass as a flow through a network"
)
LIMIT_MS = 30
REPEATS = 5


def missing() -> str | None:
    """What must be installed first; None where nothing is missing."""
    if shutil.which("g++") is None:
        return "g++"
    header = "#include <simgrid/s4u.hpp>\n#include <simgrid/plugins/live_migration.h>\n"
    command = ["g++", "-std=c++17", "-fsyntax-only", "-x", "c++", "-"]
    found = subprocess.run(command, input=header, capture_output=True, text=True)
    return None if found.returncode == 0 else "libsimgrid-dev"


def build(name: str, folder: Path) -> Path:
    """Compile a driver into a folder."""
    program = folder / name
    source = HERE / "simgrid" / f"{name}.cpp"
    command = ["g++", "-O2", "-std=c++17", str(source), "-lsimgrid", "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def drive(program: Path, lines: Sequence[str]) -> tuple[list[list[float]], list[float]]:
    """Run a driver: its table, and the numbers of its last line on stderr."""
    run = subprocess.run(
        [str(program), "--log=root.thresh:warning"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )
    table = [[float(cell) for cell in line.split(",")] for line in run.stdout.splitlines()]
    return table, [float(cell) for cell in run.stderr.splitlines()[-1].split(",")]


def migrations(points: int, seed: int = 1) -> Any:
    """Memory in MiB, rate, dirty rate and working set in bytes: all of them converge."""
    luck = np.random.default_rng(seed)
    memory_mib = luck.integers(1024, 65536, points).astype(float)
    rate = 2 ** luck.uniform(26.5, 31, points)
    return np.array([
        memory_mib, rate, rate * luck.uniform(0.02, 0.6, points),
        np.floor(memory_mib * 2**20 * luck.uniform(0.01, 0.5, points)),
    ]).T  # fmt: skip


def linear(memory_mib: float, rate: float, dirty: float, working_set: float) -> float:
    """Total time by vmlab of the dirtying that SimGrid has."""
    curve = {"seconds": [working_set / dirty], "distinct_mib": [working_set / 2**20]}
    document = {
        "memory_mib": memory_mib,
        "workload": {"curve": curve},
        "link": {"mbit_s": rate * 8e-6},
        "policy": {"downtime_limit_ms": LIMIT_MS},
    }
    return estimate(Case.model_validate(document)).total_s or float("nan")


def compare_migrations(program: Path, points: int) -> tuple[float, float]:
    """Seconds of SimGrid, and the median difference of its times to vmlab's of the same model."""
    made = migrations(points)
    table, (seconds,) = drive(program, [",".join(f"{cell:.17g}" for cell in row) for row in made])
    few = made[: min(points, 300)]
    own = np.array([linear(*row) for row in few.tolist()])
    theirs = np.array(table)[: len(few), 0]
    return seconds, float(np.median(np.abs(theirs / own - 1)))


def fleet(hosts: int, vms: int, seed: int = 1) -> list[str]:
    """Half of the hosts onto the other half: 8 slots, 10 Gbit/s, limits of 0.3 s, 30 rounds."""
    luck = np.random.default_rng(seed)
    half = hosts // 2
    lines = [f"{hosts},8,1.25e9,0.3,30"]
    for _ in range(vms):
        memory = int(2 ** luck.uniform(30, 36)) // 4096 * 4096
        set_bytes = int(memory * luck.uniform(0.005, 0.2)) // 4096 * 4096
        ends = f"{luck.integers(0, half)},{luck.integers(half, hosts)}"
        lines.append(f"{ends},{memory},{set_bytes},{10 ** luck.uniform(-3, 0):.6g}")
    return lines


def main() -> None:
    """Print both rates, their ratio, and what the figure does not say."""
    lacking = missing()
    if lacking:
        print(f"SimGrid: not installed (apt-get install {lacking})")
        return
    from fluid import lanes, timed, work

    points = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    own_points = 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        program = build("migrations", Path(folder))
        made = work(own_points, 1)
        lanes(made, 1)
        theirs, ours = [], []
        for _ in range(REPEATS):
            seconds, apart = compare_migrations(program, points)
            theirs.append(points / seconds)
            ours.append(own_points / timed(partial(lanes, made, 1)))
        print(f"SimGrid's live-migration plugin  {statistics.median(theirs) / 1e3:9.1f} k/s")
        print(f"lanes, 1 thread                  {statistics.median(ours) / 1e3:9.1f} k/s")
        ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
        print(f"ratio {statistics.median(ratios):,.0f} [{min(ratios):,.0f} … {max(ratios):,.0f}]")
        print(f"its total times and vmlab's of the same linear model: {100 * apart:.3g} % apart")
        print(LACKS)
        program = build("evacuation", Path(folder))
        _, (makespan_s, passes, seconds) = drive(program, fleet(100, 2000))
        print(
            f"evacuation of 50 hosts, 2,000 VMs: {seconds:.2f} s for {passes:,.0f} passes,", end=""
        )
        print(f" done after {makespan_s:,.1f} s")


if __name__ == "__main__":
    main()
