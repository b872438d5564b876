from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.naive import seconds_for
from vmlab.kernels.compile import compiled
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes

STEPS = ((0.0, 2.0, 5.0, 9.0), (10.0, 0.0, 40.0, 3.0))

steps = st.lists(
    st.tuples(st.integers(1, 20), st.sampled_from([0.0, 0.5, 3.0, 7.25, 100.0])),
    min_size=0,
    max_size=5,
    unique_by=lambda step: step[0],
).map(lambda found: [(0.0, 4.0), *((float(t), r) for t, r in sorted(found)), (25.0, 6.0)])


def test_a_rate_counts_from_its_own_time_on() -> None:
    assert [rate_at(t, *STEPS) for t in (0, 1.99, 2, 4.9, 5, 8.9, 9, 1e9)] == [
        *(10, 10, 0, 0, 40, 40, 3, 3)
    ]


def test_a_transfer_waits_while_the_rate_is_zero() -> None:
    assert transfer_s(20, 0, *STEPS) == 2
    assert transfer_s(21, 0, *STEPS) == 5 + 1 / 40
    assert transfer_s(0, 3, *STEPS) == 0


def test_a_link_that_stays_down_never_ends_a_transfer() -> None:
    assert transfer_s(21, 0, (0.0, 2.0), (10.0, 0.0)) == math.inf
    assert transfer_s(20, 0, (0.0, 2.0), (10.0, 0.0)) == 2


@given(steps, st.floats(0, 30), st.floats(0.01, 500))
def test_against_the_naive_twin(found: list[tuple[float, float]], start: float, n: float) -> None:
    times, rates = tuple(t for t, _ in found), tuple(r for _, r in found)
    took = transfer_s(n, start, times, rates)
    assert took == pytest.approx(seconds_for(n, start, found), rel=1e-9, abs=1e-9)
    assert transferred_bytes(took, start, times, rates) == pytest.approx(n, rel=1e-9, abs=1e-9)


def test_compiled_is_equal() -> None:
    arrays = [np.array(one) for one in STEPS]
    for n, start in ((1.0, 0.0), (33.3, 1.7), (1e4, 8.0)):
        assert compiled(transfer_s)(n, start, *arrays) == transfer_s(n, start, *STEPS)
        assert compiled(transferred_bytes)(n, start, *arrays) == transferred_bytes(n, start, *STEPS)
