"""What can go wrong while a migration runs: one entry a fault, a file a group.

Where a fault strikes is what its signs say: the stages that need the thing,
in moves that have it. Codes are this project's own. The time-outs are recalled
(`Migrate.NetTimeout`, 20 s) or the lab's own; which vSphere fault belongs to
which symptom is inferred, save VMotionNotLicensed, VMotionLinkDown and
GenericVmConfigFault.
"""

from __future__ import annotations

from collections.abc import Mapping

from vmlab.migration.fault import Fault
from vmlab.migration.faults import capacity, control, host, network, storage
from vmlab.migration.timers import (
    LONGEST_SWITCHOVER_S,
    NET_TIMEOUT_S,
    PROTECTION_S,
    STORAGE_TIMEOUT_S,
    WILD,
)

__all__ = [
    "FAULTS",
    "LONGEST_SWITCHOVER_S",
    "NET_TIMEOUT_S",
    "PROTECTION_S",
    "STORAGE_TIMEOUT_S",
    "WILD",
]

#: The faults by name, group by group.
FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (*network.ALL, *host.ALL, *storage.ALL, *capacity.ALL, *control.ALL)
}
