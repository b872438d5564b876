"""Dirty bitmaps, 64 pages to a word: every page drawn for itself, a vector of pages at a time.

A page is written in a pass where its own random number of 53 bits is below
its class's threshold. The numbers of 64 pages lie across words: the first
`PLANES` bits of all 64 are `PLANES` random words, and the comparison is logic
on whole words. The few pages that those bits leave undecided get the rest of
their bits one by one.

Memory falls into chunks. Each chunk has `LANES` generators, keyed by the
chunk's number, that fill its words in turn: the bits do not depend on how
chunks are shared among threads. Everything is integer, so the loop and the
NumPy form agree bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel
from vmlab.kernels.pages import DRAW_BITS

Words = NDArray[np.uint64]
Indices = NDArray[np.int64]

PAGES_PER_WORD = 64
#: Bits of each page's number that are compared a word at a time.
PLANES = 10
#: Generators of a chunk, and words of a chunk.
LANES, CHUNK_WORDS = 512, 4096
BLOCKS = CHUNK_WORDS // LANES
#: Bits that decide the pages which the planes leave undecided.
TAIL_BITS = DRAW_BITS - PLANES

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S24, _S40, _S16, _S37 = np.uint64(24), np.uint64(40), np.uint64(16), np.uint64(37)
_S17, _S47 = np.uint64(17), np.uint64(47)
_HIGH, _LOW = np.uint64(TAIL_BITS), np.uint64(2**TAIL_BITS - 1)
_TAIL_SHIFT, _WHOLE = np.uint64(64 - TAIL_BITS), np.uint64(DRAW_BITS)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)
_FIVES, _THREES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_NIBBLES, _BYTES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_S1, _S2, _S4, _S56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@kernel
def mixed(word: np.uint64) -> np.uint64:
    """SplitMix64's mixing of a word; see `vmlab.kernels.pages`.

    Parameters
    ----------
    word : numpy.uint64
        Any.

    Returns
    -------
    numpy.uint64
        Each bit depends on all of the word's.
    """
    word = (word ^ (word >> _S30)) * _MIX_1
    word = (word ^ (word >> _S27)) * _MIX_2
    return word ^ (word >> _S31)


@kernel
def ones(word: np.uint64) -> np.uint64:
    """How many bits of a word are set, in a form that compilers know as one instruction.

    Parameters
    ----------
    word : numpy.uint64
        Any.

    Returns
    -------
    numpy.uint64
        0 to 64.
    """
    word = word - ((word >> _S1) & _FIVES)
    word = (word & _THREES) + ((word >> _S2) & _THREES)
    word = (word + (word >> _S4)) & _NIBBLES
    return (word * _BYTES) >> _S56


@kernel
def bit_of(number: np.uint64, place: int) -> np.uint64:
    """A bit of a number, in all places of a word.

    Parameters
    ----------
    number : numpy.uint64
        Any.
    place : int
        Which of its bits, 0 the lowest.

    Returns
    -------
    numpy.uint64
        All ones or nothing.
    """
    return _NONE - ((number >> np.uint64(place)) & _ONE)


@kernel
def compared(
    a: np.uint64,
    b: np.uint64,
    less: np.uint64,
    equal: np.uint64,
    low: np.uint64,
    high: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Two more bits of 64 numbers against the same bits of their threshold, low bits first.

    Parameters
    ----------
    a, b : numpy.uint64
        A lane's generator.
    less, equal : numpy.uint64
        Which numbers are below, and which equal to, the threshold so far.
    low, high : numpy.uint64
        The threshold's two bits, each in all places.

    Returns
    -------
    a, b, less, equal : numpy.uint64
        The same after these bits.

    Notes
    -----
    ``less`` becomes the majority of ``not r``, ``less`` and the threshold's
    bit: a higher bit that differs overrides what the lower ones said.

    A state gives two words, ``p = a + b`` and ``rotl(p, 17) + a``, those of
    xoroshiro128+ and xoroshiro128++. To each pair of words belongs exactly one
    state, so the two are as independent of each other as ``a`` and ``b`` are.

    References
    ----------
    The generator has the constants 24, 16, 37 of xoroshiro128+: Blackman and
    Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 47, 2021.
    """
    plus = a + b
    zeros = ~plus
    less = (zeros & less) | (zeros & low) | (less & low)
    equal = equal & (zeros ^ low)
    zeros = ~(((plus << _S17) | (plus >> _S47)) + a)
    less = (zeros & less) | (zeros & high) | (less & high)
    equal = equal & (zeros ^ high)
    b = b ^ a
    a = ((a << _S24) | (a >> _S40)) ^ b ^ (b << _S16)
    b = (b << _S37) | (b >> _S27)
    return a, b, less, equal


