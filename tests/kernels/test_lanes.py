"""Many points at a constant rate: lanes, NumPy and the one-point kernel against `pre_copy`."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.naive import migrate
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.constant_rate import (
    BLOCK,
    DEADLINE_S,
    DOWNTIME_LIMIT_S,
    END_ROWS,
    FIRST_BYTES,
    HOW,
    LONGEST_STOP_S,
    MAX_ROUNDS,
    POINT_ROWS,
    RATE_BYTES_PER_S,
    ROUNDS,
    SENT_PAGES,
    TOTAL_S,
    UNDECIDED,
    constant_rate_loop,
)
from vmlab.kernels.dirty_table import dirty_table
from vmlab.kernels.ends import DOWNTIME_LIMIT, GIVEN_UP, NEVER, ROUNDS_DONE
from vmlab.kernels.lane_points import DIRTIED, LANES, LEFT, ROWS, S_PER_BYTE
from vmlab.kernels.lanes import WIDTH, constant_rate_lanes, dirty_shared, one_minus_exp
from vmlab.kernels.many import constant_rate_block
from vmlab.kernels.vectors import constant_rate_vectors

PAGE = 4096.0
FORMS = ["lanes", "vectors"]
UNBOUNDED = {DEADLINE_S: math.inf, MAX_ROUNDS: 0.0, LONGEST_STOP_S: math.inf}


def block(
    n: int, classes: int, seed: int, fixed: dict[int, float] | None = None
) -> tuple[Any, Any, Any]:
    """Points of every kind, mixed: convergent, forced, settled, given up, nothing to send."""
    luck = np.random.default_rng(seed)
    points = np.zeros((POINT_ROWS, BLOCK))
    first = np.ceil(2 ** luck.uniform(20, 38, n) / PAGE) * PAGE
    first[luck.random(n) < 0.02] = 0.0
    rate = 2 ** luck.uniform(20, 33, n)
    points[:, :n] = [
        first, np.full(n, PAGE), rate, luck.choice([0.0, 0.3], n),
        luck.choice([0.0, 0.01, 0.3, 5.0], n), luck.choice([math.inf, math.inf, 40.0, 0.0], n),
        luck.choice([math.inf, 2.0], n), luck.choice([0.0, 0.02], n),
        luck.choice([0.0, 0.0, 1.0, 7.0, 300.0], n),
    ]  # fmt: skip
    for row, value in (fixed or {}).items():
        points[row, :n] = value
    sizes = luck.random((n, classes)) * first[:, None] / classes
    writes = 10 ** luck.uniform(-4, 1.5, (n, classes)) * (luck.random((n, classes)) < 0.9)
    return points.ravel(), np.ceil(sizes / PAGE) * PAGE, writes


def one_by_one(points: Any, n: int, sizes: Any, writes: Any) -> Any:
    ends = np.full(END_ROWS * BLOCK, 7.0)
    constant_rate_loop(points, sizes, writes, np.arange(n), ends)
    return ends.reshape(END_ROWS, BLOCK)[:, :n]


def by(form: str, points: Any, n: int, sizes: Any, writes: Any, **more: Any) -> Any:
    ends = np.full(END_ROWS * BLOCK, 7.0)
    constant_rate_block(points, n, sizes, writes, ends, fast=form == "lanes", **more)
    return ends.reshape(END_ROWS, BLOCK)[:, :n]


def same(found: Any, expected: Any) -> None:
    """Rounds, pages and verdicts exactly, times within 1e-12."""
    np.testing.assert_array_equal(found[SENT_PAGES:], expected[SENT_PAGES:])
    np.testing.assert_allclose(found[:SENT_PAGES], expected[:SENT_PAGES], rtol=1e-12, atol=0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("classes", [1, 2, 9])
def test_many_points_are_as_one_by_one(form: str, classes: int) -> None:
    points, sizes, writes = block(1500, classes, seed=classes)
    expected = one_by_one(points, 1500, sizes, writes)
    kinds = {UNDECIDED, DOWNTIME_LIMIT, ROUNDS_DONE, NEVER, GIVEN_UP}
    assert set(expected[HOW].astype(int)) == kinds
    same(by(form, points, 1500, sizes, writes), expected)


@pytest.mark.parametrize("form", [compiled(constant_rate_lanes), constant_rate_vectors])
def test_few_points_are_run_again(form: Callable[..., int]) -> None:
    """Where no deadline is in reach, one in a hundred: the longest, and ties."""
    points, sizes, writes = block(4000, 2, 7, UNBOUNDED | {FIRST_BYTES: 2.0**33})
    again, ends = np.empty(BLOCK, np.int64), np.zeros(END_ROWS * BLOCK)
    table = (np.empty((0, 8)), 0) if form is not constant_rate_vectors else ()
    assert form(points, 4000, sizes, writes, *table, again, ends) <= 40


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 2, LANES, LANES + 1, 1000])
def test_a_cut_changes_no_bit(form: str, n: int) -> None:
    """A lane does not know its neighbours."""
    points, sizes, writes = block(1200, 3, seed=5)
    whole = by(form, points, 1200, sizes, writes)
    rows = points.reshape(POINT_ROWS, BLOCK)
    part = np.zeros_like(rows)
    part[:, :n] = rows[:, 200 : 200 + n]
    found = by(form, part.ravel(), n, sizes[200 : 200 + n], writes[200 : 200 + n])
    np.testing.assert_array_equal(found, whole[:, 200 : 200 + n])


@pytest.mark.parametrize("form", FORMS)
def test_verdicts_on_the_edge(form: str) -> None:
    """A limit that the rest meets exactly, a bit above, a bit below; the same for the pages."""
    n = 900
    points, sizes, writes = block(n, 1, 3, UNBOUNDED)
    rows = points.reshape(POINT_ROWS, BLOCK)
    writes[:] = 1e6  # all of a set is dirtied in every round
    hair = 1 + (np.arange(n) % 3 - 1) * 2.3e-16
    rows[DOWNTIME_LIMIT_S, :n] = sizes[:, 0] / rows[RATE_BYTES_PER_S, :n] * hair
    expected = one_by_one(points, n, sizes, writes)
    assert len(set(expected[HOW])) > 1
    same(by(form, points, n, sizes, writes), expected)
    sizes[:, 0] = PAGE * (np.arange(n) % 5 + 0.5)
    same(by(form, points, n, sizes, writes), one_by_one(points, n, sizes, writes))


@pytest.mark.parametrize("form", FORMS)
def test_a_shared_workload(form: str) -> None:
    points, sizes, writes = block(700, 40, seed=8)
    sizes, writes = sizes[7:8], writes[7:8]
    expected = one_by_one(points, 700, sizes, writes)
    same(by(form, points, 700, sizes, writes), expected)
    table, first = dirty_table(sizes[0], writes[0], PAGE, 1e9)
    same(by(form, points, 700, sizes, writes, table=table, table_first=first), expected)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_written(form: str) -> None:
    points, sizes, writes = block(300, 1, 2, {DEADLINE_S: math.inf})
    for size, rate in ((sizes, writes * 0), (sizes * 0, writes)):
        expected = one_by_one(points, 300, size, rate)
        assert (expected[ROUNDS] <= 1).all()
        same(by(form, points, 300, size, rate), expected)


def test_the_lanes_as_plain_python() -> None:
    """The kernel itself, uncompiled: the same numbers but for fused products."""
    points, sizes, writes = block(140, 2, seed=4)
    ends, again = np.zeros(END_ROWS * BLOCK), np.empty(BLOCK, np.int64)
    left = constant_rate_lanes(points, 140, sizes, writes, np.empty((0, 8)), 0, again, ends)
    constant_rate_loop(points, sizes, writes, again[:left], ends)
    same(ends.reshape(END_ROWS, BLOCK)[:, :140], one_by_one(points, 140, sizes, writes))


def test_one_by_one_compiled() -> None:
    points, sizes, writes = block(400, 2, seed=6)
    ends = np.full(END_ROWS * BLOCK, 7.0)
    compiled(constant_rate_loop)(points, sizes, writes, np.arange(400), ends)
    assert (compiled(constant_rate_loop) is not constant_rate_loop) == can_compile()
    same(ends.reshape(END_ROWS, BLOCK)[:, :400], one_by_one(points, 400, sizes, writes))


def test_one_by_one_against_the_naive_twin() -> None:
    points, sizes, writes = block(60, 3, 9, UNBOUNDED)
    rows = points.reshape(POINT_ROWS, BLOCK)
    found = one_by_one(points, 60, sizes, writes)
    for j in range(60):
        if found[HOW, j] != DOWNTIME_LIMIT or found[SENT_PAGES, j] == 0:
            continue
        first, _, rate, start_s, limit_s, _, _, handshake_s, _ = rows[:, j]

        def dirty(t: float, j: int = j) -> float:
            pairs = zip(sizes[j], writes[j], strict=True)
            total = sum(size * (1 - math.exp(-n * t)) for size, n in pairs)
            return total if total >= PAGE / 2 else 0.0

        _, times, fits = migrate(first, dirty, [(0.0, rate)], limit_s)
        assert fits
        assert found[TOTAL_S, j] == pytest.approx(start_s + sum(times) + handshake_s, rel=1e-9)


@settings(deadline=None)
@given(st.floats(0, 700, allow_subnormal=False))
def test_one_minus_exp(x: float) -> None:
    with localcontext() as context:
        context.prec = 60
        # Where 1 - exp(-x) would lose its digits, x is that within 1e-20 of itself.
        exact = 1 - (-Decimal(x)).exp() if x > 1e-20 else Decimal(x)
        found = Decimal(float(one_minus_exp(np.float64(x))))
        assert abs(found - exact) <= exact * Decimal("1e-15")


def test_a_table_follows_its_classes() -> None:
    """Busy and quiet classes, one that is never written; where it says nothing, it is nothing."""
    luck = np.random.default_rng(1)
    sizes = np.ceil(1e4 * luck.random(64)) * PAGE
    writes = np.exp(-np.arange(64) / 3.0)
    writes[9] = 0.0
    table, first = dirty_table(sizes, writes, PAGE, 900.0)
    for _ in range(40):
        times = 10 ** luck.uniform(-12, math.log10(900), LANES)
        lane = np.ones(ROWS * WIDTH)
        lane[LEFT * WIDTH : LEFT * WIDTH + LANES] = times
        lane[S_PER_BYTE * WIDTH : S_PER_BYTE * WIDTH + LANES] = 1.0
        dirty_shared(lane, table, first)
        found = lane[DIRTIED * WIDTH : DIRTIED * WIDTH + LANES]
        exact = np.array([math.fsum(-sizes * np.expm1(-writes * t)) for t in times])
        much = exact >= PAGE / 2
        np.testing.assert_allclose(found[much], exact[much], rtol=1e-14)
        assert (found[~much] < PAGE / 2).all()
