"""Judge a datacenter, or a move in it, by the rules of a profile."""

from __future__ import annotations

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.profile import Profile
from vmlab.rules.catalogue import RULES
from vmlab.rules.report import Finding, Passed, Report
from vmlab.rules.rule import Breach, Fault, Rule


def check(
    datacenter: Datacenter, move: Move | None = None, profile: Profile = Profile.GUIDE_40
) -> Report:
    """Check a move, or the hosts as they stand.

    Parameters
    ----------
    datacenter : Datacenter
        What exists.
    move : Move, optional
        What is asked for; without it only the rules that need no move speak.
    profile : Profile, optional
        Whose eyes look.

    Returns
    -------
    Report
        Findings in the order of the catalogue, and what passed.

    Raises
    ------
    InputError
        The move names a virtual machine, a host, a resource pool, an adapter or
        a distributed network that does not exist. What a host lacks, a label or
        a datastore, is a finding.
    """
    if move is not None:
        _refuse_unknown(datacenter, move.vm, move.source, move.destination)
        _refuse_strange_wishes(datacenter, move)
    findings: list[Finding] = []
    passed: list[Passed] = []
    for rule in RULES:
        if not rule.applies_to(profile) or (rule.needs_move and move is None):
            continue
        said = list(rule.judge(datacenter, move))
        breaches = [item for item in said if isinstance(item, Breach)]
        findings += [_finding(rule, breach, profile) for breach in breaches]
        if not breaches:
            notes = [item.text for item in said if not isinstance(item, Breach)]
            passed.append(Passed(rule, "; ".join(notes) or None))
    return Report(profile, move, tuple(findings), tuple(passed))


def request(
    datacenter: Datacenter,
    vm: str,
    to: str | None,
    kind: Kind = "vmotion",
    *,
    datastore: str | None = None,
) -> Move:
    """Name a move by its VM and where it shall go.

    Parameters
    ----------
    datacenter : Datacenter
        Where both are.
    vm : str
        The virtual machine.
    to : str or None
        The destination host; None where it stays.
    kind : str, optional
        The kind of migration.
    datastore : str, optional
        Where its files go; left out they stay.

    Returns
    -------
    Move
        With the host on which the VM is now as its source.

    Raises
    ------
    InputError
        There is no such VM, host or datastore, or the VM is there already.
    """
    _refuse_unknown(datacenter, vm, *([] if to is None else [to]))
    if datastore is not None and datastore not in datacenter.datastores:
        message = f"there is no datastore named {datastore!r}"
        raise InputError("move", [Problem(message, _known(list(datacenter.datastores)))])
    source = datacenter.vms[vm].host
    to = source if to is None else to
    if to == source and datastore is None:
        others = [host for host in datacenter.hosts if host != to]
        raise InputError("move", [Problem(f"{vm} is on {to} already", _known(others))])
    return Move(vm=vm, source=source, destination=to, kind=kind, datastore=datastore)


def _refuse_unknown(datacenter: Datacenter, vm: str, *hosts: str) -> None:
    problems = []
    if vm not in datacenter.vms:
        message = f"there is no virtual machine named {vm!r}"
        problems.append(Problem(message, _known(list(datacenter.vms))))
    for host in hosts:
        if host not in datacenter.hosts:
            message = f"there is no host named {host!r}"
            problems.append(Problem(message, _known(list(datacenter.hosts))))
    if problems:
        raise InputError("move", problems)


def _refuse_strange_wishes(datacenter: Datacenter, move: Move) -> None:
    """Refuse what else a move asks for, where no host could have it."""
    problems = []
    if move.resource_pool is not None and move.resource_pool not in datacenter.resource_pools:
        message = f"there is no resource pool named {move.resource_pool!r}"
        problems.append(Problem(message, _known(list(datacenter.resource_pools))))
    adapters = datacenter.vms[move.vm].vnics
    for adapter, network in move.networks.items():
        if adapter not in adapters:
            message = f"{move.vm} has no adapter named {adapter!r}"
            problems.append(Problem(message, _known(list(adapters))))
        if network.distributed_switch is None:
            continue
        switch = datacenter.distributed_switches.get(network.distributed_switch)
        if switch is None:
            message = f"there is no distributed switch named {network.distributed_switch!r}"
            problems.append(Problem(message, _known(list(datacenter.distributed_switches))))
        elif network.port_group not in switch.port_groups:
            message = f"{switch.name} has no port group named {network.port_group!r}"
            problems.append(Problem(message, _known(list(switch.port_groups))))
    if problems:
        raise InputError("move", problems)


def _known(names: list[str]) -> str:
    return f"Known: {', '.join(names) or 'none'}"


def _finding(rule: Rule, breach: Breach, profile: Profile) -> Finding:
    severity = rule.severity[profile]
    if breach.milder:
        severity = rule.milder.get(profile, severity)
    fault = breach.fault or (Fault(rule.fault) if rule.fault else None)
    fix = breach.fix or rule.fix
    return Finding(rule, severity, breach.path, breach.message, fix, breach.edits, fault)
