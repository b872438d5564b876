"""Lab 09: VMs that do not run, files that move, and what is deleted last."""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import apply, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import load
from vmlab.labs.kinds_lab import KindsLab
from vmlab.labs.objective import Objective
from vmlab.labs.session import Session
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate
from vmlab.tables import Cell, Column, Table
from vmlab.units import bytes_to_mib, mib_to_gib

SCENARIO = "power-states"
#: MiB a second that a guest writes to its disks, for the comparison.
WRITES_MIB_S = (0.0, 2.0, 5.0, 10.0, 20.0)
_METHODS = ((Profile.GUIDE_40, "changed blocks"), (Profile.VSPHERE_55, "mirrored writes"))


def open_lab() -> KindsLab:
    """Open the lab: two hosts, and four VMs in every power state."""
    return KindsLab("Cold and suspended", "lab 09", SCENARIO, OBJECTIVES, tuple(KINDS))


def _start() -> Datacenter:
    return load(SCENARIO).datacenter


def _hosts_as_they_were(run: Outcome) -> bool:
    """Nobody has changed processors, or what the hosts have mounted."""
    start, before = _start(), run.before
    cpus = all(
        name in before.hosts and before.hosts[name].cpu == host.cpu
        for name, host in start.hosts.items()
    )
    mounts = all(
        name in before.datastores and before.datastores[name].mounts == store.mounts
        for name, store in start.datastores.items()
    )
    return cpus and mounts


def _same_vm(run: Outcome, *fields: str) -> bool:
    """Whether the VM that moved is still what it was at the start, in these fields."""
    first, now = _start().vms[run.move.vm], run.before.vms[run.move.vm]
    return all(getattr(first, field) == getattr(now, field) for field in fields)


def _ran(run: Outcome, vm: str, kind: str, outcome: str = "migrated") -> bool:
    return run.move.vm == vm and run.move.kind == kind and run.outcome == outcome


def cold_without_shared_storage(session: Session) -> bool:
    """Whether old01, off, reached esx02 with its files, which esx02 could not see."""
    return any(
        _ran(run, "old01", "cold")
        and run.move.destination == "esx02"
        and run.move.datastore is not None
        and _same_vm(run, "host", "power_state", "home", "disks")
        and _hosts_as_they_were(run)
        for run in session.runs
    )


def past_the_processor(session: Session) -> bool:
    """Whether demo01 reached esx02 though its processor state could not."""
    return any(
        _ran(run, "demo01", "cold")
        and run.move.destination == "esx02"
        and _same_vm(run, "host", "cpu", "disks")
        and _hosts_as_they_were(run)
        for run in session.runs
    )


def thin_to_fit(session: Session) -> bool:
    """Whether web01's disks went to nfs-01 while it ran, though they did not fit as they were."""
    return any(
        _ran(run, "web01", "storage")
        and run.move.datastore == "nfs-01"
        and _same_vm(run, "disks", "power_state", "memory_mib", "swap_placement")
        and (run.before.datastores["nfs-01"].free_gib or 1e9) <= 30
        and run.before.vms["web01"].home == "san-01"
        for run in session.runs
    )


def busy_disks(session: Session) -> bool:
    """Whether db01's disks were tried by changed blocks in vain, and then moved while it ran."""
    calm = [
        run
        for run in session.runs
        if run.move.vm == "db01"
        and run.move.kind == "storage"
        and not run.disturbances
        and _same_vm(run, "disks", "power_state", "activity")
    ]
    tried = [n for n, run in enumerate(calm) if run.outcome == "rolled-back"]
    moved = [n for n, run in enumerate(calm) if run.outcome == "migrated"]
    return bool(tried and moved) and min(tried) < max(moved)


def old_copy_left(session: Session) -> bool:
    """Whether a VM that does not run has arrived and its old files are still there."""
    return any(
        run.move.kind in ("cold", "suspended")
        and run.outcome == "failed-after-switchover"
        and any("Old files" in left for left in run.left_behind)
        for run in session.runs
    )


