"""From a case to the kernel's bare numbers, and back to passes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vmlab import units
from vmlab.kernels import precopy
from vmlab.models.case import Case, Workload
from vmlab.models.passes import Copy, Pass
from vmlab.models.workload import whole_pages

#: A switch-over of ESX that takes longer is given up: vmotion.maxSwitchoverSeconds.
ESX_LONGEST_SWITCHOVER_S = 100.0


@dataclass(frozen=True)
class Dirtying:
    """A workload as `vmlab.kernels.dirtying` takes it: bytes, writes a second, bytes after s."""

    class_bytes: tuple[float, ...] = ()
    class_writes_per_s: tuple[float, ...] = ()
    curve_s: tuple[float, ...] = ()
    curve_bytes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Rates:
    """A link as `vmlab.kernels.transfer` takes it, shared and capped."""

    from_s: tuple[float, ...]
    bytes_per_s: tuple[float, ...]


def dirtying(workload: Workload, page_bytes: int) -> Dirtying:
    """The numbers of a workload.

    Parameters
    ----------
    workload : Workload
        Any of its forms.
    page_bytes : int
        Size of a page; a working set is rounded up to whole pages.

    Returns
    -------
    Dirtying
        A random working set of W bytes with n writes a second is one class at
        n/W a page; a sequential one the curve (0, 0), (W/n, W).
    """
    if workload.curve:
        curve = workload.curve
        points = [
            (second, units.mib_to_bytes(mib))
            for second, mib in zip(curve.seconds, curve.distinct_mib, strict=True)
            if second > 0
        ]
        return Dirtying(
            curve_s=(0.0, *(second for second, _ in points)),
            curve_bytes=(0.0, *(n_bytes for _, n_bytes in points)),
        )
    if workload.classes is not None:
        return Dirtying(
            class_bytes=tuple(float(math.ceil(c.pages) * page_bytes) for c in workload.classes),
            class_writes_per_s=tuple(c.writes_per_page_per_s for c in workload.classes),
        )
    uniform = workload.uniform
    pages = whole_pages(uniform.working_set_mib, page_bytes) if uniform else 0
    if not uniform or pages == 0 or uniform.dirty_pages_per_s == 0:
        return Dirtying()
    size_bytes = float(pages * page_bytes)
    if uniform.order == "random":
        return Dirtying((size_bytes,), (uniform.dirty_pages_per_s / pages,))
    sweep_s = pages / uniform.dirty_pages_per_s
    return Dirtying(curve_s=(0.0, sweep_s), curve_bytes=(0.0, size_bytes))


def rates(case: Case) -> Rates:
    """What one migration gets of the link: an equal share, then the sender's cap."""
    if case.link is None:
        raise ValueError("a case without a link has no rate")
    steps = case.link.profile or ((0.0, case.link.mbit_s or 0.0),)
    cap_mbit_s = case.policy.max_bandwidth_mbit_s or math.inf
    shares = (min(mbit_s / case.policy.parallel, cap_mbit_s) for _, mbit_s in steps)
    return Rates(tuple(t for t, _ in steps), tuple(map(units.mbit_s_to_bytes_per_s, shares)))


def handshake_s(case: Case) -> float:
    """What a switch-over takes besides its bytes: one latency, and the resume.

    A pass is followed at once by the next, so latency costs nothing there; the
    guest resumes when the last byte of the stop phase has arrived.
    """
    latency_ms = case.link.latency_ms if case.link else 0.0
    return units.ms_to_s(latency_ms + case.policy.resume_ms)


def longest_stop_s(case: Case) -> float:
    """The longest stop phase that the hypervisor begins, s."""
    if case.policy.hypervisor != "esx":
        return math.inf
    return ESX_LONGEST_SWITCHOVER_S - handshake_s(case)


def copy(case: Case) -> Copy:
    """Run the kernel on a case, as plain Python.

    Parameters
    ----------
    case : Case
        One that `not_built` has nothing against.

    Returns
    -------
    Copy
        What it did.
    """
    policy, work, link = case.policy, dirtying(case.workload, case.page_bytes), rates(case)
    paused_first = case.algorithm == "stop-and-copy"
    timeout_s = math.inf if policy.timeout_s is None else policy.timeout_s
    most = policy.max_rounds or precopy.MOST_ROUNDS
    sent, seconds, dirtied = ([0.0] * (most + 1) for _ in range(3))
    passes, how, moved, pause_s, end_s = precopy.pre_copy(
        first_bytes=float(case.nonzero_pages * case.page_bytes),
        page_bytes=float(case.page_bytes),
        class_bytes=work.class_bytes,
        class_writes_per_s=work.class_writes_per_s,
        curve_s=work.curve_s,
        curve_bytes=work.curve_bytes,
        rate_from_s=link.from_s,
        rate_bytes_per_s=link.bytes_per_s,
        start_s=policy.setup_s,
        downtime_limit_s=policy.downtime_limit_s,
        max_rounds=policy.max_rounds or 0,
        deadline_s=policy.setup_s if paused_first else timeout_s,
        stop_at_deadline=paused_first or policy.on_timeout == "stop",
        longest_stop_s=longest_stop_s(case),
        sent_bytes_out=sent,
        duration_s_out=seconds,
        dirtied_bytes_out=dirtied,
    )
    rows = zip(sent[:passes], seconds[:passes], dirtied[:passes], strict=True)
    return Copy(tuple(Pass(*row) for row in rows), how, moved, pause_s, end_s)
