"""What orchestrators ask of a hypervisor while it copies: limits that grow, time-outs, stalls."""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.models.policy import DowntimeRamp

#: Nova asks for no less than this: downtime in ms, steps, s a GiB, GiB.
NOVA_LEAST_MS, NOVA_LEAST_STEPS, NOVA_LEAST_DELAY_S, NOVA_LEAST_GIB = 100, 3, 3, 2.0


def nova_steps(
    max_ms: int, steps: int, delay_s_per_gib: int, data_gib: float
) -> tuple[tuple[int, int], ...]:
    """The downtime limits that OpenStack Nova sets while it waits.

    Parameters
    ----------
    max_ms : int
        ``live_migration_downtime``, ms; at least 100.
    steps : int
        ``live_migration_downtime_steps``; at least 3.
    delay_s_per_gib : int
        ``live_migration_downtime_delay``, s; at least 3.
    data_gib : float
        Memory, and disks that are copied; at least 2 GiB.

    Returns
    -------
    tuple of (int, int)
        Time, s, and limit from then on, ms.

    Notes
    -----
    ``base = max / steps``; step i of 0 to `steps` comes at ``i * int(delay *
    GiB)`` and sets ``int(base + i * (max - base) / steps)``.

    References
    ----------
    OpenStack Nova: nova/virt/libvirt/migration.py (downtime_steps), and
    nova/conf/libvirt.py for the least values.

    Examples
    --------
    >>> nova_steps(400, 10, 30, 3)[:3]
    ((0, 40), (90, 76), (180, 112))
    """
    max_ms, steps = max(max_ms, NOVA_LEAST_MS), max(steps, NOVA_LEAST_STEPS)
    every_s = _nova_every_s(delay_s_per_gib, data_gib)
    base = max_ms / steps
    offset = (max_ms - base) / steps
    return tuple((i * every_s, int(base + offset * i)) for i in range(steps + 1))


def nova_ramp(max_ms: int, steps: int, delay_s_per_gib: int, data_gib: float) -> DowntimeRamp:
    """`nova_steps` as a policy's `downtime_ramp`, but for the fractions of a ms that Nova cuts off.

    Parameters
    ----------
    max_ms, steps, delay_s_per_gib, data_gib : int, int, int, float
        As in `nova_steps`.

    Returns
    -------
    DowntimeRamp
        Its first limit is ``max / steps``.
    """
    max_ms, steps = max(max_ms, NOVA_LEAST_MS), max(steps, NOVA_LEAST_STEPS)
    every_s = _nova_every_s(delay_s_per_gib, data_gib)
    return DowntimeRamp(from_ms=max_ms / steps, to_ms=max_ms, steps=steps, every_s=every_s)


def _nova_every_s(delay_s_per_gib: int, data_gib: float) -> int:
    return int(max(delay_s_per_gib, NOVA_LEAST_DELAY_S) * max(data_gib, NOVA_LEAST_GIB))


def nova_timeout_s(data_gib: float, timeout_s_per_gib: int = 800) -> float | None:
    """When Nova aborts or forces a migration (``live_migration_completion_timeout``).

    Parameters
    ----------
    data_gib : float
        As in `nova_steps`.
    timeout_s_per_gib : int, optional
        s a GiB; 0 is never.

    Returns
    -------
    float or None
        Seconds from the start, or None for never.
    """
    return max(data_gib, NOVA_LEAST_GIB) * timeout_s_per_gib if timeout_s_per_gib else None


def kubevirt_ramp() -> DowntimeRamp:
    """The downtime limits that KubeVirt's proposal 291 raises, seven of them.

    Returns
    -------
    DowntimeRamp
        150 ms to 1,050 ms, 150 ms more every 10 s. KubeVirt begins with the
        third iteration; a `downtime_ramp` begins with the command.

    References
    ----------
    KubeVirt enhancement proposals, VEP 291: 150 to 1050 ms in 7 steps, 10 s apart.
    """
    return DowntimeRamp(from_ms=150, to_ms=1050, steps=6, every_s=10)


def kubevirt_stalls(
    samples: Sequence[tuple[float, float]], progress_timeout_s: float = 150.0, margin: float = 0.0
) -> bool:
    """Whether KubeVirt's proposal 248 calls a migration stalled.

    Parameters
    ----------
    samples : sequence of (float, float)
        Time, s, and what remains, bytes; in order.
    progress_timeout_s : float, optional
        s.
    margin : float, optional
        By how much, 0 to 1, it must have come down to count as progress.

    Returns
    -------
    bool
        ``remaining >= (1 - margin) * least``, the least of what remained more
        than `progress_timeout_s` ago; false where nothing is that old.

    References
    ----------
    KubeVirt enhancement proposals, VEP 248.
    """
    if not samples:
        return False
    now_s, remaining_bytes = samples[-1]
    old = [left for at_s, left in samples if at_s < now_s - progress_timeout_s]
    return bool(old) and remaining_bytes >= (1.0 - margin) * min(old)


def expected_downtime_s(remaining_bytes: float, bytes_per_s: float) -> float:
    """What a stop would take now: QEMU's ``expected-downtime``.

    Parameters
    ----------
    remaining_bytes : float
        Bytes.
    bytes_per_s : float
        Throughput, above 0.

    Returns
    -------
    float
        Seconds.

    Examples
    --------
    >>> round(expected_downtime_s(376_892 * 1024, 866.83e6 / 8), 2)
    3.56
    """
    return remaining_bytes / bytes_per_s
