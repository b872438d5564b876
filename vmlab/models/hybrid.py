"""Pre-copy up to the moment at which post-copy takes over."""

from __future__ import annotations

import itertools
import math

from vmlab.kernels import precopy as ends
from vmlab.models.case import Case
from vmlab.models.passes import Copy
from vmlab.models.postcopy import paused_at_once
from vmlab.models.precopy import copy

_CLOSE = 1e-13


def may_switch(case: Case) -> bool:
    """Whether a case can come to a post-copy switch."""
    policy = case.policy
    if case.algorithm == "stop-and-copy":
        return False
    later = policy.timeout_s is not None and policy.on_timeout == "post-copy"
    return case.algorithm != "pre-copy" or policy.postcopy_after_s is not None or later


def up_to_switch(case: Case) -> Copy:
    """Pre-copy until post-copy takes over, or to its own end if that comes first.

    Parameters
    ----------
    case : Case
        One that `may_switch`.

    Returns
    -------
    Copy
        Ended as ``POST_COPY`` where the switch is due, with `rest_bytes`.

    Notes
    -----
    The switch comes at ``postcopy_after_s``, or at ``timeout_s`` where
    ``on_timeout`` is post-copy, whichever is first. A hybrid without either
    switches after ``max_rounds`` passes, one if that is left out, whatever is
    left then. Pure post-copy copies nothing first, unless told how long.

    Until then the copy is that of the same case that stops at that moment; of
    its last pass a share f was sent, and the rest is ``pending - sent + f
    dirtied``.
    """
    policy = case.policy
    moments = [policy.postcopy_after_s]
    if policy.on_timeout == "post-copy":
        moments.append(policy.timeout_s)
    at_s = min((moment for moment in moments if moment is not None), default=None)
    if at_s is None and case.algorithm == "post-copy":
        return paused_at_once(case)
    rounds = policy.max_rounds
    if case.algorithm == "hybrid" and rounds is None and at_s is None:
        rounds = 1
    changes: dict[str, object] = {"postcopy_after_s": None, "max_rounds": rounds}
    if policy.hypervisor == "esx":  # the longest stop phase that it begins is no matter here
        changes |= {
            "hypervisor": "ideal",
            "downtime_limit_ms": policy.downtime_limit_s * 1000,
        }
    ours = at_s is not None and (policy.timeout_s is None or at_s <= policy.timeout_s)
    if ours:
        changes |= {"timeout_s": at_s, "on_timeout": "stop"}
    same = case.model_copy(
        update={"algorithm": "pre-copy", "policy": policy.model_copy(update=changes)}
    )
    run = copy(same)

    before_s = run.pause_s * (1 + _CLOSE)
    spans = itertools.accumulate((one.duration_s for one in run.passes), initial=policy.setup_s)
    over = list(itertools.islice(spans, 1, None))
    passes = tuple(one for one, end_s in zip(run.passes, over, strict=True) if end_s <= before_s)
    pending, sent, dirtied = float(case.nonzero_pages * case.page_bytes), 0.0, 0.0
    if passes:
        pending = passes[-2].dirtied_bytes if len(passes) > 1 else pending
        sent, dirtied = min(passes[-1].sent_bytes, pending), passes[-1].dirtied_bytes
    share = sent / pending if pending > 0 else 1.0
    whole = share >= 1.0 - _CLOSE
    in_time = ours and at_s is not None and run.how in {ends.TIMED_OUT, ends.NEVER}
    if in_time and at_s is not None:
        in_time = math.isclose(run.pause_s, max(at_s, policy.setup_s), rel_tol=_CLOSE)
    counted = case.algorithm == "hybrid" and rounds is not None and whole
    counted = counted and (len(passes) >= (rounds or 1) or pending <= 0)
    if not (in_time or counted):
        return run
    return Copy(
        passes,
        ends.POST_COPY,
        False,
        run.pause_s,
        run.pause_s,
        rest_bytes=pending - sent + share * dirtied,
        warnings=run.warnings,
    )
