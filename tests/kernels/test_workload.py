"""What a guest writes, at its own speed and from phase to phase."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.workload import Span, Work, dirtied_in, speed_for, writes_per_page

time = st.floats(0, 100)
PHASES = (0.0, 4.0, 9.5)
RATES = ((1.0, 0.0), (0.2, 3.0), (0.0, 0.5))
GUEST = Work((7e6, 2e6), tuple(r for row in RATES for r in row), PHASES, (), ())
PLAIN = Work((1e6, 3e4), (0.01, 5.0), (0.0,), (0.0, 2.0, 9.0), (0.0, 7.0, 1e5))


def writes_by_steps(which: int, start_s: float, duration_s: float) -> float:
    """A Riemann sum over small steps, none of which crosses a phase by much."""
    steps = 20_000
    step_s = duration_s / steps
    total = 0.0
    for i in range(steps):
        at_s = start_s + (i + 0.5) * step_s
        phase = sum(at_s >= from_s for from_s in PHASES) - 1
        total += RATES[phase][which] * step_s
    return total


@pytest.mark.parametrize(("start_s", "duration_s"), [(0, 3), (1, 5), (3, 20), (9.5, 2), (50, 1)])
@pytest.mark.parametrize("which", [0, 1])
def test_writes_across_phases(start_s: float, duration_s: float, which: int) -> None:
    found = writes_per_page(which, Span(start_s, duration_s, 0.5), GUEST)
    assert found == pytest.approx(0.5 * writes_by_steps(which, start_s, duration_s), rel=1e-3)


@given(time, time, time)
def test_writes_add_up_over_time(start_s: float, a: float, b: float) -> None:
    def writes(from_s: float, for_s: float) -> float:
        return writes_per_page(1, Span(from_s, for_s, 1.0), GUEST)

    whole = writes(start_s, a + b)
    assert writes(start_s, a) + writes(start_s + a, b) == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(time, st.floats(0, 1), st.floats(0, 1e6))
def test_one_phase_is_dirtied_bytes_in_the_guests_time(t: float, speed: float, at: float) -> None:
    classes, writes, _, curve_s, curve = PLAIN
    assert dirtied_in(Span(at, t, speed), PLAIN) == pytest.approx(
        dirtied_bytes(t * speed, classes, writes, curve_s, curve), rel=1e-12
    )


@given(time, st.floats(0, 1e7))
def test_the_speed_that_keeps_to_a_bound(t: float, most: float) -> None:
    for guest in (PLAIN, GUEST):
        span = Span(1.0, t, 1.0)
        speed = speed_for(most, span, guest)
        found = dirtied_in(Span(1.0, t, speed), guest)
        assert 0 <= speed <= 1
        assert found <= most
        if speed < 1:
            assert found == pytest.approx(most, rel=1e-6, abs=1.0)


def test_an_infinite_time_writes_everything() -> None:
    assert dirtied_in(Span(0.0, math.inf, 1.0), PLAIN) == 1e6 + 3e4 + 1e5
