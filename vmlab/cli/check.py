"""`vmlab check`: whether what must hold does."""

from __future__ import annotations

import click

from vmlab.cli.judged import print_report, profile_option
from vmlab.cli.terminal import json_option, print_json
from vmlab.documents import InputError, Problem
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario, load
from vmlab.rules.check import check as check_rules
from vmlab.rules.check import request


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
        click.echo(what if report.ok else "Refused" if vm else "The hosts are not sound")
    return 0 if report.ok else 1
