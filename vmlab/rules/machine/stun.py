"""How long a vGPU stops a virtual machine in the switch-over, by published measurements."""

from __future__ import annotations

from vmlab.inventory.capability import Release, release
from vmlab.inventory.host import Host
from vmlab.inventory.network import PhysicalNic

#: Frame buffer in use, GiB, and expected stun, s, on 10 GbE.
STUN_67_U1 = {1: 9.0, 2: 16.5, 4: 31.4, 8: 61.3, 10: 76.3, 12: 91.2}
STUN_67_U3 = {1: 2.17, 2: 4.03, 4: 7.02, 8: 14.48, 16: 27.79, 32: 50.81}
STUN_70 = {1: 2.0, 2: 4.0, 4: 6.0, 8: 12.0, 16: 22.0, 32: 39.0}
STUN_LINK_MBIT_S = 10_000
PROFILES_GIB = (48, 32, 24, 16, 12, 10, 8, 6, 4, 2, 1)


def stun_s(frame_buffer_gib: float, link_mbit_s: float, now: Release) -> float:
    """Expected stun of a VM with a vGPU.

    Parameters
    ----------
    frame_buffer_gib : float
        In use.
    link_mbit_s : float
        The slower of the two hosts' vMotion links.
    now : tuple of int
        The older of the two hosts' releases.

    Returns
    -------
    float
        Seconds. Straight lines between the measurements and beyond them;
        another link than 10 GbE takes proportionally longer or shorter.

    Examples
    --------
    >>> stun_s(8, 10_000, (7, 0, 0))
    12.0
    >>> stun_s(8, 1_000, (7, 0, 0))
    120.0
    """
    if now >= release("7.0"):
        table = STUN_70
    else:
        table = STUN_67_U3 if now >= release("6.7 U3") else STUN_67_U1
    sizes = list(table)
    below = max((n for n, size in enumerate(sizes[:-1]) if size <= frame_buffer_gib), default=0)
    left, right = sizes[below], sizes[below + 1]
    slope = (table[right] - table[left]) / (right - left)
    expected = table[left] + slope * (frame_buffer_gib - left)
    return expected * STUN_LINK_MBIT_S / link_mbit_s


def vmotion_uplink(host: Host) -> PhysicalNic | None:
    """The fastest uplink that vMotion uses on a host, None where it has none."""
    used = (
        nic for adapter in host.vmotion_adapters for nic in host.uplinks_in_use(adapter.port_group)
    )
    return max(used, key=lambda nic: nic.speed_mbit_s, default=None)
