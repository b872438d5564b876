"""A workload as classes of pages: a sync has to know whose pages it finds."""

from __future__ import annotations

from vmlab.kernels.qemu_terms import Writes
from vmlab.models.dirtying import dirtying
from vmlab.models.workload import Workload, written_pages


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
        phases = len(work.phase_from_s)
        sizes, rates = ((idle,), (0.0,) * phases) if idle else ((), ())
    return Writes(sizes, work.phase_from_s, rates, (), (), 0.0, False)
