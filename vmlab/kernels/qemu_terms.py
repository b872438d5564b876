"""What QEMU's loop is given, and what it fills: names for many numbers."""

from __future__ import annotations

from typing import NamedTuple

from vmlab.kernels.compile import Numbers, NumbersOut

#: What is done at the deadline.
GIVE_UP, PAUSE, SWITCH = range(3)


class Memory(NamedTuple):
    """A guest's memory before the copy.

    Parameters
    ----------
    zero_bytes, cold_bytes : float
        Memory of zeros, and other memory that is never written, bytes.
    page_bytes : float
        Size of a page.
    mixed : bool
        What is written lies anywhere in the memory that is not zero. Else the
        first pass sends it last. Zero pages lie among the lower half of what
        the first pass sends before it.
    """

    zero_bytes: float
    cold_bytes: float
    page_bytes: float
    mixed: bool


class Writes(NamedTuple):
    """What a guest writes.

    Parameters
    ----------
    class_bytes : sequence of float, shape (n,)
        Size of each class of pages, bytes.
    phase_from_s : sequence of float, shape (m,)
        When each phase of the workload begins, s; the first is 0.
    class_writes_per_s : sequence of float, shape (m * n,)
        Writes to each page of a class, 1/s, phase by phase.
    curve_s, curve_bytes : sequence of float
        A measured curve, or nothing; with it there is one class, as large as
        the curve's end.
    waiting_bytes : float
        What was waiting to be sent while the curve was measured: written
        again, it was not counted.
    sweep : bool
        The only class is written in the order of its addresses, from the
        first on, round and round.
    """

    class_bytes: Numbers
    phase_from_s: Numbers
    class_writes_per_s: Numbers
    curve_s: Numbers
    curve_bytes: Numbers
    waiting_bytes: float
    sweep: bool


class Cost(NamedTuple):
    """What a byte of memory costs.

    Parameters
    ----------
    wire : float
        Bytes on the wire.
    thread_s : float
        Time of the sending thread, s.
    """

    wire: float
    thread_s: float


class Sender(NamedTuple):
    """How memory goes over the wire.

    Parameters
    ----------
    zero, data, delta : Cost
        Zero pages, others, and those that are still in the delta cache.
    cached_share : float
        Share of what is written that fits into that cache; 0 is no cache.
    rate_from_s, rate_bytes_per_s : sequence of float
        The wire, as in `vmlab.kernels.transfer`; finite.
    budget_bytes : float
        What a window may send: the cap times its length; infinity is no cap.
    apart : bool
        Whether channels of their own send what the thread has found: then it
        looks through zero pages while they work.
    """

    zero: Cost
    data: Cost
    delta: Cost
    cached_share: float
    rate_from_s: Numbers
    rate_bytes_per_s: Numbers
    budget_bytes: float
    apart: bool = False


class Rules(NamedTuple):
    """When the copy ends, and how the guest is slowed down.

    Parameters
    ----------
    start_s : float
        When the copy begins; the first window begins before it, at 0.
    limit_from_s, limit_s : sequence of float
        The downtime limit, s, from each instant on; the first is 0.
    max_rounds : int
        Syncs after which the stop is forced; 0 is none.
    pause_s : float
        When the guest is paused whatever is left (stop-and-copy); infinity is
        never. The loop goes on under its cap.
    deadline_s : float
        When `at_deadline` is done: ``GIVE_UP``, ``PAUSE`` or ``SWITCH``.
    at_deadline : int
        One of them.
    switch_s : float
        Go over to post-copy from this instant on,
    switch_rounds : int
        or after so many syncs; 0 is never.
    throttle : sequence of float, shape (6,)
        As in `vmlab.kernels.qemu_guest.slowed`; none where the first is 0.
    """

    start_s: float
    limit_from_s: Numbers
    limit_s: Numbers
    max_rounds: int
    pause_s: float
    deadline_s: float
    at_deadline: int
    switch_s: float
    switch_rounds: int
    throttle: Numbers


class Log(NamedTuple):
    """An entry for each pass that sends something, the stop phase last.

    Parameters
    ----------
    sent_bytes, data_bytes : sequence of float
        Bytes on the wire, and memory of pages that are not zero.
    duration_s : sequence of float
        Seconds.
    dirtied_bytes : sequence of float
        Distinct memory written meanwhile.
    throttle : sequence of float
        Share of the guest's time taken away, 0 to 1.
    """

    sent_bytes: NumbersOut
    data_bytes: NumbersOut
    duration_s: NumbersOut
    dirtied_bytes: NumbersOut
    throttle: NumbersOut


class Space(NamedTuple):
    """What is kept of the classes from sync to sync.

    Parameters
    ----------
    rest : sequence of float, shape (n,)
        What was to be sent of each class after the last sync, bytes.
    share, hit, cached : sequence of float, shape (n,)
        Share that was written, share of the rest that is in the delta cache,
        and what of the class is in it, bytes.
    state : sequence of float, shape (2 * n + STATE,)
        A state to compare with, as in `vmlab.kernels.cycles`.
    period : sequence of float, shape (4,)
        Since when, s, a throttle has counted, what had been sent then, what
        was dirtied since, and how often it was too much.
    at : sequence of float, shape (2,)
        Where on the ring a sweep's writer and the sender were at the last sync.
    arcs : sequence of float, shape (1 + 2 * MOST_ARCS,)
        What is dirty of the ring, as in `vmlab.kernels.arcs`.
    """

    rest: NumbersOut
    share: NumbersOut
    hit: NumbersOut
    cached: NumbersOut
    state: NumbersOut
    period: NumbersOut
    at: NumbersOut
    arcs: NumbersOut
