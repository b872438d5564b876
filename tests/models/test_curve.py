"""A dirty curve from samples: known forms found again, published rounds, properties."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.models.case import Case
from vmlab.models.curve import curve_from_samples, fit_drift, rate_samples
from vmlab.models.estimate import estimate
from vmlab.models.least_squares import golden_section, not_negative, pooled

MIB = 2**20
# models.md 2.2: mean rounds of the PostgreSQL guest, s and bytes.
UPDATE_4T = [(14.58, 272.6e6), (1.93, 71.5e6), (0.49, 24.7e6), (0.20, 6.8e6)]
READ_16T = [(29.41, 292e6), (2.11, 213e6), (1.59, 204e6), (1.47, 212e6), (1.57, 211e6)]

samples = st.lists(st.tuples(st.floats(0.01, 1e3), st.floats(0, 1e10)), min_size=1, max_size=12)


def drift(t: float, hot: float, tau: float, k: float) -> float:
    return hot * (1 - math.exp(-t / tau)) + k * t


@settings(deadline=None, max_examples=25)
@given(st.floats(1e6, 1e10), st.floats(0.3, 5), st.floats(0, 1e9))
def test_a_known_form_is_found_again(hot: float, tau: float, k: float) -> None:
    points = [(t, drift(t, hot, tau, k)) for t in (0.1, 0.3, 1, 3, 9, 25)]
    found = fit_drift(points)
    assert found.relative_rms < 1e-6
    assert found.left_out_rms is not None
    assert found.left_out_rms < 1e-2
    if 1e-3 < k * tau / hot < 1e2:  # else one of the two does not show
        assert found.working_set_bytes == pytest.approx(hot, rel=1e-2)
        assert found.tau_s == pytest.approx(tau, rel=1e-2)
        assert found.drift_bytes_per_s == pytest.approx(k, rel=1e-2)


def test_noise_is_told() -> None:
    """Five per cent of noise is five per cent of error, on the fit and on what it has not seen."""
    chance = random.Random(4)
    times = [0.1 * 1.3**n for n in range(20)]
    points = [(t, drift(t, 7e7, 2.0, 1.4e7) * chance.gauss(1, 0.05)) for t in times]
    found = fit_drift(points)
    assert 0.03 < found.relative_rms < 0.07
    assert found.left_out_rms is not None
    assert found.relative_rms < found.left_out_rms < 0.15
    assert found.drift_bytes_per_s == pytest.approx(1.4e7, rel=0.1)


def test_the_published_curve() -> None:
    """models.md 1.3 (b): 4 to 15 % on these rounds; four points hardly foretell each other."""
    found = fit_drift(UPDATE_4T)
    assert 0.04 <= found.relative_rms <= 0.15
    assert found.left_out_rms is not None
    assert found.left_out_rms > 2 * found.relative_rms
    by_bytes = fit_drift(UPDATE_4T, errors="absolute")
    assert by_bytes.working_set_bytes == pytest.approx(74e6, rel=0.15)  # 2.2's own fit
    assert by_bytes.tau_s == pytest.approx(2.09, rel=0.15)
    assert by_bytes.drift_bytes_per_s == pytest.approx(13.6e6, rel=0.15)


def test_a_set_that_is_always_hot() -> None:
    """READ_16T: all but the drift is dirty in the shortest round, so tau cannot be seen."""
    found = fit_drift(READ_16T)
    assert found.working_set_bytes == pytest.approx(205e6, rel=0.02)
    assert found.tau_s < 0.2
    assert found.relative_rms < 0.02


def test_the_fit_as_a_curve() -> None:
    fit = fit_drift([(t, drift(t, 7e7, 2.0, 1.4e7)) for t in (0.1, 0.3, 1, 3, 9, 25)])
    curve = fit.curve(60.0)
    assert len(curve.seconds) == 64
    times = np.geomspace(1e-3, 60, 999)
    lines = np.interp(times, (0, *curve.seconds), (0, *curve.distinct_mib)) * MIB
    exact = np.array([fit.dirtied_bytes(t) for t in times])
    assert np.all(lines <= exact * (1 + 1e-12))
    assert np.all(lines >= exact * 0.99)


@pytest.mark.parametrize("shape", ["concave", "rising"])
def test_a_case_takes_it(shape: str) -> None:
    curve = curve_from_samples(UPDATE_4T, shape)  # type: ignore[arg-type]
    case = Case.model_validate(
        {"memory_mib": 2048, "link": {"mbit_s": 1000}, "workload": {"curve": curve.model_dump()}}
    )
    assert estimate(case).converged


def test_concave_samples_are_kept() -> None:
    points = [(t, 1e9 * math.sqrt(t)) for t in (0.5, 1, 2, 7, 30)]
    found = curve_from_samples(reversed(points))
    assert list(found.seconds) == [0.5, 1.0, 2.0, 7.0, 30.0]
    assert [mib * MIB for mib in found.distinct_mib] == pytest.approx([b for _, b in points])


def test_a_bend_upwards_is_straightened_or_kept() -> None:
    """Least squares by hand: one line y = a t through (1, 1) and (2, 4), relative errors."""
    points = [(1.0, 1.0 * MIB), (2.0, 4.0 * MIB)]
    a = (1 / 1 + 2 / 4) / (1 / 1 + 4 / 16)
    assert curve_from_samples(points).distinct_mib == pytest.approx((a, 2 * a))
    assert curve_from_samples(points, "rising").distinct_mib == pytest.approx((1.0, 4.0))


def test_repeats_are_one_point() -> None:
    found = curve_from_samples([(1, 1 * MIB), (1, 3 * MIB), (0, 9 * MIB)])
    assert list(found.seconds) == [1.0]
    assert list(found.distinct_mib) == pytest.approx([2.0])


def distance(curve: tuple[float, ...], points: list[tuple[float, float]]) -> float:
    largest = max(size for _, size in points)
    return sum(
        ((mib * MIB - size) / max(size, largest * 1e-3, 1)) ** 2
        for mib, (_, size) in zip(curve, points, strict=True)
    )


@settings(deadline=None)
@given(samples, st.integers(0, 2**32))
def test_no_concave_curve_is_nearer(points: list[tuple[float, float]], seed: int) -> None:
    points = sorted({round(t, 2): (t, size) for t, size in points}.values())
    found = curve_from_samples(points)
    times, sizes = (0.0, *found.seconds), (0.0, *found.distinct_mib)
    slopes = [(b - a) / (u - t) for (t, u), (a, b) in zip(
        itertools.pairwise(times), itertools.pairwise(sizes), strict=True)]  # fmt: skip
    most = max(*sizes, 1e-9) / min(times[1:])
    assert all(later <= sooner + 1e-9 * most for sooner, later in itertools.pairwise(slopes))
    assert all(slope >= 0 for slope in slopes)
    chance = np.random.default_rng(seed)
    best = distance(found.distinct_mib, points)
    for _ in range(20):
        amounts = chance.exponential(size=len(points)) * chance.integers(0, 2, len(points))
        forms = np.minimum.outer(times[1:], times[1:])
        other = forms @ amounts
        scale = max(sizes) / max(other.max(), 1e-300)
        for share in (1.0, 0.01):
            mixed = np.array(sizes[1:]) * (1 - share) + other * scale * share
            assert best <= distance(tuple(mixed), points) * (1 + 1e-6) + 1e-9


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 10)), min_size=1, max_size=30))
def test_pooling(rows: list[tuple[float, float]]) -> None:
    """The min-max formula: the greatest of all means to the left of the least to the right."""
    sizes, weights = np.array(rows).T
    n = len(rows)

    def mean(i: int, j: int) -> float:
        return float(np.average(sizes[i : j + 1], weights=weights[i : j + 1]))

    exact = [max(min(mean(i, j) for j in range(k, n)) for i in range(k + 1)) for k in range(n)]
    assert pooled(sizes, weights).tolist() == pytest.approx(exact, rel=1e-9, abs=1e-6)


def test_weights_that_would_be_negative_are_0() -> None:
    forms = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert not_negative(forms, np.array([1.0, -1.0])).tolist() == [1.0, 0.0]
    assert not_negative(forms, np.array([-1.0, -1.0])).tolist() == [0.0, 0.0]
    assert not_negative(forms, np.array([3.0, 1.0])) == pytest.approx([2.0, 1.0])


def test_a_valley() -> None:
    assert golden_section(lambda x: (x - 2) ** 2, 0, 5) == pytest.approx(2, abs=1e-6)


def test_rates_measured_over_several_lengths() -> None:
    """A working set of 64 MiB gives 64 MiB/s in a second and 6.4 in ten."""
    work = {1.0: 63.0, 2.0: 31.9, 10.0: 6.4}
    found = curve_from_samples(rate_samples(work.items()))
    assert found.distinct_mib == pytest.approx((63.0, 63.8, 64.0))


@pytest.mark.parametrize(
    "points", [[], [(0, 5)], [(-1, 5)], [(1, -5)], [(math.nan, 5)], [(1, math.inf)]]
)
def test_what_is_no_sample(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"sample|negative"):
        curve_from_samples(points)


def test_two_durations_are_not_enough_to_fit() -> None:
    with pytest.raises(ValueError, match="three durations"):
        fit_drift([(1, 5), (1, 6), (2, 7)])
    assert fit_drift([(1, 5), (3, 6), (2, 7)]).left_out_errors == ()
    assert fit_drift([(1, 0), (3, 0), (2, 0)]).relative_rms == 0
