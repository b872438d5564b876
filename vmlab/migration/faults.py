"""What can go wrong while a migration runs: one entry a fault.

Where a fault strikes is what `symptoms` says: the stages that need the thing.
Codes are this project's own. The time-outs are recalled (`Migrate.NetTimeout`,
20 s) or the lab's own; which vSphere fault belongs to which symptom is
inferred, save VMotionNotLicensed, VMotionLinkDown and GenericVmConfigFault.
"""

from __future__ import annotations

from collections.abc import Mapping

from vmlab.migration.fault import Fault, Symptom
from vmlab.migration.stages import ORDER, Stage

#: No data for so long, and the connection is given up: Migrate.NetTimeout, recalled.
NET_TIMEOUT_S = 20.0
#: A path to storage is given up: 30 to 60 s of stalled I/O, seen in passing.
STORAGE_TIMEOUT_S = 30.0
#: vmotion.maxSwitchoverSeconds.
LONGEST_SWITCHOVER_S = 100.0
#: A guest that does not converge writes this many times faster than the link sends.
WILD = 3.0


_S = Stage
_SETTING_UP = (_S.ASK_DESTINATION, _S.COMPUTE_SPEC, _S.CREATE_SHELL)
_TALKING = (_S.CONNECT, _S.PRE_COPY, _S.CHECKPOINT, _S.HANDSHAKE)
_NET = f"{NET_TIMEOUT_S:g} s"


def _net(cause: str, *stages: Stage) -> dict[Stage, Symptom]:
    """Silence on the VMotion network, in the stages that need it."""
    said = {
        _S.CONNECT: ("F-CONNECT-10", "{source} and {destination} could not connect for "),
        _S.PRE_COPY: ("F-DATA", "{destination} received no data for "),
        _S.CHECKPOINT: ("F-DATA", "{destination} did not receive the last pages for "),
        _S.HANDSHAKE: ("F-RESUME-72", "{source} heard no acknowledgement for "),
    }
    return {
        stage: Symptom(code, "Timedout", f"{text}{_NET}: {cause}.", NET_TIMEOUT_S)
        for stage, (code, text) in said.items()
        if stage in stages
    }


def _everywhere(*stages: Stage, symptom: Symptom) -> dict[Stage, Symptom]:
    return dict.fromkeys(stages, symptom)


_UNLICENSED = "{destination} has lost its VMotion licence."
_UNTIL_HANDSHAKE = tuple(stage for stage in Stage if ORDER[stage] <= ORDER[_S.HANDSHAKE])
_AFTER = (_S.SWITCHED_OVER, _S.CLEAN_UP)
_GONE = "has not answered for " + _NET
_NET_RECALLED = "The time-out of 20 s is recalled, as is that shorter silence is waited out."

