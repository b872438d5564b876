"""A workload as classes of pages: what a sync needs to know whose pages it finds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vmlab.models.precopy import dirtying
from vmlab.models.workload import Phase, Workload, written_pages


@dataclass(frozen=True)
class PageClasses:
    """A workload as `vmlab.kernels.resync` takes it.

    Parameters
    ----------
    class_bytes : tuple of float
        Size of each class, bytes.
    phase_from_s : tuple of float
        When each phase begins, s.
    class_writes_per_s : tuple of float
        Writes to each page, 1/s, phase by phase.
    curve_s, curve_bytes : tuple of float
        A measured curve, or nothing; the only class is as large as its end.
    sweep : bool
        The only class is written in the order of its addresses.
    spread : bool
        The classes lie anywhere in memory.
    """

    class_bytes: tuple[float, ...]
    phase_from_s: tuple[float, ...]
    class_writes_per_s: tuple[float, ...]
    curve_s: tuple[float, ...] = ()
    curve_bytes: tuple[float, ...] = ()
    sweep: bool = False
    spread: bool = False


def page_classes(workload: Workload, page_bytes: int) -> PageClasses:
    """The classes of a workload.

    Parameters
    ----------
    workload : Workload
        Any of its forms.
    page_bytes : int
        Size of a page.

    Returns
    -------
    PageClasses
        A measured curve as one class, spread over memory; a working set of
        any other form as one stretch at the end of memory, also where it is
        never written.
    """
    if workload.phases:
        return _nested(workload.phases, page_bytes)
    work = dirtying(workload, page_bytes)
    if workload.curve:
        whole = work.curve_bytes[-1]
        curve = (work.curve_s, work.curve_bytes)
        return PageClasses((whole,), (0.0,), (0.0,), *curve, spread=True)
    if work.curve_s:
        turns_per_s = 1.0 / work.curve_s[-1]
        return PageClasses((work.curve_bytes[-1],), (0.0,), (turns_per_s,), sweep=True)
    if not work.class_bytes:
        idle = float(written_pages(workload, page_bytes) * page_bytes)
        return PageClasses((idle,), (0.0,), (0.0,)) if idle else PageClasses((), (0.0,), ())
    return PageClasses(work.class_bytes, (0.0,), work.class_writes_per_s)


def _nested(phases: Sequence[Phase], page_bytes: int) -> PageClasses:
    """Phases write pages from number 0 on: cut where one of them changes its rate."""
    rows = []
    for phase in phases:
        form = Workload(uniform=phase.uniform, classes=phase.classes, zipf=phase.zipf)
        work = dirtying(form, page_bytes)
        ends = tuple(itertools.accumulate(work.class_bytes))
        rows.append(tuple(zip(ends, work.class_writes_per_s, strict=True)))
    edges = sorted({0.0, *(end for row in rows for end, _ in row)})
    return PageClasses(
        class_bytes=tuple(b - a for a, b in itertools.pairwise(edges)),
        phase_from_s=tuple(phase.from_s for phase in phases),
        class_writes_per_s=tuple(
            next((writes for end, writes in row if end > edge), 0.0)
            for row in rows
            for edge in edges[:-1]
        ),
    )
