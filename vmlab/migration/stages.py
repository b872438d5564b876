"""The stages of a migration, a row each for every kind: who does what, what may follow.

The order is that of VMware KB 1010634 and of the task's log; the guide's three
stages (vSphere 4.0 Basic System Administration, p. 185) stand above them; that
they group the stages of the other kinds too is this lab's reading. The steps of
a cold migration are those of p. 184: files moved, VM registered on the new host,
old copy deleted last. No page says how long the control plane takes: `nominal_s`
are figures of this lab, chosen to be short beside the copy, and shown as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from vmlab.inventory.move import Kind
from vmlab.migration.kinds import KINDS

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
    or_follows : Stage or None, optional
        What may follow instead, where no file moves or none crosses a network.
    """

    stage: Stage
    follows: Stage | None
    guide_stage: Literal[1, 2, 3]
    who: str
    what: str
    nominal_s: float | None
    vm_runs_on: Side | None
    events: tuple[str, ...] = ()
    or_follows: Stage | None = None


_VCENTER, _SOURCE, _TARGET, _BOTH = "vCenter Server", "source host", "target host", "both hosts"
_S = Stage
# Which stage raises which event is inferred from the roll-backs told of each.
_STARTED = {kind: facts.started for kind, facts in KINDS.items()}
_DONE = {kind: (facts.done,) for kind, facts in KINDS.items()}
_WRITES = "Disks are copied; what the guest writes meanwhile is mirrored, or copied in more passes."
_MEMORY = "Memory is sent, then what was dirtied meanwhile, round by round."


def _begun(kind: Kind, runs_on: Side | None) -> tuple[Row, ...]:
    """What every kind does before it asks a host."""
    stable = "is stable" if runs_on else "is in the power state that this kind asks for"
    return (
        Row(_S.REQUESTED, _S.VALIDATE, 1, _VCENTER, "The call reaches vCenter Server.", 0.2,
            runs_on),
        Row(_S.VALIDATE, _S.QUEUED, 1, _VCENTER,
            f"The VM {stable}, and every requirement is checked.", 0.6, runs_on),
        Row(_S.QUEUED, _S.COMPUTE_SPEC if kind == "storage" else _S.ASK_DESTINATION, 1, _VCENTER,
            "The task waits for a slot on "
            f"{'its host' if kind == 'storage' else 'both hosts'} and takes it.", 0.2, runs_on),
    )  # fmt: skip


def _running(kind: Kind, shell: str, copy: str, cleaned: str) -> tuple[Row, ...]:
    """VMotion, and the same with disks."""
    return (
        *_begun(kind, "source"),
        Row(_S.ASK_DESTINATION, _S.COMPUTE_SPEC, 2, _TARGET,
            "The target host confirms that it can receive a VM.", 0.2, "source"),
        Row(_S.COMPUTE_SPEC, _S.PREPARE_SOURCE, 2, _VCENTER,
            "Addresses, disks and paths are handed to both hosts.", 0.2, "source"),
        Row(_S.PREPARE_SOURCE, _S.CREATE_SHELL, 2, _SOURCE,
            "The source host confirms; the VM's configuration is read-only.", 0.4, "source",
            _STARTED[kind]),
        Row(_S.CREATE_SHELL, _S.CONNECT, 2, _TARGET, shell, 0.6, "source"),
        Row(_S.CONNECT, _S.PRE_COPY, 2, _BOTH,
            "The hosts connect over the VMotion network, TCP port 8000.", 0.4, "source"),
        Row(_S.PRE_COPY, _S.CHECKPOINT, 2, _SOURCE, copy, None, "source"),
        Row(_S.CHECKPOINT, _S.HANDSHAKE, 2, _SOURCE,
            "The VM is paused; device state and the last pages are sent.", None, None),
        Row(_S.HANDSHAKE, _S.SWITCHED_OVER, 3, _TARGET,
            "The target host opens the disks, resumes the VM and acknowledges.", 0.08, None),
        Row(_S.SWITCHED_OVER, _S.CLEAN_UP, 3, _TARGET,
            "The VM runs on the target host, which tells the switches its address.", 0.2,
            "destination", _DONE[kind]),
        Row(_S.CLEAN_UP, None, 3, _SOURCE, cleaned, 1.0, "destination"),
    )  # fmt: skip


def _storage() -> tuple[Row, ...]:
    """Storage VMotion: a second process of the VM on the same host takes over its new files."""
    return (
        *_begun("storage", "source"),
        Row(_S.COMPUTE_SPEC, _S.PREPARE_SOURCE, 2, _VCENTER,
            "Disks and paths, old and new, are handed to the host.", 0.2, "source"),
        Row(_S.PREPARE_SOURCE, _S.CREATE_SHELL, 2, _SOURCE,
            "The host confirms; the VM's configuration is read-only.", 0.4, "source",
            _STARTED["storage"]),
        Row(_S.CREATE_SHELL, _S.PRE_COPY, 2, _SOURCE,
            "Files are made on the target datastore, and a second process of the VM for them.",
            0.6, "source"),
        Row(_S.PRE_COPY, _S.CHECKPOINT, 2, _SOURCE, _WRITES, None, "source"),
        Row(_S.CHECKPOINT, _S.HANDSHAKE, 2, _SOURCE,
            "The VM is paused; the blocks that still differ are copied.", None, None),
        Row(_S.HANDSHAKE, _S.SWITCHED_OVER, 3, _SOURCE,
            "The second process opens the new disks, resumes the VM and acknowledges.", 0.08, None),
        Row(_S.SWITCHED_OVER, _S.CLEAN_UP, 3, _SOURCE,
            "The VM runs on its new files, on the same host.", 0.2, "destination",
            _DONE["storage"]),
        Row(_S.CLEAN_UP, None, 3, _SOURCE,
            "The old process ends, the old files are deleted, the inventory is updated.", 1.0,
            "destination"),
    )  # fmt: skip


