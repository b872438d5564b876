"""What a migration starts from: the move, what the check says, and the copy's case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration.stages import Stage, nominal_s
from vmlab.models.case import Case, Link, Policy, Uniform, Workload
from vmlab.models.estimate import Estimate, estimate
from vmlab.rules import check
from vmlab.rules.report import Report

BUILT = ("vmotion",)


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
        The copy; None where there is no link to copy over.
    """

    datacenter: Datacenter
    move: Move
    report: Report
    case: Case | None

    @cached_property
    def estimate(self) -> Estimate | None:
        """The copy if nothing disturbs it."""
        return None if self.case is None else estimate(self.case)


def plan(
    datacenter: Datacenter,
    move: Move,
    profile: Profile = Profile.GUIDE_40,
    *,
    seed: int = 1,
    report: Report | None = None,
) -> Plan:
    """Judge a move and work out its copy.

    Parameters
    ----------
    datacenter : Datacenter
        As it is.
    move : Move
        A VMotion.
    profile : Profile, optional
        Whose eyes judge.
    seed : int, optional
        For the pages that a film draws.
    report : Report, optional
        A check already made.

    Returns
    -------
    Plan
        Refused or not.

    Raises
    ------
    InputError
        The move names what does not exist, or is of a kind that is not built.
    """
    problems = _problems(datacenter, move)
    if problems:
        raise InputError("move", problems)
    report = check(datacenter, move, profile) if report is None else report
    return Plan(datacenter, move, report, case_for(datacenter, move, seed=seed))


def case_for(datacenter: Datacenter, move: Move, *, seed: int = 1) -> Case | None:
    """The copy of a move as a case for the model.

    Parameters
    ----------
    datacenter : Datacenter
        Where both hosts and the VM are.
    move : Move
        What moves.
    seed : int, optional
        The case's.

    Returns
    -------
    Case or None
        Over the slower of the two hosts' VMotion uplinks; None where a host
        has none.
    """
    vm = datacenter.vms[move.vm]
    ends = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    rates = [nic.speed_mbit_s for host in ends if (nic := host.vmotion_uplink)]
    if len(rates) < len(ends):
        return None
    nonzero_mib = min(vm.activity.nonzero_mib or vm.memory_mib, vm.memory_mib)
    busy = Uniform(
        working_set_mib=min(vm.activity.working_set_mib, nonzero_mib),
        dirty_pages_per_s=vm.activity.dirty_pages_per_s,
    )
    resume_ms = 1000 * nominal_s(Stage.HANDSHAKE)
    return Case(
        memory_mib=vm.memory_mib,
        nonzero_mib=nonzero_mib,
        workload=Workload(uniform=busy),
        link=Link(mbit_s=min(rates)),
        policy=Policy(hypervisor="esx", resume_ms=resume_ms),
        seed=seed,
    )


def _problems(datacenter: Datacenter, move: Move) -> list[Problem]:
    if move.kind not in BUILT:
        remedy = f"What works: {', '.join(BUILT)}"
        return [Problem(f"a move of kind {move.kind} is not built yet", remedy, ("kind",))]
    vm = datacenter.vms.get(move.vm)
    if vm is None:
        known = ", ".join(datacenter.vms) or "none"
        return [Problem(f"there is no VM {move.vm!r}", f"Known: {known}", ("vm",))]
    if vm.host != move.source:
        message = f"{move.vm} runs on {vm.host}, not on {move.source}"
        return [Problem(message, "Correct the source", ("source",))]
    if move.destination not in datacenter.hosts:
        known = ", ".join(datacenter.hosts)
        return [Problem(f"there is no host {move.destination!r}", f"Known: {known}", ("to",))]
    if move.destination == move.source:
        return [Problem(f"{move.vm} is on {move.source} already", "Name another host", ("to",))]
    return []
