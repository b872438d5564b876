"""How long a stage waits for what it needs, s: shared by faults and the schedule."""

from __future__ import annotations

#: No data for so long, and the connection is given up: Migrate.NetTimeout, recalled.
NET_TIMEOUT_S = 20.0
#: A path to storage is given up: 30 to 60 s of stalled I/O, seen in passing.
STORAGE_TIMEOUT_S = 30.0
#: vmotion.maxSwitchoverSeconds, and fsr.maxSwitchoverSeconds where only files move.
LONGEST_SWITCHOVER_S = 100.0
#: The source's configuration is protected for so long while it prepares: VMware KB 1003734.
PROTECTION_S = 90.0
#: A post-copy that lost its link must be recovered within so long, s: this lab's
#: figure. QEMU waits in `postcopy-paused` until somebody recovers or ends it.
RECOVERY_S = 60.0
#: A guest that does not converge writes this many times faster than the link sends.
WILD = 3.0
