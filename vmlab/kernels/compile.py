"""The one place that knows the compiler: its decorator, its options, its absence."""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable, MutableSequence, Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

#: What a kernel reads: a tuple where it runs as Python, an array where it is compiled.
Numbers = Sequence[float] | NDArray[np.float64]
#: What a kernel fills, likewise.
NumbersOut = MutableSequence[float] | NDArray[np.float64]

_unknown: list[Callable[..., Any]] = []  # kernels that the compiler has not heard of yet


def kernel(function: F) -> F:
    """Mark a function as a kernel; it stays plain Python.

    Parameters
    ----------
    function : callable
        Numbers and arrays in, numbers out, of the subset that numba knows.

    Returns
    -------
    callable
        The same function.
    """
    _unknown.append(function)
    return function


def can_compile() -> bool:
    """Whether there is a compiler, and nobody has switched it off."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}:
        return False
    try:
        return importlib.util.find_spec("numba") is not None
    except ValueError:  # a blocked module has no spec
        return False


@functools.cache
def compiled(function: F) -> F:
    """The compiled form of a kernel.

    Parameters
    ----------
    function : callable
        One marked by `kernel`.

    Returns
    -------
    callable
        Compiled when first called, for the types it is called with. The
        function itself where numba is absent or ``NUMBA_DISABLE_JIT`` is set.

    Notes
    -----
    Compiled kernels are kept on disk only where ``NUMBA_CACHE_DIR`` is set, as
    in an image that does not change: numba stamps a kept kernel with the text
    of its own file, and would not see a change in a kernel that it calls. No
    ``fastmath``: results must not depend on the compiler.
    """
    if not can_compile():
        return function
    import numba

    _let_kernels_call_each_other()
    keep = "NUMBA_CACHE_DIR" in os.environ
    return cast(F, numba.njit(error_model="numpy", nogil=True, cache=keep)(function))


def _let_kernels_call_each_other() -> None:
    from numba.extending import register_jitable

    while _unknown:
        register_jitable(error_model="numpy")(_unknown.pop())
