"""`vmlab check` and `vmlab rules`: what must hold, and whether it does."""

from __future__ import annotations

import click

from vmlab.cli.terminal import (
    json_option,
    print_json,
    print_report,
    print_table,
    profile_option,
    stdout,
)
from vmlab.documents import InputError, Problem
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario, load
from vmlab.rules.catalogue import RULES, find_rule
from vmlab.rules.check import check as check_rules
from vmlab.rules.check import request
from vmlab.rules.rule import Rule
from vmlab.tables import Column, Table


def profile_for(scenario: Scenario, chosen: str | None) -> Profile:
    """The command's profile, else the scenario's."""
    return Profile(chosen) if chosen else scenario.profile


@click.command()
@click.argument("file")
@click.option("--vm", help="The virtual machine to move.")
@click.option("--to", help="The host to move it to.")
@profile_option
@json_option
def check(file: str, vm: str | None, to: str | None, profile: str | None, as_json: bool) -> int:
    """Check a move, or without --vm the hosts as they stand.

    FILE is a scenario file or the name of one that comes with vmlab.
    """
    scenario = load(file)
    if to and not vm:
        raise InputError("check", [Problem("--to goes with --vm", "Add --vm, or leave out --to")])
    if vm and not to:
        hosts = ", ".join(scenario.datacenter.hosts)
        raise InputError("check", [Problem("--vm goes with --to", f"Add --to, one of: {hosts}")])
    move = request(scenario.datacenter, vm, to) if vm and to else None
    report = check_rules(scenario.datacenter, move, profile_for(scenario, profile))
    if as_json:
        print_json(report.to_json())
    else:
        print_report(report)
        what = f"{vm} may move to {to}" if vm else "The hosts are sound"
        stdout().print(what if report.ok else "Refused" if vm else "The hosts are not sound")
    return 0 if report.ok else 1


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@profile_option
@json_option
def rules(rule_id: str | None, profile: str | None, as_json: bool) -> int:
    """List the rules, or show one rule's page."""
    chosen = Profile(profile) if profile else None
    shown: list[Rule] = [find_rule(rule_id)] if rule_id else list(RULES)
    applying = [rule for rule in shown if chosen is None or rule.applies_to(chosen)]
    if as_json:
        pages = [rule.to_json(chosen) for rule in applying]
        print_json({"profile": profile, "rules": pages})
    elif rule_id:
        _print_page(shown[0])
    else:
        print_table(_listing(applying, chosen))
    return 0


def _listing(rules: list[Rule], profile: Profile | None) -> Table:
    profiles = [profile] if profile else list(Profile)
    columns = [Column("rule"), *(Column(p.value) for p in profiles), Column("what must hold")]
    rows = [[rule.id, *(rule.severity.get(p) for p in profiles), rule.title] for rule in rules]
    return Table(columns, rows)


def _print_page(rule: Rule) -> None:
    console = stdout()
    severities = ", ".join(f"{p.value}: {rule.severity.get(p, '–')}" for p in Profile)
    recalled = " (recalled, found on no page)" if rule.recalled else ""
    console.print(f"[bold]{rule.id}[/]  {rule.title}")
    for name, value in (
        ("why", rule.why),
        ("fix", rule.fix),
        ("severity", severities),
        ("shows at", rule.phase),
        ("fault", rule.fault or "vCenter has none"),
        ("tests", rule.test_group),
        ("source", rule.source + recalled),
    ):
        console.print(f"  [dim]{name:<9}[/] {value}")
