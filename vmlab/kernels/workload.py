"""What a guest writes in a span of time.

A workload is the classes and the curve of `vmlab.kernels.dirtying`, with two
things added: the rates of the classes may change from phase to phase, and the
guest may run slower than the clock.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from vmlab.kernels.compile import Numbers, kernel
from vmlab.kernels.dirtying import curve_at_bytes

#: Halvings that find a speed: the last is far below a float's precision.
_HALVINGS = 60


class Work(NamedTuple):
    """What a guest writes.

    Parameters
    ----------
    class_bytes : sequence of float, shape (n,)
        Size of each class, bytes.
    class_writes_per_s : sequence of float, shape (m * n,)
        Writes to each page of a class, 1/s, phase by phase.
    phase_from_s : sequence of float, shape (m,)
        When each phase begins, s; the first is 0.
    curve_s, curve_bytes : sequence of float
        As in `dirtied_bytes`; a curve has no phases.
    """

    class_bytes: Numbers
    class_writes_per_s: Numbers
    phase_from_s: Numbers
    curve_s: Numbers
    curve_bytes: Numbers


class Span(NamedTuple):
    """A time in which the guest ran at one speed.

    Parameters
    ----------
    start_s, duration_s : float
        On the clock of the command, s. Of infinite length: a time in which
        all was written, as before a first pass, which sends everything.
    speed : float
        Share of that time in which the guest ran, 0 to 1.
    """

    start_s: float
    duration_s: float
    speed: float


@kernel
def writes_per_page(which: int, span: Span, work: Work) -> float:
    """Expected writes to each page of a class.

    Parameters
    ----------
    which : int
        Number of the class.
    span : Span
        The time, s.
    work : Work
        The workload.

    Returns
    -------
    float
        A number of writes.

    Notes
    -----
    ``sum(writes * (time in the phase * speed))``. Phases follow the clock, not
    the guest's own time: what drives a guest from outside does not wait.
    """
    classes = len(work.class_bytes)
    phases = len(work.phase_from_s)
    if phases == 1:
        return work.class_writes_per_s[which] * (span.duration_s * span.speed)
    writes = 0.0
    end_s = span.start_s + span.duration_s
    for k in range(phases):
        from_s = max(span.start_s, work.phase_from_s[k])
        to_s = end_s if k == phases - 1 else min(end_s, work.phase_from_s[k + 1])
        if to_s > from_s:
            writes += work.class_writes_per_s[k * classes + which] * (to_s - from_s)
    return writes * span.speed


@kernel
def class_dirtied_bytes(which: int, span: Span, work: Work) -> float:
    """Distinct bytes of a class that are written in a span.

    Parameters
    ----------
    which : int
        Number of the class.
    span : Span
        The time, s; of infinite length, the whole class.
    work : Work
        The workload.

    Returns
    -------
    float
        Expected bytes: ``size * (1 - exp(-writes))``.
    """
    if span.duration_s == math.inf:
        return work.class_bytes[which]
    return -work.class_bytes[which] * math.expm1(-writes_per_page(which, span, work))


@kernel
def curve_dirtied_bytes(span: Span, work: Work) -> float:
    """Distinct bytes of the curve's memory that are written in a span.

    Parameters
    ----------
    span : Span
        The time, s; of infinite length, the whole curve.
    work : Work
        The workload.

    Returns
    -------
    float
        Bytes; 0 without a curve.
    """
    last = len(work.curve_s) - 1
    if last < 0:
        return 0.0
    if span.duration_s == math.inf:
        return work.curve_bytes[last]
    return curve_at_bytes(span.duration_s * span.speed, work.curve_s, work.curve_bytes)


@kernel
def dirtied_in(span: Span, work: Work) -> float:
    """Distinct bytes dirtied in a span that starts with nothing dirty.

    Parameters
    ----------
    span : Span
        The time, s; finite.
    work : Work
        The workload.

    Returns
    -------
    float
        Expected bytes: the classes and the curve added up.
    """
    total_bytes = 0.0
    for i in range(len(work.class_bytes)):
        total_bytes += class_dirtied_bytes(i, span, work)
    return total_bytes + curve_dirtied_bytes(span, work)


@kernel
def speed_for(most_bytes: float, span: Span, work: Work) -> float:
    """The speed at which a guest dirties no more than so much.

    Parameters
    ----------
    most_bytes : float
        What it may dirty, bytes.
    span : Span
        The time, s; its own speed is the highest that is tried.
    work : Work
        The workload.

    Returns
    -------
    float
        0 to the span's own speed, by bisection.
    """
    if dirtied_in(span, work) <= most_bytes:
        return span.speed
    low, high = 0.0, span.speed
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if dirtied_in(Span(span.start_s, span.duration_s, middle), work) <= most_bytes:
            low = middle
        else:
            high = middle
    return low
