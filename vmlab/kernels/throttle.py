"""Slowing the guest down: how much, from when on, and what that does to its clock."""

from __future__ import annotations

import math
from typing import NamedTuple

from vmlab.kernels.compile import kernel
from vmlab.kernels.workload import Span, Work, speed_for

#: Kinds of throttle.
NO_THROTTLE, AUTO_CONVERGE, DIRTY_LIMIT, STUN = range(4)

#: A period is judged when it is longer than this, s.
PERIOD_S = 1.0
#: It is a bad one when more than this share of what was sent was dirtied meanwhile;
TRIGGER = 0.5
#: after so many bad ones the throttle is raised.
BAD_PERIODS = 2


class Throttle(NamedTuple):
    """How a guest is slowed down.

    Parameters
    ----------
    kind : int
        ``NO_THROTTLE``, ``AUTO_CONVERGE``, ``DIRTY_LIMIT`` or ``STUN``.
    first, step, most : float
        The first step, each further one, and where they end, 0 to 1. Of the
        guest's time, under auto-converge; of what is sent, under dirty-limit:
        the quota is the rest of it. A stun keeps what is dirtied by `first`
        below what is sent, and takes away `most` of the guest's time at most.
    cpu_bound : float
        Share of its time that the guest needs a CPU, 0 to 1.
    quota_bytes_per_s : float
        A fixed quota for dirty-limit; infinity is none.
    """

    kind: int
    first: float
    step: float
    most: float
    cpu_bound: float
    quota_bytes_per_s: float


class Periods(NamedTuple):
    """What a throttle remembers from pass to pass.

    Parameters
    ----------
    level : float
        The step in force, 0 before the first.
    bad : float
        Bad periods since the last step.
    since_s : float
        Length of the period so far, s.
    sent_bytes, dirtied_bytes : float
        In it, bytes.
    """

    level: float
    bad: float
    since_s: float
    sent_bytes: float
    dirtied_bytes: float


@kernel
def paced_speed(taken: float, cpu_bound: float) -> float:
    """How fast a guest runs when a share of its CPU time is taken away.

    Parameters
    ----------
    taken : float
        The share, 0 to 1.
    cpu_bound : float
        Share of its time that the guest needs a CPU, 0 to 1.

    Returns
    -------
    float
        0 to 1.

    Notes
    -----
    ``min(1, (1 - taken) / cpu_bound)``: what the guest sleeps anyway goes
    first. A guest that needs a CPU for 5 % of its time is not touched by 95 %.
    """
    free = 1.0 - taken
    return 1.0 if cpu_bound <= free else free / cpu_bound


@kernel
def throttled(
    level: float, pending_bytes: float, span: Span, work: Work, throttle: Throttle
) -> tuple[float, float]:
    """How fast the guest runs in a pass.

    Parameters
    ----------
    level : float
        The step in force, 0 to 1.
    pending_bytes : float
        What the pass sends, bytes.
    span : Span
        The pass, at full speed.
    work : Work
        The workload.
    throttle : Throttle
        How it is slowed down.

    Returns
    -------
    speed : float
        0 to 1.
    taken : float
        Share of its time that is taken away: of the CPU's, of the writers'
        under dirty-limit.

    Notes
    -----
    Auto-converge: `paced_speed`, without a look at what is written.
    Dirty-limit: writers are slowed until the pass dirties no more than its
    quota, ``(1 - level) * pending`` or, fixed, ``quota * time``; those who only
    compute are left alone, and so is a guest that stays below it. Stun: the
    whole guest is slowed just enough that the pass dirties no more than ``(1 -
    first) * pending``; ``taken = 1 - cpu_bound * speed`` is bounded.

    References
    ----------
    QEMU: migration/ram.c (mig_throttle_guest_down), docs/devel/migration,
    dirty limit. VMware vSphere 5.0: Stun During Page Send.
    """
    if throttle.kind == AUTO_CONVERGE:
        return paced_speed(level, throttle.cpu_bound), level
    if throttle.kind == DIRTY_LIMIT and level > 0.0:
        quota = throttle.quota_bytes_per_s
        most = (1.0 - level) * pending_bytes if quota == math.inf else quota * span.duration_s
        speed = speed_for(most, span, work)
        return speed, 1.0 - speed
    if throttle.kind == STUN:
        speed = speed_for((1.0 - throttle.first) * pending_bytes, span, work)
        speed = max(speed, paced_speed(throttle.most, throttle.cpu_bound))
        return speed, 1.0 - throttle.cpu_bound * speed if speed < 1.0 else 0.0
    return 1.0, 0.0


@kernel
def after_pass(
    periods: Periods, duration_s: float, sent_bytes: float, dirtied_bytes: float, throttle: Throttle
) -> Periods:
    """Judge a pass, and raise the throttle where it is time.

    Parameters
    ----------
    periods : Periods
        Up to this pass.
    duration_s, sent_bytes, dirtied_bytes : float
        The pass, s and bytes; sent is counted on the wire.
    throttle : Throttle
        How the guest is slowed down.

    Returns
    -------
    Periods
        With this pass.

    Notes
    -----
    Passes are added up until they are longer than `PERIOD_S`. If then
    ``dirtied > TRIGGER * sent``, for the second time since the last step, the
    level becomes `first`, and later ``min(level + step, most)``; the bad
    periods need not follow one another.

    References
    ----------
    QEMU, migration/ram.c: migration_bitmap_sync, migration_trigger_throttle,
    mig_throttle_guest_down.
    """
    if throttle.kind != AUTO_CONVERGE and throttle.kind != DIRTY_LIMIT:
        return periods
    since_s = periods.since_s + duration_s
    sent_bytes += periods.sent_bytes
    dirtied_bytes += periods.dirtied_bytes
    if since_s <= PERIOD_S:
        return Periods(periods.level, periods.bad, since_s, sent_bytes, dirtied_bytes)
    bad = periods.bad + (1.0 if dirtied_bytes > TRIGGER * sent_bytes else 0.0)
    level = periods.level
    if bad >= BAD_PERIODS:
        bad = 0.0
        level = min(throttle.first if level <= 0.0 else level + throttle.step, throttle.most)
    return Periods(level, bad, 0.0, 0.0, 0.0)


@kernel
def can_rise(level: float, throttle: Throttle) -> bool:
    """Whether more of the same would still raise the throttle.

    Parameters
    ----------
    level : float
        The step in force.
    throttle : Throttle
        How the guest is slowed down.

    Returns
    -------
    bool
        False at its end, or where its steps are 0.
    """
    if throttle.kind != AUTO_CONVERGE and throttle.kind != DIRTY_LIMIT:
        return False
    if throttle.kind == DIRTY_LIMIT and throttle.quota_bytes_per_s < math.inf and level > 0.0:
        return False
    return level < throttle.most and (throttle.first if level <= 0.0 else throttle.step) > 0.0
