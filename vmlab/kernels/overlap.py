"""Pages that a pass is to send and that the guest writes again meanwhile."""

from __future__ import annotations

import math

from vmlab.kernels.compile import kernel
from vmlab.kernels.workload import (
    Span,
    Work,
    class_dirtied_bytes,
    curve_dirtied_bytes,
    writes_per_page,
)

#: Fewer expected writes a page than this are as good as none.
_NO_WRITES = 1e-12


@kernel
def left_bytes(pending_bytes: float, sent_share: float, last: Span, now: Span, work: Work) -> float:
    """What a pass leaves to be sent when it is cut.

    Parameters
    ----------
    pending_bytes : float
        What the pass set out to send, bytes: what was dirtied in the last.
    sent_share : float
        Share of it that it has sent, 0 to 1.
    last, now : Span
        The pass before, of infinite length before a first one, and this one
        up to the cut.
    work : Work
        The workload.

    Returns
    -------
    float
        Bytes that are unsent, or dirtied again, or both.

    Notes
    -----
    Of a class of which the share q was dirtied in the last pass and the share
    d in this, ``u = q * (1 - sent_share)`` is unsent and ``u + (1 - u) * d`` is
    left: writes of two passes are independent. Of a curve's memory the pages
    that were dirtied in the shorter time are taken to be among the others, so
    ``d + (1 - sent_share) * max(q - d, 0)``. What is never written is pending
    in the first pass only.
    """
    if now.duration_s <= 0.0:
        return pending_bytes
    unsent_share = 1.0 - sent_share
    quiet_bytes = pending_bytes
    total_bytes = 0.0
    for i in range(len(work.class_bytes)):
        size_bytes = work.class_bytes[i]
        due_bytes = class_dirtied_bytes(i, last, work)
        quiet_bytes -= due_bytes
        again_share = -math.expm1(-writes_per_page(i, now, work))
        unsent_bytes = unsent_share * due_bytes
        total_bytes += unsent_bytes + (size_bytes - unsent_bytes) * again_share
    due_bytes = curve_dirtied_bytes(last, work)
    again_bytes = curve_dirtied_bytes(now, work)
    quiet_bytes -= due_bytes
    total_bytes += again_bytes + unsent_share * max(due_bytes - again_bytes, 0.0)
    return total_bytes + unsent_share * max(quiet_bytes, 0.0)


@kernel
def due_bytes(pending_bytes: float, last: Span, now: Span, work: Work) -> float:
    """What a pass sends if it leaves out what has been dirtied again before its turn.

    Parameters
    ----------
    pending_bytes : float
        What was dirtied in the last pass, bytes.
    last, now : Span
        The pass before, of infinite length before a first one, and this one.
    work : Work
        The workload.

    Returns
    -------
    float
        Bytes.

    Notes
    -----
    Turns are spread evenly over the pass. A page that expects x writes in the
    pass is still clean at its turn with the probability ``mean of exp(-x u)
    over u = (1 - exp(-x)) / x``. Of a curve's memory, ``pending - mean of
    min(D(t), pending)``.

    References
    ----------
    Clark et al., NSDI 2005, section 5.3: pages that were dirtied since are
    not sent in this round ("peek").
    """
    quiet_bytes = pending_bytes
    total_bytes = 0.0
    for i in range(len(work.class_bytes)):
        class_bytes = class_dirtied_bytes(i, last, work)
        quiet_bytes -= class_bytes
        writes = writes_per_page(i, now, work)
        clean = 1.0 if writes < _NO_WRITES else -math.expm1(-writes) / writes
        total_bytes += class_bytes * clean
    curve_bytes = curve_dirtied_bytes(last, work)
    quiet_bytes -= curve_bytes
    if curve_bytes > 0.0:
        total_bytes += curve_bytes - _mean_bytes(curve_bytes, now.duration_s * now.speed, work)
    return total_bytes + max(quiet_bytes, 0.0)


@kernel
def _mean_bytes(most_bytes: float, time_s: float, work: Work) -> float:
    """Mean of ``min(curve, most_bytes)`` from 0 to a time, line by line."""
    if time_s <= 0.0:
        return 0.0
    area = 0.0
    last = len(work.curve_s) - 1
    for i in range(last + 1):
        from_s = work.curve_s[i]
        if from_s >= time_s:
            break
        from_bytes = work.curve_bytes[i]
        if i == last or from_bytes >= most_bytes:
            area += min(from_bytes, most_bytes) * (time_s - from_s)
            break
        slope = (work.curve_bytes[i + 1] - from_bytes) / (work.curve_s[i + 1] - from_s)
        to_s = min(work.curve_s[i + 1], time_s)
        to_bytes = from_bytes + slope * (to_s - from_s)
        if to_bytes > most_bytes:  # it reaches the most on the way
            full_s = from_s + (most_bytes - from_bytes) / slope
            area += 0.5 * (from_bytes + most_bytes) * (full_s - from_s)
            area += most_bytes * (time_s - full_s)
            break
        area += 0.5 * (from_bytes + to_bytes) * (to_s - from_s)
    return area / time_s


@kernel
def known_share(last: Span, earlier: Span, work: Work) -> float:
    """Share of what was dirtied in a pass that had been dirtied before it, too.

    Parameters
    ----------
    last, earlier : Span
        The pass, and all the time before it.
    work : Work
        The workload.

    Returns
    -------
    float
        0 to 1.

    Notes
    -----
    Class by class, writes of two spans being independent; of a curve's memory
    all that the longer span reaches.
    """
    both_bytes = total_bytes = 0.0
    for i in range(len(work.class_bytes)):
        one_bytes = class_dirtied_bytes(i, last, work)
        both_bytes -= one_bytes * math.expm1(-writes_per_page(i, earlier, work))
        total_bytes += one_bytes
    one_bytes = curve_dirtied_bytes(last, work)
    both_bytes += min(one_bytes, curve_dirtied_bytes(earlier, work))
    total_bytes += one_bytes
    return both_bytes / total_bytes if total_bytes > 0.0 else 0.0
