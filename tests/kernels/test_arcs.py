"""Arcs on a ring: against a set of numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.arcs import MOST_ARCS, add_arc, arc_bytes, send_arcs
from vmlab.kernels.compile import compiled

SIZE = 97
steps = st.lists(
    st.tuples(st.sampled_from(["add", "send"]), st.integers(0, SIZE - 1), st.integers(0, SIZE + 5)),
    max_size=30,
)


@given(steps)
def test_against_a_set(todo: list[tuple[str, int, int]]) -> None:
    arcs = [0.0] * (1 + 2 * MOST_ARCS)
    dirty: set[int] = set()
    cursor = 0
    for what, start, length in todo:
        if what == "add":
            add_arc(float(start), float(min(length, SIZE)), float(SIZE), arcs)
            dirty |= {(start + k) % SIZE for k in range(min(length, SIZE))}
        else:
            ahead = sorted(dirty, key=lambda page: (page - cursor) % SIZE)[:length]
            at = send_arcs(float(cursor), float(length), float(SIZE), arcs)
            dirty -= set(ahead)
            if ahead:
                cursor = (ahead[-1] + 1) % SIZE
            assert at == cursor
        assert arc_bytes(arcs) == len(dirty)


def test_without_room_too_much_is_dirty_and_never_too_little() -> None:
    arcs = [0.0] * (1 + 2 * MOST_ARCS)
    for k in range(2 * MOST_ARCS):
        add_arc(10.0 * k, 4.0, 1e6, arcs)
        assert arcs[0] <= MOST_ARCS
    assert arc_bytes(arcs) >= 8 * MOST_ARCS


def test_compiled_is_equal() -> None:
    plain, fast = np.zeros(1 + 2 * MOST_ARCS), np.zeros(1 + 2 * MOST_ARCS)
    for k in range(40):
        args = (37.5 * k % 90.0, 11.25, 90.0)
        assert compiled(add_arc)(*args, fast) == add_arc(*args, plain)
        at = (13.0 * k % 90.0, 5.5, 90.0)
        assert compiled(send_arcs)(*at, fast) == send_arcs(*at, plain)
    assert fast.tolist() == plain.tolist()
