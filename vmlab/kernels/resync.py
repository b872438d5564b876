"""What a dirty sync finds: pages written since the last one, united with those unsent.

QEMU's dirty log runs from sync to sync, not from pass to pass: a page counts
once however often it is written, and a page that is still unsent counts once
too. Pages come in classes. Within a class they are written at random, so
whether a page is unsent says nothing about whether it was written. A sweep
needs no such argument: its stretches are followed on a ring
(`vmlab.kernels.arcs`). A measured curve says nothing of pages at all; it is
taken to count as QEMU's own statistics do, only what was not waiting already.
"""

from __future__ import annotations

import math

from vmlab.kernels.arcs import add_arc, arc_bytes, send_arcs
from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.dirtying import dirtied_bytes


@kernel
def written_shares(
    from_s: float,
    to_s: float,
    speed: float,
    class_bytes: Numbers,
    phase_from_s: Numbers,
    class_writes_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
    sweep: bool,
    share_out: NumbersOut,
) -> float:
    """Share of each class that is written at least once between two instants.

    Parameters
    ----------
    from_s, to_s : float
        The instants, on the clock of the command, s.
    speed : float
        Share of that time in which the guest runs, 0 to 1.
    class_bytes : sequence of float, shape (n,)
        Size of each class, bytes.
    phase_from_s : sequence of float, shape (m,)
        When each phase of the workload begins, s; the first is 0.
    class_writes_per_s : sequence of float, shape (m * n,)
        Writes to each page of a class, 1/s, phase by phase.
    curve_s, curve_bytes : sequence of float
        A measured curve, or nothing; with it there is one class, as large as
        the curve's end.
    sweep : bool
        The only class is written in the order of its addresses.
    share_out : sequence of float, shape (n,)
        Filled with the shares, 0 to 1.

    Returns
    -------
    float
        Distinct bytes written.

    Notes
    -----
    ``E = speed * sum(writes * time in the phase)``; of a class written at
    random the share ``1 - exp(-E)``, of a sweep ``min(1, E)``, of a curve
    ``curve(speed * time) / end``.
    """
    classes = len(class_bytes)
    phases = len(phase_from_s)
    if len(curve_s) > 0:
        written_bytes = dirtied_bytes(
            (to_s - from_s) * speed, class_bytes[:0], class_bytes[:0], curve_s, curve_bytes
        )
        share_out[0] = written_bytes / class_bytes[0] if class_bytes[0] > 0.0 else 0.0
        return written_bytes
    total_bytes = 0.0
    for c in range(classes):
        exposure = 0.0
        for k in range(phases):
            begin_s = max(from_s, phase_from_s[k])
            end_s = to_s if k == phases - 1 else min(to_s, phase_from_s[k + 1])
            if end_s > begin_s:
                exposure += class_writes_per_s[k * classes + c] * (end_s - begin_s)
        exposure *= speed
        share_out[c] = min(exposure, 1.0) if sweep else -math.expm1(-exposure)
        total_bytes += class_bytes[c] * share_out[c]
    return total_bytes


@kernel
def unite(
    unsent: float,
    class_bytes: Numbers,
    share: Numbers,
    overlaps: bool,
    class_rest_out: NumbersOut,
) -> float:
    """Unite what is unsent with what was written.

    Parameters
    ----------
    unsent : float
        Share of each class's last rest that is still unsent, 0 to 1.
    class_bytes : sequence of float, shape (n,)
        Size of each class, bytes.
    share : sequence of float, shape (n,)
        Share of each class that was written.
    overlaps : bool
        Whether what was written includes pages that are unsent.
    class_rest_out : sequence of float, shape (n,)
        What was to be sent after the last sync, and is now, bytes.

    Returns
    -------
    float
        All of it, bytes.

    Notes
    -----
    With ``u = unsent * rest``, ``rest = u + (size - u) * share``; without
    overlap ``min(u + size * share, size)``.
    """
    total_bytes = 0.0
    for c in range(len(class_bytes)):
        kept_bytes = unsent * class_rest_out[c]
        if overlaps:
            class_rest_out[c] = kept_bytes + (class_bytes[c] - kept_bytes) * share[c]
        else:
            class_rest_out[c] = min(kept_bytes + class_bytes[c] * share[c], class_bytes[c])
        total_bytes += class_rest_out[c]
    return total_bytes


@kernel
def unite_sweep(
    unsent: float,
    share: float,
    turns: float,
    size_bytes: float,
    at_out: NumbersOut,
    arcs_out: NumbersOut,
) -> float:
    """Unite what is unsent of a sweep with the stretch that was written.

    Parameters
    ----------
    unsent : float
        Share of the last rest that is still unsent, 0 to 1.
    share : float
        Share of the ring that the writer wrote since.
    turns : float
        How often it came round; may be more than 1.
    size_bytes : float
        The ring.
    at_out : sequence of float, shape (2,)
        Where the writer and the sender were at the last sync, and are now.
    arcs_out : sequence of float
        As in `vmlab.kernels.arcs.add_arc`.

    Returns
    -------
    float
        All of it, bytes.
    """
    sent_bytes = (1.0 - unsent) * arc_bytes(arcs_out)
    at_out[1] = send_arcs(at_out[1], sent_bytes, size_bytes, arcs_out)
    add_arc(at_out[0], share * size_bytes, size_bytes, arcs_out)
    at_out[0] = (at_out[0] + turns * size_bytes) % size_bytes
    return arc_bytes(arcs_out)


@kernel
def cache_sent(
    unsent: float,
    cached_share: float,
    class_bytes: Numbers,
    class_rest: Numbers,
    hit: Numbers,
    cached_out: NumbersOut,
) -> None:
    """Put into the delta cache what was sent since the last sync and was not in it.

    Parameters
    ----------
    unsent : float
        Share of each class's last rest that is still unsent, 0 to 1.
    cached_share : float
        Share of the classes that finds room.
    class_bytes, class_rest, hit : sequence of float, shape (n,)
        Each class, what was to be sent of it, and the share of that which was
        in the cache.
    cached_out : sequence of float, shape (n,)
        What is in the cache, bytes.
    """
    for c in range(len(class_bytes)):
        fresh_bytes = (1.0 - hit[c]) * (1.0 - unsent) * class_rest[c]
        cached_out[c] = min(cached_out[c] + fresh_bytes, cached_share * class_bytes[c])


@kernel
def cache_hits(
    class_bytes: Numbers,
    class_rest: Numbers,
    rest_bytes: float,
    cached: Numbers,
    hit_out: NumbersOut,
) -> float:
    """Share of what is to be sent that is in the delta cache.

    Parameters
    ----------
    class_bytes, class_rest, cached : sequence of float, shape (n,)
        Each class, what is to be sent of it, and what is in the cache.
    rest_bytes : float
        All that is to be sent, bytes; above 0.
    hit_out : sequence of float, shape (n,)
        Filled with the share of each class.

    Returns
    -------
    float
        The share of all, 0 to 1.
    """
    total = 0.0
    for c in range(len(class_bytes)):
        hit_out[c] = cached[c] / class_bytes[c] if class_bytes[c] > 0.0 else 0.0
        total += hit_out[c] * class_rest[c] / rest_bytes
    return min(total, 1.0)
