"""When a throttle rises, and what it does to the guest: QEMU's rule told again, published runs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.throttle import (
    AUTO_CONVERGE,
    DIRTY_LIMIT,
    NO_THROTTLE,
    STUN,
    Periods,
    Throttle,
    after_pass,
    can_rise,
    paced_speed,
    throttled,
)
from vmlab.kernels.workload import Span, Work, dirtied_in

INF = float("inf")
START = Periods(0.0, 0.0, 0.0, 0.0, 0.0)
GUEST = Work((256e6,), (0.8,), (0.0,), (), ())


def auto(first: float = 0.2, step: float = 0.1, most: float = 0.99, cpu: float = 1.0) -> Throttle:
    return Throttle(AUTO_CONVERGE, first, step, most, cpu, INF)


def levels(passes: list[tuple[float, float, float]], throttle: Throttle) -> list[float]:
    found, periods = [], START
    for one in passes:
        periods = after_pass(periods, *one, throttle)
        found.append(periods.level)
    return found


def test_every_second_bad_period_raises() -> None:
    """migration_trigger_throttle sets its counter back to 0 when it acts."""
    bad = (2.0, 100.0, 51.0)
    assert levels([bad] * 7, auto()) == pytest.approx([0, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4])


def test_bad_periods_need_not_follow_one_another() -> None:
    bad, good = (2.0, 100.0, 51.0), (2.0, 100.0, 50.0)
    assert levels([bad, good, good, bad, good], auto()) == pytest.approx([0, 0, 0, 0.2, 0.2])


def test_short_passes_count_together() -> None:
    """migration_bitmap_sync judges when more than 1 s has gone by."""
    short = (0.5, 100.0, 60.0)
    assert levels([short] * 6, auto()) == pytest.approx([0, 0, 0, 0, 0, 0.2])


def test_the_last_step_ends_at_the_most() -> None:
    assert levels([(2.0, 1.0, 9.0)] * 40, auto(0.5, 0.2))[-1] == 0.99


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 100), st.floats(0, 100)), max_size=40))
def test_against_the_rule_told_again(passes: list[tuple[float, float, float]]) -> None:
    level, bad = 0.0, 0
    waiting: list[tuple[float, float, float]] = []
    expected = []
    for one in passes:
        waiting.append(one)
        took, sent, dirtied = (
            list(itertools.accumulate(one[i] for one in waiting))[-1] for i in range(3)
        )
        if took > 1.0:
            waiting = []
            if dirtied > 0.5 * sent:
                bad += 1
            if bad == 2:
                bad = 0
                level = 0.2 if level == 0 else min(level + 0.1, 0.99)
        expected.append(level)
    assert levels(passes, auto()) == expected


def test_a_guest_that_sleeps_is_not_touched_until_its_sleep_is_gone() -> None:
    """qemu.md: one that needs 5 % of a CPU goes on at full speed until 99 %."""
    assert paced_speed(0.95, 0.05) == pytest.approx(1.0)
    assert paced_speed(0.99, 0.05) == pytest.approx(0.2)
    assert paced_speed(0.3, 1.0) == pytest.approx(0.7)
    assert paced_speed(1.0, 1.0) == 0.0
    assert paced_speed(1.0, 0.0) == 1.0


def test_without_a_throttle_nothing_happens() -> None:
    none = Throttle(NO_THROTTLE, 0.2, 0.1, 0.99, 1.0, INF)
    assert after_pass(START, 9.0, 1.0, 99.0, none) == START
    assert throttled(0.5, 1.0, Span(0.0, 9.0, 1.0), GUEST, none) == (1.0, 0.0)
    assert not can_rise(0.0, none)


@given(st.floats(0.05, 0.95), st.floats(0.1, 20), st.floats(1e6, 3e8))
def test_a_dirty_limit_holds_what_is_dirtied_below_what_is_sent(
    level: float, time_s: float, pending: float
) -> None:
    limit = Throttle(DIRTY_LIMIT, 0.2, 0.1, 0.99, 0.05, INF)
    speed, taken = throttled(level, pending, Span(0.0, time_s, 1.0), GUEST, limit)
    free = dirtied_in(Span(0.0, time_s, 1.0), GUEST)
    held = dirtied_in(Span(0.0, time_s, speed), GUEST)
    assert held == pytest.approx(min(free, (1 - level) * pending), rel=1e-9)
    assert taken == pytest.approx(1 - speed)
    assert throttled(0.0, pending, Span(0.0, time_s, 1.0), GUEST, limit) == (1.0, 0.0)


def test_a_fixed_quota_is_a_rate() -> None:
    limit = Throttle(DIRTY_LIMIT, 0.2, 0.1, 0.99, 1.0, 10e6)
    speed, _ = throttled(0.2, 1e9, Span(0.0, 3.0, 1.0), GUEST, limit)
    assert dirtied_in(Span(0.0, 3.0, speed), GUEST) == pytest.approx(30e6)
    assert can_rise(0.0, limit)
    assert not can_rise(0.2, limit)


def test_a_stun_slows_just_enough() -> None:
    stun = Throttle(STUN, 0.2, 0.0, 0.9, 1.0, INF)
    span = Span(0.0, 2.0, 1.0)
    speed, taken = throttled(0.0, 100e6, span, GUEST, stun)
    assert dirtied_in(Span(0.0, 2.0, speed), GUEST) == pytest.approx(80e6)
    assert taken == pytest.approx(1 - speed)
    assert throttled(0.0, 1e9, span, GUEST, stun) == (1.0, 0.0)
    assert throttled(0.0, 1.0, span, GUEST, stun) == pytest.approx((0.1, 0.9))


def test_a_stun_takes_a_paced_guests_sleep_first() -> None:
    stun = Throttle(STUN, 0.2, 0.0, 0.9, 0.25, INF)
    speed, taken = throttled(0.0, 200e6, Span(0.0, 2.0, 1.0), GUEST, stun)
    assert 0.1 / 0.25 < speed < 1
    assert taken == pytest.approx(1 - 0.25 * speed)


@pytest.mark.parametrize(
    ("level", "throttle", "rises"),
    [
        (0.0, auto(), True),
        (0.98, auto(), True),
        (0.99, auto(), False),
        (0.2, auto(step=0.0), False),
        (0.0, auto(first=0.0), False),
        (0.0, auto(most=0.0), False),
    ],
)
def test_whether_it_can_rise(level: float, throttle: Throttle, rises: bool) -> None:
    assert can_rise(level, throttle) is rises
