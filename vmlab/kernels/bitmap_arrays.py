"""The page draws of `vmlab.kernels.bitmaps` in NumPy: bit for bit the same, without a compiler."""

from __future__ import annotations

import numpy as np

from vmlab.kernels.bitmaps import (
    BLOCKS,
    CHUNK_WORDS,
    LANES,
    PAGES_PER_WORD,
    PLANES,
    TAIL_BITS,
    Indices,
    Words,
)
from vmlab.kernels.pages import DRAW_BITS

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S17, _S47 = np.uint64(17), np.uint64(47)
_S24, _S40, _S16, _S37 = np.uint64(24), np.uint64(40), np.uint64(16), np.uint64(37)
_LOW = np.uint64(2**TAIL_BITS - 1)
_TAIL_SHIFT, _WHOLE = np.uint64(64 - TAIL_BITS), np.uint64(DRAW_BITS)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)


def draw_array(
    stream_key: np.uint64,
    tail_key: np.uint64,
    from_chunk: int,
    to_chunk: int,
    class_from: Indices,
    class_pages: Indices,
    threshold: Words,
    dirty_out: Words,
) -> int:
    """`draw_chunks` in NumPy; the bitmap has room for whole chunks."""
    chunk = np.arange(from_chunk, to_chunk, dtype=np.uint64)[:, None] * np.uint64(2 * LANES)
    lane = np.arange(1, LANES + 1, dtype=np.uint64)
    a = _mixed_array(stream_key + (chunk + lane) * _STEP)
    b = _mixed_array(stream_key + (chunk + lane + np.uint64(LANES)) * _STEP)
    view = dirty_out.reshape(-1, BLOCKS, LANES)[from_chunk:to_chunk]
    first = np.arange(from_chunk, to_chunk)[:, None] * CHUNK_WORDS + np.arange(LANES)
    count = 0
    for block in range(BLOCKS):
        word = first + block * LANES
        kind = np.searchsorted(class_from, word, side="right") - 1
        inside = kind < len(class_pages)
        kind = np.minimum(kind, len(class_pages) - 1)
        limit: Words = np.where(inside, threshold[kind], _NONE)
        is_last = word == class_from[kind + 1] - 1
        spare = np.where(is_last, -class_pages[kind] % PAGES_PER_WORD, 0).astype(np.uint64)
        valid: Words = np.where(inside, _ALL >> spare, _NONE)
        less: Words = np.zeros_like(a)
        equal: Words = valid.copy()
        for plane in range(0, PLANES, 2):
            plus = a + b
            for place, number in (plane, plus), (plane + 1, (plus << _S17 | plus >> _S47) + a):
                bit = _NONE - ((limit >> np.uint64(place + TAIL_BITS)) & _ONE)
                zeros = ~number
                less = (zeros & (less | bit)) | (less & bit)
                equal = equal & (zeros ^ bit)
            b ^= a
            a = ((a << _S24) | (a >> _S40)) ^ b ^ (b << _S16)
            b = (b << _S37) | (b >> _S27)
        whole: Words = _NONE - (limit >> _WHOLE)
        less = (less | whole) & valid
        equal &= ~whole
        _decide_tails_array(tail_key, word, limit & _LOW, equal, less)
        view[:, block] = less
        count += int(np.bitwise_count(less).sum())
    return count


def _mixed_array(word: Words) -> Words:
    word = (word ^ (word >> _S30)) * _MIX_1
    word = (word ^ (word >> _S27)) * _MIX_2
    return word ^ (word >> _S31)


def _decide_tails_array(
    tail_key: np.uint64, word: Indices, low: Words, equal: Words, dirty_out: Words
) -> None:
    """`decide_tails` in NumPy: each turn the lowest page of every word that has one left."""
    row, lane = np.nonzero(equal)
    while len(row):
        left = equal[row, lane]
        page = left & (_NONE - left)
        place = np.bitwise_count(page - _ONE)
        number = word[row, lane].astype(np.uint64) * np.uint64(PAGES_PER_WORD) + place + _ONE
        rest = _mixed_array(tail_key + number * _STEP) >> _TAIL_SHIFT
        dirty_out[row, lane] |= np.where(rest < low[row, lane], page, _NONE)
        equal[row, lane] = left ^ page
        more = (left ^ page) != _NONE
        row, lane = row[more], lane[more]
