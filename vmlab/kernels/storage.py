"""A copy of disks in one pass, with what the guest writes meanwhile mirrored.

A copy moves a cursor over the disks. Each byte of cursor costs time at three
places, which work side by side: the array that is read, the array that is
written, and the network where one lies between. Two datastores on one array
cost their times at one place, one after the other.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, kernel

#: A share that is nothing: mirrored writes that slow the copy by less, a place's idle time.
NO_LOAD = 1e-14


@kernel
def bulk_copy(
    length_bytes: float,
    read_share: float,
    write_share: float,
    send_share: float,
    mirror_bytes_per_s: float,
    read_bytes_per_s: float,
    write_bytes_per_s: float,
    same_array: bool,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    start_s: float,
    deadline_s: float,
) -> tuple[float, float, float, float]:
    """Copy once from end to end; writes behind the cursor go to both sides.

    Parameters
    ----------
    length_bytes : float
        What the cursor passes over, bytes.
    read_share, write_share, send_share : float
        Bytes read, written and sent for a byte of cursor: a hole costs a read
        or a write nothing, a thick target has its zeros written.
    mirror_bytes_per_s : float
        What the guest writes, bytes/s, spread evenly over the length; 0 where
        it does not run.
    read_bytes_per_s, write_bytes_per_s : float
        What the source and the target have to spare, bytes/s.
    same_array : bool
        Whether both are one array.
    rate_from_s, rate_bytes_per_s : sequence of float
        The network, as in `transfer_s`; infinite where none lies between.
    start_s, deadline_s : float
        When the copy starts, and when it is given up, s.

    Returns
    -------
    copied : float
        Share of the length that the cursor has passed, 0 to 1.
    end_s : float
        When it was through, or given up; infinity where the network stays at 0.
    mirrored_bytes : float
        Written a second time, at the target, bytes.
    slowest : float
        Least share of its writes that the guest got done.

    Notes
    -----
    With the cursor at the share x, ``m = min(w x, cap)`` bytes a second are
    mirrored and the cursor needs ``max_k a_k / (1 - b_k m)`` seconds a byte,
    where the place k spends ``a_k`` on a byte of cursor and ``b_k`` on a
    mirrored one. Integrated in closed form between the points where another
    place becomes the slowest: with ``beta = b w`` and length L,
    ``t = a L / beta * ln((1 - beta x0) / (1 - beta x1))``.

    ``cap = min_k max(1/2, 1 - a_k / max a) / b_k``: the guest gets what the
    copy leaves, and half of a place that both want; so the copy always ends.
    The share is this model's assumption. What the guest cannot mirror it does
    not write either: a mirrored write is done when both sides have it.

    References
    ----------
    Mashtizadeh, Celebi, Garfinkel, Cai: The Design and Evolution of Live
    Storage Migration in VMware ESX, USENIX ATC 2011, on IO mirroring: writes to
    the copied region go to both sides, writes ahead of it to the source only.
    """
    x = 0.0
    mirrored_bytes = 0.0
    slowest = 1.0
    now_s = start_s
    last = len(rate_from_s) - 1
    if length_bytes <= 0.0:
        return 1.0, now_s, 0.0, 1.0
    for i in range(last + 1):
        until_s = deadline_s if i == last else min(deadline_s, rate_from_s[i + 1])
        if until_s <= now_s:
            continue
        network = rate_bytes_per_s[i]
        a = costs(read_share, write_share, send_share, read_bytes_per_s, write_bytes_per_s,
                  same_array, network)  # fmt: skip
        b = (0.0, 1.0 / write_bytes_per_s, 1.0 / network if network > 0.0 else math.inf)
        cap = most_mirrored(a, b)
        if max(a[0], a[1], a[2]) == math.inf:  # the network is down, and both wait for it
            if mirror_bytes_per_s > 0.0 and x > 0.0:
                slowest = 0.0
            if until_s == math.inf:
                return x, math.inf, mirrored_bytes, slowest
            now_s = until_s
            continue
        x, now_s, more_bytes = advance(
            x, now_s, until_s, length_bytes, mirror_bytes_per_s, cap, a, b
        )
        mirrored_bytes += more_bytes
        if mirror_bytes_per_s * x > cap:
            slowest = min(slowest, cap / (mirror_bytes_per_s * x))
        if x >= 1.0:
            return 1.0, now_s, mirrored_bytes, slowest
    return x, now_s, mirrored_bytes, slowest


@kernel
def costs(
    read_share: float,
    write_share: float,
    send_share: float,
    read_bytes_per_s: float,
    write_bytes_per_s: float,
    same_array: bool,
    network_bytes_per_s: float,
) -> tuple[float, float, float]:
    """Time that a byte of cursor takes at each place.

    Parameters
    ----------
    read_share, write_share, send_share : float
        Bytes read, written and sent for a byte of cursor.
    read_bytes_per_s, write_bytes_per_s : float
        Rates of the source and the target, bytes/s.
    same_array : bool
        Whether they are one place.
    network_bytes_per_s : float
        Rate of the network, bytes/s; may be 0 or infinite.

    Returns
    -------
    source_s, target_s, network_s : float
        Seconds a byte; the source's are in the target's where they are one.
    """
    source_s = read_share / read_bytes_per_s
    target_s = write_share / write_bytes_per_s
    network_s = send_share / network_bytes_per_s if network_bytes_per_s > 0.0 else math.inf
    if send_share == 0.0:
        network_s = 0.0
    if same_array:
        return 0.0, source_s + target_s, network_s
    return source_s, target_s, network_s


@kernel
def most_mirrored(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """The most that the guest can have mirrored beside the copy.

    Parameters
    ----------
    a, b : tuple of float
        Seconds for a byte of cursor and for a mirrored byte, at each place.

    Returns
    -------
    float
        Bytes/s, as in `bulk_copy`.
    """
    slowest_s = max(a[0], a[1], a[2])
    cap = math.inf
    for k in range(3):
        if b[k] == math.inf:
            return 0.0
        if b[k] > 0.0:
            left = 1.0 - a[k] / slowest_s if slowest_s > 0.0 else 1.0
            cap = min(cap, min(max(0.5, left), 1.0 - NO_LOAD) / b[k])
    return cap


@kernel
def advance(
    x: float,
    now_s: float,
    until_s: float,
    length_bytes: float,
    mirror_bytes_per_s: float,
    cap_bytes_per_s: float,
    a: tuple[float, float, float],
    b: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Move the cursor of `bulk_copy` at unchanging rates, to the end or to a time.

    Parameters
    ----------
    x : float
        Share of the length that is copied.
    now_s, until_s : float
        From when to when, s.
    length_bytes, mirror_bytes_per_s, cap_bytes_per_s : float
        The length, the guest's writes and the most that is mirrored of them.
    a, b : tuple of float
        Seconds for a byte of cursor and for a mirrored byte, at each place.

    Returns
    -------
    x, now_s, mirrored_bytes : float
        Where and when the cursor stands, and what was mirrored on the way.
    """
    w = mirror_bytes_per_s
    most = min(w, cap_bytes_per_s)
    capped_at = most / w if w > 0.0 else 0.0  # where what is mirrored stops growing
    mirrored_bytes = 0.0
    slow = slowest_place(min(w * x, most), a, b)
    for _ in range(4):  # at most two changes of place, the cap and the end
        steady = x >= capped_at
        m = most if steady else w * x
        to, then = 1.0 if steady else capped_at, slow
        for j in range(3):
            overtakes = a[slow] * b[j] - a[j] * b[slow]
            if not steady and overtakes > 0.0 and a[slow] - a[j] < w * to * overtakes:
                to, then = max(x, (a[slow] - a[j]) / overtakes / w), j
        pace_s = length_bytes * a[slow] / (1.0 - b[slow] * m if steady else 1.0)
        load = 0.0 if steady else b[slow] * w
        bent = load > NO_LOAD
        if bent:
            took_s = -pace_s * math.log1p(-load * (to - x) / (1.0 - load * x)) / load
        else:
            took_s = pace_s * (to - x)
        if now_s + took_s > until_s:
            took_s = until_s - now_s
            if bent:
                to = x - (1.0 - load * x) * math.expm1(-load * took_s / pace_s) / load
            else:
                to = x + took_s / pace_s
            to = min(to, 1.0)
        if steady:
            mirrored_bytes += m * took_s
        elif bent:
            mirrored_bytes += pace_s * w * (bent_part(load * to) - bent_part(load * x)) / load**2
        else:
            mirrored_bytes += pace_s * w * (to - x) * (to + x) / 2.0
        now_s += took_s
        x, slow = to, then
        if x >= 1.0 or now_s >= until_s:
            break
    return x, now_s, mirrored_bytes


