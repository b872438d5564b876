"""From a case to the terms of QEMU's loop. Every constant has its source here."""

from __future__ import annotations

import math

from vmlab import units
from vmlab.kernels import precopy as ends
from vmlab.kernels.arcs import MOST_ARCS
from vmlab.kernels.cycles import STATE
from vmlab.kernels.qemu import WINDOW_S
from vmlab.kernels.qemu_guest import AUTO_CONVERGE, DIRTY_LIMIT, NO_THROTTLE
from vmlab.kernels.qemu_terms import (
    GIVE_UP,
    PAUSE,
    SWITCH,
    Cost,
    Log,
    Memory,
    Rules,
    Sender,
    Space,
    Writes,
)
from vmlab.models.case import Case
from vmlab.models.pageclasses import page_classes
from vmlab.models.wire import Rates, rates

#: Header of a page, and a zero page's mark, bytes: exact in LordWicked's data.
HEADER_BYTES, ZERO_MARK_BYTES = 8.0, 9.0
#: What one thread writes to a local socket, bytes/s: measured, QEMU 7.2.
RAW_BYTES_PER_S = 2.5e9
#: Pages that one thread finds to be zero, 1/s: 64 GiB idle in 15.6 s (QEMU's
#: patches for IAA compression), 8 GiB idle in 2.07 s (OPNFV kvmfornfv).
ZERO_PAGES_PER_S = 1.0e6
#: What delta compression looks through, bytes/s: docs/xbzrle.txt, 2 to 2.5 GB/s.
DELTA_BYTES_PER_S = 2.25e9
#: vcpu-dirty-limit, bytes/s.
DIRTY_LIMIT_BYTES_PER_S = 2.0**20
#: downtime-limit, s.
DEFAULT_LIMIT_S = 0.3
#: Set-up: a constant, and with an odd size of memory a time for each MiB;
#: measured on QEMU 7.2: 25 ms at 128 MiB + 8 KiB, 195 ms at 1 GiB + 8 KiB.
SETUP_S, ODD_SETUP_S_PER_MIB = 0.7e-3, 0.19e-3
#: The odd size that keeps QEMU before 9.0 from losing writes under emulation.
ODD_BYTES = 8192

_NO_WIRE = Rates((0.0,), (1e18,))  # faster than any thread


def setup_s(case: Case) -> float:
    """What passes before the copy begins.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    float
        `setup_ms` where it is given, else 0.7 ms, and on a memory of whole
        MiB and 8 KiB 0.19 ms more per MiB: a block that is no multiple of 64
        pages makes the first sync go page by page. Other sizes are sums over
        blocks, as `ram.total` is, and say nothing of that.
    """
    if case.policy.setup_ms is not None:
        return units.ms_to_s(case.policy.setup_ms)
    odd = math.ceil(units.mib_to_bytes(case.memory_mib)) % units.BYTES_PER_MIB == ODD_BYTES
    return SETUP_S + (ODD_SETUP_S_PER_MIB * case.memory_mib if odd else 0.0)


def writes_of(case: Case) -> Writes:
    """The workload.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    Writes
        A curve is taken to have been measured at this bandwidth, under QEMU's
        default limit: then so much was waiting at each sync, uncounted.
    """
    cap = case.policy.max_bandwidth_mbit_s
    bytes_per_s = wire(case).bytes_per_s[0]
    if cap is not None:
        bytes_per_s = min(bytes_per_s, units.mbit_s_to_bytes_per_s(cap))
    return page_classes(case.workload, case.page_bytes, bytes_per_s * DEFAULT_LIMIT_S)


def memory_of(case: Case, writes: Writes) -> Memory:
    """Zero, cold and written memory.

    Parameters
    ----------
    case : Case
        The case.
    writes : Writes
        Its workload. A measured curve's memory lies anywhere, another
        workload's is one stretch that is sent last.

    Returns
    -------
    Memory
        In whole pages.
    """
    page = float(case.page_bytes)
    return Memory(
        zero_bytes=(case.memory_pages - case.nonzero_pages) * page,
        cold_bytes=max(case.nonzero_pages * page - sum(writes.class_bytes), 0.0),
        page_bytes=page,
        mixed=len(writes.curve_s) > 0,
    )


