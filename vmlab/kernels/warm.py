"""Call each compiled kernel once, with the types that the models give it.

``python -m vmlab.kernels.warm`` runs where an image is built: it proves that
the compiler works there, and with ``NUMBA_CACHE_DIR`` set leaves the compiled
kernels behind.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from vmlab.kernels import pages
from vmlab.kernels.compile import can_compile


def warm() -> tuple[int, int]:
    """Run the page kernels on a memory that is just large enough to be worth compiling.

    Returns
    -------
    written, again : int
        Pages written, and pages to be sent again; both half of the memory.
    """
    size = pages.WORTH_COMPILING
    address = np.arange(size, dtype=np.int64)
    draws = np.empty(size, np.uint64)
    pages.draw(pages.key(1, 1), address, draws)
    draws[:] = address
    dirty = np.zeros(size, np.bool_)
    dots = np.empty(1024, np.uint8)
    half = np.array([size // 2], np.uint64)
    written = pages.write(draws, np.zeros(size, np.int64), half, dirty)
    again = pages.paint(True, size, size, size // 1024, address, dirty, dirty, dots)
    return written, again


def main() -> None:
    """Warm the kernels, and say on stderr what that took."""
    start = time.perf_counter()
    warm()
    how = "compiled" if can_compile() else "without a compiler"
    sys.stderr.write(f"kernels ran {how} in {time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
