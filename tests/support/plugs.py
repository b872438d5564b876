"""Moves of web01 between two vSphere 8 hosts, with what a test plugs in differently."""

from __future__ import annotations

from typing import Any

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

NIC1 = ("vms", "web01", "vnics", "nic 1")
GROUP = ("hosts", "esx02", "port_groups", "Production")
UNPLUGGED = set_to((*NIC1, "connected"), False)


def findings(
    *edits: Edit,
    profile: Profile = Profile.VSPHERE_80,
    scenario: str = "two-hosts-vsphere-8",
    **asks: Any,
) -> tuple[Finding, ...]:
    """What a check of the move says of networks."""
    facts = {"vm": "web01", "source": "esx01", "destination": "esx02", **asks}
    datacenter = apply(load(scenario).datacenter, edits)
    said = check(datacenter, Move.model_validate(facts), profile).findings
    return tuple(f for f in said if f.rule.id.startswith("net-"))


def ids(found: tuple[Finding, ...]) -> list[str]:
    """The rules that were broken."""
    return [finding.rule.id for finding in found]


def switch(name: str = "dvs-01", label: str = "Web", **facts: Any) -> Edit:
    """A distributed switch to which both hosts belong."""
    known = {"members": ["esx01", "esx02"], "port_groups": {label: {"vlan": 20}}}
    return set_to(("distributed_switches", name), {**known, **facts})


def distributed(**facts: Any) -> tuple[Edit, ...]:
    """web01 on the distributed switch dvs-01."""
    return (
        switch(**facts),
        set_to((*NIC1, "port_group"), "Web"),
        set_to((*NIC1, "distributed_switch"), "dvs-01"),
    )


def to(label: str, distributed_switch: str | None = None) -> dict[str, Any]:
    """The network that a move asks for."""
    return {"nic 1": {"port_group": label, "distributed_switch": distributed_switch}}
