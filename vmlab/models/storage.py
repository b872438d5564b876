"""How long disks and files take to reach another datastore, and what that moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab import units
from vmlab.kernels import changed_blocks
from vmlab.kernels.storage import bulk_copy, costs
from vmlab.models.diskcopy import DiskCopyEstimate, DiskPass
from vmlab.models.disks import DiskCopy

__all__ = ["Clock", "DiskCopyEstimate", "DiskPass", "copy_disks", "volume"]

Guest = Literal["running", "suspended", "off"]
#: A network that is not there: both datastores are within reach.
NO_NETWORK: tuple[tuple[float, float], ...] = ((0.0, math.inf),)
#: ESX begins no longer pause for disks: fsr.maxSwitchoverSeconds.
ESX_LONGEST_SWITCHOVER_S = 100.0


@dataclass(frozen=True)
class Clock:
    """When a copy of disks starts, and what may end it; seconds on the command's clock."""

    start_s: float = 0.0
    downtime_limit_s: float = 0.3
    deadline_s: float = math.inf
    stop_at_deadline: bool = False
    longest_stop_s: float = math.inf


@dataclass(frozen=True)
class Volume:
    """Bytes that a copy of everything reads, writes and sends."""

    read_bytes: float
    written_bytes: float
    sent_bytes: float

    @property
    def length_bytes(self) -> float:
        """What the cursor passes over; only its proportion to the others counts."""
        return max(self.read_bytes, self.written_bytes)

    @property
    def shares(self) -> tuple[float, float, float]:
        """Bytes read, written and sent for a byte of cursor."""
        length = self.length_bytes or 1.0
        return self.read_bytes / length, self.written_bytes / length, self.sent_bytes / length


def volume(job: DiskCopy, suspend_file_bytes: float = 0.0) -> Volume:
    """What there is to copy.

    Parameters
    ----------
    job : DiskCopy
        The disks and files.
    suspend_file_bytes : float, optional
        A suspended guest's memory, which moves with its home.

    Returns
    -------
    Volume
        Data and files are read, written and sent. Zeros that the source holds
        are read, zeros that the target wants are written; that they are
        recognised and do not cross the network is this model's assumption.
    """
    home = units.mib_to_bytes(job.files_mib) + suspend_file_bytes if job.home_moves else 0.0
    data = job.data_blocks * job.block_bytes + math.ceil(home / job.block_bytes) * job.block_bytes
    return Volume(
        float(data + job.source_zero_blocks * job.block_bytes),
        float(data + job.target_zero_blocks * job.block_bytes),
        float(data),
    )


def mirrored_bytes_per_s(job: DiskCopy) -> float:
    """What the guest writes to its disks and a mirror would have to carry, bytes/s."""
    return job.writes.writes_per_s * units.kib_to_bytes(job.writes.write_kib)


def copy_disks(
    job: DiskCopy,
    guest: Guest = "running",
    network: Sequence[tuple[float, float]] = NO_NETWORK,
    suspend_file_bytes: float = 0.0,
    clock: Clock | None = None,
) -> DiskCopyEstimate:
    """Estimate a copy of disks.

    Parameters
    ----------
    job : DiskCopy
        What moves, and between what.
    guest : {"running", "suspended", "off"}, optional
        Only a running guest writes, and only it can be paused.
    network : sequence of (float, float), optional
        Rates, bytes/s, each from its time on, s; the first time is 0.
    suspend_file_bytes : float, optional
        Size of a suspended guest's memory, bytes.
    clock : Clock, optional
        When it starts and what may end it. Only a running guest's copy is
        given up at a deadline.

    Returns
    -------
    DiskCopyEstimate
        Computed as plain Python.

    Examples
    --------
    >>> job = DiskCopy.model_validate({
    ...     "disks": [{"size_gib": 40, "used_gib": 10}], "read_mib_s": 400, "write_mib_s": 200,
    ...     "writes": {"writes_per_s": 2560}})
    >>> copy_disks(job)
    disks, mirror: 52.5243 s, 0 s of it paused, 10,504.867 MiB written, 264.867 MiB of it mirrored
    pass  copied_mib  duration_s  changed_mib
       1  10,240.000   52.524333        0.000
    """
    clock = clock or Clock()
    whole = volume(job, suspend_file_bytes if guest == "suspended" else 0.0)
    if guest == "running" and job.method == "changed-block":
        return _in_passes(job, whole, network, clock)
    return _at_once(job, whole, network, clock, running=guest == "running")


def _at_once(
    job: DiskCopy,
    whole: Volume,
    network: Sequence[tuple[float, float]],
    clock: Clock,
    running: bool,
) -> DiskCopyEstimate:
    share, end_s, mirrored, slowest = bulk_copy(
        whole.length_bytes,
        *whole.shares,
        mirrored_bytes_per_s(job) if running else 0.0,
        units.mib_to_bytes(job.read_mib_s),
        units.mib_to_bytes(job.write_mib_s),
        job.same_array,
        tuple(t for t, _ in network),
        tuple(rate for _, rate in network),
        clock.start_s,
        clock.deadline_s if running and not clock.stop_at_deadline else math.inf,
    )
    done = share >= 1.0
    took_s = (end_s if end_s < math.inf else max(network[-1][0], clock.start_s)) - clock.start_s
    copied, again = _blocks(share * whole.written_bytes, job), round(mirrored)
    total_s = took_s if done else None
    warnings = []
    if end_s == math.inf:
        warnings.append(f"the network of the disks stays at 0 from {network[-1][0]:g} s on")
    if slowest < 1.0:
        warnings.append(
            f"the guest gets only {slowest:.1%} of its writes done: each waits for both sides"
        )
    return DiskCopyEstimate(
        method="mirror" if running else "offline",
        total_s=total_s,
        downtime_s=None if total_s is None else 0.0 if running else total_s,
        read_bytes=_blocks(share * whole.read_bytes, job),
        written_bytes=copied + again,
        sent_bytes=_sent(network, _blocks(share * whole.sent_bytes, job) + again),
        mirrored_bytes=again,
        guest_write_share=slowest,
        converged=done,
        stopped_by=("downtime-limit" if running else "paused")
        if done
        else "never"
        if end_s == math.inf
        else "timeout",
        passes=(DiskPass(1, copied, took_s, 0),) if copied else (),
        warnings=tuple(warnings),
    )


