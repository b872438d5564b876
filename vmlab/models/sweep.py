"""The same case at many points: grids and random designs, here or on a cluster."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, closing
from multiprocessing import get_context
from typing import Any

import numpy as np

from vmlab.kernels.constant_rate import BLOCK
from vmlab.kernels.many import worth_compiling
from vmlab.models.case import Case
from vmlab.models.design import Design, Values, grid, random
from vmlab.models.sweep_result import Sweep
from vmlab.models.sweep_task import Columns, Task, is_many, run_task

#: Points of one task where all are bare numbers, and where each is an estimate.
MANY, FEW = 8 * BLOCK, 200
_AHEAD = 64  # tasks under way at a time
# Ctrl-C goes to all processes of a terminal; of a sweep, only its first stops the others.
_DEAF = (signal.SIGINT, signal.SIG_IGN)


def sweep(
    case: Case,
    over: Mapping[str, Values],
    *,
    points: int | None = None,
    seed: int | None = None,
    client: Any = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Estimate a case at many points.

    Parameters
    ----------
    case : Case
        What all points have in common.
    over : mapping of str to str or sequence
        Fields by dotted name, and their values: ``"100:10000:50"`` (50 values
        at equal distances), ``"100:10000:50:log"`` (at equal factors),
        ``"ideal,esx"``, a list or an array. Several make a grid, the last
        field fastest.
    points : int, optional
        So many points at random instead of a grid; ranges are then
        ``"100:10000"`` or ``"100:10000:log"``.
    seed : int, optional
        Of a random design; the case's own where left out.
    client : optional
        Where to run the points: a ``dask.distributed.Client``, or whatever has
        ``submit(function, argument)`` that returns something with
        ``result()``. The numbers are the same, bit for bit.
    workers : int, optional
        Processes of this machine for points that are estimated one by one; a
        script that asks for more than one needs an ``if __name__ ==
        "__main__"``.
    progress : callable, optional
        Called now and then with the points done and all points.

    Returns
    -------
    Sweep
        What `vmlab.estimate` says of each point: rounds, bytes and verdicts
        exactly, times within 1e-12.

    Raises
    ------
    InputError
        An unknown field, a bad range, or a point that is no case.

    Notes
    -----
    Pre-copy under ``ideal`` and ``esx`` over a link of one rate, of a guest
    that writes at random (uniform, classes, zipf), runs as bare numbers,
    compiled from a million points on. Where a time-out is reached, and
    everything else, takes an estimate a point, which needs no compiler.
    Measured with the case ``web-server`` over bandwidths, points for a second
    of one core of a busy machine: 7.4 million compiled, 2.7 million in NumPy,
    8,700 with auto-converge, 1,800 under ``qemu``, 1,000 by post-copy and
    hybrid.

    Examples
    --------
    >>> from vmlab.models.case import Case
    >>> sweep(Case.model_validate({
    ...     "memory_mib": 1024, "link": {"mbit_s": 1000},
    ...     "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}}}),
    ...     {"link.mbit_s": "100:1000:4"})
    4 points: downtime-limit 3, never 1
    result          least    median  greatest
    total_s       9.16345   13.1768   23.4381
    downtime_s  0.0756724  0.156684  0.172425
    sent_mib      1092.37   1108.59   2462.58
    rounds              3       3.5        34
    """
    if points is None:
        design = grid(case, over)
    else:
        design = random(case, over, points, case.seed if seed is None else seed)
    done = Columns.of(design.points)
    reached = 0
    with closing(_run(case, design, client, workers)) as parts:
        for where, values in parts:
            done.put(where, values)
            reached += len(values.rounds)
            if progress:
                progress(reached, design.points)
    sent: Any = done.sent_bytes
    if not len(sent) or sent.max() < 2**63:
        sent = sent.astype(np.int64)
    return Sweep(
        design.part(0, design.points), done.total_s, done.downtime_s, sent, done.rounds,
        done.converged, done.stops,
    )  # fmt: skip


def _run(
    case: Case, design: Design, client: Any, workers: int
) -> Generator[tuple[Any, Columns], None, None]:
    """Results part by part, in order."""
    many = all(is_many(case, design.part(point, point + 1)) for point in design.corners())
    size = MANY if many else FEW
    classes = len(case.workload.classes or ()) or 1
    fast = many and worth_compiling(design.points, classes)
    cuts = [slice(low, min(low + size, design.points)) for low in range(0, design.points, size)]

    def task(cut: slice) -> Task:
        return Task(case, design.part(cut.start, cut.stop), fast)

    if client is None:  # the first here: what is compiled is compiled once, a mistake told at once
        yield cuts[0], run_task(task(cuts.pop(0)))
    with ExitStack() as stack:
        pool = client
        if pool is None and fast:
            pool = ThreadPoolExecutor(os.cpu_count())
        elif pool is None and not many and workers > 1 and cuts:
            spawn = get_context("spawn")
            pool = ProcessPoolExecutor(workers, spawn, signal.signal, _DEAF)
        if pool is not client:  # who stops a sweep does not wait for what is queued
            stack.callback(pool.shutdown, cancel_futures=True)
        waiting: deque[tuple[slice, Any]] = deque()
        for cut in cuts:
            if pool is None:
                yield cut, run_task(task(cut))
                continue
            waiting.append((cut, pool.submit(run_task, task(cut))))
            if len(waiting) > _AHEAD:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()
