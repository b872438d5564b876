"""Where a guest's pages lie, so that a map of them has something to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmlab.models.precopy import Dirtying

#: The working set lies in this many clusters, spread over memory.
CLUSTERS = 8

_ZERO, _COLD = -2, -1


@dataclass(frozen=True, eq=False)
class Layout:
    """A guest's memory, page by page.

    Parameters
    ----------
    pages : int
        Size of memory.
    nonzero : numpy.ndarray of int64
        Addresses of the pages that are not zero, rising.
    written : numpy.ndarray of int64, shape (n,)
        Addresses of the pages that the guest writes, rising.
    page_class : numpy.ndarray of int64, shape (n,)
        Class of each; the curve, if there is one, is the class after the last.
    """

    pages: int
    nonzero: NDArray[np.int64]
    written: NDArray[np.int64]
    page_class: NDArray[np.int64]


def lay_out(pages: int, nonzero_pages: int, work: Dirtying, page_bytes: int) -> Layout:
    """Spread a workload over memory.

    Parameters
    ----------
    pages, nonzero_pages : int
        Size of memory, and of what is not zero.
    work : Dirtying
        The workload.
    page_bytes : int
        Size of a page.

    Returns
    -------
    Layout
        `CLUSTERS` equal stretches; in each, half of the quiet pages, the
        classes one after another, the other half, and the zero pages. Real
        guests are less tidy; how many pages are written does not depend on it.
    """
    sizes = [round(n_bytes / page_bytes) for n_bytes in work.class_bytes]
    if work.curve_bytes:
        sizes.append(-(-int(work.curve_bytes[-1]) // page_bytes))
    cold = nonzero_pages - sum(sizes)
    parts = [
        (_COLD, cold // 2),
        *enumerate(sizes),
        (_COLD, cold - cold // 2),
        (_ZERO, pages - nonzero_pages),
    ]
    kinds = [kind for _ in range(CLUSTERS) for kind, _ in parts]
    counts = [
        size * (cluster + 1) // CLUSTERS - size * cluster // CLUSTERS
        for cluster in range(CLUSTERS)
        for _, size in parts
    ]
    kind = np.repeat(np.array(kinds, dtype=np.int64), counts)
    written = np.flatnonzero(kind >= 0)
    return Layout(pages, np.flatnonzero(kind != _ZERO), written, kind[written])