def wire(case: Case) -> Rates:
    """The wire without the cap, which is a window's budget and does not hold in the stop.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    Rates
        The link's share; without a link no bound at all: the thread is it.
    """
    if case.link is None:
        return _NO_WIRE
    policy = case.policy.model_copy(update={"max_bandwidth_mbit_s": None})
    return rates(case.model_copy(update={"policy": policy}))


def sender_of(case: Case, written_bytes: float) -> Sender:
    """What memory costs on its way.

    Parameters
    ----------
    case : Case
        The case.
    written_bytes : float
        What the guest ever writes.

    Returns
    -------
    Sender
        Compression and encryption take the thread's time, shared by the
        channels; without a link so does the socket. Two channels or more are
        multifd: the thread looks for zero pages while they pack and send.
    """
    policy, page = case.policy, float(case.page_bytes)
    ratio = policy.compression.ratio if policy.compression else 1.0
    data_wire = (page / ratio + HEADER_BYTES) / page
    zero_wire = ZERO_MARK_BYTES / page
    delta_wire = policy.xbzrle.delta_bytes / page if policy.xbzrle else data_wire
    raw_s = 0.0 if case.link else 1.0 / RAW_BYTES_PER_S
    if policy.encryption:
        raw_s += 1.0 / (policy.channels * policy.encryption.bytes_per_s_per_channel)
    packing_s = 0.0
    if policy.compression:
        packing_s = 1.0 / (policy.channels * policy.compression.bytes_per_s_per_channel)
    cap = policy.max_bandwidth_mbit_s
    bound = wire(case)
    return Sender(
        zero=Cost(zero_wire, 1.0 / (ZERO_PAGES_PER_S * page) + zero_wire * raw_s),
        data=Cost(data_wire, packing_s + data_wire * raw_s),
        delta=Cost(delta_wire, 1.0 / DELTA_BYTES_PER_S + delta_wire * raw_s),
        cached_share=_cached_share(case, written_bytes),
        rate_from_s=bound.from_s,
        rate_bytes_per_s=bound.bytes_per_s,
        budget_bytes=math.inf if cap is None else units.mbit_s_to_bytes_per_s(cap) * WINDOW_S,
        apart=policy.channels > 1,
    )


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


def rules_of(case: Case, limit_factor: float = 1.0) -> Rules:
    """When the copy ends.

    Parameters
    ----------
    case : Case
        The case.
    limit_factor : float, optional
        By how much the downtime limit is stretched.

    Returns
    -------
    Rules
        A stop-and-copy knows no time-out: its guest stands still anyway.
    """
    policy = case.policy
    start_s = setup_s(case)
    paused_first = case.algorithm == "stop-and-copy"
    timeout_s = math.inf if policy.timeout_s is None or paused_first else policy.timeout_s
    switch_s, switch_rounds = math.inf, 0
    if case.algorithm == "post-copy" and policy.postcopy_after_s is None:
        switch_s = 0.0
    elif not paused_first and policy.postcopy_after_s is not None:
        switch_s = policy.postcopy_after_s
    elif case.algorithm == "hybrid" and (timeout_s == math.inf or policy.on_timeout != "post-copy"):
        switch_rounds = policy.max_rounds or 1
    limit_from_s, limit_s = _limits(case, limit_factor)
    return Rules(
        start_s=start_s,
        limit_from_s=limit_from_s,
        limit_s=limit_s,
        max_rounds=policy.max_rounds or 0,
        pause_s=start_s if paused_first else math.inf,
        deadline_s=timeout_s,
        at_deadline={"abort": GIVE_UP, "stop": PAUSE, "post-copy": SWITCH}[policy.on_timeout],
        switch_s=switch_s,
        switch_rounds=switch_rounds,
        throttle=_throttle(case),
    )


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


def empty_log() -> Log:
    """A log with room for every pass."""
    return Log(*([0.0] * (ends.MOST_ROUNDS + 2) for _ in range(5)))


def empty_space(classes: int) -> Space:
    """Working space for so many classes."""
    lengths = (*(classes,) * 4, 2 * classes + STATE, 4, 2, 1 + 2 * MOST_ARCS)
    return Space(*([0.0] * length for length in lengths))