OBJECTIVES = (
    Objective(
        "Move old01 to esx02, files and all, without mounting anything",
        cold_without_shared_storage,
        (
            "Its files lie on the own disk of esx01, which esx02 cannot see.",
            "A VM that is off may take its files along: choose Cold and a datastore.",
            "esx02-local will do, and so will any datastore that esx02 sees.",
        ),
    ),
    Objective(
        "Bring demo01 to esx02 without touching a processor",
        past_the_processor,
        (
            "What is saved in its suspend file asks for the processor that it was suspended on.",
            "Only a VM that need not resume may forget that processor.",
            "Select demo01, set Power to off (its state is lost, as with a reset), move it cold.",
        ),
    ),
    Objective(
        "Move web01's disks to nfs-01 while it runs, with 30 GiB free there",
        thin_to_fit,
        (
            "Its disks are 60 GiB, but only 20 GiB of them were ever written.",
            "A thin disk takes up what was written to it.",
            "Storage VMotion, datastore nfs-01, Disks become thin.",
        ),
    ),
    Objective(
        "Move db01's disks to iscsi-01: see changed blocks fail, then do it while it runs",
        busy_disks,
        (
            "Migrate once as the guide of 2009 would: the passes do not shrink.",
            "What is changed faster than it is copied must be written to both sides at once.",
            "Choose the profile 5.5 at the top, where writes are mirrored, and migrate again.",
        ),
    ),
    Objective(
        "Leave an old copy behind: let a cold move fail after the new copy is registered",
        old_copy_left,
        (
            "The old copy is deleted last: what fails then does not stop the move.",
            "Reset; choose old01, Cold, a datastore; and a fault of the storage.",
            "Storage paths lost, strikes in Clean up.",
        ),
    ),
)


def powers() -> Table:
    """Which kind fits which power state, and what it asks for."""
    said = {True: "yes", False: "no", None: "may"}
    columns = ("kind", "VM is", "host", "files", "shared storage", "CPU checks", "guide calls it")
    hot = {True: "hot", False: "cold", None: "not said"}
    rows = [
        (
            facts.kind,
            ", ".join(facts.power_states),
            said[facts.changes_host],
            said[facts.moves_disks],
            "needed" if facts.shared_storage else "not needed",
            said[facts.cpu_checks],
            hot[facts.hot],
        )
        for facts in KINDS.values()
    ]
    return Table([Column(name) for name in columns], rows)


def mirror_against_passes(vm: str = "db01", to: str = "iscsi-01") -> Table:
    """Storage VMotion by changed blocks and by mirrored writes, for calm and busy guests.

    Parameters
    ----------
    vm, to : str, optional
        Whose disks, and the datastore that they go to.

    Returns
    -------
    Table
        A row for each method and rate; a dash where it never ends.
    """
    start = _start()
    rows: list[Sequence[Cell]] = []
    for profile, method in _METHODS:
        for rate in WRITES_MIB_S:
            now = apply(start, [set_to(("vms", vm, "activity", "disk_write_mib_s"), rate)])
            host = now.vms[vm].host
            move = Move(vm=vm, source=host, destination=host, kind="storage", datastore=to)
            rows.append(_row(method, rate, migrate(now, move, profile)))
    columns = (
        Column("method"), Column("guest_writes_mib_s", 0), Column("outcome"), Column("passes"),
        Column("total_s", 1), Column("downtime_s", 3), Column("written_gib", 1),
    )  # fmt: skip
    return Table(columns, rows, f"Disks of {vm} to {to}")


def _row(method: str, rate: float, outcome: Outcome) -> tuple[Cell, ...]:
    copy = outcome.estimate and outcome.estimate.storage
    done = outcome.outcome == "migrated"
    return (
        method,
        rate,
        outcome.outcome,
        len(copy.passes) if copy else None,
        outcome.total_s if done else None,
        outcome.downtime_s if done else None,
        mib_to_gib(bytes_to_mib(copy.written_bytes)) if copy else None,
    )


def diary(outcome: Outcome) -> Table:
    """What a move did to the world, in order: what is deleted stands last.

    Parameters
    ----------
    outcome : Outcome
        Of any kind.

    Returns
    -------
    Table
        A row for each thing done or undone.
    """
    rows = [
        (entry.at_s, str(entry.stage), "undone" if entry.undoes else "done", entry.what)
        for entry in outcome.journal
        if entry.what
    ]
    return Table([Column("at_s", 1), Column("stage"), Column("how"), Column("what")], rows)
