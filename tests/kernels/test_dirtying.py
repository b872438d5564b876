from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.naive import polyline, random_set, sweep
from vmlab.kernels.dirtying import dirtied_bytes

size = st.floats(1, 1e12)
time = st.floats(0, 1e4)


@given(size, st.floats(0, 1e9), time)
def test_a_random_set(w: float, writes: float, t: float) -> None:
    """W(1 - exp(-n t / W)): models.md 1.3, form (b) without the drift."""
    found = dirtied_bytes(t, (w,), (writes / w,), (), ())
    assert found == pytest.approx(random_set(w, writes)(t), rel=1e-6, abs=1e-3 + w * 1e-15)


@given(size, st.floats(1e-3, 1e9), time)
def test_a_sweep(w: float, writes: float, t: float) -> None:
    """min(W, n t): models.md 1.3, form (a)."""
    found = dirtied_bytes(t, (), (), (0.0, w / writes), (0.0, w))
    assert found == pytest.approx(sweep(w, writes)(t), rel=1e-12)


@given(st.floats(0, 50))
def test_a_curve(t: float) -> None:
    points = [(0.2, 7.0), (0.5, 25.0), (2.0, 72.0), (14.6, 273.0)]
    found = dirtied_bytes(t, (), (), (0.0, *(x for x, _ in points)), (0.0, *(y for _, y in points)))
    assert found == pytest.approx(polyline(points)(t), rel=1e-12)


def test_classes_and_a_curve_add_up() -> None:
    both = dirtied_bytes(1.5, (10.0, 20.0), (0.1, 2.0), (0.0, 1.0), (0.0, 5.0))
    assert both == 10 * (1 - math.exp(-0.15)) + 20 * (1 - math.exp(-3.0)) + 5


@given(time, time)
def test_more_time_never_dirties_less(a: float, b: float) -> None:
    shape = ((1e6, 3e4), (0.01, 5.0), (0.0, 2.0, 9.0), (0.0, 7.0, 1e5))
    low, high = sorted((a, b))
    assert dirtied_bytes(low, *shape) <= dirtied_bytes(high, *shape)


def test_nothing_is_dirtied_in_no_time() -> None:
    assert dirtied_bytes(0.0, (1e9,), (1e6,), (0.0, 1.0), (0.0, 5.0)) == 0
    assert dirtied_bytes(9.0, (), (), (), ()) == 0
