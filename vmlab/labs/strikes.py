"""A move of every kind that nothing refuses, and faults that strike it."""

from __future__ import annotations

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind
from vmlab.inventory.path import apply, set_to
from vmlab.inventory.scenario import load
from vmlab.labs.prediction import end_of
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.faults import FAULTS
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome
from vmlab.migration.plan import Plan, plan
from vmlab.migration.run import run
from vmlab.migration.stages import Stage
from vmlab.rules.check import request
from vmlab.tables import Column, Table

SCENARIO, VM, TO, STORE = "two-hosts-vsphere-8", "web01", "esx02", "nfs-01"


def plan_of(kind: Kind) -> Plan:
    """A move of a kind that nothing refuses: to the other host, its files too where they may.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.

    Returns
    -------
    Plan
        Of web01, in the power state that the kind asks for.
    """
    scenario, facts = load(SCENARIO), KINDS[kind]
    power = set_to(("vms", VM, "power_state"), facts.power_states[0])
    datacenter: Datacenter = apply(scenario.datacenter, [power])
    to = None if facts.changes_host is False else TO
    store = None if facts.moves_disks is False else STORE
    move = request(datacenter, VM, to, kind=kind, datastore=store)
    return plan(datacenter, move, scenario.profile)


def strike(of: Plan, stage: Stage, fault: str) -> Outcome:
    """A run that a fault disturbs in the middle of a stage."""
    return run(of, [Disturbance(fault, stage)])


def faults_in(of: Plan, stage: Stage) -> list[str]:
    """Names of faults that a run can feel in a stage."""
    return [name for name, one in FAULTS.items() if stage in one.stages_in(of.setting)]


def ends_table(kind: Kind = "vmotion") -> Table:
    """Every fault in every stage of a kind of move: how many end in which way.

    Parameters
    ----------
    kind : str, optional
        A key of `KINDS`.

    Returns
    -------
    Table
        A row a stage, and the most things that one of them makes undone.
    """
    of = plan_of(kind)
    rows = []
    for stage in of.setting.stages:
        found = [strike(of, stage, fault) for fault in faults_in(of, stage)]
        ends = [end_of(outcome) for outcome in found]
        undone = max((len(outcome.undone) for outcome in found), default=0)
        counts = [ends.count(end) or None for end in ("source", "target", "left-over", "down")]
        rows.append((stage.value, len(found), *counts, undone))
    names = (
        "stage", "faults", "back at the source", "moved all the same", "moved, left-overs",
        "down", "most undone",
    )  # fmt: skip
    return Table([Column(name) for name in names], rows, f"{KINDS[kind].title}: {len(rows)} stages")
