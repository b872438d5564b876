"""Flags of hosts packed into words, 64 to a word, host 0 in the lowest bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel

Words = NDArray[np.uint64]
Indices = NDArray[np.int64]

WORD_BITS = 64

_ONE, _LOW = np.uint64(1), np.uint64(63)
_FIVES, _THREES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_NIBBLES = np.uint64(0x0F0F0F0F0F0F0F0F)
_S1, _S2, _S4 = np.uint64(1), np.uint64(2), np.uint64(4)
_S8, _S16, _S32 = np.uint64(8), np.uint64(16), np.uint64(32)


@kernel
def bits_in(word: np.uint64) -> int:
    """How many bits of a word are set.

    Parameters
    ----------
    word : numpy.uint64
        Any.

    Returns
    -------
    int
        0 to 64.
    """
    word = word - ((word >> _S1) & _FIVES)
    word = (word & _THREES) + ((word >> _S2) & _THREES)
    word = (word + (word >> _S4)) & _NIBBLES
    word = word + (word >> _S8)
    word = word + (word >> _S16)
    word = word + (word >> _S32)
    return int(word & np.uint64(0x7F))


@kernel
def rows_loop(start: Indices, offer: Indices, rows_out: Words) -> None:
    """Turn what each host offers into a row for each atom.

    Parameters
    ----------
    start : numpy.ndarray of int64, shape (hosts + 1,)
        Where each host's run of offers begins, and the end of the last.
    offer : numpy.ndarray of int64
        Atoms that hosts offer, host after host.
    rows_out : numpy.ndarray of uint64, shape (atoms, words)
        Zero; each offer's bit is set.
    """
    for host in range(len(start) - 1):
        word, bit = host >> 6, _ONE << (np.uint64(host) & _LOW)
        for i in range(start[host], start[host + 1]):
            rows_out[offer[i], word] |= bit


def rows_array(start: Indices, offer: Indices, rows_out: Words) -> None:
    """`rows_loop` in NumPy."""
    host = np.repeat(np.arange(len(start) - 1), np.diff(start))
    flags = np.zeros((len(rows_out), rows_out.shape[1] * WORD_BITS), np.bool_)
    flags[offer, host] = True
    rows_out[:] = pack(flags)


def pack(flags: NDArray[np.bool_]) -> Words:
    """Flags of hosts as words, the first in the lowest bit.

    Parameters
    ----------
    flags : numpy.ndarray of bool, shape (…, hosts)
        Any number of rows.

    Returns
    -------
    numpy.ndarray of uint64, shape (…, words)
        Bits past the last host are zero.

    Examples
    --------
    >>> pack(np.array([[True, False, True]]))
    array([[5]], dtype=uint64)
    """
    spare = -flags.shape[-1] % WORD_BITS
    wide = np.pad(flags, [(0, 0)] * (flags.ndim - 1) + [(0, spare)]) if spare else flags
    packed = np.packbits(wide, axis=-1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False)


def unpack(words: Words, hosts: int) -> NDArray[np.bool_]:
    """Words as flags of hosts: `pack` undone.

    Parameters
    ----------
    words : numpy.ndarray of uint64, shape (…, words)
        From `pack`.
    hosts : int
        How many hosts there are.

    Returns
    -------
    numpy.ndarray of bool, shape (…, hosts)
        True where the bit is set.
    """
    plain = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(plain, axis=-1, count=hosts, bitorder="little").view(np.bool_)
