"""A sender that adapts its rate to the guest, and leaves out what is dirty again already."""

from __future__ import annotations

from typing import NamedTuple

from vmlab.kernels.compile import Numbers, kernel
from vmlab.kernels.overlap import due_bytes
from vmlab.kernels.transfer import transferred_bytes
from vmlab.kernels.workload import Span, Work

#: Steps at most to find how long a round takes whose length decides what it sends,
#: and how near is found.
_MOST_STEPS, _CLOSE = 200, 1e-14


class Wire(NamedTuple):
    """A link as `transfer_s` takes it: rates from times on, on the clock of the command.

    Parameters
    ----------
    from_s, bytes_per_s : sequence of float, shape (n,)
        s and bytes/s.
    """

    from_s: Numbers
    bytes_per_s: Numbers


class Pace(NamedTuple):
    """A sender that adapts its rate to the guest, as Xen's.

    Parameters
    ----------
    first_bytes_per_s : float
        In the first round, and never less; infinity is a sender that does not adapt.
    headroom_bytes_per_s : float
        By so much a round is faster than what was dirtied in the last.
    most_bytes_per_s : float
        A round that would have to be faster is the stop phase, at this rate.
    enough_bytes : float
        A rest of fewer bytes is the stop phase.
    peeks : bool
        Pages that have been dirtied again before their turn are left out.
    """

    first_bytes_per_s: float
    headroom_bytes_per_s: float
    most_bytes_per_s: float
    enough_bytes: float
    peeks: bool


@kernel
def peeked(
    pending_bytes: float,
    longest_s: float,
    share: float,
    most_bytes_per_s: float,
    last: Span,
    now: Span,
    work: Work,
    wire: Wire,
) -> tuple[float, float]:
    """How long a round takes that leaves out what is dirtied again before its turn.

    Parameters
    ----------
    pending_bytes : float
        What it would send, bytes of memory.
    longest_s : float
        How long that would take, s.
    share : float
        Bytes on the wire for a byte of memory.
    most_bytes_per_s : float
        The sender's bound.
    last, now : Span
        The round before, and this one; its length is what is sought.
    work : Work
        The workload.
    wire : Wire
        The link.

    Returns
    -------
    duration_s : float
        Seconds.
    sent_bytes : float
        Bytes of memory.

    Notes
    -----
    The longer it takes, the less is due and the more can be sent: the two meet
    once. The false position, halved when the same end stays (Illinois), finds where.
    """
    low_s, high_s = 0.0, longest_s
    whole = pending_bytes * share
    due = due_bytes(pending_bytes, last, Span(now.start_s, longest_s, now.speed), work) * share
    over, under = whole, due - whole  # due less room for it, at either end
    if under >= -_CLOSE * whole:
        return longest_s, due / share
    before = 0
    for _ in range(_MOST_STEPS):
        middle_s = high_s - (high_s - low_s) * under / (under - over)
        due = due_bytes(pending_bytes, last, Span(now.start_s, middle_s, now.speed), work) * share
        found = due - transferred_bytes(
            middle_s, now.start_s, wire.from_s, wire.bytes_per_s, most_bytes_per_s
        )
        if abs(found) <= _CLOSE * whole or high_s - low_s <= _CLOSE * high_s:
            return middle_s, due / share
        if found > 0.0:
            low_s, over = middle_s, found
            under *= 0.5 if before > 0 else 1.0
            before = 1
        else:
            high_s, under = middle_s, found
            over *= 0.5 if before < 0 else 1.0
            before = -1
    return high_s, due_bytes(pending_bytes, last, Span(now.start_s, high_s, now.speed), work)
