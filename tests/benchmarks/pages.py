"""Whole migrations page by page against two peers, interleaved in one run.

python tests/benchmarks/pages.py

Every page is drawn for itself in every round, to 53 bits, and the bitmap is
kept. All methods run the same migration: 4 GiB, all of it written at random.
The engine is timed as its user calls it, from the case to the result. Then it
runs alone: 64 GiB and 1 TiB, all memory written, in one class and in a hot
and a cold one, with one thread and two; and once more, in a process of its
own, without AVX-512.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from vmlab.kernels import guest_pages
from vmlab.models.case import Case
from vmlab.models.estimate import estimate
from vmlab.models.exact import exact

PAGE_BYTES = 4096
ROUNDS = 15
#: Runs of the engine on end: one takes less than a scheduler's tick.
SHORT = 50

Draw = Callable[[float], int]


def case(gib: float, mbit_s: float = 10_000.0, busy: float = 0.33, hot: float = 0.0) -> Case:
    """All memory written: a share of the link's pages a second, evenly or 90 % to a hot part."""
    pages = gib * 2**18
    writes = busy * mbit_s * 1e6 / 8 / PAGE_BYTES
    workload: dict[str, Any] = {
        "uniform": {"working_set_mib": gib * 1024, "dirty_pages_per_s": writes}
    }
    if hot:
        parts = (hot * pages, 0.9 * writes), ((1 - hot) * pages, 0.1 * writes)
        workload = {
            "classes": [{"pages": int(n), "writes_per_page_per_s": w / n} for n, w in parts]
        }
    return Case.model_validate(
        {"memory_mib": gib * 1024, "workload": workload, "link": {"mbit_s": mbit_s}}
    )


def peer(this: Case, draw: Draw) -> list[int]:
    """Pages of each round, for one class and a constant rate; the guest's pages are drawn."""
    uniform, link = this.workload.uniform, this.link
    assert uniform is not None
    assert link is not None
    rate = (link.mbit_s or 0.0) * 1e6 / 8 / PAGE_BYTES
    writes = uniform.dirty_pages_per_s / this.memory_pages
    rest, found = this.memory_pages, [this.memory_pages]
    while rest > this.policy.downtime_limit_s * rate:
        rest = draw(-math.expm1(-writes * rest / rate))
        found.append(rest)
    return found


def looped(this: Case, seed: int) -> list[int]:
    """The naive twin: pass by pass a loop over pages that sends, marks and counts them."""
    luck, n = random.Random(seed).random, this.memory_pages
    pending, dirty = bytearray(b"\1") * n, bytearray(n)
    sent = 0

    def draw(chance: float) -> int:
        nonlocal pending, dirty, sent
        count = 0
        for page in range(n):
            if pending[page]:
                pending[page] = 0
                sent += 1
            if luck() < chance:
                dirty[page] = 1
                count += 1
        pending, dirty = dirty, pending
        return count

    return peer(this, draw)


def listed(this: Case, seed: int) -> list[int]:
    """Plain Python at its best: a list made by one expression, summed in C."""
    luck, n = random.Random(seed).random, this.memory_pages
    return peer(this, lambda chance: sum([luck() < chance for _ in range(n)]))


def numpy_drawn(this: Case, seed: int) -> list[int]:
    """What one would write with NumPy."""
    luck, n = np.random.default_rng(seed), this.memory_pages
    return peer(this, lambda chance: int(np.count_nonzero(luck.random(n) < chance)))


def numpy_blocks(this: Case, seed: int) -> list[int]:
    """NumPy at its best: the numbers of a block at a time stay in the cache."""
    luck, n = np.random.default_rng(seed), this.memory_pages
    numbers, dirty = np.empty(2**14), np.empty(n, np.bool_)

    def draw(chance: float) -> int:
        for low in range(0, n, len(numbers)):
            part = dirty[low : low + len(numbers)]
            luck.random(out=numbers)
            np.less(numbers[: len(part)], chance, out=part)
        return int(np.count_nonzero(dirty))

    return peer(this, draw)


