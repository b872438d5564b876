"""Moves between two vCenter Servers, at the edges of their rules."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.inventory import Edit, Move, Profile, apply, load, set_to
from vmlab.rules import check
from vmlab.rules.pair.puzzles import two_vcenters

VSPHERE_8 = load("two-hosts-vsphere-8").datacenter
HERE, THERE = ("vcenters", "vcenter01"), ("vcenters", "vcenter02")
RULES = {"xvc-version", "xvc-sso", "xvc-time-sync", "xvc-explicit-target"}


def found(
    *edits: Edit,
    here: dict[str, Any] | None = None,
    there: dict[str, Any] | None = None,
    profile: Profile = Profile.VSPHERE_80,
    **asks: Any,
) -> dict[str, list[tuple[str, ...]]]:
    """Paths by rule, of the rules on two vCenter Servers."""
    move = Move.model_validate({"vm": "web01", "source": "esx01", "destination": "esx02", **asks})
    datacenter = apply(VSPHERE_8, [*two_vcenters(here or {}, there or {}), *edits])
    paths: dict[str, list[tuple[str, ...]]] = {}
    for finding in check(datacenter, move, profile).findings:
        if finding.rule.id in RULES:
            assert (finding.severity, finding.phase) == ("error", "check")
            paths.setdefault(finding.rule.id, []).append(finding.path)
    return paths


BAD = {"version": "5.5", "sso_domain": "branch.local", "clock_s": 3600}


@pytest.mark.parametrize("profile", [Profile.VSPHERE_67, Profile.VSPHERE_80])
def test_two_vcenters_that_agree(profile: Profile) -> None:
    assert found(profile=profile) == {}
    everything = found(there=BAD, profile=profile, explicit_target=False)
    assert set(everything) == RULES


@pytest.mark.parametrize("profile", [Profile.GUIDE_40, Profile.VSPHERE_55])
def test_there_is_no_such_move_before_6_0(profile: Profile) -> None:
    assert found(there=BAD, profile=profile, explicit_target=False) == {}


def test_within_one_vcenter_nothing_is_asked() -> None:
    home = set_to(("hosts", "esx02", "vcenter"), "vcenter01")
    assert found(home, there=BAD, explicit_target=False) == {}
    asks = {"kind": "storage", "datastore": "nfs-01", "explicit_target": False}
    assert found(there=BAD, **asks) == {}


@pytest.mark.parametrize(
    ("here", "there", "paths"),
    [
        ("6.0", "6.0", []),
        ("6.0", "6.5", [(*HERE, "version")]),
        ("6.5 U1", "6.0 U3", [(*THERE, "version")]),
        ("6.0", "6.7", []),
        ("6.5", "6.7", []),
        ("5.5", "6.5", [(*HERE, "version")]),
        ("5.5", "5.1", [(*HERE, "version"), (*THERE, "version")]),
    ],
)
def test_releases_that_go_together(here: str, there: str, paths: list[tuple[str, ...]]) -> None:
    said = found(here={"version": here}, there={"version": there})
    assert said.get("xvc-version", []) == paths


@pytest.mark.parametrize(("version", "n"), [("5.5", 1), ("6.0", 0)])
@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_hosts_must_be_of_6_0_too(host: str, version: str, n: int) -> None:
    path = ("hosts", host, "version")
    assert found(set_to(path, version)).get("xvc-version", []) == [path] * n


def test_an_unknown_vcenter_is_not_judged() -> None:
    nowhere = set_to(("vcenters",), {})
    assert found(nowhere) == {}
    only = set_to(("vcenters",), {"vcenter02": {"version": "5.5", "sso_domain": "branch.local"}})
    assert found(only) == {"xvc-version": [(*THERE, "version")]}


def test_the_client_needs_one_domain_and_the_api_does_not() -> None:
    apart = {"sso_domain": "branch.local"}
    assert found(there=apart) == {"xvc-sso": [(*THERE, "sso_domain")]}
    assert found(here={"linked": False}) == {"xvc-sso": [(*HERE, "linked")]}
    assert found(there={**apart, "linked": False}) == {"xvc-sso": [(*THERE, "sso_domain")]}
    assert found(there={**apart, "linked": False}, via="api") == {}


@pytest.mark.parametrize(
    ("here", "there", "n"), [(0, 600, 0), (0, 600.5, 1), (601, 0, 1), (5000, 5100, 0)]
)
def test_clocks_may_differ_by_ten_minutes(here: float, there: float, n: int) -> None:
    # vCenter Single Sign-On Programming Guide 6.7: the clock tolerance is 10 minutes.
    said = found(here={"clock_s": here}, there={"clock_s": there})
    assert said == ({"xvc-time-sync": [(*THERE, "clock_s")]} if n else {})


def test_a_request_must_name_its_target() -> None:
    path = ("hosts", "esx02", "vcenter")
    assert found(explicit_target=False) == {"xvc-explicit-target": [path]}
    assert found(explicit_target=False, via="api") == {"xvc-explicit-target": [path]}
