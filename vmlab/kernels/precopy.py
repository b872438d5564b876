"""Iterative pre-copy with a stop rule, on expected bytes: the rounds without anything added."""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.ends import (
    DOWNTIME_LIMIT,
    GIVE_UP,
    GIVEN_UP,
    MOST_ROUNDS,
    NEVER,
    POST_COPY,
    RATE_LIMIT,
    ROUNDS_DONE,
    SETTLED,
    STOP,
    TIMED_OUT,
    Ends,
)
from vmlab.kernels.pace import Pace, Wire
from vmlab.kernels.rounds import copy_rounds
from vmlab.kernels.sender import Sender
from vmlab.kernels.throttle import NO_THROTTLE, Throttle
from vmlab.kernels.workload import Work

__all__ = [
    "DOWNTIME_LIMIT",
    "GIVEN_UP",
    "MOST_ROUNDS",
    "NEVER",
    "POST_COPY",
    "RATE_LIMIT",
    "ROUNDS_DONE",
    "SETTLED",
    "TIMED_OUT",
    "pre_copy",
]


@kernel
def pre_copy(
    first_bytes: float,
    page_bytes: float,
    class_bytes: Numbers,
    class_writes_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    start_s: float,
    downtime_limit_s: float,
    max_rounds: int,
    deadline_s: float,
    stop_at_deadline: bool,
    longest_stop_s: float,
    sent_bytes_out: NumbersOut,
    duration_s_out: NumbersOut,
    dirtied_bytes_out: NumbersOut,
) -> tuple[int, int, bool, float, float]:
    """Send all memory, then what was dirtied meanwhile, until the rest is small enough.

    Parameters
    ----------
    first_bytes : float
        What the first round sends, bytes.
    page_bytes : float
        Size of a page; less than half a page is nothing.
    class_bytes, class_writes_per_s, curve_s, curve_bytes : sequence of float
        The workload, as in `dirtied_bytes`.
    rate_from_s, rate_bytes_per_s : sequence of float
        The link, as in `transfer_s`, on the clock of the command.
    start_s : float
        When the copy starts, s.
    downtime_limit_s : float
        Stop when the rest fits into this time at the rate of that instant.
    max_rounds : int
        Rounds after which the stop is forced; 0 is none.
    deadline_s : float
        Instant at which the copy is cut; infinity is none. With ``start_s``
        here and `stop_at_deadline` the guest is paused first: stop-and-copy.
    stop_at_deadline : bool
        Pause and send the rest then, rather than give up.
    longest_stop_s : float
        A stop phase that would take longer is not begun.
    sent_bytes_out, duration_s_out, dirtied_bytes_out : sequence of float
        Filled with one entry a pass that sends something, stop phase last;
        length ``MOST_ROUNDS + 1`` or ``max_rounds + 1``.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        ``DOWNTIME_LIMIT``, ``ROUNDS_DONE``, ``TIMED_OUT``, ``NEVER`` or ``GIVEN_UP``.
    moved : bool
        Whether the rest arrived.
    pause_s, end_s : float
        When the guest was paused (or the copy given up) and the last byte sent.

    Notes
    -----
    ``sent[1] = first``; ``sent[i + 1] = D(transfer_s(sent[i]))``: `copy_rounds`
    for a guest that is left alone, and a sender that does nothing but send.

    References
    ----------
    Clark et al., NSDI 2005, sections 3.2 and 4.
    """
    at_deadline = STOP if stop_at_deadline else GIVE_UP
    passes, how, moved, pause_s, end_s, _ = copy_rounds(
        first_bytes,
        page_bytes,
        start_s,
        Work(class_bytes, class_writes_per_s, (0.0,), curve_s, curve_bytes),
        Wire(rate_from_s, rate_bytes_per_s),
        Sender(1.0, math.inf, math.inf, 0.0, 1.0, math.inf),
        Pace(math.inf, 0.0, math.inf, 0.0, False),
        Throttle(NO_THROTTLE, 0.0, 0.0, 0.0, 1.0, math.inf),
        Ends(
            downtime_limit_s,
            downtime_limit_s,
            0,
            0.0,
            max_rounds,
            deadline_s,
            at_deadline,
            math.inf,
            0,
            longest_stop_s,
        ),
        sent_bytes_out,
        duration_s_out,
        dirtied_bytes_out,
        dirtied_bytes_out,  # no throttle has anything to say: what it says is overwritten
    )
    return passes, how, moved, pause_s, end_s