@kernel
def slowest_place(
    mirrored_bytes_per_s: float, a: tuple[float, float, float], b: tuple[float, float, float]
) -> int:
    """The place that holds the cursor up; of equal ones, that which mirroring loads most.

    Parameters
    ----------
    mirrored_bytes_per_s : float
        What is mirrored now, bytes/s.
    a, b : tuple of float
        Seconds for a byte of cursor and for a mirrored byte, at each place.

    Returns
    -------
    int
        0 the source, 1 the target, 2 the network.
    """
    slow = 0
    for k in range(1, 3):
        here_s = a[slow] / (1.0 - b[slow] * mirrored_bytes_per_s)
        there_s = a[k] / (1.0 - b[k] * mirrored_bytes_per_s)
        if there_s > here_s or (there_s == here_s and b[k] > b[slow]):
            slow = k
    return slow


@kernel
def bent_part(u: float) -> float:
    """``-ln(1 - u) - u``, precise for small u too.

    Parameters
    ----------
    u : float
        Below 1, no unit.

    Returns
    -------
    float
        The sum of ``u**k / k`` from k = 2 on.
    """
    if u > 0.1:
        return -math.log1p(-u) - u
    total = 0.0
    for k in range(17, 1, -1):
        total = total * u + 1.0 / k
    return total * u * u
