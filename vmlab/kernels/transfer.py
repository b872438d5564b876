"""Bytes through a rate that changes in steps.

The rate is two sequences of equal length: ``rate_bytes_per_s[i]`` holds from
``rate_from_s[i]`` on. The first time is 0, times rise, a rate may be 0.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, kernel


@kernel
def rate_at(now_s: float, rate_from_s: Numbers, rate_bytes_per_s: Numbers) -> float:
    """The rate at an instant; a change counts from its own time on.

    Parameters
    ----------
    now_s : float
        Instant, s.
    rate_from_s, rate_bytes_per_s : sequence of float, shape (n,)
        The steps, s and bytes/s.

    Returns
    -------
    float
        Bytes/s.
    """
    rate = rate_bytes_per_s[0]
    for i in range(1, len(rate_from_s)):
        if rate_from_s[i] <= now_s:
            rate = rate_bytes_per_s[i]
    return rate


@kernel
def transfer_s(
    n_bytes: float,
    start_s: float,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    most_bytes_per_s: float = math.inf,
) -> float:
    """Time that a number of bytes takes from an instant on.

    Parameters
    ----------
    n_bytes : float
        Bytes to send.
    start_s : float
        When sending starts, s.
    rate_from_s, rate_bytes_per_s : sequence of float, shape (n,)
        The steps, s and bytes/s.
    most_bytes_per_s : float, optional
        The sender's own bound, at all times.

    Returns
    -------
    float
        Seconds; infinity where the rate stays 0 before the bytes are through.

    Notes
    -----
    Step by step, ``left -= rate * (next_s - now_s)``, and in the step where
    that would pass zero, ``left / rate``.
    """
    left_bytes = n_bytes
    now_s = start_s
    last = len(rate_from_s) - 1
    if n_bytes <= 0.0:
        return 0.0
    for i in range(last):
        if rate_from_s[i + 1] > now_s:
            rate = min(rate_bytes_per_s[i], most_bytes_per_s)
            room_bytes = rate * (rate_from_s[i + 1] - now_s)
            if room_bytes >= left_bytes:
                return now_s - start_s + left_bytes / rate
            left_bytes -= room_bytes
            now_s = rate_from_s[i + 1]
    rate = min(rate_bytes_per_s[last], most_bytes_per_s)
    if rate <= 0.0:
        return math.inf
    return now_s - start_s + left_bytes / rate


@kernel
def transferred_bytes(
    duration_s: float,
    start_s: float,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    most_bytes_per_s: float = math.inf,
) -> float:
    """Bytes that pass in a time: the inverse of `transfer_s`.

    Parameters
    ----------
    duration_s : float
        How long is sent, s; finite.
    start_s : float
        When sending starts, s.
    rate_from_s, rate_bytes_per_s : sequence of float, shape (n,)
        The steps, s and bytes/s.
    most_bytes_per_s : float, optional
        The sender's own bound, at all times.

    Returns
    -------
    float
        Bytes.
    """
    end_s = start_s + duration_s
    total_bytes = 0.0
    last = len(rate_from_s) - 1
    for i in range(last + 1):
        from_s = max(start_s, rate_from_s[i])
        to_s = end_s if i == last else min(end_s, rate_from_s[i + 1])
        if to_s > from_s:
            total_bytes += min(rate_bytes_per_s[i], most_bytes_per_s) * (to_s - from_s)
    return total_bytes
