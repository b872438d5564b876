"""How fine a film draws, so that it stays small whatever the guest does.

A film is as large as what happens in it by chance: each dot that turns dirty
at an instant of its own, and is sent at another, has to be told. A guest that
rewrites most of its memory in pass after pass would fill hundreds of
kilobytes with noise. Then neighbouring dots are drawn together, as grains, and
evenly: of n grains of a class the k-th to be written is written when the
share k/n is expected to be. Fewer, coarser, and without chance, so that the
numbers stay those of the estimate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.pages import DRAW_BITS
from vmlab.models.case import Case

#: Dots of a full map.
DOTS = 65_536
#: Passes shown of a migration that has no end.
ENDLESS_PASSES = 12
#: What a film may take, bytes.
ROOM_BYTES = 110_000
#: What zlib needs for a grain that changes; measured, with some room.
CHANGE_BYTES = 0.8


def grain(case: Case, dirtied_bytes: Sequence[float], endless: bool) -> int:
    """Dots that are drawn together.

    Parameters
    ----------
    case : Case
        The case.
    dirtied_bytes : sequence of float
        What each pass dirties, as the estimate has it.
    endless : bool
        Whether only the first passes are shown.

    Returns
    -------
    int
        1 where the film is small enough anyway.

    Notes
    -----
    ``2 * dots dirtied * CHANGE_BYTES / ROOM_BYTES``, rounded up: a dirty dot
    changes twice, and a sweep's dots change in order, which costs nothing.
    """
    if case.workload.curve or (case.workload.uniform and _in_order(case)):
        return 1
    shown = dirtied_bytes[: ENDLESS_PASSES if endless else None]
    dots = min(DOTS, case.memory_pages)
    changes = 2.0 * sum(shown) / (case.memory_pages * case.page_bytes) * dots
    return max(1, -int(-changes * CHANGE_BYTES // ROOM_BYTES))


def _in_order(case: Case) -> bool:
    uniform = case.workload.uniform
    return uniform is not None and uniform.order == "sequential"


def even(draw: NDArray[np.uint64], page_class: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Draws spread evenly over their range, class by class, in the order that chance gave them.

    Parameters
    ----------
    draw : numpy.ndarray of uint64, shape (n,)
        Pages of a grain have the same.
    page_class : numpy.ndarray of int64, shape (n,)
        Class of each page.

    Returns
    -------
    numpy.ndarray of uint64, shape (n,)
        The k-th of a class's pages, in rising order of its draws, gets
        ``(k + 1/2) / size`` of the range; pages of a grain that of its middle.
    """
    order = np.lexsort((draw, page_class))
    sorted_class, sorted_draw = page_class[order], draw[order]
    n = len(draw)
    new_class = np.concatenate([[True], sorted_class[1:] != sorted_class[:-1]])[:n]
    new_grain = new_class | np.concatenate([[True], sorted_draw[1:] != sorted_draw[:-1]])[:n]
    class_start = np.flatnonzero(new_class)
    class_size = np.diff(np.append(class_start, n))
    grain_start = np.flatnonzero(new_grain)
    grain_size = np.diff(np.append(grain_start, n))
    of_class = np.cumsum(new_class)[grain_start] - 1
    middle = grain_start - class_start[of_class] + 0.5 * grain_size
    level = (middle / class_size[of_class] * 2.0**DRAW_BITS).astype(np.uint64)
    found = np.empty_like(draw)
    found[order] = np.repeat(level, grain_size)
    return found
