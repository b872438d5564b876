"""A binary heap of numbered things, each with a key that may change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

#: Where a thing is that is not in the heap.
NOWHERE = -1


@kernel
def put(
    thing: int, key: float, size: int, keys_out: Floats, heap_out: Indices, place_out: Indices
) -> int:
    """Put a thing into the heap, or move it to where its new key belongs.

    Parameters
    ----------
    thing : int
        Its number.
    key : float
        The least is on top.
    size : int
        Things in the heap.
    keys_out : numpy.ndarray of float64, shape (n,)
        Key of each thing.
    heap_out : numpy.ndarray of int64, shape (n,)
        The heap: things, the top first.
    place_out : numpy.ndarray of int64, shape (n,)
        Where each thing is in it, or ``NOWHERE``.

    Returns
    -------
    int
        Things in the heap now.
    """
    keys_out[thing] = key
    at = place_out[thing]
    if at == NOWHERE:
        at = size
        size += 1
    above = (at - 1) >> 1
    if at > 0 and keys_out[heap_out[above]] > key:
        while at > 0 and keys_out[heap_out[above]] > key:
            other = heap_out[above]
            heap_out[at] = other
            place_out[other] = at
            at = above
            above = (at - 1) >> 1
        heap_out[at] = thing
        place_out[thing] = at
    else:
        _sink(thing, at, size, keys_out, heap_out, place_out)
    return size


@kernel
def take(size: int, keys: Floats, heap_out: Indices, place_out: Indices) -> int:
    """Take the top away.

    Parameters
    ----------
    size : int
        Things in the heap, at least one.
    keys : numpy.ndarray of float64
        Their keys.
    heap_out, place_out : numpy.ndarray of int64
        As in `put`.

    Returns
    -------
    int
        Things in the heap now.
    """
    place_out[heap_out[0]] = NOWHERE
    size -= 1
    if size > 0:
        _sink(heap_out[size], 0, size, keys, heap_out, place_out)
    return size


@kernel
def _sink(
    thing: int, at: int, size: int, keys: Floats, heap_out: Indices, place_out: Indices
) -> None:
    key = keys[thing]
    below = 2 * at + 1
    while below < size:
        if below + 1 < size and keys[heap_out[below + 1]] < keys[heap_out[below]]:
            below += 1
        other = heap_out[below]
        if keys[other] >= key:
            break
        heap_out[at] = other
        place_out[other] = at
        at = below
        below = 2 * at + 1
    heap_out[at] = thing
    place_out[thing] = at
