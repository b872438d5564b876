"""A copy that is cut: what it had done until then."""

from __future__ import annotations

import math
from dataclasses import replace

from vmlab.migration.link_rate import Spell, under
from vmlab.models.case import Case, DiskWrites
from vmlab.models.diskcopy import DiskCopyEstimate
from vmlab.models.estimate import Estimate, estimate


def moved_anything(copy: Estimate) -> bool:
    """Whether a byte of memory or of files had been copied."""
    disks = copy.storage
    return bool(copy.sent_bytes or (disks and disks.written_bytes))


def live_s(case: Case, copy: Estimate) -> float:
    """From the start of a copy to the pause, or until it is given up, s.

    Parameters
    ----------
    case : Case
        What is copied.
    copy : Estimate
        To its own end.

    Returns
    -------
    float
        All of the copy where the VM does not run: nothing is paused then.
    """
    if copy.total_s is not None and copy.downtime_s is not None:
        paused_s = copy.downtime_s if case.guest == "running" else 0.0
        return max(0.0, copy.total_s - (copy.postcopy_s or 0.0) - paused_s)
    disks = copy.storage
    disks_s = 0.0
    if disks:
        passes_s = sum(one.duration_s for one in disks.passes)
        disks_s = passes_s if disks.total_s is None else disks.total_s
    return disks_s + sum(one.duration_s for one in copy.rounds)


def copied_until(case: Case, whole: Estimate, copied_s: float) -> Estimate:
    """The model's own copy, cut before the VM is paused.

    Parameters
    ----------
    case : Case
        What is copied.
    whole : Estimate
        To its own end, for the words that describe it.
    copied_s : float
        Seconds into the copy.

    Returns
    -------
    Estimate
        Under a timeout; what comes before a switch to post-copy is a pre-copy's
        beginning. Files of a VM that does not run are copied as if it
        ran and wrote nothing, for only such a copy has a deadline in the model.
    """
    if case.algorithm in {"post-copy", "hybrid"}:
        plain = case.model_copy(update={"algorithm": "pre-copy"})
        return replace(copied_until(plain, whole, copied_s), algorithm=whole.algorithm)
    policy = case.policy.model_copy(update={"timeout_s": max(copied_s, 0.0)})
    job = case.storage
    if job is None or case.guest == "running":
        return estimate(case.model_copy(update={"policy": policy}))
    suspend_file_mib = case.memory_mib if case.guest == "suspended" and job.home_moves else 0.0
    job = job.model_copy(
        update={
            "host": "stays",
            "method": "mirror",
            "writes": DiskWrites(),
            "files_mib": job.files_mib + suspend_file_mib,
        }
    )
    update = {"policy": policy, "guest": "running", "storage": job}
    copy = estimate(case.model_copy(update=update))
    disks = copy.storage and replace(copy.storage, method="offline")
    return replace(copy, algorithm=whole.algorithm, storage=disks)


def stopped_after(case: Case, copy: Estimate, stopped_s: float, stop_s: float) -> Estimate:
    """A copy that is cut while the VM is paused: of the last pass the share of its time.

    Parameters
    ----------
    case : Case
        What is copied.
    copy : Estimate
        To its own end.
    stopped_s, stop_s : float
        How long it had been paused, and would have been, s.

    Returns
    -------
    Estimate
        The same where the pause was over.
    """
    if stopped_s >= stop_s:
        return copy
    share = stopped_s / stop_s
    if not copy.rounds:
        disks = copy.storage
        if disks is None or disks.method != "changed-block" or not disks.passes:
            return copy
        return replace(copy, storage=_cut_last_pass(case, disks, share, stopped_s))
    *before, last = copy.rounds
    page = case.page_bytes
    sent = int(last.sent_bytes * share) // page * page
    part = (replace(last, sent_bytes=sent, duration_s=stopped_s),) if sent else ()
    total = copy.sent_bytes - last.sent_bytes + sent
    return replace(copy, rounds=(*before, *part), sent_bytes=total)


def pushed_until(case: Case, whole: Estimate, copied_s: float) -> Estimate:
    """A post-copy that is cut after the VM was paused: the model's own, its link dead from then on.

    Parameters
    ----------
    case : Case
        What is copied.
    whole : Estimate
        To its own end.
    copied_s : float
        Seconds into the copy.

    Returns
    -------
    Estimate
        With the words of the whole.
    """
    if case.link is None or (whole.total_s is not None and copied_s >= whole.total_s):
        return whole
    link = under(case.link, [Spell(copied_s, math.inf)])
    copy = estimate(case.model_copy(update={"link": link}))
    return replace(copy, warnings=whole.warnings)


def _cut_last_pass(
    case: Case, disks: DiskCopyEstimate, share: float, stopped_s: float
) -> DiskCopyEstimate:
    *before, last = disks.passes
    block = case.storage.block_bytes if case.storage else 1
    copied = int(last.copied_bytes * share) // block * block
    left = last.copied_bytes - copied
    part = (replace(last, copied_bytes=copied, duration_s=stopped_s),) if copied else ()
    return replace(
        disks,
        total_s=None,
        downtime_s=None,
        passes=(*before, *part),
        read_bytes=disks.read_bytes - left,
        written_bytes=disks.written_bytes - left,
        sent_bytes=max(0, disks.sent_bytes - left),
    )
