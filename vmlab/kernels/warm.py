"""Call each compiled kernel once, with the types that the models give it.

``python -m vmlab.kernels.warm`` runs where an image is built: it proves that
the compiler works there, and with ``NUMBA_CACHE_DIR`` set leaves the compiled
kernels behind.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from vmlab.kernels import guest_pages, pages
from vmlab.kernels.bitmaps import PAGES_PER_WORD
from vmlab.kernels.compile import can_compile
from vmlab.kernels.constant_rate import (
    BLOCK,
    DEADLINE_S,
    END_ROWS,
    HANDSHAKE_S,
    LONGEST_STOP_S,
    POINT_ROWS,
    START_S,
    TOTAL_S,
)
from vmlab.kernels.fleet_space import claims_of, run_fleet_jobs, runs
from vmlab.kernels.flows import Routes
from vmlab.kernels.many import constant_rate_block
from vmlab.kernels.sharing_terms import Jobs, Terms, Trace


def warm() -> tuple[int, int]:
    """Run the page kernels on a memory that is just large enough to be worth compiling.

    Returns
    -------
    written, again : int
        Pages written, and pages to be sent again; both half of the memory.
    """
    size = pages.WORTH_COMPILING
    address = np.arange(size, dtype=np.int64)
    draws = np.empty(size, np.uint64)
    pages.draw(pages.key(1, 1), address, draws)
    draws[:] = address
    dirty = np.zeros(size, np.bool_)
    dots = np.empty(1024, np.uint8)
    half = np.array([size // 2], np.uint64)
    written = pages.write(draws, np.zeros(size, np.int64), half, dirty)
    again = pages.paint(True, size, size, size // 1024, address, dirty, dirty, dots)
    return written, again


def warm_bitmaps() -> int:
    """Draw a bitmap that is just large enough to be worth compiling.

    Returns
    -------
    int
        Pages written: all of them, the threshold being the highest there is.
    """
    size = guest_pages.WORTH_COMPILING * PAGES_PER_WORD
    guest = guest_pages.Pages([size])
    return guest.draw(1, 1, [2**pages.DRAW_BITS], guest.bitmap())


def warm_lanes() -> float:
    """Run two migrations of a sweep; the second is one that lanes leave to `constant_rate`.

    Returns
    -------
    float
        Seconds that the first takes: 100 pages at a page a second.
    """
    points = np.ones(POINT_ROWS * BLOCK)
    points[:2] = 100.0, 0.0
    ends = np.empty(END_ROWS * BLOCK)
    points[DEADLINE_S * BLOCK : (DEADLINE_S + 1) * BLOCK] = np.inf
    points[LONGEST_STOP_S * BLOCK : (LONGEST_STOP_S + 1) * BLOCK] = np.inf
    points[START_S * BLOCK] = points[HANDSHAKE_S * BLOCK] = 0.0
    constant_rate_block(points, 2, np.zeros((1, 1)), np.zeros((1, 1)), ends, fast=can_compile())
    return float(ends[TOTAL_S * BLOCK])


def warm_fleet() -> float:
    """Run two moves over one link, with a slot for one of them at a time.

    Returns
    -------
    float
        Seconds until the second has ended: twice 100 bytes at 10 bytes a second.
    """
    none, two = np.zeros(2), np.full(2, 100.0)
    no_runs, whole = np.zeros(3, np.int64), np.full(2, np.inf)
    jobs = Jobs(
        ready_s=none,
        setup_s=none,
        resume_s=none,
        disk_bytes=none,
        memory_bytes=two,
        disk_bytes_per_s=whole,
        memory_bytes_per_s=whole,
        page_bytes=np.ones(2),
        limit_s=np.ones(2),
        longest_stop_s=whole,
        max_rounds=np.zeros(2, np.int64),
        class_start=no_runs,
        class_bytes=np.zeros(0),
        class_writes_per_s=np.zeros(0),
        curve_start=no_runs,
        curve_s=np.zeros(0),
        curve_bytes=np.zeros(0),
        fail_start=no_runs,
        fail_after_s=np.zeros(0),
    )
    routes = Routes(np.array([10.0]), *runs([[], [0], [], [0]]))
    trace = Trace(np.zeros(8), np.zeros(8, np.int64), np.zeros(8))
    terms = Terms(True, 1, 0.0, 10, False)
    claims = claims_of([1], [[0], [0]], [[1], [1]])
    ways, _ = run_fleet_jobs(jobs, claims, routes, terms, trace, compile_it=can_compile())
    return float(ways.end_s[1])


def main() -> None:
    """Warm the kernels, and say on stderr what that took."""
    start = time.perf_counter()
    warm()
    warm_bitmaps()
    warm_lanes()
    warm_fleet()
    how = "compiled" if can_compile() else "without a compiler"
    sys.stderr.write(f"kernels ran {how} in {time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
