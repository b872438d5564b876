"""The one place that knows the compiler: its decorator, its options, its absence."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from collections.abc import Callable, MutableSequence, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

# As text: an estimate of tuples and lists need not wait until NumPy is loaded.
#: What a kernel reads: a tuple where it runs as Python, an array where it is compiled.
Numbers: TypeAlias = "Sequence[float] | NDArray[np.float64]"
#: What a kernel fills, likewise.
NumbersOut: TypeAlias = "MutableSequence[float] | NDArray[np.float64]"

_unknown: list[Callable[..., Any]] = []  # kernels that the compiler has not heard of yet
_fused: set[Callable[..., Any]] = set()  # kernels in which a * b + c may be one operation


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


def fused_kernel(function: F) -> F:
    """Mark a kernel in which the compiler may fuse a product and a sum.

    Parameters
    ----------
    function : callable
        As for `kernel`, and sound when ``a * b + c`` is rounded once.

    Returns
    -------
    callable
        The same function.

    Notes
    -----
    Only that: sums are not regrouped, so a large number may still be added
    and taken away to round. Such a kernel must itself see to it that its
    verdicts do not hang on the last bits of a float.
    """
    _fused.add(function)
    return kernel(function)


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
    Compiled kernels are kept on disk: where ``NUMBA_CACHE_DIR`` says, as in an
    image that does not change, or else in the user's own cache, in a folder
    named after the text of all kernels. (numba stamps a kept kernel with its
    own file, and would not see a change in a kernel that it calls.) No
    ``fastmath``, but in a `fused_kernel`: results must not depend on the
    compiler.
    """
    if not can_compile():
        return function
    import numba

    _let_kernels_call_each_other()
    # A kernel of somebody else's file may be in a module that no other process can import.
    ours = function.__module__.startswith(f"{__name__.rpartition('.')[0]}.")
    folder = _kept_in() if ours else None
    options = {"nogil": True, "cache": folder is not None, **_options(function)}
    settings: Any = numba.config
    before, settings.CACHE_DIR = settings.CACHE_DIR, folder or ""
    try:
        return cast(F, numba.njit(**options)(function))
    finally:
        settings.CACHE_DIR = before  # the caller's own functions are none of ours


def _let_kernels_call_each_other() -> None:
    from numba.extending import register_jitable

    while _unknown:
        function = _unknown.pop()
        register_jitable(**_options(function))(function)


@functools.cache
def _kept_in() -> str | None:
    """The folder for compiled kernels; None where none can be written."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return os.environ["NUMBA_CACHE_DIR"]
    texts = hashlib.sha256()
    try:
        for path in sorted(Path(__file__).parent.glob("*.py")):
            texts.update(path.read_bytes())
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(home, "vmlab", f"kernels-{texts.hexdigest()[:16]}")
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # a read-only home, or none at all
        return None
    return str(folder) if os.access(folder, os.W_OK) else None


def _options(function: Callable[..., Any]) -> dict[str, Any]:
    return {"error_model": "numpy", "fastmath": {"contract"} if function in _fused else False}
