"""Fluid sweeps against plain Python, NumPy and a plain compiled loop, interleaved in one run.

python tests/benchmarks/fluid.py [points]

The points are synthetic: 1 to 128 GiB, 0.1 to 2 GB/s, sets of 0.5 to 20 % of
memory, 30 rounds at most. Plain Python is timed on a sample and extrapolated.
All methods must agree before they are timed.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.fluid_peers import compiled_loop, numpy_rounds, pure_python, tabulated
from vmlab.kernels.compile import compiled, fused_kernel
from vmlab.kernels.constant_rate import (
    BLOCK,
    DEADLINE_S,
    END_ROWS,
    HOW,
    LONGEST_STOP_S,
    MAX_ROUNDS,
    POINT_ROWS,
    ROUNDS,
    TOTAL_S,
)  # fmt: skip
from vmlab.kernels.dirty_table import COEFFICIENTS, dirty_table
from vmlab.kernels.lanes import constant_rate_lanes, one_minus_exp
from vmlab.kernels.many import constant_rate_block
from vmlab.models.case import Case
from vmlab.models.sweep import sweep

PAGE = 4096.0
REPEATS = 7
SAMPLE = {1: 4000, 8: 1500, 64: 300}
Work = dict[str, Any]


def work(points: int, classes: int, *, shared: bool = False, seed: int = 1) -> Work:
    """Points as the peers take them, and in blocks as the lanes do."""
    luck = np.random.default_rng(seed)
    first = np.ceil(2 ** luck.uniform(30, 37, points) / PAGE) * PAGE
    rate = 2 ** luck.uniform(26.5, 31, points)
    limit = np.full(points, 0.3)
    rows = 1 if shared else points
    share = luck.uniform(0.005, 0.2, (rows, 1)) / classes
    sizes = np.ceil(first[:rows, None] * share * np.ones(classes) / PAGE) * PAGE
    fall = np.exp(-8 * np.arange(classes) / classes)
    writes = 10 ** luck.uniform(-3, 0.5, (rows, 1)) * fall
    if shared:  # 4 GiB in all, the busiest page every seven seconds: about five rounds
        sizes = np.full((1, classes), np.ceil(4 * 2**30 / classes / PAGE) * PAGE)
        writes = 0.15 * fall[None, :]
    made: Work = {"first": first, "sizes": sizes, "writes": writes, "rate": rate, "limit": limit}
    made["blocks"] = []
    for low in range(0, points, BLOCK):
        high = min(low + BLOCK, points)
        block = np.zeros((POINT_ROWS, BLOCK))
        block[:5] = np.array([1.0, PAGE, 1.0, 0.0, 0.3])[:, None]
        block[0, : high - low], block[2, : high - low] = first[low:high], rate[low:high]
        block[DEADLINE_S] = block[LONGEST_STOP_S] = np.inf
        block[MAX_ROUNDS] = 30.0
        of = slice(0, 1) if shared else slice(low, high)
        ends = np.empty(END_ROWS * BLOCK)
        made["blocks"].append((block.ravel(), high - low, sizes[of], writes[of], ends))
    return made


def lanes(made: Work, threads: int, *, table: bool = False) -> None:
    """Blocks by compiled lanes; a table is built anew each time."""
    tabled = np.empty((0, COEFFICIENTS)), 0
    if table:
        tabled = dirty_table(made["sizes"][0], made["writes"][0], PAGE, 1e4)

    waiting = deque(made["blocks"])

    def part() -> None:
        while waiting:
            try:
                block = waiting.popleft()
            except IndexError:  # another thread was faster
                break
            constant_rate_block(*block, fast=True, table=tabled[0], table_first=tabled[1])

    if threads == 1:
        part()
        return
    # A task a thread, not a block: whoever hands out blocks would hold the interpreter.
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(part) for _ in range(threads - 1)]
        part()
        for one in others:
            one.result()


def ends(made: Work) -> Any:
    """What the lanes found, all points in a row."""
    parts = [block[4].reshape(END_ROWS, BLOCK)[:, : block[1]] for block in made["blocks"]]
    return np.concatenate(parts, axis=1)


def by_numpy(made: Work, dirty: Any = None) -> Any:
    """In blocks that stay in the cache, which favours NumPy."""
    columns = [made[name] for name in ("first", "sizes", "writes", "rate", "limit")]
    size = max(BLOCK // made["sizes"].shape[1], 500) if dirty is None else BLOCK
    return np.concatenate([
        numpy_rounds(*(c[low : low + size] if len(c) > 1 else c for c in columns), dirty)
        for low in range(0, len(made["first"]), size)
    ], axis=1)  # fmt: skip


def sampled(made: Work, n: int) -> list[Any]:
    """The first points as lists."""
    columns = [made[name] for name in ("first", "sizes", "writes", "rate", "limit")]
    if len(made["sizes"]) == 1:
        columns[1:3] = [np.repeat(c, n, axis=0) for c in columns[1:3]]
    return [c[:n].tolist() for c in columns]


@fused_kernel
def exponentials(x: Any, y_out: Any, times: int) -> None:
    """Nothing but 1 - exp(-x), over and over, in the cache."""
    for _ in range(times):
        for i in range(4096):
            y_out[i] = one_minus_exp(x[i] + y_out[i] * 1e-300)


def bound(threads: int, times: int = 4000) -> float:
    """How many of the lanes' own exponentials the machine makes in a second."""
    run = compiled(exponentials)

    def part(_: int) -> None:
        run(x, np.zeros(4096), times)

    x = np.linspace(0.0, 30.0, 4096)
    run(x, np.zeros(4096), 1)
    with ThreadPoolExecutor(threads) as pool:
        seconds = timed(lambda: list(pool.map(part, range(threads))))
    return threads * times * 4096 / seconds


def timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def agree(found: Any, expected: Any, tolerance: float = 1e-12, few: float = 0.0) -> None:
    """Rounds and verdicts, and times; a few points may differ where a peer is inexact."""
    n = expected.shape[1]
    same = (found[ROUNDS, :n] == expected[3]) & (found[HOW, :n] == expected[4])
    assert (~same).mean() <= few, f"{(~same).sum()} of {n} points end otherwise"
    np.testing.assert_allclose(found[TOTAL_S, :n][same], expected[0][same], rtol=tolerance)


def compare(
    points: int, classes: int, *, shared: bool = False, repeats: int = REPEATS
) -> tuple[dict[str, list[float]], float, float]:
    """Seconds for all points by each method, exponentials in all, and the machine's a second."""
    made = work(points, classes, shared=shared)
    threads = os.cpu_count() or 1
    n = min(points, SAMPLE[classes])
    sample = sampled(made, n)
    out = np.empty((5, points))
    loop = compiled_loop()
    columns = [made[name] for name in ("first", "sizes", "writes", "rate", "limit")]
    jobs: dict[str, tuple[Callable[[], object], float]] = {
        "lanes, all threads": (lambda: lanes(made, threads), 1),
        "lanes, 1 thread": (lambda: lanes(made, 1), 1),
        "plain prange": (lambda: loop(*columns, out), 1),
        "NumPy": (lambda: by_numpy(made), 1),
        "pure Python": (lambda: pure_python(*sample), points / n),
    }
    lanes(made, 1)
    found = ends(made)
    agree(found, np.array(pure_python(*sample)).T)
    loop(*columns, out)
    agree(found, out)
    agree(found, by_numpy(made), few=1e-4)
    if shared:
        dirty = tabulated(made["sizes"], made["writes"], 2e4)
        jobs = {
            "table, all threads": (lambda: lanes(made, threads, table=True), 1),
            "table, 1 thread": (lambda: lanes(made, 1, table=True), 1),
            "NumPy, tabulated": (lambda: by_numpy(made, dirty), 1),
        } | jobs
        lanes(made, threads, table=True)
        np.testing.assert_array_equal(ends(made)[ROUNDS:], found[ROUNDS:])
        agree(ends(made), by_numpy(made, dirty), tolerance=1e-5, few=1e-2)
    lanes(made, threads)
    np.testing.assert_array_equal(ends(made), found)
    seconds: dict[str, list[float]] = {}
    gc.collect()
    for _ in range(repeats):
        for name, (job, scale) in jobs.items():
            seconds.setdefault(name, []).append(timed(job) * scale)
    copies = found[ROUNDS] - (found[ROUNDS] > 1)
    print(f"  {found[ROUNDS].mean():.2f} rounds a point")
    return seconds, float(copies.sum()) * classes, bound(threads, 4000 if repeats > 1 else 10)


def report(title: str, points: int, measured: tuple[dict[str, list[float]], float, float]) -> None:
    """Print rates, ratios of interleaved rounds, and the share of the bound."""
    seconds, exponentials_in_all, most = measured
    print(f"  of {title}")
    for name, times in seconds.items():
        note = " (a sample, extrapolated)" if name == "pure Python" else ""
        print(f"  {name:<20} {points / statistics.median(times) / 1e6:10.3f} M/s{note}")
    fast = next(iter(seconds))
    for peer in ("pure Python", "NumPy", "NumPy, tabulated", "plain prange"):
        if peer in seconds:
            ratios = sorted(p / f for p, f in zip(seconds[peer], seconds[fast], strict=True))
            middle = statistics.median(ratios)
            print(f"  {peer} / {fast}: {middle:,.1f} [{ratios[0]:,.1f} … {ratios[-1]:,.1f}]")
    share = exponentials_in_all / statistics.median(seconds["lanes, all threads"]) / most
    print(f"  bound: {most / 1e9:.2f} G exponentials/s; the lanes make {100 * share:.0f} % of it")


def whole_sweep(points: int) -> None:
    """`vmlab.sweep` from a case to columns: what a user waits for."""
    side = int(points**0.5)
    case = Case.model_validate(
        {
            "memory_mib": 8192,
            "workload": {"uniform": {"working_set_mib": 512, "dirty_pages_per_s": 5000}},
            "link": {"mbit_s": 1000},
        }
    )
    writes = "workload.uniform.dirty_pages_per_s"
    over = {"link.mbit_s": f"1000:20000:{side}:log", writes: f"100:60000:{side}"}
    sweep(case, over)
    seconds = statistics.median(timed(lambda: sweep(case, over)) for _ in range(3))
    print(f"vmlab.sweep of {side * side:,} points: {seconds:.2f} s, ", end="")
    print(f"{side * side / seconds / 1e6:.1f} M/s")


def main() -> None:
    """Print medians, and ratios of interleaved rounds."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{os.cpu_count()} cores; load before the run {os.getloadavg()[0]:.1f}")
    start = time.perf_counter()
    compiled(constant_rate_lanes)
    lanes(work(1, 1), 1)
    print(f"lanes ready after {time.perf_counter() - start:.1f} s")
    report(f"1 class, {points:,} points", points, compare(points, 1))
    report(f"8 classes, {points // 2:,} points", points // 2, compare(points // 2, 8))
    few = points // 10
    report(f"64 classes a point, {few:,} points", few, compare(few, 64))
    title = f"64 classes, one workload, {points // 2:,} points"
    report(title, points // 2, compare(points // 2, 64, shared=True))
    whole_sweep(4 * points)


if __name__ == "__main__":
    main()
