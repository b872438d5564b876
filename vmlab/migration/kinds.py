"""The kinds of migration: what each is called, what it moves, what it asks for.

The guide (vSphere 4.0 Basic System Administration, pp. 184, 185 and 193) calls
both the migration of a suspended VM and VMotion hot, and knows no move of host
and storage together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmlab.inventory.machine import PowerState
from vmlab.inventory.move import Kind
from vmlab.rules.machine.state import KIND_NAMES, POWER_STATES
from vmlab.tables import Column, Table

_MANUAL_60 = "vSphere 6.0.1 vCenter Server and Host Management"


@dataclass(frozen=True)
class KindFacts:
    """What is known of a kind of migration.

    Parameters
    ----------
    kind : str
        As on the command line.
    title : str
        For people.
    guide_name : str or None
        What the guide of 2009 calls it; None where it does not know it.
    source : str
        Where that is said.
    hot : bool or None
        Whether the guide counts it as hot; None where it does not say.
    power_states : tuple of str
        Of the VM.
    runs : bool
        Whether the VM runs meanwhile.
    changes_host : bool or None
        Whether it goes to another host; None where it may or may not.
    moves_disks : bool or None
        Whether its files go to another datastore; None where they may or may not.
    shared_storage : bool
        Whether both hosts must see its files.
    cpu_checks : bool
        Whether the target's processor must suit: one that resumes needs it.
    steps : tuple of str
        The guide's order, in short.
    started, done, failed : str
        vCenter's events; which kind raises which is inferred from their names.
    """

    kind: Kind
    title: str
    guide_name: str | None
    source: str
    hot: bool | None
    power_states: tuple[PowerState, ...]
    runs: bool
    changes_host: bool | None
    moves_disks: bool | None
    shared_storage: bool
    cpu_checks: bool
    steps: tuple[str, ...]
    started: tuple[str, ...]
    done: str
    failed: str


_GUIDE = "vSphere 4.0 Basic System Administration"
_FILES = ("files are copied", "the VM is registered on the new host", "the old copy is deleted")
_HOT = ("VmBeingHotMigratedEvent", "VmEmigratingEvent")


def _facts(
    kind: Kind,
    guide_name: str | None,
    source: str,
    hot: bool | None,
    needs: tuple[bool | None, bool | None, bool, bool],
    steps: tuple[str, ...],
    events: tuple[tuple[str, ...], str, str],
) -> KindFacts:
    states = POWER_STATES[kind]
    return KindFacts(
        kind, KIND_NAMES[kind], guide_name, source, hot, states, "on" in states, *needs, steps,
        *events,
    )  # fmt: skip


_ALL = (
    _facts(
        "vmotion", "Migration with VMotion", f"{_GUIDE}, pp. 184 and 185", True,
        (True, False, True, True),
        ("the VM is stable on its host", "its state is copied", "it resumes on the new host"),
        (_HOT, "VmMigratedEvent", "VmFailedMigrateEvent"),
    ),
    _facts(
        "storage", "Migration with Storage VMotion", f"{_GUIDE}, p. 193", None,
        (False, True, False, False),
        ("disks and files are copied while the VM runs", "it goes over to them on its host",
         "the old files are deleted"),
        (("VmBeingRelocatedEvent",), "VmRelocatedEvent", "VmRelocateFailedEvent"),
    ),
    _facts(
        "both", None, f"{_MANUAL_60}, migration with vMotion without shared storage", None,
        (True, True, False, True),
        ("disks are copied and kept in step", "memory is copied", "the VM resumes on the new host",
         "the old files are deleted"),
        (_HOT, "VmMigratedEvent", "VmFailedMigrateEvent"),
    ),
    _facts(
        "suspended", "Migrating a suspended virtual machine", f"{_GUIDE}, pp. 184 and 185", True,
        (None, None, False, True),
        ("files and the suspend file are copied", *_FILES[1:]),
        (("VmBeingMigratedEvent",), "VmMigratedEvent", "VmFailedMigrateEvent"),
    ),
    _facts(
        "cold", "Cold migration", f"{_GUIDE}, p. 184", False,
        (None, None, False, False),
        _FILES,
        (("VmBeingMigratedEvent",), "VmMigratedEvent", "VmFailedMigrateEvent"),
    ),
)  # fmt: skip

#: The kinds, in the order of the command line.
KINDS: Mapping[Kind, KindFacts] = {facts.kind: facts for facts in _ALL}
#: The kinds that may be asked for by a host alone.
WITHOUT_DATASTORE: tuple[Kind, ...] = tuple(
    kind for kind, facts in KINDS.items() if not facts.moves_disks
)


def kinds_table() -> Table:
    """The kinds, a row each, for people."""
    said = {True: "yes", False: "no", None: "may"}
    rows = [
        (
            facts.kind,
            ", ".join(facts.power_states),
            said[facts.changes_host],
            said[facts.moves_disks],
            "needed" if facts.shared_storage else "not needed",
            said[facts.cpu_checks],
            "not said" if facts.hot is None else said[facts.hot],
            facts.guide_name or "not in the guide",
        )
        for facts in KINDS.values()
    ]
    names = (
        "kind", "VM is", "changes host", "files move", "shared storage", "CPU checks",
        "hot in the guide", "the guide of 2009 calls it",
    )  # fmt: skip
    return Table([Column(name) for name in names], rows)
