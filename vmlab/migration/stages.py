"""The stages of a migration, one row each: who does what, for how long, what may follow.

The order is that of VMware KB 1010634 and of the task's log; the guide's three
stages (vSphere 4.0 Basic System Administration, p. 185) stand above them. No
page says how long the control plane takes: `nominal_s` are figures of this
lab, chosen to be short beside the copy, and shown as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

#: The guide's own stages, in short.
GUIDE_STAGES: Mapping[int, str] = {1: "Verify stable state", 2: "Copy state", 3: "Resume"}

Side = Literal["source", "destination"]


class Stage(StrEnum):
    """A fine stage; they follow one another in this order."""

    REQUESTED = "requested"
    VALIDATE = "validate"
    QUEUED = "queued"
    ASK_DESTINATION = "ask-destination"
    COMPUTE_SPEC = "compute-spec"
    PREPARE_SOURCE = "prepare-source"
    CREATE_SHELL = "create-shell"
    CONNECT = "connect"
    PRE_COPY = "pre-copy"
    CHECKPOINT = "checkpoint"
    HANDSHAKE = "handshake"
    SWITCHED_OVER = "switched-over"
    CLEAN_UP = "clean-up"


@dataclass(frozen=True)
class Row:
    """What is known of a stage.

    Parameters
    ----------
    stage : Stage
        Which one.
    follows : Stage or None
        The only stage that may follow; a failure leads back instead.
    guide_stage : {1, 2, 3}
        The guide's stage that it belongs to.
    who : str
        Who does it.
    what : str
        What happens.
    nominal_s : float or None
        The lab's figure, s; None where the model of the copy decides.
    vm_runs_on : {"source", "destination"} or None
        Where the VM runs meanwhile; None while it is paused.
    events : tuple of str
        vCenter's events as the stage begins.
    """

    stage: Stage
    follows: Stage | None
    guide_stage: Literal[1, 2, 3]
    who: str
    what: str
    nominal_s: float | None
    vm_runs_on: Side | None
    events: tuple[str, ...] = ()


_VCENTER, _SOURCE, _TARGET, _BOTH = "vCenter Server", "source host", "target host", "both hosts"
# Which stage raises which event is inferred from the roll-backs told of each.
_STARTS = ("VmBeingHotMigratedEvent", "VmEmigratingEvent")
_S = Stage

_ROWS = (
    Row(_S.REQUESTED, _S.VALIDATE, 1, _VCENTER, "The call reaches vCenter Server.", 0.2, "source"),
    Row(_S.VALIDATE, _S.QUEUED, 1, _VCENTER,
        "The VM is stable, and every requirement is checked.", 0.6, "source"),
    Row(_S.QUEUED, _S.ASK_DESTINATION, 1, _VCENTER,
        "The task waits for a slot on both hosts and takes it.", 0.2, "source"),
    Row(_S.ASK_DESTINATION, _S.COMPUTE_SPEC, 2, _TARGET,
        "The target host confirms that it can receive a VM.", 0.2, "source"),
    Row(_S.COMPUTE_SPEC, _S.PREPARE_SOURCE, 2, _VCENTER,
        "Addresses, disks and paths are handed to both hosts.", 0.2, "source"),
    Row(_S.PREPARE_SOURCE, _S.CREATE_SHELL, 2, _SOURCE,
        "The source host confirms; the VM's configuration is read-only.", 0.4, "source", _STARTS),
    Row(_S.CREATE_SHELL, _S.CONNECT, 2, _TARGET,
        "An empty VM is made, its processor and memory reserved.", 0.6, "source"),
    Row(_S.CONNECT, _S.PRE_COPY, 2, _BOTH,
        "The hosts connect over the VMotion network, TCP port 8000.", 0.4, "source"),
    Row(_S.PRE_COPY, _S.CHECKPOINT, 2, _SOURCE,
        "Memory is sent, then what was dirtied meanwhile, round by round.", None, "source"),
    Row(_S.CHECKPOINT, _S.HANDSHAKE, 2, _SOURCE,
        "The VM is paused; device state and the last pages are sent.", None, None),
    Row(_S.HANDSHAKE, _S.SWITCHED_OVER, 3, _TARGET,
        "The target host opens the disks, resumes the VM and acknowledges.", 0.08, None),
    Row(_S.SWITCHED_OVER, _S.CLEAN_UP, 3, _TARGET,
        "The VM runs on the target host, which tells the switches its address.", 0.2,
        "destination", ("VmMigratedEvent",)),
    Row(_S.CLEAN_UP, None, 3, _SOURCE,
        "The old VM's process ends, its swap file goes, the inventory is updated.", 1.0,
        "destination"),
)  # fmt: skip

#: The table: one row a stage, in order.
STAGES: Mapping[Stage, Row] = {row.stage: row for row in _ROWS}
#: Place of a stage in the order.
ORDER: Mapping[Stage, int] = {stage: index for index, stage in enumerate(Stage)}


def after_switch_over(stage: Stage) -> bool:
    """Whether the point of no return has been passed."""
    return ORDER[stage] >= ORDER[Stage.SWITCHED_OVER]


def nominal_s(stage: Stage) -> float:
    """The lab's figure for a stage, s; 0 where the model decides."""
    return STAGES[stage].nominal_s or 0.0
