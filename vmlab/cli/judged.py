"""What the commands that judge have in common: whose eyes, and how a report is shown."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape

from vmlab.cli.terminal import MARKS, stdout
from vmlab.inventory.profile import Profile
from vmlab.rules.report import Report

profile_option = click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    help="Whose eyes judge; the scenario's own where left out, else guide-4.0.",
)


def print_report(report: Report, console: Console | None = None) -> None:
    """Print a report: findings with their remedies, then what is met."""
    console = console or stdout()
    for finding in report.findings:
        mark, colour = MARKS[finding.severity]
        shows = "" if finding.phase == "check" else f", shows at {finding.phase}"
        console.print(
            f"[{colour}]{mark} {finding.severity}[/] {escape(finding.message)} "
            f"[dim]({finding.rule.id}{shows})[/]"
        )
        console.print(f"    {escape(finding.fix)}. [dim]{escape(finding.rule.source)}[/]")
    notes = [passed.note for passed in report.passed if passed.note]
    tail = f" ({'; '.join(notes)})" if notes else ""
    mark, colour = MARKS["met"]
    console.print(f"[{colour}]{mark}[/] {len(report.passed)} rules met{escape(tail)}")
