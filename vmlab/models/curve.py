"""A dirty curve from samples: how much distinct memory a guest dirtied in times of some length."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from vmlab import units
from vmlab.models.least_squares import Vector, golden_section, not_negative, pooled
from vmlab.models.workload import Curve

Sample = tuple[float, float]
Errors = Literal["relative", "absolute"]

__all__ = ["DriftFit", "curve_from_samples", "fit_drift", "rate_samples"]


def rate_samples(rates: Iterable[tuple[float, float]]) -> list[Sample]:
    """Samples from measured dirty rates, as QEMU's ``calc-dirty-rate`` gives them.

    Parameters
    ----------
    rates : iterable of (float, float)
        Length of a measurement, s, and the rate it gave, MiB/s. Measure with
        several lengths: one length says nothing of the others.

    Returns
    -------
    list of (float, float)
        Length, s, and distinct memory dirtied in it, bytes.

    Notes
    -----
    ``dirtied = rate * length``: such a rate counts a page once, however often
    it is written during the measurement, and so falls as this gets longer.

    Examples
    --------
    >>> rate_samples([(1, 64.0), (10, 12.8)])
    [(1, 67108864.0), (10, 134217728.0)]
    """
    return [(length_s, units.mib_to_bytes(mib_s) * length_s) for length_s, mib_s in rates]


def curve_from_samples(
    samples: Iterable[Sample], shape: Literal["concave", "rising"] = "concave"
) -> Curve:
    """The curve nearest to samples, for ``workload.curve``.

    Parameters
    ----------
    samples : iterable of (float, float)
        Duration, s, and distinct memory dirtied in it, bytes: rounds of a
        migration, or `rate_samples`. Any order; durations may repeat, which
        counts as their mean. Those of 0 s say nothing and are left out.
    shape : {"concave", "rising"}, optional
        Concave for a guest that goes on as it is: the longer it has written,
        the more of what it writes is dirty already. Only rising where phases
        of its work may bend the curve upwards.

    Returns
    -------
    Curve
        A point for each duration, from (0, 0), and constant after the last.

    Raises
    ------
    ValueError
        There is no sample of more than 0 s, or one is negative or not finite.

    Notes
    -----
    Least squares of relative errors. Concave: ``D(t) = sum_j c_j min(t, t_j)``
    with every ``c_j >= 0``, which is every concave rising curve through (0, 0)
    with corners at the samples and a level end. Rising: neighbours that fall
    are pooled, with the weights of the relative errors.

    References
    ----------
    Lawson, Hanson: Solving Least Squares Problems, 1974, chapter 23 (weights
    that are not negative). Barlow, Bartholomew, Bremner, Brunk: Statistical
    Inference under Order Restrictions, 1972, chapter 1 (pooling).
    """
    times, sizes, counts = _gathered(samples)
    weights = counts**0.5 / _scale(sizes)
    if shape == "concave":
        parts = np.minimum.outer(times, times)
        amounts = not_negative(parts * weights[:, None], sizes * weights)
        fitted = parts @ amounts
    else:
        fitted = pooled(sizes, weights**2)
    mib = np.maximum.accumulate(fitted) / units.BYTES_PER_MIB
    return Curve(seconds=tuple(times.tolist()), distinct_mib=tuple(mib.tolist()))


@dataclass(frozen=True)
class DriftFit:
    """A hot set and a drift fitted to samples: ``D(t) = W (1 - exp(-t / tau)) + k t``.

    Parameters
    ----------
    working_set_bytes, tau_s, drift_bytes_per_s : float
        W, tau and k.
    relative_rms : float
        Root of the mean squared relative error on the samples it was fitted to.
    left_out_errors : tuple of float
        Relative error for each duration when it was left out of the fit;
        empty where fewer than four durations were measured, for three can be
        fitted whatever they are. A duration at an end is extrapolated to.
    """

    working_set_bytes: float
    tau_s: float
    drift_bytes_per_s: float
    relative_rms: float
    left_out_errors: tuple[float, ...] = ()

    @property
    def left_out_rms(self) -> float | None:
        """Root of the mean squared error on what was left out; None where nothing was."""
        if not self.left_out_errors:
            return None
        return math.sqrt(sum(e * e for e in self.left_out_errors) / len(self.left_out_errors))

    def dirtied_bytes(self, duration_s: float) -> float:
        """Distinct memory dirtied in a time, bytes."""
        hot = -self.working_set_bytes * math.expm1(-duration_s / self.tau_s)
        return hot + self.drift_bytes_per_s * duration_s

    def curve(self, longest_s: float, points: int = 64) -> Curve:
        """The fit as a ``workload.curve``.

        Parameters
        ----------
        longest_s : float
            Where it ends, s: constant from there.
        points : int, optional
            Corners, from a five-hundredth of tau on, each later by the same share.

        Returns
        -------
        Curve
            Never above the fit, and with 64 points up to 1,000 tau less than 1 % below it.
        """
        first_s = min(self.tau_s, longest_s) / 500
        times = np.geomspace(first_s, longest_s, points)
        mib = [self.dirtied_bytes(t) / units.BYTES_PER_MIB for t in times.tolist()]
        return Curve(seconds=tuple(times.tolist()), distinct_mib=tuple(mib))


def fit_drift(samples: Iterable[Sample], errors: Errors = "relative") -> DriftFit:
    """Fit a hot set and a drift to samples, by least squares.

    Parameters
    ----------
    samples : iterable of (float, float)
        As in `curve_from_samples`; at least three durations.
    errors : {"relative", "absolute"}, optional
        What is made small: short rounds count as much as long ones, or by
        their bytes.

    Returns
    -------
    DriftFit
        With its errors on the samples, and on each duration left out in turn.

    Raises
    ------
    ValueError
        Fewer than three durations of more than 0 s.

    Notes
    -----
    For a given tau the best W and k, neither of them negative, follow by
    linear least squares; tau is searched on a grid of powers, from a hundredth
    of the shortest duration to a hundred times the longest, and then by
    golden section round the best. A hot set that even the shortest duration
    holds in full says nothing of tau, which is then found at an end.

    References
    ----------
    models of section 1.3, form (b): a bounded hot set with a slow drift.
    """
    times, sizes, counts = _gathered(samples)
    if len(times) < 3:
        raise ValueError(f"three durations are needed to fit three figures, not {len(times)}")
    fit = _fit(times, sizes, counts, errors)
    left_out = []
    for out in range(len(times) if len(times) > 3 else 0):
        keep = np.arange(len(times)) != out
        other = _fit(times[keep], sizes[keep], counts[keep], errors)
        off = other.dirtied_bytes(float(times[out])) - sizes[out]
        left_out.append(float(off / _scale(sizes)[out]))
    return replace(fit, left_out_errors=tuple(left_out))


def _fit(times: Vector, sizes: Vector, counts: Vector, errors: Errors) -> DriftFit:
    weights = counts**0.5 / (_scale(sizes) if errors == "relative" else _scale(sizes).max())
    wanted = sizes * weights

    def at(log_tau: float) -> tuple[float, Vector]:
        forms = np.column_stack((-np.expm1(-times / math.exp(log_tau)), times))
        amounts = not_negative(forms * weights[:, None], wanted)
        off = (forms @ amounts) * weights - wanted
        return float(off @ off), amounts

    low, high = math.log(float(times[0]) / 100), math.log(float(times[-1]) * 100)
    grid = np.linspace(low, high, 128)
    best = int(np.argmin([at(float(one))[0] for one in grid]))
    log_tau = golden_section(
        lambda one: at(one)[0], float(grid[max(best - 1, 0)]), float(grid[min(best + 1, 127)])
    )
    hot, drift = at(log_tau)[1].tolist()
    fit = DriftFit(hot, math.exp(log_tau), drift, 0.0)
    off = [fit.dirtied_bytes(t) for t in times.tolist()] - sizes
    rms = math.sqrt(float(counts @ (off / _scale(sizes)) ** 2 / counts.sum()))
    return replace(fit, relative_rms=rms)


def _gathered(samples: Iterable[Sample]) -> tuple[Vector, Vector, Vector]:
    """Durations in order, the mean of what was dirtied in each, and how many there were."""
    pairs = sorted(samples)
    if any(not (0 <= one < math.inf) for pair in pairs for one in pair):
        raise ValueError("durations and sizes are finite and not negative")
    groups = itertools.groupby((pair for pair in pairs if pair[0] > 0), lambda pair: pair[0])
    rows = []
    for duration_s, group in groups:
        sizes = [size for _, size in group]
        rows.append((duration_s, sum(sizes) / len(sizes), float(len(sizes))))
    if not rows:
        raise ValueError("there is no sample of more than 0 s")
    times, means, counts = np.array(rows, dtype=np.float64).T
    return times, means, counts


def _scale(sizes: Vector) -> Vector:
    """What an error is relative to: the sample, and at least a thousandth of the largest."""
    return np.maximum(sizes, max(float(sizes.max()) * 1e-3, 1.0))
