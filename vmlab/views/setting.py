"""Where every knob of a what-if panel stands, and the case that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from vmlab import units
from vmlab.models.case import Case

Json = dict[str, Any]

# One core of zstd at level 1: 0.36 to 0.37 GB/s, measured with QATzip's patches of QEMU.
ZSTD_BYTES_PER_S = 0.365e9
PAGE_KIB = 4.0


@dataclass(frozen=True)
class Setting:
    """Where every knob stands.

    Parameters
    ----------
    memory_mib : float, optional
        Memory of the guest, MiB.
    nonzero_percent : float, optional
        Share of it that is not zero, 0 to 100.
    working_set_mib : float, optional
        Memory that the guest writes, MiB.
    dirty_pages_per_s : float, optional
        Page writes, repeats included, 1/s.
    mbit_s : float, optional
        The link, Mbit/s.
    latency_ms : float, optional
        One way, ms.
    downtime_limit_ms : float, optional
        The longest pause that the hypervisor aims at, ms.
    algorithm, hypervisor : str, optional
        As in a case.
    throttle : str, optional
        none, or the kind of a case's throttle.
    compression_ratio : float, optional
        Raw bytes to one on the wire; 1 is off.
    delta_percent : float, optional
        What a page's changes take of it under delta compression; 100 is off.
    channels : float, optional
        Connections, each with a core of its own to compress.
    """

    memory_mib: float = 4096.0
    nonzero_percent: float = 75.0
    working_set_mib: float = 256.0
    dirty_pages_per_s: float = 5000.0
    mbit_s: float = 1000.0
    latency_ms: float = 0.1
    downtime_limit_ms: float = 300.0
    algorithm: str = "pre-copy"
    hypervisor: str = "ideal"
    throttle: str = "none"
    compression_ratio: float = 1.0
    delta_percent: float = 100.0
    channels: float = 1.0

    @property
    def nonzero_mib(self) -> float:
        """Memory that is not zero, MiB."""
        return self.memory_mib * self.nonzero_percent / 100

    @property
    def written_mib(self) -> float:
        """The working set; where that is larger, all that is not zero, MiB."""
        return min(self.working_set_mib, self.nonzero_mib)

    def case(self) -> Case:
        """The case: a working set that is too large is all that is not zero.

        Returns
        -------
        Case
            Compression is that of one zstd core a channel; the delta cache
            holds the whole working set.

        Raises
        ------
        pydantic.ValidationError
            A value was set from Python that no case can have.
        """
        policy: Json = {
            "hypervisor": self.hypervisor,
            "downtime_limit_ms": self.downtime_limit_ms,
            "channels": int(self.channels),
        }
        written_mib = self.written_mib
        if self.throttle != "none":
            policy["throttle"] = {"kind": self.throttle}
        if self.compression_ratio > 1:
            policy["compression"] = {
                "ratio": self.compression_ratio,
                "bytes_per_s_per_channel": ZSTD_BYTES_PER_S,
            }
        if self.delta_percent < 100:
            page_bytes = units.kib_to_bytes(PAGE_KIB)
            policy["xbzrle"] = {
                "cache_mib": written_mib,
                "delta_bytes": page_bytes * self.delta_percent / 100,
            }
        return Case.model_validate(
            {
                "memory_mib": self.memory_mib,
                "nonzero_mib": self.nonzero_mib,
                "page_kib": PAGE_KIB,
                "workload": {
                    "uniform": {
                        "working_set_mib": written_mib,
                        "dirty_pages_per_s": self.dirty_pages_per_s if written_mib else 0,
                    }
                },
                "link": {"mbit_s": self.mbit_s, "latency_ms": self.latency_ms},
                "algorithm": self.algorithm,
                "policy": policy,
            }
        )

    def with_changes(self, **changes: float | str) -> Setting:
        """Another setting; the names are those of the fields."""
        known = {field.name: field.type for field in fields(self)}
        for name in changes:
            if name not in known:
                raise ValueError(f"there is no knob {name!r}: {', '.join(known)}")
        return replace(self, **changes)  # type: ignore[arg-type]
