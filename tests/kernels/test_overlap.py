"""Pages due and written again: closed forms, drawn pages, and what must hold always."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.naive import polyline
from support.pages_drawn import DrawnPages
from vmlab.kernels.overlap import due_bytes, known_share, left_bytes
from vmlab.kernels.workload import Span, Work, dirtied_in

CLASSES = [(3000, 0.02), (2000, 0.5), (500, 4.0), (4500, 0.0)]
PAGE = 4096.0
EVER = Span(0.0, math.inf, 1.0)


def work(classes: list[tuple[int, float]], curve: list[tuple[float, float]] | None = None) -> Work:
    points = [(0.0, 0.0), *curve] if curve else []
    return Work(
        tuple(size * PAGE for size, _ in classes),
        tuple(rate for _, rate in classes),
        (0.0,),
        tuple(t for t, _ in points),
        tuple(y for _, y in points),
    )


GUEST = work(CLASSES)
ALL = 10_000 * PAGE


@pytest.mark.parametrize("last_s", [math.inf, 2.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_peeking_and_cutting_as_drawn_page_by_page(last_s: float, seed: int) -> None:
    last, now = Span(0.0, last_s, 1.0), Span(5.0, 1.5, 1.0)
    drawn = DrawnPages(CLASSES, last_s, 1.5, seed)
    pending = ALL if last_s == math.inf else dirtied_in(last, GUEST)
    four_sigma = 4 * math.sqrt(10_000 / 4)
    assert sum(drawn.due) == pytest.approx(pending / PAGE, abs=four_sigma)
    due = due_bytes(pending, last, now, GUEST) / PAGE
    assert drawn.sent_with_peeking() == pytest.approx(due, abs=four_sigma)
    for share in (0.0, 0.3, 1.0):
        left = left_bytes(pending, share, last, now, GUEST) / PAGE
        assert drawn.left(share) == pytest.approx(left, abs=four_sigma)


@given(st.floats(1e-3, 50), st.floats(0.01, 1))
def test_one_class_peeks_by_the_mean_of_an_exponential(writes: float, speed: float) -> None:
    """(1 - exp(-x)) / x against the mean over many turns."""
    guest = work([(100, writes)])
    found = due_bytes(100 * PAGE, EVER, Span(0.0, 2.0, speed), guest) / (100 * PAGE)
    turns = 3_000
    x = writes * 2 * speed
    mean = sum(math.exp(-x * (i + 0.5) / turns) for i in range(turns)) / turns
    assert found == pytest.approx(mean, rel=1e-4)


@given(st.floats(0.01, 20), st.floats(0.0, 400.0), st.booleans())
def test_a_curve_peeks_by_its_area(time_s: float, due: float, first: bool) -> None:
    points = [(0.2, 7.0), (0.5, 25.0), (2.0, 72.0), (14.6, 273.0)]
    guest = work([], points)
    curve = polyline(points)
    last = EVER if first else Span(0.0, due / 20, 1.0)
    most = 273.0 if first else curve(due / 20)
    turns = 3_000
    dirty = sum(min(curve(time_s * (i + 0.5) / turns), most) for i in range(turns)) / turns
    found = due_bytes(most + 1000.0, last, Span(0.0, time_s, 1.0), guest)
    assert found == pytest.approx(most + 1000.0 - dirty, rel=1e-4)


def test_a_first_pass_cut_leaves_the_unsent_and_the_sent_that_were_written() -> None:
    """All due: rest = (1 - f) all + f dirtied."""
    now = Span(0.0, 1.5, 1.0)
    for guest in (GUEST, work([(10, 0.3)], [(1.0, 40 * PAGE), (3.0, 90 * PAGE)])):
        for share in (0.0, 0.25, 1.0):
            found = left_bytes(ALL, share, EVER, now, guest)
            expected = (1 - share) * ALL + share * dirtied_in(now, guest)
            assert found == pytest.approx(expected, rel=1e-12)


def test_a_cut_before_anything_happened_leaves_exactly_what_was_pending() -> None:
    assert left_bytes(12_345.678, 0.0, EVER, Span(3.0, 0.0, 1.0), GUEST) == 12_345.678


@given(st.floats(0, 1), st.floats(0.01, 30), st.floats(0.01, 30), st.floats(0, 1))
def test_what_is_left_lies_between_its_bounds(
    share: float, last_s: float, now_s: float, speed: float
) -> None:
    last, now = Span(0.0, last_s, 1.0), Span(last_s, now_s, speed)
    for guest in (GUEST, work([(100, 0.2)], [(1.0, 40 * PAGE), (9.0, 90 * PAGE)])):
        pending, dirtied = dirtied_in(last, guest), dirtied_in(now, guest)
        left = left_bytes(pending, share, last, now, guest)
        unsent = (1 - share) * pending
        assert max(unsent, dirtied) * (1 - 1e-12) <= left <= (unsent + dirtied) * (1 + 1e-12)


def test_what_is_known_from_before() -> None:
    last = Span(9.0, 1.0, 1.0)
    assert known_share(last, Span(0.0, 9.0, 0.0), GUEST) == 0.0
    assert known_share(last, Span(0.0, 1e9, 1.0), GUEST) == pytest.approx(1.0)
    one = work([(100, 0.3)])
    assert known_share(last, Span(0.0, 9.0, 0.5), one) == pytest.approx(1 - math.exp(-1.35))
    sweep = work([], [(4.0, 100 * PAGE)])
    assert known_share(last, Span(0.0, 9.0, 1.0), sweep) == 1.0
    assert known_share(last, Span(0.0, 0.25, 1.0), sweep) == pytest.approx(0.25)
    assert known_share(last, Span(0.0, 9.0, 1.0), work([])) == 0.0
