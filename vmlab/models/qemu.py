"""The policy `qemu`: from a case to the numbers of QEMU's own loop, and back."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from vmlab import units
from vmlab.kernels import precopy as ends
from vmlab.kernels.arcs import MOST_ARCS
from vmlab.kernels.cycles import STATE
from vmlab.kernels.qemu import GIVE_UP, PAUSE, SWITCH, WINDOW_S, qemu
from vmlab.kernels.qemu_guest import AUTO_CONVERGE, DIRTY_LIMIT, NO_THROTTLE
from vmlab.models.case import Case
from vmlab.models.pageclasses import PageClasses, page_classes
from vmlab.models.passes import Copy, Pass
from vmlab.models.postcopy import switch
from vmlab.models.precopy import Rates, rates

#: Header of a page, and a zero page's mark, bytes: exact in LordWicked's data.
HEADER_BYTES, ZERO_MARK_BYTES = 8.0, 9.0
#: What one thread writes to a local socket, bytes/s: measured, QEMU 7.2.
RAW_BYTES_PER_S = 2.5e9
#: Pages that one thread finds to be zero, 1/s: 64 GiB idle in 15.6 s (QEMU, IAA
#: compression), 8 GiB idle in 2.07 s (OPNFV).
ZERO_PAGES_PER_S = 1.0e6
#: What delta compression looks through, bytes/s: docs/xbzrle.txt, 2 to 2.5 GB/s.
DELTA_BYTES_PER_S = 2.25e9
#: vcpu-dirty-limit, bytes/s.
DIRTY_LIMIT_BYTES_PER_S = 2.0**20
#: Set-up: a constant, and on a block of RAM that is no multiple of 64 pages a
#: time for each MiB; 25 ms measured at 128 MiB + 8 KiB and 195 ms at 1 GiB + 8 KiB.
SETUP_S, ODD_SETUP_S_PER_MIB = 0.7e-3, 0.19e-3
#: What makes a size odd without making it another: the cure for lost writes in QEMU < 9.
ODD_BYTES = 8192
#: A fixed point so near the threshold may fall on either side of it.
NEAR = 1.15

_NO_WIRE = Rates((0.0,), (1e18,))


def setup_s(case: Case) -> float:
    """What passes before the copy begins.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    float
        `setup_ms` where it is given, else 0.7 ms, and 0.19 ms per MiB on a
        memory of whole MiB and 8 KiB. That odd size is used to keep QEMU
        before 9.0 from losing writes under emulation; it makes the first
        sync go page by page.
    """
    if case.policy.setup_ms is not None:
        return units.ms_to_s(case.policy.setup_ms)
    odd = math.ceil(units.mib_to_bytes(case.memory_mib)) % units.BYTES_PER_MIB == ODD_BYTES
    return SETUP_S + (ODD_SETUP_S_PER_MIB * case.memory_mib if odd else 0.0)


def copy(case: Case) -> Copy:
    """Run QEMU's loop on a case, as plain Python.

    Parameters
    ----------
    case : Case
        With a link, or with `max_bandwidth_mbit_s`: then on a raw local socket.

    Returns
    -------
    Copy
        With its push, if it went over to post-copy.

    Notes
    -----
    Assumed: zero pages lie among those that are never written; a working set
    lies behind them and is sent last, a measured curve's memory lies anywhere;
    a sweep begins with the command. The numbers are expected values: where the
    fixed point is near the threshold, runs differ, and a warning says so.
    """
    work = page_classes(case.workload, case.page_bytes)
    run, found_bytes, zero_bytes = _run(case, work, 1.0)
    if run.how == ends.POST_COPY:
        return _push(case, run, zero_bytes)
    return dataclasses.replace(run, warnings=tuple(_warnings(case, work, run, found_bytes)))


def arguments(case: Case, work: PageClasses, limit_factor: float = 1.0) -> dict[str, Any]:
    """What `vmlab.kernels.qemu` takes, but for what it fills.

    Parameters
    ----------
    case : Case
        The case.
    work : PageClasses
        Its workload.
    limit_factor : float, optional
        By how much the downtime limit is stretched.

    Returns
    -------
    dict
        By parameter name.
    """
    policy, page = case.policy, float(case.page_bytes)
    start_s = setup_s(case)
    nonzero_bytes = case.nonzero_pages * page
    written_bytes = sum(work.class_bytes)
    ratio = policy.compression.ratio if policy.compression else 1.0
    data_wire = (page / ratio + HEADER_BYTES) / page
    zero_wire = ZERO_MARK_BYTES / page
    delta_wire = policy.xbzrle.delta_bytes / page if policy.xbzrle else data_wire
    raw = 0.0 if case.link else 1.0 / RAW_BYTES_PER_S
    data_thread_s = data_wire * raw
    if policy.compression:
        data_thread_s += 1.0 / (policy.channels * policy.compression.bytes_per_s_per_channel)
    if policy.encryption:
        cipher_s = 1.0 / (policy.channels * policy.encryption.bytes_per_s_per_channel)
        data_thread_s += data_wire * cipher_s
    cached = _cached_share(case, written_bytes)
    wire = _wire(case)
    cap = policy.max_bandwidth_mbit_s
    paused_first = case.algorithm == "stop-and-copy"
    deadline_s = math.inf if policy.timeout_s is None or paused_first else policy.timeout_s
    switch_s, switch_rounds = _switch(case)
    limit_from_s, limit_s = _limits(case, limit_factor)
    return {
        "zero_bytes": (case.memory_pages - case.nonzero_pages) * page,
        "cold_bytes": max(nonzero_bytes - written_bytes, 0.0),
        "page_bytes": page,
        "mixed": work.spread,
        "class_bytes": work.class_bytes,
        "phase_from_s": work.phase_from_s,
        "class_writes_per_s": work.class_writes_per_s,
        "curve_s": work.curve_s,
        "curve_bytes": work.curve_bytes,
        "sweep": work.sweep,
        "zero_wire": zero_wire,
        "data_wire": data_wire,
        "delta_wire": delta_wire,
        "zero_thread_s": 1.0 / (ZERO_PAGES_PER_S * page) + zero_wire * raw,
        "data_thread_s": data_thread_s,
        "delta_thread_s": 1.0 / DELTA_BYTES_PER_S + delta_wire * raw,
        "cached_share": cached,
        "rate_from_s": wire.from_s,
        "rate_bytes_per_s": wire.bytes_per_s,
        "start_s": start_s,
        "budget_bytes": math.inf if cap is None else units.mbit_s_to_bytes_per_s(cap) * WINDOW_S,
        "limit_from_s": limit_from_s,
        "limit_s": limit_s,
        "max_rounds": policy.max_rounds or 0,
        "pause_s": start_s if paused_first else math.inf,
        "deadline_s": deadline_s,
        "at_deadline": {"abort": GIVE_UP, "stop": PAUSE, "post-copy": SWITCH}[policy.on_timeout],
        "switch_s": switch_s,
        "switch_rounds": switch_rounds,
        "throttle_rule": _throttle(case),
    }


def space(classes: int, rates_: int, make: Callable[[int], Any]) -> tuple[Any, ...]:
    """What `vmlab.kernels.qemu` fills, in its order.

    Parameters
    ----------
    classes, rates_ : int
        Classes of the workload, rates of the wire.
    make : callable
        A sequence of so many zeros.

    Returns
    -------
    tuple
        Five outputs, the rest of each class, and working space.
    """
    passes = ends.MOST_ROUNDS + 2
    lengths = (passes,) * 5 + (classes,) * 4 + (2 * classes + STATE, 2, 1 + 2 * MOST_ARCS, rates_)
    return tuple(make(length) for length in lengths)


def _run(case: Case, work: PageClasses, limit_factor: float) -> tuple[Copy, float, float]:
    given = arguments(case, work, limit_factor)
    out = space(len(work.class_bytes), len(given["rate_from_s"]), lambda length: [0.0] * length)
    passes, how, moved, pause_s, end_s, zero, cold, found_bytes = qemu(*given.values(), *out)
    sent, data, seconds, dirtied, throttle, rest = (one for one in out[:6])
    plain = case.policy.compression is None and case.policy.xbzrle is None
    whole = _whole_bytes(case, sent[:passes], data[:passes]) if plain else sent[:passes]
    rows = zip(whole, seconds, dirtied, throttle, strict=False)
    run = Copy(
        tuple(Pass(*row) for row in rows), how, moved, pause_s, end_s, rest_bytes=cold + sum(rest)
    )
    if how != ends.POST_COPY:
        run = dataclasses.replace(run, rest_bytes=0.0)
    return run, found_bytes, zero


def _whole_bytes(case: Case, sent: list[float], data: list[float]) -> list[float]:
    """Bytes of each pass in whole pages and whole marks, so that the sums are whole too."""
    page = case.page_bytes
    found, pages, marks, all_data, all_marks = [], 0, 0, 0.0, 0.0
    for one_sent, one_data in zip(sent, data, strict=True):
        all_data += one_data / page
        all_marks += max(one_sent - one_data * (page + HEADER_BYTES) / page, 0.0) / ZERO_MARK_BYTES
        new_pages = math.floor(all_data + 0.5) - pages
        new_marks = math.floor(all_marks + 0.5) - marks
        found.append(new_pages * (page + HEADER_BYTES) + new_marks * ZERO_MARK_BYTES)
        pages += new_pages
        marks += new_marks
    return found


def _wire(case: Case) -> Rates:
    """The wire without the cap: the cap is a window's budget, and does not hold in the stop."""
    if case.link is None:
        return _NO_WIRE
    return rates(_uncapped(case))


