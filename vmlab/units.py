"""Every conversion there is. A name ends in its unit; nothing else converts."""

from __future__ import annotations

BITS_PER_BYTE = 8
BYTES_PER_KIB = 1024
BYTES_PER_MIB = 1024**2
BYTES_PER_GIB = 1024**3
BITS_PER_MBIT = 1_000_000


def mib_to_bytes(mib: float) -> float:
    """Mebibytes to bytes.

    >>> mib_to_bytes(1.5)
    1572864.0
    """
    return mib * BYTES_PER_MIB


def bytes_to_mib(n_bytes: float) -> float:
    """Bytes to mebibytes.

    >>> bytes_to_mib(2**20)
    1.0
    """
    return n_bytes / BYTES_PER_MIB


def mib_to_gib(mib: float) -> float:
    """Mebibytes to gibibytes.

    >>> mib_to_gib(512)
    0.5
    """
    return mib * BYTES_PER_MIB / BYTES_PER_GIB


def gib_to_bytes(gib: float) -> float:
    """Gibibytes to bytes.

    >>> gib_to_bytes(0.5)
    536870912.0
    """
    return gib * BYTES_PER_GIB


def kib_to_bytes(kib: float) -> float:
    """Kibibytes to bytes.

    >>> kib_to_bytes(4)
    4096
    """
    return kib * BYTES_PER_KIB


def mbit_s_to_bytes_per_s(mbit_s: float) -> float:
    """Megabits (10^6 bit) a second, as links are sold, to bytes a second.

    >>> mbit_s_to_bytes_per_s(1000)
    125000000.0
    """
    return mbit_s * BITS_PER_MBIT / BITS_PER_BYTE


def bytes_per_s_to_mbit_s(bytes_per_s: float) -> float:
    """Bytes a second to megabits (10^6 bit) a second.

    >>> bytes_per_s_to_mbit_s(125e6)
    1000.0
    """
    return bytes_per_s * BITS_PER_BYTE / BITS_PER_MBIT


def ms_to_s(ms: float) -> float:
    """Milliseconds to seconds.

    >>> ms_to_s(300)
    0.3
    """
    return ms / 1000
