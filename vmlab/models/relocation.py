"""Disks and memory of one move: which are copied, in which order, over what they share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmlab import units
from vmlab.models.case import Case
from vmlab.models.disks import DiskCopy
from vmlab.models.policy import Link, Policy
from vmlab.models.precopy import rates
from vmlab.models.storage import (
    ESX_LONGEST_SWITCHOVER_S,
    NO_NETWORK,
    Clock,
    DiskCopyEstimate,
    copy_disks,
    mirrored_bytes_per_s,
)

#: What an estimate calls a move that copies no memory, by what the guest does.
KINDS = {"running": "storage", "suspended": "suspended", "off": "cold"}

_LEAST_MBIT_S = 0.001  # a link's least rate


@dataclass(frozen=True)
class Relocation:
    """A copy of disks, and the copy of memory that follows it.

    Parameters
    ----------
    disks : DiskCopyEstimate or None
        None where no file moves.
    memory : Case or None
        On a clock that starts when the disks are in step; None where memory
        stays, is a file, or the disks never got there.
    mirror_from_s, mirror_bytes_per_s : tuple of float
        What goes on being mirrored meanwhile, in steps on that clock.
    """

    disks: DiskCopyEstimate | None
    memory: Case | None = None
    mirror_from_s: tuple[float, ...] = (0.0,)
    mirror_bytes_per_s: tuple[float, ...] = (0.0,)

    def mirrored_until(self, until_s: float, guest_bytes_per_s: float) -> DiskCopyEstimate | None:
        """The copy of disks with what was mirrored while memory was copied.

        Parameters
        ----------
        until_s : float
            When the guest was paused, s from when the disks were in step.
        guest_bytes_per_s : float
            What it would have written, bytes/s.

        Returns
        -------
        DiskCopyEstimate or None
            None where no file moves.
        """
        if self.disks is None or guest_bytes_per_s == 0 or until_s <= 0:
            return self.disks
        ends = itertools.chain(self.mirror_from_s[1:], (math.inf,))
        steps = [
            (min(end, until_s) - start, rate)
            for start, end, rate in zip(
                self.mirror_from_s, ends, self.mirror_bytes_per_s, strict=True
            )
            if start < until_s
        ]
        more = round(sum(took_s * rate for took_s, rate in steps))
        least = min(rate for _, rate in steps) / guest_bytes_per_s
        return replace(
            self.disks,
            written_bytes=self.disks.written_bytes + more,
            mirrored_bytes=self.disks.mirrored_bytes + more,
            sent_bytes=self.disks.sent_bytes + (more if self.disks.sent_bytes else 0),
            guest_write_share=min(self.disks.guest_write_share, least),
        )


def relocate(case: Case) -> Relocation:
    """Copy what is on disks, and say what is left of the link for memory.

    Parameters
    ----------
    case : Case
        With disks that move, or a guest that does not run.

    Returns
    -------
    Relocation
        The disks done, memory still to do.

    Notes
    -----
    Disks first, then memory while writes go on being mirrored: a mirror that
    crosses the link takes ``min(w, write rate, share / 2)`` of this migration's
    share of it from the memory copy. A deadline counts from the command; one
    that is to force a stop or a switch waits for mirrored disks, which always
    end. Times of `downtime_ramp` and `postcopy_after_s` count from the start
    of the memory copy.
    """
    job, policy = case.storage, case.policy
    if job is None:
        return Relocation(None)
    memory_follows = case.guest == "running" and job.host == "changes"
    start_s = 0.0 if memory_follows else policy.setup_s
    disks = copy_disks(
        job,
        case.guest,
        network_of(case),
        float(case.memory_pages * case.page_bytes),
        Clock(
            start_s=start_s,
            downtime_limit_s=policy.downtime_limit_s,
            deadline_s=math.inf if policy.timeout_s is None else policy.timeout_s,
            stop_at_deadline=policy.on_timeout != "abort",
            longest_stop_s=ESX_LONGEST_SWITCHOVER_S - units.ms_to_s(policy.resume_ms)
            if policy.hypervisor == "esx"
            else math.inf,
        ),
    )
    if not memory_follows or disks.total_s is None:
        return Relocation(disks)
    return _then_memory(case, job, disks, disks.total_s)


def network_of(case: Case) -> Sequence[tuple[float, float]]:
    """What a copy of disks gets of the network: bytes/s, each from its time on.

    Parameters
    ----------
    case : Case
        With disks that move.

    Returns
    -------
    sequence of (float, float)
        The migration's share of the link, without the cap on its memory;
        another network's rate; or `NO_NETWORK`.
    """
    network = case.storage.network if case.storage else None
    if network is None:
        return NO_NETWORK
    if network != "link":
        return ((0.0, units.mbit_s_to_bytes_per_s(network)),)
    plain = case.model_copy(update={"policy": Policy(parallel=case.policy.parallel)})
    share = rates(plain)
    return tuple(zip(share.from_s, share.bytes_per_s, strict=True))


def _then_memory(case: Case, job: DiskCopy, disks: DiskCopyEstimate, done_s: float) -> Relocation:
    wanted, target = mirrored_bytes_per_s(job), units.mib_to_bytes(job.write_mib_s)
    network = _from(done_s, network_of(case))
    part = 0.5 if job.network == "link" else 1.0
    mirrored = [min(wanted, target, part * rate) for _, rate in network]
    link = case.link
    if job.network == "link" and link and wanted > 0:
        mbit_s = _from(done_s, link.profile or ((0.0, link.mbit_s or 0.0),))
        profile = tuple(
            (t, max(rate * (1 - taken / share), _LEAST_MBIT_S) if rate and share else 0.0)
            for (t, rate), (_, share), taken in zip(mbit_s, network, mirrored, strict=True)
        )
        link = _profiled(link, profile)
    elif link and link.profile:
        link = _profiled(link, _from(done_s, link.profile))
    policy = case.policy
    if policy.timeout_s is not None:
        left_s = max(policy.timeout_s - done_s, 0.0)
        policy = policy.model_copy(update={"timeout_s": left_s})
    memory = case.model_copy(update={"link": link, "policy": policy, "storage": None})
    return Relocation(disks, memory, tuple(t for t, _ in network), tuple(mirrored))


def _profiled(link: Link, profile: tuple[tuple[float, float], ...]) -> Link:
    if len(profile) == 1 and profile[0][1]:
        return link.model_copy(update={"mbit_s": profile[0][1], "profile": None})
    return link.model_copy(update={"mbit_s": None, "profile": profile})


def _from(start_s: float, steps: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Steps on a clock that starts later."""
    now = [rate for t, rate in steps if t <= start_s][-1]
    return ((0.0, now), *((t - start_s, rate) for t, rate in steps if t > start_s))
