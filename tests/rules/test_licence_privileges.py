"""Privileges, each asked for by what a move changes."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import Finding, check

VSPHERE_8 = load("two-hosts-vsphere-8").datacenter
HOT, COLD = "Resource.HotMigrate", "Resource.ColdMigrate"
POOL = set_to(("resource_pools", "gold"), {})


def power(state: str) -> Edit:
    return set_to(("vms", "web01", "power_state"), state)


def missing(
    held: list[str] | None, *edits: Edit, profile: Profile = Profile.VSPHERE_80, **asks: Any
) -> list[Finding]:
    move = Move.model_validate({"vm": "web01", "source": "esx01", "destination": "esx02", **asks})
    datacenter = apply(VSPHERE_8, [set_to(("privileges",), held), *edits])
    findings = check(datacenter, move, profile).findings
    return [finding for finding in findings if finding.rule.id == "perm-migrate"]


def asked(finding: Finding) -> list[str]:
    return list(finding.edits[0].value)


@pytest.mark.parametrize("profile", Profile)
def test_a_user_of_whom_nothing_is_said_may_do_everything(profile: Profile) -> None:
    assert not missing(None, profile=profile)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("state", "kind", "privilege"),
    [
        ("on", "vmotion", HOT),
        ("on", "both", HOT),
        ("off", "cold", COLD),
        ("suspended", "suspended", COLD),
    ],
)
def test_hot_or_cold_follows_the_power_state(
    state: str, kind: str, privilege: str, profile: Profile
) -> None:
    other = COLD if privilege == HOT else HOT
    assert not missing([privilege], power(state), kind=kind, profile=profile)
    (finding,) = missing([other], power(state), kind=kind, profile=profile)
    assert asked(finding) == [other, privilege]
    assert finding.severity == "error"
    assert finding.path == ("privileges",)
    assert finding.fault is not None
    assert finding.fault.name == "NoPermission"
    assert finding.fault.fields == {"object": "web01", "privilegeId": privilege}


@pytest.mark.parametrize(
    ("asks", "edits", "privilege"),
    [
        ({"resource_pool": "gold"}, (POOL,), "Resource.AssignVMToPool"),
        ({"kind": "both", "datastore": "nfs-01"}, (), "Datastore.AllocateSpace"),
        ({"networks": {"nic 1": {"port_group": "Test"}}}, (), "Network.Assign"),
        (
            {"networks": {"nic 1": {"port_group": "Production", "distributed_switch": "dvs"}}},
            (set_to(("distributed_switches", "dvs"), {"port_groups": {"Production": {}}}),),
            "Network.Assign",
        ),
    ],
)
def test_what_changes_asks_for_one_more(
    asks: dict[str, Any], edits: tuple[Edit, ...], privilege: str
) -> None:
    assert not missing([HOT], *edits)
    (finding,) = missing([HOT], *edits, **asks)
    assert asked(finding) == [HOT, privilege]
    assert privilege in finding.message
    assert not missing([HOT, privilege], *edits, **asks)


def test_what_stays_as_it_is_asks_for_nothing() -> None:
    in_gold = set_to(("vms", "web01", "resource_pool"), "gold")
    assert not missing([HOT], POOL, in_gold, resource_pool="gold")
    assert not missing([HOT], kind="both", datastore="san-01")
    assert not missing([HOT], networks={"nic 1": {"port_group": "Production"}})


def test_all_that_is_missing_is_told_at_once() -> None:
    asks = {
        "kind": "both",
        "datastore": "nfs-01",
        "networks": {"nic 1": {"port_group": "Test"}},
    }
    (finding,) = missing([], **asks)
    assert asked(finding) == [HOT, "Datastore.AllocateSpace", "Network.Assign"]
