"""How QEMU slows a guest down: CPU throttling, a quota of dirty memory."""

from __future__ import annotations

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.qemu_terms import Space, Writes
from vmlab.kernels.resync import written_shares

#: Kinds of throttle.
NO_THROTTLE, AUTO_CONVERGE, DIRTY_LIMIT = range(3)
#: Whether to throttle is asked when the last time was longer ago, s.
_PERIOD_S = 1.0
#: Throttle when more than this share of what was sent was dirtied ...
_TRIGGER = 0.5
#: ... for so many times.
_TIMES_HIGH = 2


@kernel
def slowed(
    rule: Numbers, throttle: float, now_s: float, writes: Writes, share_out: NumbersOut
) -> tuple[float, float]:
    """The next step of a throttle.

    Parameters
    ----------
    rule : sequence of float, shape (6,)
        The kind, ``AUTO_CONVERGE`` or ``DIRTY_LIMIT``; of auto-converge the
        first share of a virtual CPU's time to take away, what each further
        trigger adds, the end of it, and the share of its time that the guest
        needs a CPU, all 0 to 1; of dirty-limit the memory that the guest may
        dirty in a second, bytes.
    throttle : float
        The share in force; 0 before the first trigger.
    now_s : float
        The instant; the workload's phase is that of it.
    writes : Writes
        The workload.
    share_out : sequence of float
        As in `written_shares`.

    Returns
    -------
    throttle : float
        The new share of a virtual CPU's time that is taken away.
    speed : float
        How fast the guest goes on, 0 to 1.

    Notes
    -----
    Auto-converge: a guest that needs the CPU for a share u of its time goes on
    at ``min(1, (1 - throttle) / u)``: what it sleeps anyway is taken first.
    Dirty-limit: the speed at which it dirties just its quota of distinct
    memory in one second, found by bisection.

    References
    ----------
    QEMU, softmmu/cpu-throttle.c and softmmu/dirtylimit.c; migration/ram.c,
    mig_throttle_guest_down and migration_dirty_limit_guest.
    """
    if rule[0] == AUTO_CONVERGE:
        throttle = min(rule[1] if throttle <= 0.0 else throttle + rule[2], rule[3])
        free = 1.0 - throttle
        return throttle, (1.0 if rule[4] <= free else free / rule[4])
    low = 0.0
    high = 1.0
    for i in range(60):
        speed = 1.0 if i == 0 else 0.5 * (low + high)
        if written_shares(now_s, now_s + 1.0, speed, writes, share_out) <= rule[5]:
            if i == 0:
                return 0.0, 1.0
            low = speed
        else:
            high = speed
    return 1.0 - low, low


@kernel
def judged(
    now_s: float,
    sent_bytes: float,
    dirtied_bytes: float,
    throttle: float,
    speed: float,
    rule: Numbers,
    writes: Writes,
    space_out: Space,
) -> tuple[float, float]:
    """Whether a sync raises the throttle.

    Parameters
    ----------
    now_s : float
        When it is, s.
    sent_bytes : float
        What has been sent up to it.
    dirtied_bytes : float
        What it found that was not waiting before.
    throttle, speed : float
        Those in force.
    rule : sequence of float
        As in `slowed`.
    writes : Writes
        The workload.
    space_out : Space
        Its `period` is brought up to date.

    Returns
    -------
    throttle, speed : float
        Those from now on.

    Notes
    -----
    Syncs are added up until more than 1 s has passed. If then more than half
    of what was sent was dirtied, for the second time since the last step, the
    next step is taken; the two times need not follow each other.

    References
    ----------
    QEMU, migration/ram.c: migration_bitmap_sync, migration_trigger_throttle.
    """
    period = space_out.period
    period[2] += dirtied_bytes
    if rule[0] <= NO_THROTTLE or now_s <= period[0] + _PERIOD_S:
        return throttle, speed
    if period[2] > _TRIGGER * (sent_bytes - period[1]):
        period[3] += 1.0
    if period[3] >= _TIMES_HIGH:
        period[3] = 0.0
        # A quota gives the same speed again, unless the workload has phases.
        found = rule[0] == DIRTY_LIMIT and throttle > 0.0 and len(writes.phase_from_s) == 1
        if not found:
            throttle, speed = slowed(rule, throttle, now_s, writes, space_out.share)
    period[0] = now_s
    period[1] = sent_bytes
    period[2] = 0.0
    return throttle, speed
