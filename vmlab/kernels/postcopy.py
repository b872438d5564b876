"""The push after a post-copy switch, and the faults of a guest that runs ahead of it.

The source pushes every missing page once. A page that the guest touches before
it has come is asked for: it moves forward in the order of sending, and adds
nothing to it. So the push takes as long as its bytes take, whatever the guest
does; what the guest does decides how often, and how long, it stands still.
"""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.page_requests import request_wait_s
from vmlab.kernels.transfer import rate_at, transfer_s

#: A step of the guest's time is at most this share of the time it has run.
_TIME_STEP = 1.0 / 32.0
#: In a step the untouched pages fall to no less than this share of themselves.
_TOUCH_STEP = 0.9
#: In a step the push sends at most this share of what there was to send.
_PUSH_STEP = 1.0 / 128.0
#: Below this share of the missing pages there are no untouched ones left.
_NOTHING = 1e-9
#: Exponents below this make no difference to a step.
_STRAIGHT = 1e-12


@kernel
def post_copy(
    missing_bytes: float,
    page_bytes: float,
    class_bytes: Numbers,
    class_touches_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
    rate_from_s: Numbers,
    rate_bytes_per_s: Numbers,
    start_s: float,
    queue_bytes: float,
    device_queue_bytes: float,
    round_trip_s: float,
    preempt: bool,
    prefetch: float,
    vcpus: float,
) -> tuple[float, float, float, float]:
    """Push what is missing to a guest that runs and asks for pages.

    Parameters
    ----------
    missing_bytes : float
        What the destination lacks at the switch, on the wire.
    page_bytes : float
        Size of a page on the wire.
    class_bytes, class_touches_per_s, curve_s, curve_bytes : sequence of float
        How the guest touches *missing* memory, as in `dirtied_bytes`, in its
        own time from the resume on; together no more than `missing_bytes`.
    rate_from_s, rate_bytes_per_s : sequence of float
        The link, as in `transfer_s`, on the clock of the command.
    start_s : float
        When the guest resumes and the push begins, s.
    queue_bytes, device_queue_bytes, round_trip_s : float
        As in `request_wait_s`.
    preempt : bool
        As in `request_wait_s`.
    prefetch : float
        Share of the faults that pre-paging round earlier ones avoids, 0 to 1.
    vcpus : float
        Virtual CPUs that touch memory; each stands still at its own faults.

    Returns
    -------
    duration_s : float
        From the resume to the last page, s; infinity where the link stays down.
    faults : float
        Expected touches of missing pages that had to wait.
    stall_s : float
        Sum of their waits, s.
    guest_s : float
        Time that a vCPU ran meanwhile, s.

    Notes
    -----
    Let m be the missing bytes, p a page, B the rate, R the missing bytes at
    the switch and D(g) the distinct ones that the guest would touch in g
    seconds of its own time. The pages lie anywhere in the order of the push,
    so of the untouched ``U = R - D(g)`` the same share ``m / U`` is missing in
    every class, and

    ``dm/dt = -B``, ``dt/dg = 1 + hold m D'(g) / (U p)``,
    ``hold = max((1 - prefetch) wait / vcpus, p / B)``:

    each touch of a missing page holds a vCPU up for its wait, and no page
    comes faster than the link carries it. Over a step in which -ln U rises
    evenly by x / a, with ``a = hold B / p``, both have the solution
    ``m1 = m0 exp(-x) - B dg (1 - exp(-x)) / x``. Steps are small beside the
    guest's time, U and R. While the link is down a vCPU runs to its first
    expected fault and waits.

    For a guest that never waits and touches each page at a rate r, a page
    faults with probability ``1 - (1 - exp(-r T)) / (r T)``, T being the
    duration: its turn is uniform in T, its first touch exponential.

    References
    ----------
    Hines and Gopalan, Post-copy based live virtual machine migration using
    adaptive pre-paging and dynamic self-ballooning, VEE 2009, for push,
    faults and pre-paging. The equations are this lab's.
    """
    duration_s = transfer_s(missing_bytes, start_s, rate_from_s, rate_bytes_per_s)
    faults = 0.0
    stall_s = 0.0
    guest_s = 0.0
    now_s = start_s
    left_bytes = missing_bytes
    touched_bytes = 0.0
    first_step_s = _first_step_s(class_touches_per_s, curve_s, 1e-3)
    step_s = first_step_s
    while left_bytes > 0.0:
        rate = rate_at(now_s, rate_from_s, rate_bytes_per_s)
        change_s = math.inf
        for i in range(len(rate_from_s)):
            if rate_from_s[i] > now_s:
                change_s = rate_from_s[i]
                break
        untouched_bytes = missing_bytes - touched_bytes
        if rate <= 0.0:
            # Pre-paging brings nothing over a link that is down.
            faults_per_byte = 0.0
            if untouched_bytes > _NOTHING * missing_bytes:
                faults_per_byte = min(left_bytes / untouched_bytes, 1.0) / vcpus / page_bytes
            ran_s, hits = _until_first_fault(
                change_s - now_s,
                guest_s,
                faults_per_byte,
                class_bytes,
                class_touches_per_s,
                curve_s,
                curve_bytes,
            )
            faults += vcpus * hits
            if hits > 0.0:
                stall_s += vcpus * hits * (change_s - now_s - ran_s)
            guest_s += ran_s
            if change_s == math.inf:
                break
            now_s = change_s
            touched_bytes = dirtied_bytes(
                guest_s, class_bytes, class_touches_per_s, curve_s, curve_bytes
            )
            continue

        # The step ends early at floor_bytes: at the link's next change, or sooner.
        to_change_bytes = left_bytes - rate * (change_s - now_s)
        floor_bytes = max(left_bytes - _PUSH_STEP * missing_bytes, to_change_bytes, 0.0)
        wait_s = request_wait_s(
            0.5 * (left_bytes + floor_bytes),
            page_bytes,
            rate,
            queue_bytes,
            device_queue_bytes,
            round_trip_s,
            preempt,
        )
        # With many vCPUs requests wait for each other too.
        wait_s = max(wait_s, vcpus * page_bytes / rate)
        hold_s = max((1.0 - prefetch) * wait_s / vcpus, page_bytes / rate)

        for i in range(len(curve_s)):
            if curve_s[i] > guest_s:
                step_s = min(step_s, curve_s[i] - guest_s)
                break
        new_bytes = 0.0
        if untouched_bytes > _NOTHING * missing_bytes:
            while True:
                later_bytes = dirtied_bytes(
                    guest_s + step_s, class_bytes, class_touches_per_s, curve_s, curve_bytes
                )
                new_bytes = later_bytes - touched_bytes
                small = new_bytes <= (1.0 - _TOUCH_STEP) * untouched_bytes
                if small or guest_s + step_s <= guest_s * (1.0 + 1e-12):
                    break
                step_s *= 0.5
        new_bytes = max(min(new_bytes, 0.5 * untouched_bytes), 0.0)
        fall = -math.log1p(-new_bytes / untouched_bytes) if new_bytes > 0.0 else 0.0
        x = hold_s * rate / page_bytes * fall
        after_bytes = left_bytes * math.exp(-x) - rate * step_s * _phi1(x)
        ends_early = after_bytes <= floor_bytes
        if ends_early:
            after_bytes = floor_bytes
            drop_bytes = left_bytes - floor_bytes
            whole_s = step_s
            if x > _STRAIGHT:
                c = x / step_s
                step_s = math.log1p(c * drop_bytes / (c * floor_bytes + rate)) / c
            else:
                step_s = drop_bytes / rate
            x *= step_s / whole_s
            fall *= step_s / whole_s
        asked = (1.0 - prefetch) / page_bytes
        asked *= max(fall * (left_bytes * _phi1(x) - rate * step_s * _phi2(x)), 0.0)
        faults += asked
        stall_s += asked * wait_s
        now_s += (left_bytes - after_bytes) / rate
        if ends_early and floor_bytes == to_change_bytes:
            now_s = change_s
        guest_s += step_s
        left_bytes = after_bytes
        touched_bytes = dirtied_bytes(
            guest_s, class_bytes, class_touches_per_s, curve_s, curve_bytes
        )
        step_s = min(2.0 * step_s, max(_TIME_STEP * guest_s, step_s))
        if step_s <= 0.0:  # the link changed before a byte had gone: begin anew
            step_s = first_step_s
    return duration_s, faults, stall_s, guest_s


