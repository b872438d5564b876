"""Which VM goes where when its host is emptied, and which cannot go, and why.

A destination is one that the rules allow in the state that the VMs placed
before have left; that is what a check of the move says there. Among those the
VM goes where the largest share of memory stays free. That order is this lab's:
DRS weighs more, and does not publish all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from vmlab.documents import InputError, Problem
from vmlab.fleet.matrix import Matrix, matrix
from vmlab.inventory.datacenter import Datacenter, DrsRule
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.machine import PowerState, VirtualMachine
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.profile import Profile
from vmlab.rules.capacity.placement import drs_vm_rule
from vmlab.rules.check import check
from vmlab.rules.report import Finding

#: How a VM in each power state leaves its host.
KIND_OF: Mapping[PowerState, Kind] = {"on": "vmotion", "suspended": "suspended", "off": "cold"}


@dataclass(frozen=True)
class Stay:
    """A VM that goes nowhere.

    Parameters
    ----------
    vm, host : str
        Which, and where it stays.
    rule : str or None
        The rule that forbids most of its destinations; None where there is
        no other host.
    reason : str
        What that rule found, in a sentence.
    refused : tuple of (str, str)
        Each destination with the first rule that forbids it.
    """

    vm: str
    host: str
    rule: str | None
    reason: str
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Placement:
    """What moves where, in the order in which it was placed, and what stays."""

    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]


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
    state = _State(datacenter, frozenset(hosts), profile, barred or {})
    moves: list[Move] = []
    stays: list[Stay] = []
    for vm in _in_order(datacenter, wanted):
        found = state.placed(vm)
        if isinstance(found, Move):
            moves.append(found)
        else:
            stays.append(found)
    return Placement(tuple(moves), tuple(stays))


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


def _rules_of(datacenter: Datacenter, vm: str) -> Iterator[DrsRule]:
    for cluster in datacenter.clusters.values():
        yield from (rule for rule in cluster.rules.values() if vm in rule.vms)


def _in_order(datacenter: Datacenter, vms: list[VirtualMachine]) -> list[VirtualMachine]:
    """Running VMs first, the largest first; friends follow the largest of them."""
    order = sorted(vms, key=lambda vm: (vm.power_state != "on", -vm.memory_mib, vm.name))
    by_name = {vm.name: vm for vm in order}
    chosen: dict[str, VirtualMachine] = {}
    for vm in order:
        chosen.setdefault(vm.name, vm)
        for rule in _rules_of(datacenter, vm.name):
            if rule.keep == "together":
                friends = (by_name[name] for name in rule.vms if name in by_name)
                for friend in friends:
                    chosen.setdefault(friend.name, friend)
    return list(chosen.values())


@dataclass
class _State:
    """The datacenter as it will be when the VMs placed so far have arrived."""

    start: Datacenter
    emptied: frozenset[str]
    profile: Profile
    barred: Mapping[str, Collection[str]]
    on_host: dict[str, dict[str, VirtualMachine]] = field(init=False)
    used_mib: dict[str, int] = field(init=False)
    verdicts: Matrix = field(init=False)
    rows: dict[str, int] = field(init=False)
    kept: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.on_host = {name: {} for name in self.start.hosts}
        for vm in self.start.vms.values():
            self.on_host[vm.host][vm.name] = vm
        # Those on their way have been promised room where they go.
        bound = {m.vm: m.destination for m in self.start.moves.values() if m.kind != "storage"}
        self.used_mib = dict.fromkeys(self.start.hosts, 0)
        for vm in self.start.vms.values():
            self._take(vm, bound.get(vm.name, vm.host))
        self.verdicts = matrix(self.start, self.profile)
        self.rows = {name: row for row, name in enumerate(self.verdicts.vms)}
        ruled = (
            name
            for cluster in self.start.clusters.values()
            for rule in cluster.rules.values()
            for name in rule.vms
        )
        self.kept = frozenset((*ruled, *bound, *(m.vm for m in self.start.moves.values())))

    def placed(self, vm: VirtualMachine) -> Move | Stay:
        """Find a place for a VM, and take it."""
        first: dict[str, Finding | str] = {}
        for host in self._candidates(vm):
            rule = self._forbidden(vm, host)
            if rule is not None:
                first[host] = rule
                continue
            move = _move(vm, host)
            finding = self._objection(move)
            if finding is None:
                self._arrive(vm, host)
                return move
            first[host] = finding
        return self._stay(vm, first)

    def _candidates(self, vm: VirtualMachine) -> list[str]:
        barred = {*self.emptied, *self.barred.get(vm.name, ())}
        own = self.start.cluster_of(vm.host)
        at_home = own.hosts if own else ()
        rules = list(_rules_of(self.start, vm.name))
        friends = {name for rule in rules if rule.keep == "together" for name in rule.vms} - {
            vm.name
        }
        ranked = []
        for number, (name, host) in enumerate(self.start.hosts.items()):
            if name in barred:
                continue
            against = sum(
                (name in rule.hosts) is not (rule.keep == "on-hosts")
                for rule in rules
                if rule.keep in ("on-hosts", "off-hosts")
            )
            beside = sum(friend in self.on_host[name] for friend in friends)
            after = (self.used_mib[name] + vm.memory_mib) / host.memory_mib
            ranked.append((name not in at_home, against, -beside, after, number, name))
        return [rank[-1] for rank in sorted(ranked)]

    def _forbidden(self, vm: VirtualMachine, host: str) -> str | None:
        """The first rule that forbids it whatever was placed before, as far as the matrix knows."""
        row = self.rows.get(vm.name)
        if row is None:
            return None
        column = self.verdicts.hosts.index(host)
        number = int(self.verdicts.first[row, column])
        return self.verdicts.index.rules[number - 1].id if number else None

    def _objection(self, move: Move) -> Finding | None:
        """What keeps a move from being made: an error, or VMs that shall stay apart."""
        report = check(self._cut(move), move, self.profile)
        for finding in report.findings:
            if finding.blocks:
                return finding
            if finding.rule is drs_vm_rule and self._keeps(finding) == "apart":
                return finding
        return None

    def _keeps(self, finding: Finding) -> str:
        _, cluster, _, rule, *_ = finding.path
        return self.start.clusters[cluster].rules[rule].keep

    def _cut(self, move: Move) -> Datacenter:
        """The datacenter with the VMs that a move's verdict can have changed by."""
        there = {**self.on_host[move.source], **self.on_host[move.destination]}
        for name in self.kept:
            there.setdefault(name, self._now(name))
        return self.start.model_copy(update={"vms": FrozenMapping(there)})

    def _now(self, name: str) -> VirtualMachine:
        return next(vms[name] for vms in self.on_host.values() if name in vms)

    def _arrive(self, vm: VirtualMachine, host: str) -> None:
        del self.on_host[vm.host][vm.name]
        self.on_host[host][vm.name] = vm.model_copy(update={"host": host})
        self._take(vm, host)

    def _take(self, vm: VirtualMachine, host: str) -> None:
        if vm.power_state == "on":
            self.used_mib[host] += vm.memory_mib

    def _stay(self, vm: VirtualMachine, first: dict[str, Finding | str]) -> Stay:
        ids = {host: one if isinstance(one, str) else one.rule.id for host, one in first.items()}
        if not ids:
            return Stay(vm.name, vm.host, None, "There is no other host that it may go to")
        rule, _ = Counter(ids.values()).most_common(1)[0]
        host = next(name for name, found in ids.items() if found == rule)
        said = first[host]
        if isinstance(said, str):
            findings = check(self.start, _move(vm, host), self.profile).findings
            said = next((one for one in findings if one.rule.id == rule), said)
        reason = said if isinstance(said, str) else said.message
        return Stay(vm.name, vm.host, rule, reason, tuple(ids.items()))


def _move(vm: VirtualMachine, host: str) -> Move:
    kind = KIND_OF[vm.power_state]
    return Move(name=vm.name, vm=vm.name, source=vm.host, destination=host, kind=kind)
