"""Copies of disks in passes: all blocks, then those that changed meanwhile."""

from __future__ import annotations

import math

from vmlab.kernels.compile import Numbers, NumbersOut, kernel
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes

#: After so many passes a copy counts as endless.
MOST_PASSES = 10_000
#: A pass smaller than the last by less than this share has settled.
SETTLED = 1e-9

#: How a copy ended.
DOWNTIME_LIMIT, PASSES_DONE, TIMED_OUT, NEVER, GIVEN_UP = range(5)


@kernel
def changed_block_passes(
    first_bytes: float,
    block_bytes: float,
    footprint_bytes: float,
    writes_per_block_per_s: float,
    rate_from_s: Numbers,
    first_bytes_per_s: Numbers,
    later_bytes_per_s: Numbers,
    start_s: float,
    downtime_limit_s: float,
    max_passes: int,
    deadline_s: float,
    stop_at_deadline: bool,
    longest_stop_s: float,
    copied_bytes_out: NumbersOut,
    duration_s_out: NumbersOut,
    changed_bytes_out: NumbersOut,
) -> tuple[int, int, bool, float, float]:
    """Copy the disks, then whole blocks that were written meanwhile, until few are left.

    Parameters
    ----------
    first_bytes : float
        What the cursor of the first pass moves over, bytes.
    block_bytes : float
        Size of a tracked block; less than half of one is nothing.
    footprint_bytes : float
        Blocks that the guest writes sooner or later, bytes.
    writes_per_block_per_s : float
        Writes to each of them, at random, 1/s.
    rate_from_s, first_bytes_per_s, later_bytes_per_s : sequence of float
        What the first pass and the others copy, bytes/s, as in `transfer_s`.
    start_s : float
        When the copy starts, s.
    downtime_limit_s : float
        Pause the guest when the rest fits into this time.
    max_passes : int
        Passes after which the guest is paused anyhow; 0 is none.
    deadline_s : float
        Instant at which the copy is cut; infinity is none.
    stop_at_deadline : bool
        Pause the guest and copy the rest then, rather than give up.
    longest_stop_s : float
        A pause that would take longer is not begun.
    copied_bytes_out, duration_s_out, changed_bytes_out : sequence of float
        Filled with one entry a pass that copies something, the paused one
        last; length ``MOST_PASSES + 1`` or ``max_passes + 1``.

    Returns
    -------
    passes : int
        Entries filled.
    how : int
        ``DOWNTIME_LIMIT``, ``PASSES_DONE``, ``TIMED_OUT``, ``NEVER`` or ``GIVEN_UP``.
    moved : bool
        Whether the target is in step with the source.
    pause_s, end_s : float
        When the guest was paused (or the copy given up), and the last block copied.

    Notes
    -----
    ``copied[1] = first``; ``copied[i + 1] = F (1 - exp(-n t_i))``. One write,
    however small, makes a whole block changed, so large blocks copy more than
    was written. Sizes fall monotonically once the rates stay as they are; one
    that no longer falls ends the run as ``NEVER``.

    A pass cut after the share f leaves what it had not copied, plus f of what
    changed meanwhile: changed blocks still ahead of it count once.

    References
    ----------
    Mashtizadeh, Celebi, Garfinkel, Cai: The Design and Evolution of Live
    Storage Migration in VMware ESX, USENIX ATC 2011, on dirty block tracking.
    """
    passes = 0
    now_s = start_s
    rest_bytes = first_bytes
    last_change_s = rate_from_s[len(rate_from_s) - 1]
    endless = max_passes == 0 and deadline_s == math.inf
    how = NEVER if max_passes == 0 else PASSES_DONE
    rates = first_bytes_per_s
    first_left = False  # whether part of the first pass is left to the pause
    for _ in range(MOST_PASSES if max_passes == 0 else max_passes):
        took_s = transfer_s(rest_bytes, now_s, rate_from_s, rates)
        cut = now_s + took_s >= deadline_s or took_s == math.inf
        copied = rest_bytes
        if cut:
            how = TIMED_OUT if deadline_s < math.inf else NEVER
            took_s = max((deadline_s if how == TIMED_OUT else last_change_s) - now_s, 0.0)
            copied = transferred_bytes(took_s, now_s, rate_from_s, rates)
            first_left = passes == 0
        changed = -footprint_bytes * math.expm1(-writes_per_block_per_s * took_s)
        if not cut and 2.0 * changed < block_bytes:
            changed = 0.0
        if copied > 0.0:
            copied_bytes_out[passes] = copied
            duration_s_out[passes] = took_s
            changed_bytes_out[passes] = changed
            passes += 1
        now_s += took_s
        if cut:
            share = copied / rest_bytes if rest_bytes > 0.0 else 0.0
            rest_bytes += changed * share - copied
            break
        settled = now_s >= last_change_s and passes > 1 and changed >= rest_bytes * (1.0 - SETTLED)
        rest_bytes = changed
        rates = later_bytes_per_s
        if rest_bytes <= downtime_limit_s * rate_at(now_s, rate_from_s, rates):
            how = DOWNTIME_LIMIT
            break
        if settled and endless:
            how = NEVER
            break
    if how == NEVER or (how == TIMED_OUT and not stop_at_deadline):
        return passes, how, False, now_s, now_s
    rates = first_bytes_per_s if first_left else later_bytes_per_s
    took_s = transfer_s(rest_bytes, now_s, rate_from_s, rates)
    if took_s > longest_stop_s:
        return passes, GIVEN_UP, False, now_s, now_s
    if took_s == math.inf:
        return passes, NEVER, False, now_s, now_s
    if rest_bytes > 0.0:
        copied_bytes_out[passes] = rest_bytes
        duration_s_out[passes] = took_s
        changed_bytes_out[passes] = 0.0
        passes += 1
    return passes, how, True, now_s, now_s + took_s