@kernel
def _first_step_s(class_touches_per_s: Numbers, curve_s: Numbers, share: float) -> float:
    """A time in which even the busiest page is hardly touched."""
    scale_s = 1e9
    for i in range(len(class_touches_per_s)):
        if class_touches_per_s[i] * scale_s > 1.0:
            scale_s = 1.0 / class_touches_per_s[i]
    for i in range(len(curve_s)):
        if curve_s[i] > 0.0:
            scale_s = min(scale_s, curve_s[i])
            break
    return share * scale_s


@kernel
def _until_first_fault(
    hold_s: float,
    guest_s: float,
    faults_per_byte: float,
    class_bytes: Numbers,
    class_touches_per_s: Numbers,
    curve_s: Numbers,
    curve_bytes: Numbers,
) -> tuple[float, float]:
    """How long a vCPU runs with the link down, and how much of one fault ends that."""
    before = dirtied_bytes(guest_s, class_bytes, class_touches_per_s, curve_s, curve_bytes)
    low_s = 0.0
    high_s = min(hold_s, 1e18)
    after = dirtied_bytes(guest_s + high_s, class_bytes, class_touches_per_s, curve_s, curve_bytes)
    hits = faults_per_byte * (after - before)
    if hits < 1.0:
        return high_s, hits
    for _ in range(100):
        middle_s = 0.5 * (low_s + high_s)
        after = dirtied_bytes(
            guest_s + middle_s, class_bytes, class_touches_per_s, curve_s, curve_bytes
        )
        if faults_per_byte * (after - before) < 1.0:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s, 1.0


@kernel
def _phi1(x: float) -> float:
    """(1 - exp(-x)) / x."""
    return -math.expm1(-x) / x if x > _STRAIGHT else 1.0


@kernel
def _phi2(x: float) -> float:
    """(1 - phi1(x)) / x."""
    if x < 1e-3:
        return 0.5 - x / 6.0 + x * x / 24.0
    return (1.0 - _phi1(x)) / x
