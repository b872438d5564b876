"""How much a sender puts on the wire for a byte of memory, and how fast it can."""

from __future__ import annotations

import math
from typing import NamedTuple

from vmlab.kernels.compile import kernel
from vmlab.kernels.overlap import known_share
from vmlab.kernels.workload import Span, Work, dirtied_in

#: No byte of memory costs less than this on the wire: a share of 0 would hide its time.
_LEAST_SHARE = 1e-9


class Sender(NamedTuple):
    """What happens to memory before it is on the wire.

    Parameters
    ----------
    ratio : float
        Bytes of memory to one on the wire; 1 is no compression.
    compressed_bytes_per_s : float
        Memory that all compressors together take in; infinity is no bound.
    cipher_bytes_per_s : float
        Bytes of the wire that all ciphers together put out; infinity likewise.
    cache_bytes : float
        Memory whose last version is kept for delta compression; 0 is none.
    delta_share : float
        An encoded page over a page.
    encoded_bytes_per_s : float
        Memory that the delta encoder takes in.
    """

    ratio: float
    compressed_bytes_per_s: float
    cipher_bytes_per_s: float
    cache_bytes: float
    delta_share: float
    encoded_bytes_per_s: float


@kernel
def wire_share(hit_share: float, sender: Sender) -> float:
    """Bytes on the wire for a byte of memory.

    Parameters
    ----------
    hit_share : float
        Share of the pages whose last version is in the cache, 0 to 1.
    sender : Sender
        What happens to them.

    Returns
    -------
    float
        Above 0, at most 1.

    Notes
    -----
    ``hits * min(delta, 1 / ratio) + misses / ratio``: a delta that is longer
    than the page is not sent.

    References
    ----------
    QEMU, docs/xbzrle.txt: ``hits * delta + misses * page``; Svärd et al., VEE 2011.
    """
    plain = 1.0 / sender.ratio
    share = hit_share * min(sender.delta_share, plain) + (1.0 - hit_share) * plain
    return max(share, _LEAST_SHARE)


@kernel
def most_wire_bytes_per_s(share: float, encodes: bool, sender: Sender) -> float:
    """The fastest that the sender's own work lets it send.

    Parameters
    ----------
    share : float
        Bytes on the wire for a byte of memory.
    encodes : bool
        Whether this pass looks pages up in the delta cache.
    sender : Sender
        What it does.

    Returns
    -------
    float
        Bytes on the wire a second; infinity where nothing bounds it.

    Notes
    -----
    ``min(cipher, share * min(compressors, encoder))``: the stages work at the
    same time, so the slowest decides. So memory goes at ``min(ratio * B, n *
    c)`` through n compressors of c each and a wire of B.
    """
    most = sender.compressed_bytes_per_s
    if encodes and sender.cache_bytes > 0.0:
        most = min(most, sender.encoded_bytes_per_s)
    if most == math.inf:
        return sender.cipher_bytes_per_s
    return min(sender.cipher_bytes_per_s, share * most)


@kernel
def hit_share(
    number: int, start_s: float, guest_s: float, last: Span, work: Work, sender: Sender
) -> float:
    """Share of a pass whose pages are in the delta cache.

    Parameters
    ----------
    number : int
        Of the pass; the first is 1.
    start_s : float
        When the copy began, s.
    guest_s : float
        Time that the guest ran up to the pass before, s.
    last : Span
        The pass before.
    work : Work
        The workload.
    sender : Sender
        With the cache.

    Returns
    -------
    float
        0 to 1.

    Notes
    -----
    The cache is filled from the second pass on, and what a pass sends was
    dirtied in the one before; so a page of the third pass has been in the
    cache if it was also dirtied before the second began. Of all W bytes that
    came so far, ``min(1, cache / W)`` still are: a page that is sent again and
    again is not turned out by another.

    References
    ----------
    QEMU, migration/ram.c (xbzrle_started) and migration/page_cache.c
    (cache_insert, CACHED_PAGE_LIFETIME).
    """
    if number <= 2 or sender.cache_bytes <= 0.0:
        return 0.0
    elapsed_s = last.start_s - start_s
    speed = guest_s / elapsed_s if elapsed_s > 0.0 else 1.0
    earlier = Span(start_s, elapsed_s, speed)
    came_bytes = dirtied_in(earlier, work)
    if came_bytes <= 0.0:
        return 0.0
    return known_share(last, earlier, work) * min(1.0, sender.cache_bytes / came_bytes)