def engine(this: Case, seed: int, threads: int, compiled: bool = True) -> list[int]:
    """Ours, as its user calls it."""
    guest_pages.WORTH_COMPILING = 0 if compiled else 10**18
    one = exact(this, seed=seed, threads=threads)[0]
    return [each.sent_bytes // PAGE_BYTES for each in one.rounds]


METHODS: dict[str, Callable[[Case, int], list[int]]] = {
    "engine, 1 thread": lambda this, seed: engine(this, seed, 1),
    "engine, 2 threads": lambda this, seed: engine(this, seed, 2),
    "our NumPy form": lambda this, seed: engine(this, seed, 1, compiled=False),
    "NumPy": numpy_drawn,
    "NumPy, by blocks": numpy_blocks,
    "Python, a loop": looped,
    "Python, a list": listed,
}


Seconds = dict[str, list[float]]


def compare(this: Case, rounds: int = ROUNDS) -> tuple[Seconds, Seconds]:
    """Seconds of each method, round by round, on the wall's clock and the processor's.

    All must tell the same migration, within chance.
    """
    expected = [one.sent_bytes // PAGE_BYTES for one in estimate(this).rounds]
    seconds: Seconds = {name: [] for name in METHODS}
    busy: Seconds = {name: [] for name in METHODS}
    engine(this, 1, 2)  # compiled, and its threads once started
    for seed in range(rounds):
        sizes = {}
        for name, method in METHODS.items():
            times = SHORT if name.startswith("engine") else 1
            start, start_busy = time.perf_counter(), time.process_time()
            for _ in range(times):
                sizes[name] = method(this, seed)
            seconds[name].append((time.perf_counter() - start) / times)
            busy[name].append((time.process_time() - start_busy) / times)
        for name, found in sizes.items():
            assert len(found) == len(expected), (name, found, expected)
            for one, other in zip(found, expected, strict=True):
                # A round's chance, and what it inherits from those before, is below this.
                assert abs(one - other) <= 1 + 8 * math.sqrt(other), (name, found, expected)
        ours = [sizes[name] for name in METHODS if name.startswith(("engine", "our"))]
        assert ours[0] == ours[1] == ours[2]
    return seconds, busy


def alone(this: Case, threads: int, times: int = 5) -> tuple[float, float, int]:
    """The best of some runs on the wall's clock and the processor's, s, and their rounds."""
    engine(this, 0, threads)
    best, best_busy, rounds = math.inf, math.inf, 0
    for seed in range(times):
        start, start_busy = time.perf_counter(), time.process_time()
        rounds = len(engine(this, seed, threads))
        best = min(best, time.perf_counter() - start)
        best_busy = min(best_busy, time.process_time() - start_busy)
    return best, best_busy, rounds


LARGE = {
    "64 GiB, uniform": case(64, 40_000, 0.7),
    "64 GiB, hot tenth": case(64, 40_000, 0.7, hot=0.1),
    "1 TiB, uniform": case(1024, 100_000, 0.7),
    "1 TiB, hot tenth": case(1024, 100_000, 0.7, hot=0.1),
}


def print_large() -> None:
    for name, this in LARGE.items():
        for threads in (1, 2):
            best_s, busy_s, rounds = alone(this, threads)
            each = busy_s / this.memory_pages / max(rounds - 1, 1) * 1e12
            print(
                f"  {name}, {rounds} rounds, {threads} thread{'s' * (threads > 1)}:"
                f" {1000 * best_s:.1f} ms; of processors {1000 * busy_s:.1f} ms,"
                f" {each:.1f} ps a page drawn"
            )


def print_ratios(clock: str, seconds: Seconds, bases: tuple[str, ...]) -> None:
    for base in bases:
        for other in ("Python, a loop", "Python, a list", "NumPy", "NumPy, by blocks"):
            ratios = [p / f for p, f in zip(seconds[other], seconds[base], strict=True)]
            low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
            print(f"  {other} / {base}, {clock}: {middle:,.0f} [{low:,.0f} … {high:,.0f}]")


def main() -> None:
    """Print medians and ratios of interleaved rounds, then the large ones."""
    if sys.argv[1:] == ["large"]:
        print_large()
        return
    seconds, busy = compare(case(4))
    rounds = len(estimate(case(4)).rounds)
    print(f"4 GiB, all of it written, {rounds} rounds; ms on the wall's clock, the processor's")
    for name in METHODS:
        wall, own = statistics.median(seconds[name]), statistics.median(busy[name])
        print(f"  {name:<20} {1000 * wall:10.3f} {1000 * own:10.3f}")
    print_ratios("wall", seconds, ("engine, 1 thread", "engine, 2 threads"))
    print_ratios("processor", busy, ("engine, 1 thread",))
    print("Large ones, best of 5")
    print_large()
    print("The same on AVX2 (NUMBA_CPU_NAME=haswell)", flush=True)
    environment = os.environ | {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": HASWELL}
    subprocess.run([sys.executable, __file__, "large"], env=environment, check=True)


HASWELL = "+avx,+avx2,+bmi,+bmi2,+fma,+lzcnt,+popcnt,+sse4.1,+sse4.2,+ssse3,+sse3"

if __name__ == "__main__":
    main()
