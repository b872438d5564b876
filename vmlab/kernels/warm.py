"""Call each compiled kernel once, with the types that the models give it.

``python -m vmlab.kernels.warm`` runs where an image is built: it proves that
the compiler works there, and with ``NUMBA_CACHE_DIR`` set leaves the compiled
kernels behind.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from vmlab.kernels import guest_pages, pages
from vmlab.kernels.bitmaps import PAGES_PER_WORD
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


def warm_bitmaps() -> int:
    """Draw a bitmap that is just large enough to be worth compiling.

    Returns
    -------
    int
        Pages written: all of them, the threshold being the highest there is.
    """
    size = guest_pages.WORTH_COMPILING * PAGES_PER_WORD
    guest = guest_pages.Pages([size])
    return guest.draw(1, 1, [2**pages.DRAW_BITS], guest.bitmap())


def main() -> None:
    """Warm the kernels, and say on stderr what that took."""
    start = time.perf_counter()
    warm()
    warm_bitmaps()
    how = "compiled" if can_compile() else "without a compiler"
    sys.stderr.write(f"kernels ran {how} in {time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
