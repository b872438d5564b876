"""Checks of moves of web01, for tests of rules on storage."""

from __future__ import annotations

from typing import Any

from vmlab.inventory import Datacenter, Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

TWO_HOSTS = load("two-hosts").datacenter
VSPHERE_8 = load("two-hosts-vsphere-8").datacenter
WEB01 = ("vms", "web01")
DISK_2 = (*WEB01, "disks", "disk 2")
STATES = {"cold": "off", "suspended": "suspended"}


def findings(
    rule: str,
    *edits: Edit,
    start: Datacenter = VSPHERE_8,
    profile: Profile = Profile.VSPHERE_67,
    kind: str = "vmotion",
    **asks: Any,
) -> list[Finding]:
    """What one rule finds; web01 is in the power state that fits the kind.

    Each edit that is offered must mend its finding.
    """
    power = set_to((*WEB01, "power_state"), STATES.get(kind, "on"))
    datacenter = apply(start, (power, *edits))
    to = "esx01" if kind == "storage" else "esx02"
    facts = {"vm": "web01", "source": "esx01", "destination": to, "kind": kind, **asks}
    move = Move.model_validate(facts)

    def said(now: Datacenter) -> list[Finding]:
        return [f for f in check(now, move, profile).findings if f.rule.id == rule]

    found = said(datacenter)
    for finding in found:
        if finding.edits:
            assert finding not in said(apply(datacenter, finding.edits))
    return found


def by_profile(rule: str, *edits: Edit, **asks: Any) -> list[str]:
    """Severities of a rule's first finding under each profile; a dash where there is none."""
    found = (findings(rule, *edits, profile=profile, **asks) for profile in Profile)
    return [fs[0].severity if fs else "-" for fs in found]
