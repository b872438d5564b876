"""The catalogue of rules: its pages as plain data, a search, and forms that need no kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import get_args

from vmlab.inventory.profile import Profile
from vmlab.rules.rule import Rule, Scope, Severity
from vmlab.views.parts import Json
from vmlab.views.words import SEVERITY_WORDS

SCOPE_WORDS: dict[Scope, str] = {
    "licence": "Licence",
    "host": "Host",
    "network": "Network",
    "storage": "Storage",
    "cpu": "Processor",
    "vm": "Virtual machine",
    "capacity": "Capacity",
    "pair": "Pair of hosts",
}
PROFILE_WORDS = {
    Profile.GUIDE_40: "Guide 4.0",
    Profile.VSPHERE_55: "vSphere 5.5",
    Profile.VSPHERE_67: "vSphere 6.7",
    Profile.VSPHERE_80: "vSphere 8.0",
}
PHASE_WORDS = {
    "check": "in the check, before anything moves",
    "connect": "at connect, when the hosts meet",
    "transfer": "in transfer, while memory is copied",
    "switch-over": "at switch-over",
}
NO_FAULT = "vCenter has none"
RECALLED = "recalled, found on no page"
DASH = "–"
SIGNS: dict[str, str] = {"error": "✕", "warning": "!", "advice": "i", "queue": "…"}
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
SCOPES: tuple[Scope, ...] = get_args(Scope)


def matches(rule: Rule, search: str) -> bool:
    """Whether each word of a search occurs in a rule's id, title, fault or reason.

    Parameters
    ----------
    rule : Rule
        A rule.
    search : str
        Words in any order and any case; parts of words do.

    Returns
    -------
    bool
        True for an empty search.
    """
    told = f"{rule.id} {rule.title} {rule.fault or ''} {rule.why}".lower()
    return all(word in told for word in search.lower().split())


def find(
    rules: Iterable[Rule],
    search: str = "",
    *,
    profile: Profile | None = None,
    severity: Severity | None = None,
    scope: Scope | None = None,
) -> list[Rule]:
    """Those rules that answer to everything that is asked, scope by scope.

    Parameters
    ----------
    rules : iterable of Rule
        Where to look.
    search : str, optional
        As `matches` explains.
    profile : Profile, optional
        Which must have the rule.
    severity : str, optional
        Under that profile; under any where none is given.
    scope : str, optional
        What the rule is about.

    Returns
    -------
    list of Rule
        In the catalogue's order within each scope.
    """

    def answers(rule: Rule) -> bool:
        given = {rule.severity.get(profile)} if profile else set(rule.severity.values())
        return (
            (scope is None or rule.scope == scope)
            and (profile is None or rule.applies_to(profile))
            and (severity is None or severity in given)
            and matches(rule, search)
        )

    return sorted(filter(answers, rules), key=lambda rule: SCOPES.index(rule.scope))


def by_scope(rules: Iterable[Rule]) -> list[tuple[Scope, list[Rule]]]:
    """Rules under their scopes; scopes without any are left out."""
    kept = list(rules)
    groups = [(scope, [rule for rule in kept if rule.scope == scope]) for scope in SCOPES]
    return [(scope, own) for scope, own in groups if own]


def catalogue(rules: Sequence[Rule]) -> Json:
    """Rules as the widget shows them.

    Parameters
    ----------
    rules : sequence of Rule
        Any of the catalogue.

    Returns
    -------
    dict
        profiles, scopes, severities (each value with its word) and rules: a
        page each, as `page` makes it.
    """
    return {
        "profiles": [[profile.value, word] for profile, word in PROFILE_WORDS.items()],
        "scopes": [[scope, SCOPE_WORDS[scope]] for scope in SCOPES],
        "severities": [[severity, SEVERITY_WORDS[severity]] for severity in SEVERITIES],
        "rules": [page(rule) for scope, own in by_scope(rules) for rule in own],
    }


def page(rule: Rule) -> Json:
    """A rule's page: what `vmlab rules --json` tells of it, its short form and its milder cases."""
    milder = {p.value: rule.milder.get(p) for p in Profile} if rule.milder else None
    return {
        **rule.to_json(),
        "short": rule.short,
        "milder": milder,
        "shows": PHASE_WORDS[rule.phase],
    }


def catalogue_text(rules: Sequence[Rule], profile: Profile) -> str:
    """The catalogue as text: how many there are, then a line for each rule under its scope.

    Parameters
    ----------
    rules : sequence of Rule
        Those to tell.
    profile : Profile
        Whose severities; rules that it does not have get a dash.

    Returns
    -------
    str
        Lines; the same rules give the same bytes.
    """
    lines = [_count(rules, profile)]
    for scope, own in by_scope(rules):
        lines.append(f"{SCOPE_WORDS[scope]} ({len(own)})")
        lines += [f"  {_word(rule, profile):<7}  {rule.title} ({rule.id})" for rule in own]
    return "\n".join(lines)


def catalogue_html(rules: Sequence[Rule], profile: Profile) -> str:
    """The catalogue without a kernel: a table for each scope, folded, each rule with its page.

    Parameters
    ----------
    rules : sequence of Rule
        Those to tell.
    profile : Profile
        Whose severity is named first.

    Returns
    -------
    str
        One HTML fragment; the same rules give the same bytes.
    """
    head = "".join(f'<th scope="col">{word}</th>' for word in PROFILE_WORDS.values())
    groups = "".join(
        f"<details><summary><b>{SCOPE_WORDS[scope]}</b>: {_rules(len(own))}</summary>"
        f'<table><thead><tr><th scope="col">What must hold</th>{head}</tr></thead>'
        f"<tbody>{''.join(_row(rule) for rule in own)}</tbody></table></details>"
        for scope, own in by_scope(rules)
    )
    return f'<div class="vmlab-static"><p>{escape(_count(rules, profile))}</p>{groups}</div>'


def _rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"


def _count(rules: Sequence[Rule], profile: Profile) -> str:
    """Such as "165 rules; Guide 4.0 has 137: 100 Error, 20 Warning"."""
    word = PROFILE_WORDS[profile]
    given = [rule.severity[profile] for rule in rules if rule.applies_to(profile)]
    kinds = [f"{SEVERITY_WORDS[s]} {given.count(s)}" for s in SEVERITIES if s in given]
    return f"{_rules(len(rules))}, {word} has {len(given)}" + (
        f": {', '.join(kinds)}" if kinds else ""
    )


def _word(rule: Rule, profile: Profile) -> str:
    severity = rule.severity.get(profile)
    return SEVERITY_WORDS[severity] if severity else DASH


def _row(rule: Rule) -> str:
    cells = "".join(f"<td>{_signed(rule, profile)}</td>" for profile in PROFILE_WORDS)
    fault = f"<code>{escape(rule.fault)}</code>" if rule.fault else NO_FAULT
    shows = "" if rule.phase == "check" else f" Shows {PHASE_WORDS[rule.phase]}."
    recalled = f" ({RECALLED})" if rule.recalled else ""
    return (
        '<tr style="vertical-align:top"><td style="text-align:left"><details>'
        f"<summary>{escape(rule.title)}</summary>{escape(rule.why)}{shows}<br>"
        f"<i>{escape(rule.fix)}.</i><br>Fault: {fault}.<br>"
        f"{escape(rule.source)}{recalled}.<br><code>{rule.id}</code></details></td>{cells}</tr>"
    )


def _signed(rule: Rule, profile: Profile) -> str:
    severity = rule.severity.get(profile)
    return f"{SIGNS[severity]} {SEVERITY_WORDS[severity]}" if severity else DASH
