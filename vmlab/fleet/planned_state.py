"""The state that a VM meets where it shall go, and what the rules say of it there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from vmlab.fleet.matrix import Matrix, matrix
from vmlab.inventory.datacenter import Datacenter, DrsRule
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.machine import PowerState, VirtualMachine
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.profile import Profile
from vmlab.rules.capacity.pace import precopy_convergence
from vmlab.rules.capacity.placement import drs_vm_rule
from vmlab.rules.check import check
from vmlab.rules.report import Finding, Report

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


def rules_of(datacenter: Datacenter, vm: str) -> Iterator[DrsRule]:
    """The placement rules that name a VM."""
    for cluster in datacenter.clusters.values():
        yield from (rule for rule in cluster.rules.values() if vm in rule.vms)


@dataclass
class PlannedState:
    """The datacenter as it will be when the VMs placed so far have arrived.

    Parameters
    ----------
    start : Datacenter
        As it is.
    emptied : frozenset of str
        Hosts that are no destination.
    profile : Profile
        Whose eyes judge.
    barred : mapping of str to collection of str
        Further hosts that a VM must not go to, by VM.
    """

    start: Datacenter
    emptied: frozenset[str]
    profile: Profile
    barred: Mapping[str, Collection[str]]
    on_host: dict[str, dict[str, VirtualMachine]] = field(init=False)
    used_mib: dict[str, int] = field(init=False)
    verdicts: Matrix = field(init=False)
    rows: dict[str, int] = field(init=False)
    kept: frozenset[str] = field(init=False)
    reports: dict[tuple[str, str], Report] = field(init=False, default_factory=dict)

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
        """Find a place for a VM, and take it.

        A host over whose link the copy would not shrink is taken only where
        there is no other.
        """
        first: dict[str, Finding | str] = {}
        slow: Move | None = None
        for host in self._candidates(vm):
            rule = self._forbidden(vm, host)
            if rule is not None:
                first[host] = rule
                continue
            move = _move(vm, host)
            report = check(self._cut(move), move, self.profile)
            objection = self._objection(report)
            if objection is not None:
                first[host] = objection
                continue
            self.reports[move.vm, host] = report
            if not any(one.rule is precopy_convergence for one in report.findings):
                return self._arrive(vm, move)
            slow = slow or move
        return self._stay(vm, first) if slow is None else self._arrive(vm, slow)

    def _candidates(self, vm: VirtualMachine) -> list[str]:
        barred = {*self.emptied, *self.barred.get(vm.name, ())}
        own = self.start.cluster_of(vm.host)
        at_home = own.hosts if own else ()
        rules = list(rules_of(self.start, vm.name))
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

    def _objection(self, report: Report) -> Finding | None:
        """What keeps a move from being made: an error, or VMs that shall stay apart."""
        for finding in report.findings:
            if finding.blocks or (finding.rule is drs_vm_rule and self._keeps(finding) == "apart"):
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

    def _arrive(self, vm: VirtualMachine, move: Move) -> Move:
        host = move.destination
        del self.on_host[vm.host][vm.name]
        self.on_host[host][vm.name] = vm.model_copy(update={"host": host})
        self._take(vm, host)
        return move

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
