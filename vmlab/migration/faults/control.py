"""What users, licences, timers and vCenter Server do to a migration."""

from __future__ import annotations

from vmlab.migration.fault import Fault, Sign, Symptom
from vmlab.migration.faults.host import RUNNING, UNTIL_HANDSHAKE
from vmlab.migration.setting import Need
from vmlab.migration.stages import ORDER, Stage
from vmlab.migration.timers import NET_TIMEOUT_S, PROTECTION_S

_S = Stage
_PMEM: frozenset[Need] = frozenset({"pmem", "second host"})
_MEMORY: frozenset[Need] = frozenset({"memory"})
_UNLICENSED = "{destination} has lost its VMotion licence."
_EXPIRED = "The licence that lets {destination} use VMotion has expired."
_BEFORE_COPY = tuple(stage for stage in Stage if ORDER[stage] < ORDER[_S.CONNECT])
_NO_VCENTER = f"vCenter Server was gone for {NET_TIMEOUT_S:g} s, and {{vm}} had not begun to move."

ALL = (
    Fault(
        "licence-withdrawn", "Licence withdrawn",
        (
            Sign((_S.VALIDATE,), Symptom("F-PRECHECK", "VMotionNotLicensed", _UNLICENSED), _MEMORY),
            Sign((_S.ASK_DESTINATION, _S.CREATE_SHELL), Symptom(
                "F-NOTCONF", "VMotionNotLicensed", _UNLICENSED), _MEMORY),
        ),
        _S.ASK_DESTINATION,
        "licences are asked for until the target has made its empty VM, not later",
        "That the target host asks again after the check is this lab's assumption.",
        "control", "destination",
    ),
    Fault(
        "licence-expired", "Licence expired",
        (
            Sign((_S.VALIDATE,), Symptom("F-PRECHECK", "LicenseExpired", _EXPIRED), _MEMORY),
            Sign((_S.ASK_DESTINATION, _S.CREATE_SHELL), Symptom(
                "F-NOTCONF", "LicenseExpired", _EXPIRED), _MEMORY),
        ),
        _S.ASK_DESTINATION,
        "licences are asked for until the target has made its empty VM, not later",
        "That the target host asks again after the check is this lab's assumption; a move under"
        " way goes on.",
        "control", "destination", event="VMotionLicenseExpiredEvent",
    ),
    Fault(
        "pmem-unlicensed", "No licence for persistent memory",
        (
            Sign((_S.ASK_DESTINATION, _S.COMPUTE_SPEC, _S.PREPARE_SOURCE), Symptom(
                "F-PMEM", None,
                "{destination} has no licence for persistent memory; {vm} cannot be managed"
                f" for {PROTECTION_S:g} s."), _PMEM),
        ),
        _S.ASK_DESTINATION, "the licence is asked for before the target makes its empty VM",
        "Which stage asks is inferred: vSphere 6.7 tells of the failure and of the 90 s.",
        "control", "destination",
    ),
    Fault(
        "config-edited", "Configuration edited",
        (
            Sign((_S.QUEUED, _S.ASK_DESTINATION, _S.COMPUTE_SPEC), Symptom(
                "F-STALE", "ConcurrentAccess",
                "The configuration of {vm} was changed after the check: it no longer holds.")),
        ),
        _S.QUEUED,
        "before the check it is checked as it is, and once the source is prepared it is read-only",
        "That an edit after the check ends the task is this lab's assumption. Which setting it"
        " was is left open: the inventory stays as it is.",
        "control", "VM",
    ),
    Fault(
        "protection-timer", "Protection timer runs out",
        (
            Sign((_S.CREATE_SHELL, _S.CONNECT), Symptom(
                "F-PROTECT", "Timedout",
                f"The copy had not begun {PROTECTION_S:g} s after the configuration of {{vm}}"
                " became read-only.", PROTECTION_S, _S.PREPARE_SOURCE)),
        ),
        _S.CREATE_SHELL, "the 90 s run from the preparation of the source to the copy only",
        "Something holds up the target host for so long. The 90 s are VMware KB 1003734's.",
        "control", "source",
    ),
    Fault(
        "vcenter-lost", "vCenter Server lost",
        (
            Sign(_BEFORE_COPY, Symptom("F-VCENTER", None, _NO_VCENTER, NET_TIMEOUT_S)),
            Sign((_S.CONNECT, _S.PRE_COPY, _S.HANDSHAKE), Symptom(
                "F-VCENTER", None,
                f"vCenter Server, which leads the move of {{vm}}, was gone for"
                f" {NET_TIMEOUT_S:g} s.", NET_TIMEOUT_S), lacks=RUNNING),
        ),
        _S.QUEUED,
        "the hosts finish on their own, and its task and events are unknown until it is back",
        "That running VMs are moved by the hosts alone once both know the addresses is known;"
        " from which stage on, the 20 s, and that other moves end with it, are this lab's."
        " What vCenter Server shows of the orphaned task afterwards is not known.",
        "control", "vCenter Server", hides_events=True,
    ),
    Fault(
        "cancelled", "Cancelled",
        (
            Sign(UNTIL_HANDSHAKE, Symptom(
                "cancelled", "RequestCanceled", "The user cancelled the task.")),
        ),
        _S.PRE_COPY, "the target had acknowledged, and a finished switch-over is not undone",
        "The fault is recalled; that the acknowledgement is the last moment is inferred.",
        "control", "vCenter Server",
    ),
)  # fmt: skip
