"""Post-copy: the guest resumes at the destination before its memory does."""

from __future__ import annotations

import dataclasses
import math

from vmlab import units
from vmlab.kernels import precopy as ends
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.postcopy import post_copy
from vmlab.kernels.transfer import transferred_bytes
from vmlab.models.case import Case
from vmlab.models.passes import Copy, Push
from vmlab.models.precopy import Dirtying, Rates, dirtying, handshake_s, rates

#: The largest send and receive buffer that Linux gives a TCP connection by
#: itself: net.ipv4.tcp_wmem and tcp_rmem, 4 and 6 MiB in the documentation.
TCP_QUEUE_BYTES = 10 * units.BYTES_PER_MIB
#: What a unix socket holds: net.core.wmem_default.
UNIX_QUEUE_BYTES = 212_992.0
#: What a TCP connection may keep in the device: net.ipv4.tcp_limit_output_bytes.
DEVICE_QUEUE_BYTES = 1_048_576.0

_FOR_EVER_S = 1e18


def paused_at_once(case: Case) -> Copy:
    """Pure post-copy up to its switch: nothing is copied first.

    Parameters
    ----------
    case : Case
        Any.

    Returns
    -------
    Copy
        Without a pass, with all memory that is not zero missing.
    """
    start_s = case.policy.setup_s
    rest_bytes = float(case.nonzero_pages * case.page_bytes)
    return Copy((), ends.POST_COPY, False, start_s, start_s, rest_bytes=rest_bytes)


def switch(
    case: Case,
    run: Copy,
    link: Rates | None = None,
    wire_page_bytes: float | None = None,
) -> Copy:
    """Let the guest resume at the destination, and push what it lacks.

    Parameters
    ----------
    case : Case
        The case.
    run : Copy
        Up to the switch: `pause_s`, `rest_bytes`, and the last two passes,
        which say what the rest is made of.
    link : Rates, optional
        What the push gets; the case's own link, share and cap if left out.
    wire_page_bytes : float, optional
        A page with its header; without one if left out.

    Returns
    -------
    Copy
        With its push. `moved` is false where a link that stays down keeps
        memory at the source for ever.

    Notes
    -----
    ``pause = stale pages * register + latency + resume``: only the state of
    the devices crosses in it. The push follows in the order of addresses, and
    behind the state on the same connection, so its first page is there when
    the guest resumes. Pages travel uncompressed.

    The workload says what is written, and every write is a touch; what is
    only read is not given, so a guest that reads much faults more often. After
    a pass the guest is taken to go on as it wrote during that pass: the memory
    that it dirtied then is touched again at the same rates, and along a curve
    in the same order. Where a sweep had come is known, and it goes on from
    there.
    """
    policy = case.policy.postcopy
    link = link or rates(case)
    wire = (wire_page_bytes or float(case.page_bytes)) / case.page_bytes
    touched, stale_bytes = touches(case, run)
    stale_pages = stale_bytes / case.page_bytes
    end_s = run.pause_s + stale_pages * policy.register_us_per_page * 1e-6
    latency_s = units.ms_to_s(case.link.latency_ms) if case.link else 0.0
    queue_bytes = policy.queue_bytes
    if queue_bytes is None:
        queue_bytes = TCP_QUEUE_BYTES if case.link else UNIX_QUEUE_BYTES
    duration_s, faults, stall_s, _ = post_copy(
        missing_bytes=run.rest_bytes * wire,
        page_bytes=case.page_bytes * wire,
        class_bytes=tuple(size * wire for size in touched.class_bytes),
        class_touches_per_s=touched.class_writes_per_s,
        curve_s=touched.curve_s,
        curve_bytes=tuple(size * wire for size in touched.curve_bytes),
        rate_from_s=link.from_s,
        rate_bytes_per_s=link.bytes_per_s,
        start_s=end_s + handshake_s(case),
        queue_bytes=queue_bytes,
        device_queue_bytes=DEVICE_QUEUE_BYTES,
        round_trip_s=2.0 * latency_s,
        preempt=policy.preempt,
        prefetch=policy.prefetch,
        vcpus=float(policy.vcpus),
    )
    for_good = duration_s < math.inf
    sent_bytes = run.rest_bytes * wire
    if not for_good:
        start_s = end_s + handshake_s(case)
        down_s = max(link.from_s[-1] - start_s, 0.0)
        sent_bytes = transferred_bytes(down_s, start_s, link.from_s, link.bytes_per_s)
    push = Push(sent_bytes, duration_s, faults, stall_s, stall_s / faults if faults else 0.0)
    return dataclasses.replace(
        run,
        how=ends.POST_COPY,
        moved=for_good,
        end_s=end_s,
        push=push,
        warnings=(*run.warnings, *push_warnings(push)),
    )


def arrived_bytes(case: Case, run: Copy, after_s: float, link: Rates | None = None) -> float:
    """What has come of the missing memory some time after the switch.

    Parameters
    ----------
    case : Case
        The case.
    run : Copy
        With its push.
    after_s : float
        Time since the guest resumed, s.
    link : Rates, optional
        As in `switch`.

    Returns
    -------
    float
        Bytes on the wire, of `Push.sent_bytes`; the order in which pages come
        is the guest's, but not how many.
    """
    if run.push is None:
        return 0.0
    link = link or rates(case)
    start_s = run.end_s + handshake_s(case)
    came = transferred_bytes(max(after_s, 0.0), start_s, link.from_s, link.bytes_per_s)
    return min(came, run.push.sent_bytes)


