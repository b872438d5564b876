"""Distinct memory that a guest dirties in a time.

Two forms, added up, say every workload. **Classes**: pages that are written
at random, each class at its own rate. **Curve**: distinct bytes after a time,
straight lines between points. A uniform random working set is one class; a
sequential sweep is a curve of two points.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, kernel


@kernel
def curve_at_bytes(duration_s: float, curve_s: Numbers, curve_bytes: Numbers) -> float:
    """A dirty curve at a time.

    Parameters
    ----------
    duration_s : float
        The time, s.
    curve_s, curve_bytes : sequence of float, shape (m,)
        The curve's points, s and bytes, rising from (0, 0); m may be 0.

    Returns
    -------
    float
        Bytes: on the straight line between two points, constant after the last.
    """
    last = len(curve_s) - 1
    if last < 0:
        return 0.0
    if duration_s >= curve_s[last]:
        return curve_bytes[last]
    for i in range(last):
        if duration_s < curve_s[i + 1]:
            share = (duration_s - curve_s[i]) / (curve_s[i + 1] - curve_s[i])
            return curve_bytes[i] + share * (curve_bytes[i + 1] - curve_bytes[i])
    return curve_bytes[last]


@kernel
def dirtied_bytes(
    duration_s: float,
    class_bytes: Numbers,
    class_writes_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
) -> float:
    """Distinct bytes dirtied in a time that starts with nothing dirty.

    Parameters
    ----------
    duration_s : float
        The time, s.
    class_bytes : sequence of float, shape (n,)
        Size of each class, bytes.
    class_writes_per_s : sequence of float, shape (n,)
        Writes to each page of the class, 1/s.
    curve_s, curve_bytes : sequence of float, shape (m,)
        The curve's points, s and bytes, rising from (0, 0); m may be 0.

    Returns
    -------
    float
        Expected bytes; whole pages are not enforced.

    Notes
    -----
    ``sum(class_bytes * (1 - exp(-writes * t)))``, the expected share of pages
    that a Poisson stream of writes has touched, plus the curve at ``t``, which
    is constant after its last point.

    References
    ----------
    Writable working sets: Clark et al., Live Migration of Virtual Machines,
    NSDI 2005, section 4.2.
    """
    total_bytes = 0.0
    for i in range(len(class_bytes)):
        total_bytes -= class_bytes[i] * math.expm1(-class_writes_per_s[i] * duration_s)
    return total_bytes + curve_at_bytes(duration_s, curve_s, curve_bytes)
