"""What a migration starts from: the move, what the check says, and the copy's case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration.algorithm import SENDS_MEMORY, Algorithm
from vmlab.migration.copy_case import case_for, network_of
from vmlab.migration.effects import Effect, effects_of
from vmlab.migration.files import Files, files_of
from vmlab.migration.setting import Setting, setting
from vmlab.migration.stages import Stage
from vmlab.models.case import Case
from vmlab.models.estimate import Estimate, estimate
from vmlab.rules import check
from vmlab.rules.report import Report

__all__ = ["Plan", "case_for", "plan", "wrong_ends"]


@dataclass(frozen=True)
class Plan:
    """A migration that has been judged and not yet begun.

    Parameters
    ----------
    datacenter : Datacenter
        As it is.
    move : Move
        What is to move.
    report : Report
        What the check says.
    case : Case or None
        The copy; None where there is no link to copy over, or nothing to copy.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory is sent.
    """

    datacenter: Datacenter
    move: Move
    report: Report
    case: Case | None
    algorithm: Algorithm = "pre-copy"
    # What a run has worked out of it and another may use again.
    remembered: dict[str, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def estimate(self) -> Estimate | None:
        """The copy if nothing disturbs it."""
        return None if self.case is None else estimate(self.case)

    @cached_property
    def files(self) -> Files:
        """What goes to another datastore."""
        return files_of(self.datacenter, self.move)

    @cached_property
    def files_network(self) -> float | str | None:
        """What files cross: "link", a rate in Mbit/s, or None where one host reaches both ends."""
        return network_of(self.files)

    @cached_property
    def setting(self) -> Setting:
        """What of it faults care for."""
        vm = self.datacenter.vms[self.move.vm]
        pmem = any(disk.persistent_memory for disk in vm.disks.values())
        return setting(
            self.move.kind,
            runs=self.vm_runs,
            files=self.files.target is not None,
            over_network=self.files_network is not None,
            second_host=self.move.source != self.move.destination,
            pmem=pmem or any(device.kind == "nvdimm" for device in vm.devices.values()),
            algorithm=self.algorithm,
        )

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of this move, in order."""
        return self.setting.stages

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """What its stages do to the world, in order."""
        return effects_of(self.datacenter, self.move, self.algorithm)

    @cached_property
    def vm_runs(self) -> bool:
        """Whether the VM is powered on."""
        return self.datacenter.vms[self.move.vm].power_state == "on"


def plan(
    datacenter: Datacenter,
    move: Move,
    profile: Profile = Profile.GUIDE_40,
    *,
    seed: int = 1,
    report: Report | None = None,
    algorithm: Algorithm = "pre-copy",
) -> Plan:
    """Judge a move and work out its copy.

    Parameters
    ----------
    datacenter : Datacenter
        As it is.
    move : Move
        Of any kind.
    profile : Profile, optional
        Whose eyes judge.
    seed : int, optional
        For the pages that a film draws.
    report : Report, optional
        A check already made.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory is sent. vSphere's own is pre-copy; the others are what
        other hypervisors do, with this lab's stages.

    Returns
    -------
    Plan
        Refused or not.

    Raises
    ------
    InputError
        The move names what does not exist, or what its kind cannot do.
    """
    problems = [*_problems(datacenter, move), *_no_memory(move, algorithm)]
    if problems:
        raise InputError("move", problems)
    report = check(datacenter, move, profile) if report is None else report
    case = case_for(datacenter, move, seed=seed, profile=report.profile, algorithm=algorithm)
    return Plan(datacenter, move, report, case, algorithm)


def _no_memory(move: Move, algorithm: Algorithm) -> list[Problem]:
    if algorithm == "pre-copy" or move.kind in SENDS_MEMORY:
        return []
    remedy = f"Leave the algorithm out, or use kind {' or '.join(SENDS_MEMORY)}"
    message = f"kind {move.kind} sends no memory, so {algorithm} means nothing to it"
    return [Problem(message, remedy, ("algorithm",))]


def _problems(datacenter: Datacenter, move: Move) -> list[Problem]:
    vm = datacenter.vms.get(move.vm)
    if vm is None:
        return [_unknown("VM", move.vm, datacenter.vms, "vm")]
    if vm.host != move.source:
        verb = "runs" if vm.power_state == "on" else "is registered"
        message = f"{move.vm} {verb} on {vm.host}, not on {move.source}"
        return [Problem(message, "Correct the source", ("source",))]
    if move.destination not in datacenter.hosts:
        return [_unknown("host", move.destination, datacenter.hosts, "to")]
    if move.datastore is not None and move.datastore not in datacenter.datastores:
        return [_unknown("datastore", move.datastore, datacenter.datastores, "datastore")]
    return wrong_ends(datacenter, move)


def wrong_ends(datacenter: Datacenter, move: Move) -> list[Problem]:
    """What a kind cannot do with the host and the datastore that a move names.

    Parameters
    ----------
    datacenter : Datacenter
        Where both exist.
    move : Move
        What is asked for.

    Returns
    -------
    list of Problem
        At most one.
    """
    vm, kind, store = move.vm, move.kind, move.datastore
    goes = move.destination != move.source
    known = ", ".join(datacenter.datastores)
    if kind == "vmotion" and store is not None:
        remedy = "Use kind storage, or both to change the host too"
        return [Problem("kind vmotion moves no files", remedy, ("datastore",))]
    if kind in {"storage", "both"} and store is None:
        return [Problem(f"kind {kind} needs a datastore", f"Name one: {known}", ("datastore",))]
    if kind == "storage" and goes:
        remedy = "Leave the destination out, or use kind both"
        return [Problem(f"kind storage leaves {vm} on {move.source}", remedy, ("to",))]
    if kind in {"vmotion", "both"} and not goes:
        return [Problem(f"{vm} is on {move.source} already", "Name another host", ("to",))]
    moved = files_of(datacenter, move).target is not None
    if not goes and store is None:
        remedy = "Name another host, a datastore, or both"
        return [Problem(f"{vm} is on {move.source} already", remedy, ("to",))]
    if not moved and (kind in {"storage", "both"} or not goes):
        remedy = "Name another datastore" + (", or use kind vmotion" if kind == "both" else "")
        return [Problem(f"all files of {vm} are on {store} already", remedy, ("datastore",))]
    return []


def _unknown(what: str, name: str, known: Iterable[str], place: str) -> Problem:
    return Problem(f"there is no {what} {name!r}", f"Known: {', '.join(known) or 'none'}", (place,))