def _at_rest(kind: Kind) -> tuple[Row, ...]:
    """A VM that does not run: files copied, VM registered, old copy deleted last."""
    files = "configuration, NVRAM, logs and disks"
    if kind == "suspended":
        files = "configuration, NVRAM, logs, disks and the suspend file"
    return (
        *_begun(kind, None),
        Row(_S.ASK_DESTINATION, _S.COMPUTE_SPEC, 2, _TARGET,
            "The target host confirms that it can receive a VM.", 0.2, None),
        Row(_S.COMPUTE_SPEC, _S.PREPARE_SOURCE, 2, _VCENTER,
            "Paths, old and new, are handed to the hosts.", 0.2, None),
        Row(_S.PREPARE_SOURCE, _S.CREATE_SHELL, 2, _SOURCE,
            "The source host confirms; the VM's configuration is read-only.", 0.4, None,
            _STARTED[kind], or_follows=_S.HANDSHAKE),
        Row(_S.CREATE_SHELL, _S.CONNECT, 2, _TARGET,
            "A folder is made on the target datastore.", 0.4, None, or_follows=_S.PRE_COPY),
        Row(_S.CONNECT, _S.PRE_COPY, 2, _BOTH,
            "The hosts connect to copy files, TCP port 902.", 0.4, None),
        Row(_S.PRE_COPY, _S.HANDSHAKE, 2, _SOURCE, f"Files are copied: {files}.", None, None),
        Row(_S.HANDSHAKE, _S.SWITCHED_OVER, 3, _TARGET,
            "The target host opens the configuration and registers the VM.", 0.4, None),
        Row(_S.SWITCHED_OVER, _S.CLEAN_UP, 3, _VCENTER,
            "The VM belongs to the target host; the old registration goes.", 0.2, None,
            _DONE[kind]),
        Row(_S.CLEAN_UP, None, 3, _SOURCE,
            "The old copy is deleted, the inventory is updated.", 1.0, None),
    )  # fmt: skip


_ROWS: Mapping[Kind, tuple[Row, ...]] = {
    "vmotion": _running(
        "vmotion", "An empty VM is made, its processor and memory reserved.", _MEMORY,
        "The old VM's process ends, its swap file goes, the inventory is updated.",
    ),
    "storage": _storage(),
    "both": _running(
        "both",
        "An empty VM is made, its processor and memory reserved, and files for its disks.",
        f"{_WRITES} {_MEMORY}",
        "The old VM's process ends, its files are deleted, the inventory is updated.",
    ),
    "suspended": _at_rest("suspended"),
    "cold": _at_rest("cold"),
}  # fmt: skip

#: A table for each kind: one row a stage, in order.
TABLES: Mapping[Kind, Mapping[Stage, Row]] = {
    kind: {row.stage: row for row in rows} for kind, rows in _ROWS.items()
}
#: The table of VMotion, which has every stage.
STAGES: Mapping[Stage, Row] = TABLES["vmotion"]
#: Place of a stage in the order.
ORDER: Mapping[Stage, int] = {stage: index for index, stage in enumerate(Stage)}


def after_switch_over(stage: Stage) -> bool:
    """Whether the point of no return has been passed: the VM runs, or is registered, over there."""
    return ORDER[stage] >= ORDER[Stage.SWITCHED_OVER]


def nominal_s(stage: Stage, kind: Kind = "vmotion") -> float:
    """The lab's figure for a stage of a kind, s; 0 where the model decides or it has none."""
    row = TABLES[kind].get(stage)
    return (row.nominal_s if row else None) or 0.0


def succession(kind: Kind, *, files_move: bool, over_network: bool = True) -> tuple[Stage, ...]:
    """The stages of a move, in order.

    Parameters
    ----------
    kind : str
        Whose table.
    files_move : bool
        Whether files go to another datastore; only a VM that does not run asks.
    over_network : bool, optional
        Whether they cross a network, or one host reaches both datastores.

    Returns
    -------
    tuple of Stage
        From requested to clean-up.

    Examples
    --------
    >>> [str(stage) for stage in succession("cold", files_move=False)][5:]
    ['prepare-source', 'handshake', 'switched-over', 'clean-up']
    """
    found: list[Stage] = []
    stage: Stage | None = Stage.REQUESTED
    while stage is not None:
        found.append(stage)
        row = TABLES[kind][stage]
        short = row.or_follows == Stage.HANDSHAKE and not files_move
        short = short or (row.or_follows == Stage.PRE_COPY and not over_network)
        stage = row.or_follows if short else row.follows
    return tuple(found)


def dies_with(kind: Kind, stage: Stage) -> frozenset[Side]:
    """The ends of a move whose loss takes the VM down in a stage.

    Parameters
    ----------
    kind : str
        Whose table: a VM that does not run goes down with nobody, and under
        Storage VMotion both ends are one host.
    stage : Stage
        When.

    Returns
    -------
    frozenset of {"source", "destination"}
        Where it runs, or stands still.
    """
    if not KINDS[kind].runs:
        return frozenset()
    if kind == "storage":
        return frozenset(("source", "destination"))
    return frozenset(("destination",)) if after_switch_over(stage) else frozenset(("source",))