_ALL = (
    Fault(
        "licence-withdrawn", "Licence withdrawn",
        {
            _S.VALIDATE: Symptom("F-PRECHECK", "VMotionNotLicensed", _UNLICENSED),
            **_everywhere(_S.ASK_DESTINATION, _S.CREATE_SHELL, symptom=Symptom(
                "F-NOTCONF", "VMotionNotLicensed", _UNLICENSED)),
        },
        _S.ASK_DESTINATION,
        "licences are asked for until the target has made its empty VM, not later",
        "That the target host asks again after the check is this lab's assumption.",
    ),
    Fault(
        "link-down", "VMotion link lost",
        {
            _S.VALIDATE: Symptom(
                "F-PRECHECK", "VMotionLinkDown", "The VMotion link of {source} is down."
            ),
            **_net("the VMotion link is down", *_TALKING),
        },
        _S.PRE_COPY, "nothing crosses the VMotion network then", _NET_RECALLED, stops_data=True,
    ),
    Fault(
        "vlan-changed", "VLAN of VMotion changed",
        _net("the VLANs of the two VMotion networks differ", *_TALKING),
        _S.PRE_COPY, "nothing crosses the VMotion network then", _NET_RECALLED, stops_data=True,
    ),
    Fault(
        "mtu-changed", "MTU of VMotion changed",
        _net("small packets pass, full frames are dropped", _S.PRE_COPY, _S.CHECKPOINT),
        _S.PRE_COPY, "only small packets cross the VMotion network then", _NET_RECALLED,
        stops_data=True,
    ),
    Fault(
        "destination-lost", "Target host lost",
        {
            _S.VALIDATE: Symptom(
                "F-PRECHECK", "HostNotConnected", "{destination} is not connected."),
            **_everywhere(*_SETTING_UP, symptom=Symptom(
                "F-CONNECT-14", "HostNotConnected", f"{{destination}} {_GONE}.", NET_TIMEOUT_S)),
            **_everywhere(*_TALKING, symptom=Symptom(
                "F-CONNECT-14", "Timedout", f"{{destination}} {_GONE}.", NET_TIMEOUT_S)),
            **_everywhere(*_AFTER, symptom=Symptom(
                "F-LATE-90", "HostNotConnected",
                f"{{destination}} {_GONE}, and {{vm}} was already running there.", NET_TIMEOUT_S)),
        },
        _S.PRE_COPY, "the target host has no part in it then, and was back in time",
        "That 20 s of silence pass for a lost host is this lab's figure.",
        host_lost="destination",
    ),
    Fault(
        "source-lost", "Source host lost",
        {
            **_everywhere(*_UNTIL_HANDSHAKE, symptom=Symptom(
                "F-DATA", "HostNotConnected",
                f"{{source}} {_GONE}, and {{vm}} went down with it.", NET_TIMEOUT_S)),
            _S.CLEAN_UP: Symptom(
                "F-LATE-90", "HostNotConnected",
                f"{{source}} {_GONE}: what is left there cannot be removed.", NET_TIMEOUT_S),
        },
        _S.PRE_COPY, "the source host has no part in it then, and was back in time",
        "That 20 s of silence pass for a lost host is this lab's figure.",
        host_lost="source",
    ),
    Fault(
        "storage-lost", "Storage paths lost",
        {
            _S.VALIDATE: Symptom(
                "F-PRECHECK", "CannotAccessVmDisk", "{destination} does not see its disks."),
            _S.CREATE_SHELL: Symptom(
                "F-RESUME-72", "CannotAccessVmConfig",
                f"{{destination}} could not open the files of {{vm}} for {STORAGE_TIMEOUT_S:g} s.",
                STORAGE_TIMEOUT_S),
            _S.HANDSHAKE: Symptom(
                "F-RESUME-72", "GenericVmConfigFault",
                f"{{destination}} could not open the disks of {{vm}} for {STORAGE_TIMEOUT_S:g} s.",
                STORAGE_TIMEOUT_S),
            _S.CLEAN_UP: Symptom(
                "F-LATE-90", "CannotDeleteFile",
                f"{{source}} could not remove the old files for {STORAGE_TIMEOUT_S:g} s.",
                STORAGE_TIMEOUT_S),
        },
        _S.HANDSHAKE, "no file is opened or removed for the migration then",
        "Paths of the host that opens or removes files: the target's, in clean-up the source's."
        " That the target opens files for its empty VM, and the 30 s, are this lab's.",
    ),
    Fault(
        "memory-exhausted", "Target out of memory",
        _everywhere(_S.ASK_DESTINATION, _S.CREATE_SHELL, symptom=Symptom(
            "F-NOTCONF", "InsufficientHostMemoryCapacityFault",
            "{destination} cannot reserve {memory_mib:,} MiB for {vm}.")),
        _S.CREATE_SHELL, "memory is reserved with the empty VM, and stays so",
        "That a host already asked refuses for want of memory is this lab's assumption.",
    ),
    Fault(
        "no-convergence", "Does not converge",
        _everywhere(_S.PRE_COPY, symptom=Symptom(
            "F-CONVERGE", "MigrationFault",
            "{vm} writes its memory faster than the link sends it: no progress in pre-copy.")),
        _S.PRE_COPY, "the rest of the memory fits into the switch-over all the same",
        f"The guest writes {WILD:g} times faster than the link sends, in all of its memory and"
        " all through the copy; a burst that ends counts as time lost. The copy is given up when"
        " rounds stop shrinking. Limit recalled of 4.x; slowing the guest (5.0) is not built.",
    ),
    Fault(
        "switch-over-slow", "Switch-over too slow",
        _everywhere(_S.CHECKPOINT, _S.HANDSHAKE, symptom=Symptom(
            "F-SWITCHOVER", "GenericVmConfigFault",
            f"The switch-over took longer than {LONGEST_SWITCHOVER_S:g} s.",
            LONGEST_SWITCHOVER_S)),
        _S.CHECKPOINT, "the VM was not being switched over then",
        "Until the limit nobody gives up: the pause is all of the 100 s.",
    ),
    Fault(
        "cancelled", "Cancelled",
        _everywhere(*_UNTIL_HANDSHAKE, symptom=Symptom(
            "cancelled", "RequestCanceled", "The user cancelled the task.")),
        _S.PRE_COPY, "the target had acknowledged, and a finished switch-over is not undone",
        "The fault is recalled; that the acknowledgement is the last moment is inferred.",
    ),
)  # fmt: skip

#: The faults by name.
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}
