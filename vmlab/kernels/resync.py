"""What a dirty sync finds: pages written since the last one, united with those unsent.

QEMU's dirty log runs from sync to sync, not from pass to pass: a page counts
once however often it is written, and a page that is still unsent counts once
too. Pages come in classes. Within a class they are written at random, so
whether a page is unsent says nothing about whether it was written. A sweep
needs no such argument: its stretches are followed on a ring
(`vmlab.kernels.arcs`). A measured curve is taken to count as QEMU's own
statistics do: what was waiting to be sent while it was measured is left out.
"""

from __future__ import annotations

import math

from vmlab.kernels.arcs import add_arc, arc_bytes, send_arcs
from vmlab.kernels.compile import NumbersOut, kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.qemu_terms import Space, Writes


@kernel
def written_shares(
    from_s: float, to_s: float, speed: float, writes: Writes, share_out: NumbersOut
) -> float:
    """Share of each class that is written at least once between two instants.

    Parameters
    ----------
    from_s, to_s : float
        The instants, on the clock of the command, s.
    speed : float
        Share of that time in which the guest runs, 0 to 1.
    writes : Writes
        The workload.
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
    sizes = writes.class_bytes
    if len(writes.curve_s) > 0:
        written_bytes = dirtied_bytes(
            (to_s - from_s) * speed, sizes[:0], sizes[:0], writes.curve_s, writes.curve_bytes
        )
        share_out[0] = written_bytes / sizes[0] if sizes[0] > 0.0 else 0.0
        return written_bytes
    total_bytes = 0.0
    for c in range(len(sizes)):
        touches = _turns(c, from_s, to_s, speed, writes)
        share_out[c] = min(touches, 1.0) if writes.sweep else -math.expm1(-touches)
        total_bytes += sizes[c] * share_out[c]
    return total_bytes


@kernel
def _turns(c: int, from_s: float, to_s: float, speed: float, writes: Writes) -> float:
    """How often a page of a class is written."""
    last = len(writes.phase_from_s) - 1
    turns = 0.0
    for k in range(last + 1):
        begin_s = max(from_s, writes.phase_from_s[k])
        end_s = to_s if k == last else min(to_s, writes.phase_from_s[k + 1])
        if end_s > begin_s:
            rate = writes.class_writes_per_s[k * len(writes.class_bytes) + c]
            turns += rate * (end_s - begin_s)
    return turns * speed


@kernel
def fill(writes: Writes, space_out: Space) -> float:
    """Before the first sync: all of every class is to be sent.

    Parameters
    ----------
    writes : Writes
        The workload.
    space_out : Space
        Filled.

    Returns
    -------
    float
        All of it, bytes.
    """
    total_bytes = 0.0
    for c in range(len(writes.class_bytes)):
        space_out.rest[c] = writes.class_bytes[c]
        space_out.hit[c] = 0.0
        space_out.cached[c] = 0.0
        total_bytes += writes.class_bytes[c]
    for i in range(4):
        space_out.period[i] = 0.0
    space_out.at[0] = 0.0
    space_out.at[1] = 0.0
    space_out.arcs[0] = 0.0
    if writes.sweep:
        add_arc(0.0, total_bytes, total_bytes, space_out.arcs)
    return total_bytes


@kernel
def unite(
    unsent: float, from_s: float, to_s: float, speed: float, writes: Writes, space_out: Space
) -> float:
    """Unite what is unsent with what was written.

    Parameters
    ----------
    unsent : float
        Share of each class's last rest that is still unsent, 0 to 1.
    from_s, to_s, speed : float
        As in `written_shares`, which must have filled `space_out.share`.
    writes : Writes
        The workload.
    space_out : Space
        `rest` and, of a sweep, `at` and `arcs` are brought up to date.

    Returns
    -------
    float
        What is to be sent now, bytes.

    Notes
    -----
    With ``u = unsent * rest``, ``rest = u + (size - u) * share``. With a curve
    ``min(u + (size - u + min(u, waiting)) * share, size)``: it has left out
    already what was written of so many waiting pages. Of a sweep the arcs that
    are left behind the sender, and the one that was written.
    """
    sizes = writes.class_bytes
    if writes.sweep:
        arcs = space_out.arcs
        sent_bytes = (1.0 - unsent) * arc_bytes(arcs)
        space_out.at[1] = send_arcs(space_out.at[1], sent_bytes, sizes[0], arcs)
        add_arc(space_out.at[0], space_out.share[0] * sizes[0], sizes[0], arcs)
        turns = _turns(0, from_s, to_s, speed, writes)
        space_out.at[0] = (space_out.at[0] + turns * sizes[0]) % sizes[0]
        space_out.rest[0] = arc_bytes(arcs)
        return space_out.rest[0]
    total_bytes = 0.0
    for c in range(len(sizes)):
        kept_bytes = unsent * space_out.rest[c]
        if len(writes.curve_s) > 0:
            uncounted_bytes = min(writes.waiting_bytes, kept_bytes)
            fresh_bytes = (sizes[c] - kept_bytes + uncounted_bytes) * space_out.share[c]
            rest_bytes = min(kept_bytes + fresh_bytes, sizes[c])
        else:
            rest_bytes = kept_bytes + (sizes[c] - kept_bytes) * space_out.share[c]
        space_out.rest[c] = rest_bytes
        total_bytes += rest_bytes
    return total_bytes


@kernel
def cache_sent(unsent: float, cached_share: float, writes: Writes, space_out: Space) -> None:
    """Put into the delta cache what was sent since the last sync and was not in it.

    Parameters
    ----------
    unsent : float
        Share of each class's last rest that is still unsent, 0 to 1.
    cached_share : float
        Share of the classes that finds room.
    writes : Writes
        The workload.
    space_out : Space
        `cached` is brought up to date.
    """
    for c in range(len(writes.class_bytes)):
        fresh_bytes = (1.0 - space_out.hit[c]) * (1.0 - unsent) * space_out.rest[c]
        room_bytes = cached_share * writes.class_bytes[c]
        space_out.cached[c] = min(space_out.cached[c] + fresh_bytes, room_bytes)


@kernel
def cache_hits(rest_bytes: float, writes: Writes, space_out: Space) -> float:
    """Share of what is to be sent that is in the delta cache.

    Parameters
    ----------
    rest_bytes : float
        All that is to be sent, bytes; above 0.
    writes : Writes
        The workload.
    space_out : Space
        `hit` is brought up to date.

    Returns
    -------
    float
        0 to 1.
    """
    total = 0.0
    for c in range(len(writes.class_bytes)):
        size = writes.class_bytes[c]
        space_out.hit[c] = space_out.cached[c] / size if size > 0.0 else 0.0
        total += space_out.hit[c] * space_out.rest[c] / rest_bytes
    return min(total, 1.0)