def touches(case: Case, run: Copy) -> tuple[Dirtying, float]:
    """How the guest will touch what is missing, and how much of that is stale.

    Parameters
    ----------
    case : Case
        The case.
    run : Copy
        Up to the switch.

    Returns
    -------
    touched : Dirtying
        Of missing memory alone, from the resume on.
    stale_bytes : float
        What had arrived and was written again.

    Notes
    -----
    Of the last pass the share f was sent, so ``rest = (1 - f) pending + f
    dirtied``. What was dirtied in it is what the workload dirties in a time t
    with ``D(t) = dirtied``, class by class: a guest that was throttled has had
    less time than the clock. What was pending is likewise the dirt of the pass
    before, or all memory in the first.
    """
    work = dirtying(case.workload, case.page_bytes).at(run.pause_s)
    all_bytes = float(case.nonzero_pages * case.page_bytes)
    if not run.passes:
        share, last_s, before_s, stale_bytes = 0.0, 0.0, _FOR_EVER_S, 0.0
    else:
        pending = run.passes[-2].dirtied_bytes if len(run.passes) > 1 else all_bytes
        dirtied = run.passes[-1].dirtied_bytes
        share = 1.0
        if pending != dirtied:
            share = min(max((pending - run.rest_bytes) / (pending - dirtied), 0.0), 1.0)
        last_s = _time_to_dirty(dirtied, work)
        before_s = _time_to_dirty(pending, work) if len(run.passes) > 1 else _FOR_EVER_S
        stale_bytes = share * dirtied

    def mixed(before_bytes: float, last_bytes: float) -> float:
        return (1.0 - share) * before_bytes + share * last_bytes

    sizes = tuple(
        -size * mixed(math.expm1(-writes * before_s), math.expm1(-writes * last_s))
        for size, writes in zip(work.class_bytes, work.class_writes_per_s, strict=True)
    )
    uniform = case.workload.uniform
    if uniform and uniform.order == "sequential" and work.curve_s:
        points = _sweep_on(work, last_s, share)
    else:
        marks = {*work.curve_s, *(t for t in (last_s, before_s) if 0.0 < t < _FOR_EVER_S)}
        points = [
            (t, mixed(_curve(min(t, before_s), work), _curve(min(t, last_s), work)))
            for t in sorted(marks if work.curve_s else ())
        ]
    total = sum(sizes) + (points[-1][1] if points else 0.0)
    fits = run.rest_bytes / total if total > run.rest_bytes else 1.0
    return (
        Dirtying(
            tuple(size * fits for size in sizes),
            work.class_writes_per_s,
            tuple(t for t, _ in points),
            tuple(size * fits for _, size in points),
        ),
        stale_bytes,
    )


def _sweep_on(work: Dirtying, last_s: float, share: float) -> list[tuple[float, float]]:
    """A sweep goes on: first what is not stale, then what it wrote last time round."""
    whole_s, whole_bytes = work.curve_s[-1], work.curve_bytes[-1]
    swept = min(last_s / whole_s, 1.0)
    unsent = (1.0 - share) * whole_bytes
    turn_s = (1.0 - swept) * whole_s
    points = [(0.0, 0.0), (turn_s, unsent * (1.0 - swept))]
    points.append((whole_s, unsent + share * whole_bytes * swept))
    return [point for i, point in enumerate(points) if i == 0 or point[0] > points[i - 1][0]]


def _curve(at_s: float, work: Dirtying) -> float:
    return dirtied_bytes(at_s, (), (), work.curve_s, work.curve_bytes)


def _time_to_dirty(n_bytes: float, work: Dirtying) -> float:
    """The time in which a workload dirties so much, by bisection."""

    def too_little(time_s: float) -> bool:
        found = dirtied_bytes(
            time_s, work.class_bytes, work.class_writes_per_s, work.curve_s, work.curve_bytes
        )
        return found < n_bytes

    low_s, high_s = 0.0, 1.0
    while too_little(high_s):
        low_s, high_s = high_s, 2.0 * high_s
        if high_s > _FOR_EVER_S:
            return _FOR_EVER_S
    for _ in range(100):
        middle_s = 0.5 * (low_s + high_s)
        low_s, high_s = (middle_s, high_s) if too_little(middle_s) else (low_s, middle_s)
    return high_s


def push_warnings(push: Push) -> list[str]:
    """What a reader should know of a push."""
    if push.duration_s == math.inf:
        return [
            "the link stays down after the switch: the guest stands still at the destination,"
            " and a part of its memory stays at the source"
        ]
    if push.sent_bytes <= 0.0:
        return []
    push_s = push.duration_s
    told = f"{push_s:,.0f}" if push_s >= 1000 else f"{push_s:.4g}"
    told = told if push_s >= 0.001 else "less than 0.001"
    return [
        f"for {told} s after the switch neither side has all memory: losing one loses the VM",
        "faults are counted for what the workload writes; what it only reads is not given",
    ]
