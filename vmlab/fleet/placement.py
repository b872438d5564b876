"""Which VM goes where when its host is emptied, and which cannot go, and why.

A destination is one that the rules allow in the state that the VMs placed
before have left; that is what a check of the move says there. Among those the
VM goes where the largest share of memory stays free. That order is this lab's:
DRS weighs more, and does not publish all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from vmlab.documents import InputError, Problem
from vmlab.fleet.planned_state import KIND_OF, PlannedState, Stay, rules_of
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.rules.report import Report

__all__ = ["KIND_OF", "Placement", "Stay", "free_share", "place", "refuse_unknown"]


@dataclass(frozen=True)
class Placement:
    """What goes where.

    Parameters
    ----------
    moves : tuple of Move
        In the order in which they were placed.
    stays : tuple of Stay
        What can go nowhere.
    reports : mapping of str to Report
        What the check of each move said, by VM.
    """

    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]
    reports: Mapping[str, Report] = field(default_factory=dict, repr=False)


def place(
    datacenter: Datacenter,
    hosts: Collection[str],
    profile: Profile = Profile.GUIDE_40,
    *,
    vms: Collection[str] | None = None,
    barred: Mapping[str, Collection[str]] | None = None,
    powered_off: bool = True,
) -> Placement:
    """Find a destination for each VM on the hosts that shall be empty.

    Parameters
    ----------
    datacenter : Datacenter
        As it is; moves under way count as their shells do.
    hosts : collection of str
        The hosts to be emptied: none of them is a destination.
    profile : Profile, optional
        Whose eyes judge.
    vms : collection of str, optional
        Only these; all VMs of the hosts where left out.
    barred : mapping of str to collection of str, optional
        Hosts that a VM must not go to, by VM: where it was refused before.
    powered_off : bool, optional
        Whether VMs that are off or suspended go too.

    Returns
    -------
    Placement
        The largest VMs first, those that shall stay together one after another.

    Raises
    ------
    InputError
        There is no such host.
    """
    refuse_unknown(datacenter, hosts)
    wanted = [
        vm
        for vm in datacenter.vms.values()
        if vm.host in hosts
        and (vms is None or vm.name in vms)
        and (powered_off or vm.power_state == "on")
    ]
    if not wanted:
        return Placement((), ())
    state = PlannedState(datacenter, frozenset(hosts), profile, barred or {})
    moves: list[Move] = []
    stays: list[Stay] = []
    for vm in _in_order(datacenter, wanted):
        found = state.placed(vm)
        if isinstance(found, Move):
            moves.append(found)
        else:
            stays.append(found)
    reports = {move.vm: state.reports[move.vm, move.destination] for move in moves}
    return Placement(tuple(moves), tuple(stays), reports)


def refuse_unknown(datacenter: Datacenter, hosts: Collection[str]) -> None:
    """Refuse a list of hosts that is empty, or names one that does not exist."""
    known = f"Known: {', '.join(list(datacenter.hosts)[:20]) or 'none'}"
    if not hosts:
        raise InputError("hosts", [Problem("there is no host to be emptied", known)])
    problems = [
        Problem(f"there is no host named {host!r}", known)
        for host in hosts
        if host not in datacenter.hosts
    ]
    if problems:
        raise InputError("hosts", problems)


def free_share(datacenter: Datacenter, host: str) -> float:
    """The share of a host's memory that its running VMs are not configured with."""
    used = sum(
        vm.memory_mib
        for vm in datacenter.vms.values()
        if vm.host == host and vm.power_state == "on"
    )
    return 1 - used / datacenter.hosts[host].memory_mib


def _in_order(datacenter: Datacenter, vms: list[VirtualMachine]) -> list[VirtualMachine]:
    """Running VMs first, the largest first; friends follow the largest of them."""
    order = sorted(vms, key=lambda vm: (vm.power_state != "on", -vm.memory_mib, vm.name))
    by_name = {vm.name: vm for vm in order}
    chosen: dict[str, VirtualMachine] = {}
    for vm in order:
        chosen.setdefault(vm.name, vm)
        for rule in rules_of(datacenter, vm.name):
            if rule.keep == "together":
                friends = (by_name[name] for name in rule.vms if name in by_name)
                for friend in friends:
                    chosen.setdefault(friend.name, friend)
    return list(chosen.values())