def _in_passes(
    job: DiskCopy, whole: Volume, network: Sequence[tuple[float, float]], clock: Clock
) -> DiskCopyEstimate:
    read, write = units.mib_to_bytes(job.read_mib_s), units.mib_to_bytes(job.write_mib_s)

    def pace(shares: tuple[float, float, float]) -> tuple[float, ...]:
        slowest = [max(costs(*shares, read, write, job.same_array, rate)) for _, rate in network]
        return tuple(1.0 / one if one > 0.0 else math.inf for one in slowest)

    footprint_gib = job.writes.footprint_gib
    blocks = job.data_blocks if footprint_gib is None else job.blocks_of(footprint_gib)
    touched = max(1.0, units.kib_to_bytes(job.writes.write_kib) / job.block_bytes)
    most = job.max_passes or changed_blocks.MOST_PASSES
    copied, seconds, changed = ([0.0] * (most + 1) for _ in range(3))
    n, how, moved, pause_s, end_s = changed_blocks.changed_block_passes(
        first_bytes=whole.length_bytes,
        block_bytes=float(job.block_bytes),
        footprint_bytes=float(blocks * job.block_bytes),
        writes_per_block_per_s=job.writes.writes_per_s * touched / blocks if blocks else 0.0,
        rate_from_s=tuple(t for t, _ in network),
        first_bytes_per_s=pace(whole.shares),
        later_bytes_per_s=pace((1.0, 1.0, 1.0)),
        start_s=clock.start_s,
        downtime_limit_s=clock.downtime_limit_s,
        max_passes=job.max_passes or 0,
        deadline_s=clock.deadline_s,
        stop_at_deadline=clock.stop_at_deadline,
        longest_stop_s=clock.longest_stop_s,
        copied_bytes_out=copied,
        duration_s_out=seconds,
        changed_bytes_out=changed,
    )
    moves = [_Move(*row) for row in zip(copied[:n], seconds[:n], changed[:n], strict=True)]
    left = whole.length_bytes - (moves[0].cursor_bytes if moves else 0.0)

    def bytes_of(share: float) -> list[int]:
        """What each pass did of a kind: the first by its share, blocks that changed in full."""
        kind = [one.cursor_bytes for one in moves]
        if moves:
            kind[0] *= share
        if n > 1 and left > 0.0:  # cut in its first pass: the pause copies the rest of it
            kind[1] -= left * (1.0 - share)
        return [_blocks(one, job) for one in kind]

    read_share, write_share, send_share = whole.shares
    written = bytes_of(write_share)
    passes = tuple(
        DiskPass(number, in_pass, one.duration_s, _blocks(one.changed_bytes, job))
        for number, (in_pass, one) in enumerate(zip(written, moves, strict=True), 1)
    )
    return DiskCopyEstimate(
        method="changed-block",
        total_s=end_s - clock.start_s if moved else None,
        downtime_s=end_s - pause_s if moved else None,
        read_bytes=sum(bytes_of(read_share)),
        written_bytes=sum(written),
        sent_bytes=_sent(network, sum(bytes_of(send_share))),
        mirrored_bytes=0,
        guest_write_share=1.0,
        converged=how == changed_blocks.DOWNTIME_LIMIT,
        stopped_by=_WORDS[how],
        passes=passes,
        warnings=tuple(_warnings(how, passes, network, clock)),
    )


_WORDS = {
    changed_blocks.DOWNTIME_LIMIT: "downtime-limit",
    changed_blocks.PASSES_DONE: "max-rounds",
    changed_blocks.TIMED_OUT: "timeout",
    changed_blocks.NEVER: "never",
    changed_blocks.GIVEN_UP: "timeout",
}


def _warnings(
    how: int, passes: Sequence[DiskPass], network: Sequence[tuple[float, float]], clock: Clock
) -> list[str]:
    if how == changed_blocks.GIVEN_UP:
        return [f"the pause for the disks would pass {clock.longest_stop_s:.6g} s: given up"]
    if how == changed_blocks.NEVER and network[-1][1] == 0:
        return [f"the network of the disks stays at 0 from {network[-1][0]:g} s on"]
    if how == changed_blocks.NEVER:
        last = passes[-1]
        return [
            f"the passes settle at {units.bytes_to_mib(last.copied_bytes):,.6g} MiB: a downtime"
            f" limit of {math.ceil(last.duration_s * 1000):,} ms would do,"
            f" {clock.downtime_limit_s * 1000:,.6g} ms does not"
        ]
    return []


@dataclass(frozen=True)
class _Move:
    cursor_bytes: float
    duration_s: float
    changed_bytes: float


def _blocks(n_bytes: float, job: DiskCopy) -> int:
    """Expected bytes as whole blocks, to the nearest."""
    return math.floor(n_bytes / job.block_bytes + 0.5) * job.block_bytes


def _sent(network: Sequence[tuple[float, float]], n_bytes: int) -> int:
    return n_bytes if network[-1][1] < math.inf else 0
