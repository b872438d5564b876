"""The policy `qemu`: QEMU's own loop, run on a case."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from vmlab import units
from vmlab.kernels import precopy as ends
from vmlab.kernels.qemu import qemu
from vmlab.kernels.transfer import transfer_s, transferred_bytes
from vmlab.models.case import Case
from vmlab.models.passes import Copy, Pass
from vmlab.models.postcopy import push_warnings, switch
from vmlab.models.qemu_terms import (
    HEADER_BYTES,
    RAW_BYTES_PER_S,
    ZERO_MARK_BYTES,
    ZERO_PAGES_PER_S,
    empty_log,
    empty_space,
    memory_of,
    rules_of,
    sender_of,
    wire,
    writes_of,
)
from vmlab.models.wire import Rates, handshake_s

#: A limit so many times as high or low decides otherwise: the fixed point is near.
NEAR = 1.15


def copy(case: Case) -> Copy:
    """Run QEMU's loop on a case, as plain Python.

    Parameters
    ----------
    case : Case
        With a link, or with `max_bandwidth_mbit_s`: then on a raw local socket.

    Returns
    -------
    Copy
        With its push, if it went over to post-copy. Bytes are those on the
        wire: pages with their headers, marks of zero pages.

    Notes
    -----
    Assumed: a working set is one stretch that the first pass sends last, and a
    measured curve's memory lies anywhere, and pages that were waiting were not
    counted in it; zero pages lie among the lower half
    of the rest; a sweep begins with the command. The numbers are expected
    values: near the threshold real runs differ, and a warning says so.
    """
    run, found_bytes, zero_bytes = _run(case)
    if run.how == ends.POST_COPY:
        return _push(case, run, zero_bytes)
    said = (*_never(case, run, found_bytes), *_near(case, run), *_blind(case, run))
    return dataclasses.replace(run, warnings=said)


def _run(case: Case, limit_factor: float = 1.0) -> tuple[Copy, float, float]:
    writes = writes_of(case)
    sender = sender_of(case, sum(writes.class_bytes))
    log, space = empty_log(), empty_space(len(writes.class_bytes))
    passes, how, moved, pause_s, end_s, zero_bytes, cold_bytes, found_bytes = qemu(
        memory_of(case, writes), writes, sender, rules_of(case, limit_factor), log, space
    )
    sent = log.sent_bytes[:passes]
    if case.policy.compression is None and case.policy.xbzrle is None:
        sent = _whole_bytes(case, sent, log.data_bytes[:passes])
    rows = zip(sent, log.duration_s, log.dirtied_bytes, log.throttle, strict=False)
    rest_bytes = cold_bytes + sum(space.rest) if how == ends.POST_COPY else 0.0
    passed = tuple(Pass(*row) for row in rows if row[0] >= 0.5)  # a byte at least
    run = Copy(passed, how, moved, pause_s, end_s, rest_bytes=rest_bytes)
    return run, found_bytes, zero_bytes


def _whole_bytes(case: Case, sent: Iterable[float], data: Iterable[float]) -> list[float]:
    """Bytes of each pass in whole pages and whole marks, so that the sums are whole too."""
    page = case.page_bytes
    found, pages, marks, all_pages, all_marks = [], 0, 0, 0.0, 0.0
    for one_sent, one_data in zip(sent, data, strict=True):
        all_pages += one_data / page
        all_marks += (one_sent - one_data / page * (page + HEADER_BYTES)) / ZERO_MARK_BYTES
        new_pages = math.floor(all_pages + 0.5) - pages
        new_marks = max(math.floor(all_marks + 0.5) - marks, 0)
        found.append(new_pages * (page + HEADER_BYTES) + new_marks * ZERO_MARK_BYTES)
        pages += new_pages
        marks += new_marks
    return found


def _push(case: Case, run: Copy, zero_bytes: float) -> Copy:
    """Post-copy goes uncapped; zero pages cost their marks there too."""
    page = float(case.page_bytes)
    link = wire(case) if case.link else Rates((0.0,), (RAW_BYTES_PER_S,))
    told = run.warnings
    run = switch(case, run, link, page + HEADER_BYTES)
    if run.push is None or not run.moved:
        return run
    zeros = zero_bytes / page
    marks_bytes = zeros * ZERO_MARK_BYTES
    pushed_s = run.end_s + handshake_s(case) + run.push.duration_s
    more_s = transfer_s(marks_bytes, pushed_s, link.from_s, link.bytes_per_s)
    if not case.link:
        more_s += zeros / ZERO_PAGES_PER_S
    if more_s == math.inf:  # the link went down for good between pages and marks
        up_s = max(link.from_s[-1] - pushed_s, 0.0)
        marks_bytes = transferred_bytes(up_s, pushed_s, link.from_s, link.bytes_per_s)
    push = dataclasses.replace(
        run.push,
        sent_bytes=run.push.sent_bytes + marks_bytes,
        duration_s=run.push.duration_s + more_s,
    )
    moved = push.duration_s < math.inf
    return dataclasses.replace(run, push=push, moved=moved, warnings=(*told, *push_warnings(push)))


def _never(case: Case, run: Copy, found_bytes: float) -> list[str]:
    if run.how != ends.NEVER:
        return []
    bound, cap = wire(case), case.policy.max_bandwidth_mbit_s
    if bound.bytes_per_s[-1] == 0:
        return [f"the link stays at 0 Mbit/s from {bound.from_s[-1]:g} s on"]
    bytes_per_s = bound.bytes_per_s[-1]
    if cap is not None:
        bytes_per_s = min(bytes_per_s, units.mbit_s_to_bytes_per_s(cap))
    return [
        f"each dirty sync finds about {units.bytes_to_mib(found_bytes):,.6g} MiB: QEMU would"
        f" expect a downtime of {found_bytes / bytes_per_s * 1000:,.0f} ms, and the limit is"
        f" {rules_of(case).limit_s[-1] * 1000:,.6g} ms"
    ]


def _near(case: Case, run: Copy) -> list[str]:
    ended = {ends.NEVER, ends.DOWNTIME_LIMIT}
    if run.how not in ended or len(run.passes) < 2:
        return []
    other, _, _ = _run(case, NEAR if run.how == ends.NEVER else 1.0 / NEAR)
    if other.how == run.how or other.how not in ended:
        return []
    return ["the fixed point lies within 15 % of the threshold: a real run may end otherwise"]


def _blind(case: Case, run: Copy) -> list[str]:
    limit_s = rules_of(case).limit_s[-1]
    if run.how != ends.DOWNTIME_LIMIT or run.end_s - run.pause_s <= 1.01 * limit_s:
        return []
    return [
        "the downtime is above its limit: QEMU stopped when nothing was left to send, without a"
        " look at what had been written meanwhile, or its last window was faster than the stop"
    ]
