"""What is dirty of a working set that is written in order: stretches of a ring.

A guest that sweeps over W bytes writes them again from the start when it has
come to the end, and a sender walks round the same ring. So what is dirty is a
handful of stretches: ``arcs_out`` holds the start and the end of each, disjoint,
in no order, 0 <= start < end <= W.
"""

from __future__ import annotations

from vmlab.kernels.compile import NumbersOut, kernel

#: Room for as many arcs; writer and sender leave three or four behind.
MOST_ARCS = 32
#: A shorter arc is left over by rounding, bytes.
_DUST_BYTES = 1e-3


@kernel
def add_arc(from_bytes: float, length_bytes: float, size_bytes: float, arcs_out: NumbersOut) -> int:
    """Unite the arcs with one that begins somewhere on the ring.

    Parameters
    ----------
    from_bytes, length_bytes : float
        Where the new arc begins, and how long it is, at most the ring.
    size_bytes : float
        The ring.
    arcs_out : sequence of float, shape (1 + 2 * MOST_ARCS,)
        How many arcs, then start and end of each.

    Returns
    -------
    int
        How many arcs there are now.
    """
    if length_bytes <= _DUST_BYTES:
        return int(arcs_out[0])
    if length_bytes >= size_bytes:
        arcs_out[0] = 1.0
        arcs_out[1] = 0.0
        arcs_out[2] = size_bytes
        return 1
    to_bytes = from_bytes + length_bytes
    if to_bytes > size_bytes:
        _unite(0.0, to_bytes - size_bytes, arcs_out)
        to_bytes = size_bytes
    return _unite(from_bytes, to_bytes, arcs_out)


@kernel
def _unite(from_bytes: float, to_bytes: float, arcs_out: NumbersOut) -> int:
    kept = 0
    for i in range(int(arcs_out[0])):
        low = arcs_out[1 + 2 * i]
        high = arcs_out[2 + 2 * i]
        # Without room for one more, the new arc swallows the last and the gap before it.
        if (low <= to_bytes and high >= from_bytes) or kept == MOST_ARCS - 1:
            from_bytes = min(from_bytes, low)
            to_bytes = max(to_bytes, high)
        else:
            arcs_out[1 + 2 * kept] = low
            arcs_out[2 + 2 * kept] = high
            kept += 1
    arcs_out[1 + 2 * kept] = from_bytes
    arcs_out[2 + 2 * kept] = to_bytes
    arcs_out[0] = float(kept + 1)
    return kept + 1


@kernel
def arc_bytes(arcs_out: NumbersOut) -> float:
    """Length of all arcs together.

    Parameters
    ----------
    arcs_out : sequence of float
        As in `add_arc`, bytes.

    Returns
    -------
    float
        Bytes.
    """
    total_bytes = 0.0
    for i in range(int(arcs_out[0])):
        total_bytes += arcs_out[2 + 2 * i] - arcs_out[1 + 2 * i]
    return total_bytes


@kernel
def send_arcs(
    cursor_bytes: float, amount_bytes: float, size_bytes: float, arcs_out: NumbersOut
) -> float:
    """Take away what a sender meets that walks round the ring.

    Parameters
    ----------
    cursor_bytes : float
        Where it starts.
    amount_bytes : float
        How much it sends.
    size_bytes : float
        The ring.
    arcs_out : sequence of float
        As in `add_arc`.

    Returns
    -------
    float
        Where it is then.
    """
    while amount_bytes > _DUST_BYTES and arcs_out[0] > 0.0:
        count = int(arcs_out[0])
        near = 0
        near_bytes = 2.0 * size_bytes
        for i in range(count):
            way_bytes = arcs_out[1 + 2 * i] - cursor_bytes
            if arcs_out[2 + 2 * i] <= cursor_bytes:
                way_bytes += size_bytes
            way_bytes = max(way_bytes, 0.0)
            if way_bytes < near_bytes:
                near = i
                near_bytes = way_bytes
        low = arcs_out[1 + 2 * near]
        high = arcs_out[2 + 2 * near]
        start = cursor_bytes if low < cursor_bytes < high else low
        end = min(start + amount_bytes, high)
        amount_bytes -= end - start
        keeps_front = start - low > _DUST_BYTES
        keeps_back = high - end > _DUST_BYTES
        if keeps_front:
            arcs_out[2 + 2 * near] = start
            if keeps_back and count < MOST_ARCS:
                arcs_out[1 + 2 * count] = end
                arcs_out[2 + 2 * count] = high
                arcs_out[0] = float(count + 1)
        elif keeps_back:
            arcs_out[1 + 2 * near] = end
        else:
            arcs_out[1 + 2 * near] = arcs_out[2 * count - 1]
            arcs_out[2 + 2 * near] = arcs_out[2 * count]
            arcs_out[0] = float(count - 1)
        cursor_bytes = end if end < size_bytes else 0.0
    return cursor_bytes
