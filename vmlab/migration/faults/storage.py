"""What goes wrong with datastores, their paths, and the files on them."""

from __future__ import annotations

from vmlab.migration.fault import Fault, Sign, Symptom
from vmlab.migration.faults.host import FILES, RUNNING
from vmlab.migration.stages import Stage
from vmlab.migration.timers import LONGEST_SWITCHOVER_S, STORAGE_TIMEOUT_S

_S = Stage
_IO = f"{STORAGE_TIMEOUT_S:g} s"
_IO_LAB = "That I/O stalls for 30 to 60 s before a path is given up is recalled: 30 s here."


def _copy(fault: str, reason: str, patience_s: float = STORAGE_TIMEOUT_S) -> Sign:
    """The copy of disks or files breaks off."""
    return Sign((_S.PRE_COPY,), Symptom("F-DISK-COPY", fault, reason, patience_s), FILES)


def _opening(lead: str) -> tuple[Sign, ...]:
    """The disks of a VM that runs, the configuration of one that does not."""
    return (
        Sign((_S.HANDSHAKE,), Symptom(
            "F-RESUME-72", "GenericVmConfigFault",
            f"{lead}{{destination}} could not open the disks of {{vm}} for {_IO}.",
            STORAGE_TIMEOUT_S), RUNNING),
        Sign((_S.HANDSHAKE,), Symptom(
            "F-LATE-90", "CannotAccessVmConfig",
            f"{lead}{{destination}} could not open the configuration of {{vm}} for {_IO}.",
            STORAGE_TIMEOUT_S)),
    )  # fmt: skip


_NOT_REMOVED = Symptom(
    "F-LATE-90", "CannotDeleteFile", f"{{source}} could not remove the old files for {_IO}.",
    STORAGE_TIMEOUT_S)  # fmt: skip
_NOT_MADE = Symptom(
    "F-RESUME-72", "CannotAccessVmConfig",
    f"{{destination}} could not open the files of {{vm}} for {_IO}.", STORAGE_TIMEOUT_S,
)  # fmt: skip

ALL = (
    Fault(
        "storage-lost", "Storage paths lost",
        (
            Sign((_S.VALIDATE,), Symptom(
                "F-PRECHECK", "CannotAccessVmDisk", "{destination} does not see its disks.")),
            Sign((_S.CREATE_SHELL,), _NOT_MADE),
            _copy("InaccessibleDatastore", f"No path to the files of {{vm}} for {_IO}."),
            *_opening(""),
            Sign((_S.CLEAN_UP,), _NOT_REMOVED),
        ),
        _S.HANDSHAKE, "no file is opened or removed for the migration then",
        "Paths of the host that opens or removes files: the target's, in clean-up the source's."
        " That the target opens files for its empty VM, and the 30 s, are this lab's.",
        "storage", "destination", hides_files="host",
    ),
    Fault(
        "all-paths-down-source", "Source datastore: all paths down",
        (
            _copy("InaccessibleDatastore", f"{{source}} could not read the files of {{vm}}"
                  f" for {_IO}: all paths to their datastore are down."),
            Sign((_S.CLEAN_UP,), _NOT_REMOVED),
        ),
        _S.PRE_COPY, "the migration reads no file then; the guest's own I/O stands still",
        _IO_LAB, "storage", "source datastore",
    ),
    Fault(
        "all-paths-down-destination", "Target datastore: all paths down",
        (
            Sign((_S.CREATE_SHELL,), _NOT_MADE),
            _copy("InaccessibleDatastore", f"Nothing could be written for {_IO}: all paths to the"
                  " target datastore are down."),
            *_opening("All paths are down: "),
        ),
        _S.HANDSHAKE, "nothing is opened or written there then",
        _IO_LAB + " Where no file moves it is the shared datastore as the target host sees it.",
        "storage", "destination datastore", hides_files="all",
    ),
    Fault(
        "datastore-full", "Target datastore full",
        (_copy("NoDiskSpace", "The target datastore is full: {vm} does not fit.", 0.0),),
        _S.PRE_COPY, "nothing is written to the target datastore then",
        "Something else filled it after the check. Which fault vCenter reports is inferred.",
        "storage", "destination datastore",
    ),
    Fault(
        "lock-held", "File lock held",
        (
            Sign((_S.PRE_COPY,), Symptom(
                "F-DISK-COPY", "FileLocked",
                f"A file of {{vm}} was locked by another host for {_IO}.", STORAGE_TIMEOUT_S),
                FILES, RUNNING),
            Sign((_S.HANDSHAKE,), Symptom(
                "F-LATE-90", "FileLocked",
                f"{{destination}} did not get the lock on the files of {{vm}} for {_IO}.",
                STORAGE_TIMEOUT_S)),
            Sign((_S.CLEAN_UP,), Symptom(
                "F-LATE-90", "FileLocked",
                f"An old file of {{vm}} was locked for {_IO}: it stays.", STORAGE_TIMEOUT_S),
                FILES),
        ),
        _S.HANDSHAKE, "no lock changes hands then",
        "That a lock is waited for 30 s is this lab's figure.", "storage", "destination datastore",
    ),
    Fault(
        "disks-slow-to-open", "Disks slow to open",
        (
            Sign((_S.HANDSHAKE,), Symptom(
                "F-SWITCHOVER", "GenericVmConfigFault",
                "The disks of {vm} were still being opened after"
                f" {LONGEST_SWITCHOVER_S:g} s of switch-over.",
                LONGEST_SWITCHOVER_S, _S.CHECKPOINT), RUNNING),
        ),
        _S.HANDSHAKE, "disks are opened at the handshake only",
        "Each disk is closed and opened again; until the limit nobody gives up.",
        "storage", "destination datastore",
    ),
)  # fmt: skip
