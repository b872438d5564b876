"""How a copy may end, and the downtime limit that grows while it lasts."""

from __future__ import annotations

import math
from typing import NamedTuple

from vmlab.kernels.compile import kernel

#: After so many rounds a copy counts as endless.
MOST_ROUNDS = 10_000
#: A round smaller than the last by less than this share has settled.
SETTLED = 1e-9

#: How a copy ended.
DOWNTIME_LIMIT, ROUNDS_DONE, TIMED_OUT, NEVER, GIVEN_UP, POST_COPY, RATE_LIMIT = range(7)
#: What is done at a deadline.
GIVE_UP, STOP, SWITCH = range(3)


class Ends(NamedTuple):
    """What ends the rounds.

    Parameters
    ----------
    limit_s, ramp_to_s : float
        The rest must fit into this time, s: the first at 0, growing to the other.
    ramp_steps : int
        In so many steps; 0 is no growth.
    ramp_every_s : float
        One in so many seconds.
    max_rounds : int
        Rounds after which the stop is forced; 0 is none.
    deadline_s : float
        Instant at which the copy is cut; infinity is none.
    at_deadline : int
        ``GIVE_UP``, ``STOP`` (pause and send the rest) or ``SWITCH`` to post-copy.
    switch_s : float
        Instant of a switch to post-copy; infinity is none.
    switch_rounds : int
        Rounds after which it comes; 0 is none.
    longest_stop_s : float
        A stop phase that would take longer is not begun.
    """

    limit_s: float
    ramp_to_s: float
    ramp_steps: int
    ramp_every_s: float
    max_rounds: int
    deadline_s: float
    at_deadline: int
    switch_s: float
    switch_rounds: int
    longest_stop_s: float


@kernel
def limit_at_s(now_s: float, ends: Ends) -> float:
    """The downtime limit in force.

    Parameters
    ----------
    now_s : float
        The instant, s.
    ends : Ends
        With the ramp.

    Returns
    -------
    float
        Seconds.

    Notes
    -----
    ``limit + k * (to - limit) / steps`` with ``k = min(floor(now / every), steps)``.
    """
    if ends.ramp_steps == 0:
        return ends.limit_s
    if now_s >= ends.ramp_steps * ends.ramp_every_s:
        return ends.ramp_to_s
    step = math.floor(now_s / ends.ramp_every_s)
    return ends.limit_s + step * (ends.ramp_to_s - ends.limit_s) / ends.ramp_steps
