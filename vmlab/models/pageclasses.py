"""A workload as classes of pages: a sync has to know whose pages it finds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vmlab.kernels.qemu_terms import Writes
from vmlab.models.precopy import dirtying
from vmlab.models.workload import Phase, Workload, written_pages


def page_classes(workload: Workload, page_bytes: int, waiting_bytes: float = 0.0) -> Writes:
    """The classes of a workload.

    Parameters
    ----------
    workload : Workload
        Any of its forms.
    page_bytes : int
        Size of a page.
    waiting_bytes : float, optional
        What was waiting while a curve was measured.

    Returns
    -------
    Writes
        A measured curve as one class, as large as its end; a working set that
        is never written as one with a rate of 0.
    """
    if workload.phases:
        return _nested(workload.phases, page_bytes)
    work = dirtying(workload, page_bytes)
    if work.curve_s and workload.curve:
        end = work.curve_bytes[-1]
        return Writes((end,), (0.0,), (0.0,), work.curve_s, work.curve_bytes, waiting_bytes, False)
    if work.curve_s:
        turns_per_s = 1.0 / work.curve_s[-1]
        return Writes((work.curve_bytes[-1],), (0.0,), (turns_per_s,), (), (), 0.0, True)
    sizes, rates = work.class_bytes, work.class_writes_per_s
    if not sizes:
        idle = float(written_pages(workload, page_bytes) * page_bytes)
        sizes, rates = ((idle,), (0.0,)) if idle else ((), ())
    return Writes(sizes, (0.0,), rates, (), (), 0.0, False)


def _nested(phases: Sequence[Phase], page_bytes: int) -> Writes:
    """Phases write pages from number 0 on: cut where one of them changes its rate."""
    rows = []
    for phase in phases:
        form = Workload(uniform=phase.uniform, classes=phase.classes, zipf=phase.zipf)
        one = page_classes(form, page_bytes)
        ends = tuple(itertools.accumulate(one.class_bytes))
        rows.append(tuple(zip(ends, one.class_writes_per_s, strict=True)))
    edges = sorted({0.0, *(end for row in rows for end, _ in row)})
    return Writes(
        class_bytes=tuple(b - a for a, b in itertools.pairwise(edges)),
        phase_from_s=tuple(phase.from_s for phase in phases),
        class_writes_per_s=tuple(
            next((writes for end, writes in row if end > edge), 0.0)
            for row in rows
            for edge in edges[:-1]
        ),
        curve_s=(),
        curve_bytes=(),
        waiting_bytes=0.0,
        sweep=False,
    )
