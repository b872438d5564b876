"""Page by page: which pages have been written, and what a map of them shows.

Each page has one number, its **draw**, for each pass: a page has been written
by time t of the pass where its draw is below its class's threshold at t. For
pages written at random the draw is random in 53 bits, and the threshold the
probability ``1 - exp(-rate * t)``; for a curve the draws are 0, 1, 2, … and
the threshold the number of pages on the curve. Everything is integer, so the
loop below and the NumPy form beside it agree bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import can_compile, compiled, kernel

Draws = NDArray[np.uint64]
Addresses = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: What a dot of the map shows; after a post-copy switch NOT_SENT is missing at
#: the destination, and REQUESTED has come ahead of its turn, for the guest asked.
NOT_SENT, SENT, DIRTY, REQUESTED = 0, 1, 2, 3
#: Draws are integers below 2 to this power.
DRAW_BITS = 53

#: From so many pages on a loop is compiled; the first compilation takes about a second.
WORTH_COMPILING = 2**18

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def key(seed: int, stream: int) -> np.uint64:
    """A hashed key for `draw`, one for each pass.

    Parameters
    ----------
    seed, stream : int
        Any integers; each pair gives a stream of its own.

    Returns
    -------
    numpy.uint64
        Hashed twice: seeds that are near each other, or multiples of the
        generator's step, would otherwise overlap.
    """
    hashed = 0
    for number in (seed, stream):
        hashed = _mixed((hashed ^ number) + int(_STEP))
    return np.uint64(hashed)


def _mixed(number: int) -> int:
    word = 2**64 - 1
    number &= word
    number = (number ^ (number >> 30)) * int(_MIX_1) & word
    number = (number ^ (number >> 27)) * int(_MIX_2) & word
    return number ^ (number >> 31)


@kernel
def draw_loop(stream_key: np.uint64, address: Addresses, draw_out: Draws) -> None:
    """A random draw for each page, from a counter: order and threads do not matter.

    Parameters
    ----------
    stream_key : numpy.uint64
        From `key`.
    address : numpy.ndarray of int64, shape (n,)
        Where each page lies.
    draw_out : numpy.ndarray of uint64, shape (n,)
        Filled with integers below ``2**DRAW_BITS``.

    References
    ----------
    The mixing is SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom
    number generators, OOPSLA 2014.
    """
    for i in range(len(address)):
        word = stream_key + np.uint64(address[i] + 1) * _STEP
        word = (word ^ (word >> _S30)) * _MIX_1
        word = (word ^ (word >> _S27)) * _MIX_2
        draw_out[i] = (word ^ (word >> _S31)) >> _S11


def draw_array(stream_key: np.uint64, address: Addresses, draw_out: Draws) -> None:
    """`draw_loop` in NumPy."""
    word = (address + 1).astype(np.uint64) * _STEP + stream_key
    word = (word ^ (word >> _S30)) * _MIX_1
    word = (word ^ (word >> _S27)) * _MIX_2
    draw_out[:] = (word ^ (word >> _S31)) >> _S11


@kernel
def write_loop(draw: Draws, page_class: Addresses, threshold: Draws, dirty_out: Flags) -> int:
    """Mark the pages that have been written by some time of the pass.

    Parameters
    ----------
    draw : numpy.ndarray of uint64, shape (n,)
        Each page's draw.
    page_class : numpy.ndarray of int64, shape (n,)
        Each page's class.
    threshold : numpy.ndarray of uint64, shape (classes,)
        Each class's threshold at that time.
    dirty_out : numpy.ndarray of bool, shape (n,)
        True where the page has been written.

    Returns
    -------
    int
        How many are.
    """
    count = 0
    for i in range(len(draw)):
        written = draw[i] < threshold[page_class[i]]
        dirty_out[i] = written
        if written:
            count += 1
    return count


def write_array(draw: Draws, page_class: Addresses, threshold: Draws, dirty_out: Flags) -> int:
    """`write_loop` in NumPy."""
    np.less(draw, threshold[page_class], out=dirty_out)
    return int(np.count_nonzero(dirty_out))


@kernel
def paint_loop(
    first: bool,
    cursor: int,
    pages: int,
    pages_per_dot: int,
    address: Addresses,
    pending: Flags,
    dirty: Flags,
    dots_out: NDArray[np.uint8],
) -> int:
    """The map at an instant: each dot shows the worst of its pages.

    Parameters
    ----------
    first : bool
        In the first pass: every page is pending.
    cursor : int
        Pages below this address have had their turn in this pass.
    pages, pages_per_dot : int
        Size of memory and of a dot.
    address : numpy.ndarray of int64, shape (n,)
        The pages that the guest writes.
    pending, dirty : numpy.ndarray of bool, shape (n,)
        To be sent in this pass; written since it began.
    dots_out : numpy.ndarray of uint8, shape (dots,)
        ``DIRTY`` before ``NOT_SENT`` before ``SENT``.

    Returns
    -------
    int
        How many pages, not dots, are dirty: sent before, and to be sent again.
    """
    for dot in range(len(dots_out)):
        unsent = first and min((dot + 1) * pages_per_dot, pages) > cursor
        dots_out[dot] = NOT_SENT if unsent else SENT
    count = 0
    for i in range(len(address)):
        had_its_turn = address[i] < cursor
        again = (
            (dirty[i] and had_its_turn)
            if first
            else (dirty[i] or (pending[i] and not had_its_turn))
        )
        if again:
            dots_out[address[i] // pages_per_dot] = DIRTY
            count += 1
    return count


def paint_array(
    first: bool,
    cursor: int,
    pages: int,
    pages_per_dot: int,
    address: Addresses,
    pending: Flags,
    dirty: Flags,
    dots_out: NDArray[np.uint8],
) -> int:
    """`paint_loop` in NumPy."""
    dots_out[:] = SENT
    if first and cursor < pages:
        dots_out[cursor // pages_per_dot :] = NOT_SENT
    had_its_turn = address < cursor
    again = dirty & had_its_turn if first else dirty | (pending & ~had_its_turn)
    dots_out[address[again] // pages_per_dot] = DIRTY
    return int(np.count_nonzero(again))


def draw(stream_key: np.uint64, address: Addresses, draw_out: Draws) -> None:
    """`draw_array`, or for many pages `draw_loop`, compiled: equal bit for bit."""
    form = compiled(draw_loop) if _worth_compiling(len(address)) else draw_array
    form(stream_key, address, draw_out)


def write(draw: Draws, page_class: Addresses, threshold: Draws, dirty_out: Flags) -> int:
    """`write_array`, or for many pages `write_loop`, compiled: equal bit for bit."""
    form = compiled(write_loop) if _worth_compiling(len(draw)) else write_array
    return int(form(draw, page_class, threshold, dirty_out))


def paint(
    first: bool,
    cursor: int,
    pages: int,
    pages_per_dot: int,
    address: Addresses,
    pending: Flags,
    dirty: Flags,
    dots_out: NDArray[np.uint8],
) -> int:
    """`paint_array`, or for many pages `paint_loop`, compiled: equal bit for bit."""
    form = compiled(paint_loop) if _worth_compiling(len(address)) else paint_array
    return int(form(first, cursor, pages, pages_per_dot, address, pending, dirty, dots_out))


def _worth_compiling(n_pages: int) -> bool:
    return n_pages >= WORTH_COMPILING and can_compile()
