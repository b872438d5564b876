"""From a workload to the bare numbers of its dirtying."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from vmlab import units
from vmlab.kernels.workload import Span, Work, writes_per_page
from vmlab.models.workload import PageClass, Phase, Uniform, Workload, Zipf, whole_pages
from vmlab.models.zipf import zipf_classes


@dataclass(frozen=True)
class Dirtying:
    """A workload as `vmlab.kernels.dirtying` takes it: bytes, writes a second, bytes after s.

    Of a workload in phases, `class_writes_per_s` has the rates of all classes
    for each phase in turn; every other has one phase.
    """

    class_bytes: tuple[float, ...] = ()
    class_writes_per_s: tuple[float, ...] = ()
    curve_s: tuple[float, ...] = ()
    curve_bytes: tuple[float, ...] = ()
    phase_from_s: tuple[float, ...] = (0.0,)

    @property
    def work(self) -> Work:
        """The same for `vmlab.kernels.workload`."""
        return Work(
            self.class_bytes,
            self.class_writes_per_s,
            self.phase_from_s,
            self.curve_s,
            self.curve_bytes,
        )

    def writes_per_page(self, start_s: float, duration_s: float) -> tuple[float, ...]:
        """Expected writes to each page of each class in a time on the clock of the command."""
        span = Span(start_s, duration_s, 1.0)
        return tuple(writes_per_page(i, span, self.work) for i in range(len(self.class_bytes)))

    def at(self, now_s: float) -> Dirtying:
        """The phase that is in force at an instant, as a workload without phases."""
        if len(self.phase_from_s) == 1:
            return self
        phase = sum(1 for from_s in self.phase_from_s if from_s <= now_s) - 1
        classes = len(self.class_bytes)
        rates = self.class_writes_per_s[phase * classes : (phase + 1) * classes]
        return Dirtying(self.class_bytes, rates)


def dirtying(workload: Workload, page_bytes: int) -> Dirtying:
    """The numbers of a workload.

    Parameters
    ----------
    workload : Workload
        Any of its forms.
    page_bytes : int
        Size of a page; a working set is rounded up to whole pages.

    Returns
    -------
    Dirtying
        A random working set of W bytes with n writes a second is one class at
        n/W a page; a sequential one the curve (0, 0), (W/n, W). Zipf's law is
        `zipf_classes`. Phases are cut into classes wherever one of them
        changes its rate, for their pages are numbered alike.
    """
    if workload.curve:
        curve = workload.curve
        points = [
            (second, units.mib_to_bytes(mib))
            for second, mib in zip(curve.seconds, curve.distinct_mib, strict=True)
            if second > 0
        ]
        return Dirtying(
            curve_s=(0.0, *(second for second, _ in points)),
            curve_bytes=(0.0, *(n_bytes for _, n_bytes in points)),
        )
    if workload.phases:
        return _phases(workload.phases, page_bytes)
    uniform = workload.uniform
    if uniform and uniform.order == "sequential":
        pages = whole_pages(uniform.working_set_mib, page_bytes)
        if pages == 0 or uniform.dirty_pages_per_s == 0:
            return Dirtying()
        sweep_s = pages / uniform.dirty_pages_per_s
        return Dirtying(curve_s=(0.0, sweep_s), curve_bytes=(0.0, float(pages * page_bytes)))
    found = _classes(workload, page_bytes)
    return Dirtying(
        tuple(float(pages * page_bytes) for pages, _ in found), tuple(rate for _, rate in found)
    )


def _classes(form: Workload | Phase, page_bytes: int) -> Sequence[tuple[int, float]]:
    """Pages of each class, and writes to each of its pages in a second."""
    if form.classes is not None:
        return _listed(form.classes)
    working_set = form.uniform or form.zipf
    if working_set is None:
        return ()
    pages = whole_pages(working_set.working_set_mib, page_bytes)
    return _working_set(working_set, pages)


def _listed(classes: Sequence[PageClass]) -> list[tuple[int, float]]:
    return [(math.ceil(one.pages), one.writes_per_page_per_s) for one in classes]


def _working_set(working_set: Uniform | Zipf, pages: int) -> list[tuple[int, float]]:
    writes_per_s = working_set.dirty_pages_per_s
    if pages == 0 or writes_per_s == 0:
        return []
    if isinstance(working_set, Uniform):
        return [(pages, writes_per_s / pages)]
    shares = zipf_classes(pages, working_set.exponent)
    return [(size, writes_per_s * share) for size, share in shares]


def _phases(phases: Sequence[Phase], page_bytes: int) -> Dirtying:
    rows = []
    for phase in phases:
        found = _classes(phase, page_bytes)
        ends = itertools.accumulate(size for size, _ in found)
        rows.append([(end, rate) for end, (_, rate) in zip(ends, found, strict=True)])
    edges = sorted({0, *(end for row in rows for end, _ in row)})
    return Dirtying(
        class_bytes=tuple(float((b - a) * page_bytes) for a, b in itertools.pairwise(edges)),
        class_writes_per_s=tuple(
            next((rate for end, rate in row if end > edge), 0.0)
            for row in rows
            for edge in edges[:-1]
        ),
        phase_from_s=tuple(phase.from_s for phase in phases),
    )
