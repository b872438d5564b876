"""Least squares under a rule: weights that are not negative, numbers that never fall."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

#: Against the largest, a weight or a pull below this share is none.
_NOTHING = 1e-12


def not_negative(forms: Vector, wanted: Vector) -> Vector:
    """Weights, none of them negative, whose sum of forms is nearest to what is wanted.

    Parameters
    ----------
    forms : numpy.ndarray, shape (m, n)
        A form in each column.
    wanted : numpy.ndarray, shape (m,)
        What they should add up to.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Least squares.

    Notes
    -----
    The form that would help most is let in; where the best weights of all
    that are in would pass 0, go only so far, and let out what got there.

    References
    ----------
    Lawson, Hanson: Solving Least Squares Problems, 1974, chapter 23.
    """
    scale = np.linalg.norm(forms, axis=0)
    scale[scale == 0] = 1.0
    forms = forms / scale
    n = forms.shape[1]
    weights = np.zeros(n)
    free = np.zeros(n, dtype=bool)
    for _ in range(3 * n):
        pull = forms.T @ (wanted - forms @ weights)
        pull[free] = -math.inf
        if free.all() or pull.max() <= _NOTHING * max(float(np.linalg.norm(wanted)), 1e-300):
            break
        free[int(np.argmax(pull))] = True
        while True:
            trial = np.zeros(n)
            trial[free] = np.linalg.lstsq(forms[:, free], wanted, rcond=None)[0]
            bad = free & (trial <= 0)
            if not bad.any():
                break
            step = float(np.min(weights[bad] / (weights[bad] - trial[bad] + 1e-300)))
            weights = weights + step * (trial - weights)
            free &= weights > _NOTHING * max(float(weights.max()), 1e-300)
            weights[~free] = 0.0
        weights = trial
    return np.asarray(weights / scale, dtype=np.float64)


def pooled(sizes: Vector, weights: Vector) -> Vector:
    """The nearest numbers that never fall: neighbours that do are replaced by their mean.

    Parameters
    ----------
    sizes, weights : numpy.ndarray, shape (n,)
        The numbers, and what an error in each counts.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Weighted least squares.

    References
    ----------
    Barlow, Bartholomew, Bremner, Brunk: Statistical Inference under Order
    Restrictions, 1972, chapter 1: pooling adjacent violators.
    """
    blocks: list[tuple[float, float, int]] = []
    for size, weight in zip(sizes.tolist(), weights.tolist(), strict=True):
        mean, mass, n = size, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, more, count = blocks.pop()
            mean = (before * more + mean * mass) / (more + mass)
            mass, n = mass + more, n + count
        blocks.append((mean, mass, n))
    return np.array([mean for mean, _, n in blocks for _ in range(n)])


def golden_section(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is least.

    Parameters
    ----------
    of : callable
        A number to a number.
    low, high : float
        Round the valley.

    Returns
    -------
    float
        After 80 steps as near as floats tell.
    """
    share = (math.sqrt(5) - 1) / 2
    a, b = high - share * (high - low), low + share * (high - low)
    at_a, at_b = of(a), of(b)
    for _ in range(80):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - share * (high - low)
            at_a = of(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + share * (high - low)
            at_b = of(b)
    return (low + high) / 2
