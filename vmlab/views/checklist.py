"""The clauses of a report, grouped as the guide groups them, as plain data."""

from __future__ import annotations

from collections.abc import Iterable

from vmlab.rules.report import Finding, Passed, Report
from vmlab.rules.rule import GUIDE_PAGE, Rule
from vmlab.views import words
from vmlab.views.parts import Json
from vmlab.views.topology import owner

STATE, STORAGE, NETWORK, MACHINE, CPU, CAPACITY, PRACTICE = GROUPS = (
    "Licence and state",
    "Shared storage",
    "Networking",
    "Virtual machine",
    "Processor",
    "Capacity",
    "Best practice",
)
_GROUP_OF_SCOPE = {
    "licence": STATE,
    "vm": MACHINE,
    "cpu": CPU,
    "capacity": CAPACITY,
    "pair": STATE,
    "storage": STORAGE,
    "network": NETWORK,
}
_STATE = frozenset(
    {"host-connected", "host-not-in-maintenance", "vm-stable-state", "vm-power-state-match"}
)
_PRACTICES = frozenset(
    {"host-dedicated-vmotion-nic", "host-dedicated-console-nic", "host-two-nic-layout"}
)
PHASE_WORDS = {"check": "", "connect": " at connect", "transfer": " in transfer"}


def group_of(rule: Rule) -> str:
    """Heading under which a rule stands."""
    if rule.id in _PRACTICES:
        return PRACTICE
    if rule.id in _STATE:
        return STATE
    if rule.scope == "host":
        return NETWORK
    return _GROUP_OF_SCOPE[rule.scope]


def checklist(report: Report, keys: Iterable[str] = ()) -> Json:
    """The checklist of a report.

    Parameters
    ----------
    report : Report
        What a check said.
    keys : iterable of str, optional
        Keys of the parts in the picture, to which facts point.

    Returns
    -------
    dict
        groups, each with title, met, total, rows (rules that are not met, with
        their facts), chips (rules of the guide's page that are met) and folded
        (other rules that are met); counts by severity and of what passed;
        first, the rule of the first error that blocks.
    """
    known = tuple(keys)
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
    rows = [(group_of(found[0].rule), _row(found, known)) for found in by_rule.values()]
    chips = [(group_of(p.rule), _chip(p)) for p in report.passed if p.rule.id not in by_rule]
    groups: list[Json] = []
    for title in GROUPS:
        own_rows = [row for group, row in rows if group == title]
        own_chips = [chip for group, chip in chips if group == title]
        total = len(own_rows) + len(own_chips)
        if total:
            groups.append(
                {
                    "title": title,
                    "met": len(own_chips),
                    "total": total,
                    "rows": sorted(own_rows, key=_rank),
                    "chips": [chip for chip in own_chips if not chip["folded"]],
                    "folded": [chip for chip in own_chips if chip["folded"]],
                }
            )
    counts = {word: sum(row["severity"] == word for _, row in rows) for word in words.SEVERITIES}
    errors = [row["rule"] for g in groups for row in g["rows"] if row["blocks"]]
    return {
        "groups": groups,
        "counts": counts | {"passed": len(chips)},
        "blocking": len(errors),
        "first": errors[0] if errors else None,
    }


def _rank(row: Json) -> int:
    return words.SEVERITIES.index(row["severity"])


def _page(rule: Rule) -> Json:
    return {
        "rule": rule.id,
        "title": rule.title,
        "why": rule.why,
        "source": rule.source,
        "fault": rule.fault,
    }


def _row(found: list[Finding], keys: tuple[str, ...]) -> Json:
    worst = min(found, key=lambda f: words.SEVERITIES.index(f.severity))
    facts = [
        {
            "message": f.message,
            "fix": f.fix,
            "has_edits": bool(f.edits),
            "index": index,
            "key": owner(f.path, keys),
        }
        for index, f in enumerate(found)
    ]
    phase = PHASE_WORDS.get(worst.phase, " at switch-over")
    return {
        **_page(worst.rule),
        "severity": worst.severity,
        "severity_text": words.SEVERITY_WORDS[worst.severity] + phase,
        "blocks": any(f.blocks for f in found),
        "facts": facts,
    }


def _chip(passed: Passed) -> Json:
    return {
        **_page(passed.rule),
        "text": passed.note or passed.rule.short,
        "note": passed.note,
        "folded": not (passed.note or passed.rule.id in _STATE or GUIDE_PAGE in passed.rule.source),
    }