@kernel
def decide_tails(
    tail_key: np.uint64,
    at: int,
    n: int,
    low: np.uint64,
    equal: Words,
    dirty_out: Words,
    place_out: Indices,
) -> None:
    """Decide the pages whose first bits are the threshold's own, by the bits that follow.

    Parameters
    ----------
    tail_key : numpy.uint64
        Key of the pass.
    at, n : int
        First word, and how many.
    low : numpy.uint64
        The threshold's low bits.
    equal, dirty_out : numpy.ndarray of uint64, shape (n,)
        The undecided pages; the bitmap, where those below the threshold are set.
    place_out : numpy.ndarray of int64, shape (n + 1,)
        Room to work in.
    """
    found = 0
    for i in range(n):  # collected without a branch, which would often be guessed wrong
        place_out[found] = i
        found += int(equal[i] != _NONE)
    for k in range(found):
        i = place_out[k]
        left, word = equal[i], dirty_out[i]
        while left != _NONE:
            page = left & (_NONE - left)  # the lowest one's flag
            number = (at + i) * PAGES_PER_WORD + int(ones(page - _ONE))
            if mixed(tail_key + np.uint64(number + 1) * _STEP) >> _TAIL_SHIFT < low:
                word |= page
            left ^= page
        dirty_out[i] = word


@kernel
def draw_chunks(
    stream_key: np.uint64,
    tail_key: np.uint64,
    from_chunk: int,
    to_chunk: int,
    class_from: Indices,
    class_pages: Indices,
    threshold: Words,
    dirty_out: Words,
    a_out: Words,
    b_out: Words,
    equal_out: Words,
    place_out: Indices,
) -> int:
    """Draw the pages of some chunks.

    Parameters
    ----------
    stream_key, tail_key : numpy.uint64
        From `key`; one pair for each pass.
    from_chunk, to_chunk : int
        Which chunks.
    class_from : numpy.ndarray of int64, shape (classes + 1,)
        First word of each class, and the end of the last.
    class_pages : numpy.ndarray of int64, shape (classes,)
        Pages of each; a class fills whole words but for its last.
    threshold : numpy.ndarray of uint64, shape (classes,)
        At most ``2**53``: of that many numbers so many mean written.
    dirty_out : numpy.ndarray of uint64
        The bitmap, whole memory; the chunks' words are filled.
    a_out, b_out, equal_out : numpy.ndarray of uint64, shape (LANES,)
        Room to work in, a set for each thread.
    place_out : numpy.ndarray of int64, shape (LANES + 1,)
        More of it.

    Returns
    -------
    int
        Pages written.
    """
    count = 0
    end = class_from[len(class_pages)]
    kind = 0
    for chunk in range(from_chunk, to_chunk):
        base = stream_key + np.uint64(chunk * 2 * LANES) * _STEP
        for i in range(LANES):
            a_out[i] = mixed(base + np.uint64(i + 1) * _STEP)
            b_out[i] = mixed(base + np.uint64(i + LANES + 1) * _STEP)
        for block in range(BLOCKS):
            first = chunk * CHUNK_WORDS + block * LANES
            past = min(first + LANES, end)
            at = first
            while at < past:
                while class_from[kind + 1] <= at:
                    kind += 1
                stop = min(past, class_from[kind + 1])
                n = stop - at
                lane = at - first
                limit = threshold[kind]
                high, whole = limit >> _HIGH, _NONE - (limit >> _WHOLE)
                # All bits by name: the words of a lane stay in registers.
                m0 = bit_of(high, 0)
                m1 = bit_of(high, 1)
                m2 = bit_of(high, 2)
                m3 = bit_of(high, 3)
                m4 = bit_of(high, 4)
                m5 = bit_of(high, 5)
                m6 = bit_of(high, 6)
                m7 = bit_of(high, 7)
                m8 = bit_of(high, 8)
                m9 = bit_of(high, 9)
                words, lane_a, lane_b = (
                    dirty_out[at:stop],
                    a_out[lane : lane + n],
                    b_out[lane : lane + n],
                )
                for i in range(n):
                    a, b, less, equal = lane_a[i], lane_b[i], _NONE, _ALL
                    a, b, less, equal = compared(a, b, less, equal, m0, m1)
                    a, b, less, equal = compared(a, b, less, equal, m2, m3)
                    a, b, less, equal = compared(a, b, less, equal, m4, m5)
                    a, b, less, equal = compared(a, b, less, equal, m6, m7)
                    a, b, less, equal = compared(a, b, less, equal, m8, m9)
                    lane_a[i], lane_b[i] = a, b
                    words[i] = less | whole
                    equal_out[i] = equal & ~whole
                if stop == class_from[kind + 1]:  # no pages past the class's last
                    spare = np.uint64(-class_pages[kind] % PAGES_PER_WORD)
                    words[n - 1] &= _ALL >> spare
                    equal_out[n - 1] &= _ALL >> spare
                decide_tails(tail_key, at, n, limit & _LOW, equal_out, words, place_out)
                written = _NONE
                for i in range(n):
                    written += ones(words[i])
                count += int(written)
                at = stop
    return count
