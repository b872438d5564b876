"""The task and its events, as vCenter's list shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.migration.stages import TABLES, Stage
from vmlab.migration.telling import relocated
from vmlab.views.run_facts import Facts

#: Event -> what vCenter writes beside it (wording recalled), and whose it is.
_SAID = {
    "VmBeingHotMigratedEvent": ("Migrating {vm} off host {source}", "vm"),
    "VmEmigratingEvent": ("{vm} leaves {source}", "vm"),
    "VmMigratedEvent": ("Migration of {vm} from {source} to {destination} completed", "vm"),
    "VmFailedMigrateEvent": ("Cannot migrate {vm} from {source} to {destination}", "vm"),
    "VmBeingMigratedEvent": ("Relocating {vm} from {source} to {destination}", "vm"),
    "VmBeingRelocatedEvent": ("Relocating {vm} to {datastore}", "vm"),
    "VmRelocatedEvent": ("Relocation of {vm} to {datastore} completed", "vm"),
    "VmRelocateFailedEvent": ("Cannot relocate {vm} to {datastore}", "vm"),
    "VmPoweredOffEvent": ("{vm} is powered off", "vm"),
    "VMotionLicenseExpiredEvent": ("A VMotion licence of {destination} has expired", "vm"),
    "HostConnectionLostEvent": ("Host {lost} does not respond", "lost"),
}

Place = Callable[[float], float]


def task_json(facts: Facts, at: Place) -> dict[str, Any]:
    """The task and when its state changes.

    Parameters
    ----------
    facts : Facts
        What happened.
    at : callable
        From seconds to a place on the axis.

    Returns
    -------
    dict
        ``name``, ``entity``, and ``states``: queued, running, then success or
        error, each with its second and place.
    """
    by_name = {step.stage: step for step in facts.steps}
    queue = by_name.get("queued")
    runs_s = queue.end_s if queue else 0.0
    begun = queue is not None and facts.steps[-1] is not queue
    states = [("queued", 0.0)] + ([("running", runs_s)] if begun else [])
    late = facts.outcome.outcome == "failed-after-switchover"
    good = facts.outcome.outcome == "migrated" or late
    states.append(("success" if good else "error", facts.outcome.total_s))
    return {
        "name": "Relocate virtual machine" if facts.target else "Migrate virtual machine",
        "entity": facts.vm,
        "fault": None if good else facts.outcome.fault,
        "states": [
            {"state": state, "s": s, "x": 1.0 if state in {"success", "error"} else at(s)}
            for state, s in states
        ],
    }


def events_json(facts: Facts, at: Place) -> list[dict[str, Any]]:
    """Events in order, each with its second, its place and its sentence.

    Parameters
    ----------
    facts : Facts
        What happened.
    at : callable
        From seconds to a place on the axis.

    Returns
    -------
    list of dict
        ``s``, ``x``, ``name``, ``entity`` and ``message``.
    """
    move = facts.outcome.move
    names = {
        "vm": move.vm,
        "source": move.source,
        "destination": move.destination,
        "datastore": move.datastore or "",
        "lost": (facts.mark and facts.mark.host) or "",
    }
    begins = {
        name: step.start_s
        for step in facts.steps
        for name in relocated(move, TABLES[move.kind][Stage(step.stage)].events)
    }
    found = []
    for name in facts.outcome.events:
        message, whose = _SAID.get(name, ("", "vm"))
        s = begins.get(name, facts.found_s)
        found.append(
            {
                "s": s,
                "x": at(s),
                "name": name,
                "entity": names[whose],
                "message": message.format(**names),
            }
        )
    return found
