"""How long a guest waits for a page that it asks the source for."""

from __future__ import annotations

from vmlab.kernels.compile import kernel

#: How long one TCP flow's packets may queue at the device before another's.
_DEVICE_QUEUE_S = 1e-3


@kernel
def request_wait_s(
    left_bytes: float,
    page_bytes: float,
    rate_bytes_per_s: float,
    queue_bytes: float,
    device_queue_bytes: float,
    round_trip_s: float,
    preempt: bool,
) -> float:
    """Mean time that the guest waits for a missing page.

    Parameters
    ----------
    left_bytes : float
        Memory that is still missing, bytes; above 0.
    page_bytes : float
        Size of a page on the wire.
    rate_bytes_per_s : float
        The link, bytes/s; above 0.
    queue_bytes : float
        What the push keeps in the connection's buffers.
    device_queue_bytes : float
        What one connection keeps in the device, ahead of another connection.
    round_trip_s : float
        To the source and back, s.
    preempt : bool
        Whether requested pages have a connection of their own.

    Returns
    -------
    float
        Seconds, for a page that is any of the missing ones.

    Notes
    -----
    Of the missing pages the share ``f = min(queue + rate round trip, left) /
    left`` is in the buffers or on the wire already, or will be before a
    request gets there: nothing makes these faster, they come within ``f left /
    rate``, on average in half of it. The others wait for ``round
    trip + min(ahead + page, left) / rate``. Without `preempt` there are ahead
    the queue and half of the page that is being written; with it, what the
    push has in the device, 1 ms at most, and as many bytes of the push as the
    page has itself, for two connections share the link.

    References
    ----------
    Latency as the wait behind queued pages: QEMU, docs/devel/migration/
    postcopy.rst, section on preemption. 1 ms in the device: Linux, TCP small
    queues (sk_pacing_shift, tcp_limit_output_bytes).
    """
    sent_bytes = min(queue_bytes + round_trip_s * rate_bytes_per_s, left_bytes)
    ahead_bytes = queue_bytes + 0.5 * page_bytes
    if preempt:
        ahead_bytes = min(device_queue_bytes, _DEVICE_QUEUE_S * rate_bytes_per_s) + page_bytes
    asked_s = round_trip_s + min(ahead_bytes + page_bytes, left_bytes) / rate_bytes_per_s
    share = sent_bytes / left_bytes
    return share * 0.5 * sent_bytes / rate_bytes_per_s + (1.0 - share) * asked_s
