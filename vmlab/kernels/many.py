"""Blocks of points, by whichever form is worth it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.constant_rate import BLOCK, Floats, constant_rate_loop
from vmlab.kernels.dirty_table import COEFFICIENTS
from vmlab.kernels.lanes import constant_rate_lanes
from vmlab.kernels.vectors import constant_rate_vectors

#: From so many points times classes on, compiling pays.
WORTH_COMPILING = 1_000_000
_NO_TABLE = np.empty((0, COEFFICIENTS))


def worth_compiling(points: int, classes: int) -> bool:
    """Whether so many points are run faster if the lanes are compiled first.

    Parameters
    ----------
    points, classes : int
        How many points, and classes of each.

    Returns
    -------
    bool
        False too where nothing can be compiled.
    """
    return points * max(classes, 1) >= WORTH_COMPILING and can_compile()


def constant_rate_block(
    points: Floats,
    n: int,
    class_bytes: Floats,
    class_writes_per_s: Floats,
    ends_out: Floats,
    *,
    fast: bool,
    table: Floats = _NO_TABLE,
    table_first: int = 0,
) -> None:
    """Run a block of points; see `vmlab.kernels.constant_rate` for its layout.

    Parameters
    ----------
    points, n, class_bytes, class_writes_per_s, ends_out : array of float, but n : int
        As in `vmlab.kernels.lanes.constant_rate_lanes`; every entry is filled.
    fast : bool
        Compiled lanes, rather than NumPy and plain Python.
    table, table_first : array of float, int
        As in `constant_rate_lanes`; NumPy takes the classes as they are.
    """
    again: NDArray[np.int64] = np.empty(BLOCK, np.int64)
    work = (points, n, class_bytes, class_writes_per_s)
    loop: Any = constant_rate_loop
    if fast:
        lanes: Any = compiled(constant_rate_lanes)
        left = lanes(*work, table, table_first, again, ends_out)
        loop = compiled(constant_rate_loop)
    else:
        left = constant_rate_vectors(*work, again, ends_out)
    if left:
        loop(points, class_bytes, class_writes_per_s, again[:left], ends_out)