def _uncapped(case: Case) -> Case:
    policy = case.policy.model_copy(update={"max_bandwidth_mbit_s": None})
    return case.model_copy(update={"policy": policy})


def _cached_share(case: Case, written_bytes: float) -> float:
    """Share of the written pages that find room in a cache with one place per address.

    QEMU rounds the cache down to a power of two of pages, and a page that is
    used again and again is not turned out; so of W pages as many stay as there
    are places.
    """
    delta = case.policy.xbzrle
    if delta is None or written_bytes <= 0.0:
        return 0.0
    places = int(units.mib_to_bytes(delta.cache_mib) // case.page_bytes)
    if places < 1:
        return 0.0
    kept_bytes = float((1 << (places.bit_length() - 1)) * case.page_bytes)
    return min(kept_bytes / written_bytes, 1.0)


def _limits(case: Case, factor: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    ramp = case.policy.downtime_ramp
    if ramp is None:
        return (0.0,), (case.policy.downtime_limit_s * factor,)
    if ramp.every_s <= 0.0:
        return (0.0,), (units.ms_to_s(ramp.to_ms) * factor,)
    steps = range(ramp.steps + 1)
    rise_ms = (ramp.to_ms - ramp.from_ms) / ramp.steps
    return (
        tuple(i * ramp.every_s for i in steps),
        tuple(units.ms_to_s(ramp.from_ms + i * rise_ms) * factor for i in steps),
    )


def _throttle(case: Case) -> tuple[float, ...]:
    throttle = case.policy.throttle
    if throttle is None:
        return (float(NO_THROTTLE), 0.0, 0.0, 0.0, 1.0, 0.0)
    quota = throttle.quota_mib_s
    return (
        float(AUTO_CONVERGE if throttle.kind == "auto-converge" else DIRTY_LIMIT),
        throttle.initial_percent / 100.0,
        throttle.step_percent / 100.0,
        throttle.max_percent / 100.0,
        throttle.cpu_bound,
        DIRTY_LIMIT_BYTES_PER_S if quota is None else units.mib_to_bytes(quota),
    )


def _switch(case: Case) -> tuple[float, int]:
    if case.algorithm == "stop-and-copy":
        return math.inf, 0
    if case.algorithm == "post-copy":
        return 0.0, 0
    if case.policy.postcopy_after_s is not None:
        return case.policy.postcopy_after_s, 0
    return math.inf, 1 if case.algorithm == "hybrid" else 0


def _push(case: Case, run: Copy, zero_bytes: float) -> Copy:
    """Post-copy goes uncapped; zero pages cost their marks there too."""
    page = float(case.page_bytes)
    link = _wire(case) if case.link else Rates((0.0,), (RAW_BYTES_PER_S,))
    run = switch(case, run, link, page + HEADER_BYTES)
    if run.push is None:
        return run
    zeros = zero_bytes / page
    marks_bytes = zeros * ZERO_MARK_BYTES
    more_s = marks_bytes / link.bytes_per_s[-1] if run.moved else 0.0
    if not case.link:
        more_s += zeros / ZERO_PAGES_PER_S
    push = dataclasses.replace(
        run.push,
        sent_bytes=run.push.sent_bytes + marks_bytes,
        duration_s=run.push.duration_s + more_s,
    )
    return dataclasses.replace(run, push=push)


def _warnings(case: Case, work: PageClasses, run: Copy, found_bytes: float) -> list[str]:
    said = []
    wire = _wire(case)
    policy = case.policy
    if run.how == ends.NEVER and wire.bytes_per_s[-1] == 0:
        return [f"the link stays at 0 Mbit/s from {wire.from_s[-1]:g} s on"]
    if run.how == ends.NEVER:
        cap = policy.max_bandwidth_mbit_s or math.inf
        bytes_per_s = min(wire.bytes_per_s[-1], units.mbit_s_to_bytes_per_s(cap))
        said.append(
            f"each dirty sync finds about {units.bytes_to_mib(found_bytes):,.6g} MiB:"
            f" QEMU would expect a downtime of {found_bytes / bytes_per_s * 1000:,.0f} ms,"
            f" and the limit is {_limits(case, 1000.0)[1][-1]:,.6g} ms"
        )
    if run.how not in {ends.NEVER, ends.DOWNTIME_LIMIT} or case.algorithm == "stop-and-copy":
        return said
    factor = NEAR if run.how == ends.NEVER else 1.0 / NEAR
    other, _, _ = _run(case, work, factor)
    if other.how != run.how and other.how in {ends.NEVER, ends.DOWNTIME_LIMIT}:
        said.append(
            "the fixed point lies within 15 % of the threshold: a real run may end otherwise"
        )
    if run.how == ends.DOWNTIME_LIMIT and _limits(case, 1.0)[1][-1] <= 0.0:
        said.append(
            "with a limit of 0 ms QEMU stops when nothing is left to send, without a look at"
            " what was written meanwhile"
        )
    return said
