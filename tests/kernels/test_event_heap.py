"""The heap gives what a sorted list gives, and lets keys change."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.event_heap import NOWHERE, put, take

THINGS = 12
moves = st.lists(
    st.tuples(st.integers(0, THINGS - 1), st.one_of(st.none(), st.integers(0, 20).map(float))),
    max_size=80,
)


@given(moves)
def test_the_top_is_the_least(moves: list[tuple[int, float | None]]) -> None:
    keys, heap = np.zeros(THINGS), np.zeros(THINGS, np.int64)
    place = np.full(THINGS, NOWHERE, np.int64)
    size, plain = 0, {}
    for thing, key in moves:
        if key is not None:
            plain[thing] = key
            size = put(thing, key, size, keys, heap, place)
        elif plain:
            del plain[int(heap[0])]
            size = take(size, keys, heap, place)
        assert size == len(plain) == np.count_nonzero(place != NOWHERE)
        if plain:
            assert keys[heap[0]] == plain[int(heap[0])] == min(plain.values())
