"""`vmlab rules`: the catalogue, and a rule's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import click
from rich.markup import escape
from rich.table import Table as RichTable

from vmlab.cli.judged import profile_option
from vmlab.cli.terminal import MARKS, json_option, print_json, print_table, say, stdout
from vmlab.documents import InputError, Problem
from vmlab.inventory.profile import Profile
from vmlab.rules.catalogue import RULES, find_rule
from vmlab.rules.rule import Rule, Scope, Severity
from vmlab.tables import Column, Table
from vmlab.views.catalogue import (
    DASH,
    NO_FAULT,
    PHASE_WORDS,
    RECALLED,
    SCOPE_WORDS,
    SCOPES,
    SEVERITIES,
    by_scope,
    find,
)


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--scope", type=click.Choice(SCOPES), help="Only rules about this.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Only rules so severe.")
@click.option("--search", metavar="TEXT", help="Only rules in which each word of TEXT occurs.")
@profile_option
@json_option
def rules(
    rule_id: str | None,
    scope: str | None,
    severity: str | None,
    search: str | None,
    profile: str | None,
    as_json: bool,
) -> int:
    """List the rules, or show one rule's page.

    TEXT is sought in a rule's id, title, fault and reason. --severity is that
    under --profile, or under any profile where none is given.
    """
    chosen = Profile(profile) if profile else None
    if rule_id is not None and (scope or severity or search):
        problem = Problem("an ID goes without --scope, --severity and --search", "Leave them out")
        raise InputError("rules", [problem])
    shown: Sequence[Rule] = RULES if rule_id is None else [find_rule(rule_id)]
    if chosen:
        shown = [rule for rule in shown if rule.applies_to(chosen)]
    found = find(
        shown,
        search or "",
        profile=chosen,
        severity=cast("Severity | None", severity),
        scope=cast("Scope | None", scope),
    )
    if as_json:
        # In the catalogue's own order, which is not quite that of the scopes.
        kept = {rule.id for rule in found}
        pages = [rule.to_json(chosen) for rule in shown if rule.id in kept]
        print_json({"profile": profile, "rules": pages})
    elif rule_id is not None:
        _print_page(find_rule(rule_id))
    elif not found:
        say("No rule answers to all of this")
    elif stdout().is_terminal:
        _print_groups(found, chosen)
    else:
        print_table(_listing(found, chosen))
    return 0


def _shown_profiles(profile: Profile | None) -> list[Profile]:
    return [profile] if profile else list(Profile)


def _listing(rules: Sequence[Rule], profile: Profile | None) -> Table:
    """Plain columns, for files and other commands."""
    profiles = _shown_profiles(profile)
    names = ["rule", "scope", *(p.value for p in profiles), "what must hold"]
    rows = [
        [rule.id, rule.scope, *(rule.severity.get(p) for p in profiles), rule.title]
        for rule in rules
    ]
    return Table([Column(name) for name in names], rows)


def _print_groups(rules: Sequence[Rule], profile: Profile | None) -> None:
    """A heading for each scope, a sign for each profile, and what the signs mean."""
    console, profiles = stdout(), _shown_profiles(profile)
    shown = RichTable(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for each in profiles:
        shown.add_column(each.value.rpartition("-")[2], justify="center", no_wrap=True)
    shown.add_column("what must hold", ratio=1)
    shown.add_column("rule", no_wrap=True)
    blank = [""] * len(profiles)
    for scope, own in by_scope(rules):
        shown.add_row(*blank, f"[bold]{SCOPE_WORDS[scope]}[/] [dim]{len(own)}[/]", "")
        for rule in own:
            signs = [_sign(rule.severity.get(p)) for p in profiles]
            recalled = " [dim](recalled)[/]" if rule.recalled else ""
            shown.add_row(*signs, f"{escape(rule.title)}{recalled}", f"[dim]{rule.id}[/]")
    console.print(shown)
    meanings = [f"{_sign(severity)} {severity}" for severity in SEVERITIES]
    meanings += [] if profile else [f"{DASH} not in that release"]
    noun = "rule" if len(rules) == 1 else "rules"
    console.print(f"\n{len(rules)} {noun}.  {'  '.join(meanings)}")
    console.print("A rule's page: vmlab rules ID")


def _sign(severity: str | None) -> str:
    if severity is None:
        return f"[dim]{DASH}[/]"
    mark, colour = MARKS[severity]
    return f"[{colour}]{mark}[/]"


def _print_page(rule: Rule) -> None:
    console = stdout()
    recalled = f" ({RECALLED})" if rule.recalled else ""
    console.print(f"[bold]{rule.id}[/]  {escape(rule.title)}")
    lines = [
        ("about", SCOPE_WORDS[rule.scope]),
        ("why", rule.why),
        ("fix", rule.fix),
        ("severity", ", ".join(f"{p.value}: {rule.severity.get(p, DASH)}" for p in Profile)),
        ("shows", PHASE_WORDS[rule.phase]),
        ("fault", rule.fault or NO_FAULT),
        ("tests", rule.test_group),
        ("releases", rule.era),
        ("source", rule.source + recalled),
    ]
    if rule.milder:
        milder = ", ".join(f"{p.value}: {given}" for p, given in rule.milder.items())
        lines.insert(4, ("or milder", milder))
    page = RichTable.grid(padding=(0, 1, 0, 0))
    for name, value in lines:
        page.add_row(f"  [dim]{name:<9}[/]", escape(value))
    if console.is_terminal:
        console.print(page)
    else:
        for name, value in lines:
            click.echo(f"  {name:<9} {value}")
