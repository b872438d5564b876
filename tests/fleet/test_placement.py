"""Placement: only where the rules allow, never on a host that is emptied too."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.fleets import broken, fleet
from vmlab.documents import InputError
from vmlab.fleet.placement import KIND_OF, Placement, free_share, place
from vmlab.inventory import Datacenter, apply, load
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.check import check, request

FOUR = load("four-hosts")
RULES = ("clusters", "cluster-01", "rules")


def follow(
    datacenter: Datacenter, placed: Placement, hosts: list[str], profile: Profile
) -> Datacenter:
    """Make the moves one after another, each checked by the whole catalogue where it stands."""
    seen = [move.vm for move in placed.moves] + [stay.vm for stay in placed.stays]
    assert sorted(seen) == sorted(n for n, vm in datacenter.vms.items() if vm.host in hosts)
    for move in placed.moves:
        assert move.destination not in hosts
        assert move.kind == KIND_OF[datacenter.vms[move.vm].power_state]
        report = check(datacenter, move, profile)
        assert report.ok, report.errors
        datacenter = apply(datacenter, [set_to(("vms", move.vm, "host"), move.destination)])
    return datacenter


def refused_everywhere(
    datacenter: Datacenter, placed: Placement, hosts: list[str], profile: Profile
) -> None:
    """What stays can go nowhere, in the state that all others have left."""
    for stay in placed.stays:
        others = [name for name in datacenter.hosts if name not in hosts]
        kind = KIND_OF[datacenter.vms[stay.vm].power_state]
        assert sorted(host for host, _ in stay.refused) == sorted(others)
        assert stay.rule in {rule for _, rule in stay.refused} or not others
        for host in others:
            report = check(datacenter, request(datacenter, stay.vm, host, kind), profile)
            said = {finding.rule.id for finding in report.findings}
            assert not report.ok or "cap-drs-vm-rule" in said


@pytest.mark.parametrize("hosts", [["esx01"], ["esx02"], ["esx01", "esx02"], ["esx03", "esx04"]])
def test_every_move_passes_its_check_in_the_state_it_meets(hosts: list[str]) -> None:
    placed = place(FOUR.datacenter, hosts, FOUR.profile)
    after = follow(FOUR.datacenter, placed, hosts, FOUR.profile)
    refused_everywhere(after, placed, hosts, FOUR.profile)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(broken(), st.sampled_from(list(Profile)), st.integers(1, 2))
def test_rules_are_kept_in_datacenters_with_any_mistake(
    datacenter: Datacenter, profile: Profile, count: int
) -> None:
    hosts = list(datacenter.hosts)[:count]
    placed = place(datacenter, hosts, profile)
    follow(datacenter, placed, hosts, profile)


def test_a_fleet_made_by_chance_keeps_the_rules() -> None:
    datacenter = fleet(40, 6, seed=5)
    hosts = list(datacenter.hosts)[:2]
    placed = place(datacenter, hosts, Profile.VSPHERE_67)
    assert placed.moves
    after = follow(datacenter, placed, hosts, Profile.VSPHERE_67)
    refused_everywhere(after, placed, hosts, Profile.VSPHERE_67)


def test_it_says_why_a_vm_stays() -> None:
    placed = place(FOUR.datacenter, ["esx01"], FOUR.profile)
    (stay,) = placed.stays
    assert (stay.vm, stay.rule) == ("scan01", "vm-host-device-connected")
    assert "cd0 of esx01" in stay.reason


def test_a_must_rule_is_kept_and_named() -> None:
    goes = {m.vm: m.destination for m in place(FOUR.datacenter, ["esx02"], FOUR.profile).moves}
    assert goes["mail01"] == "esx01"
    stays = place(FOUR.datacenter, ["esx01", "esx02"], FOUR.profile).stays
    assert {stay.vm: stay.rule for stay in stays}["mail01"] == "cap-drs-must-rule"


def test_vms_that_shall_stay_apart_do() -> None:
    goes = {m.vm: m.destination for m in place(FOUR.datacenter, ["esx01"], FOUR.profile).moves}
    assert goes["dc01"] != "esx03"
    assert goes["db01"] != "esx02"
    both = place(FOUR.datacenter, ["esx01", "esx02"], FOUR.profile).moves
    after = {move.vm: move.destination for move in both}
    assert after["db01"] != after["db02"]
    edits = [
        set_to((*RULES, f"apart from {name}"), {"keep": "apart", "vms": ["dc01", name]})
        for name in ("mail01", "log01")
    ]
    crowded = place(apply(FOUR.datacenter, edits), ["esx01"], FOUR.profile)
    stays = {stay.vm: stay.rule for stay in crowded.stays}
    assert stays["dc01"] == "cap-drs-vm-rule"


def test_vms_that_shall_stay_together_go_together() -> None:
    rule = {"keep": "together", "vms": ["web01", "db01", "app02"]}
    datacenter = apply(FOUR.datacenter, [set_to((*RULES, "a shop"), rule)])
    goes = {m.vm: m.destination for m in place(datacenter, ["esx01"], FOUR.profile).moves}
    assert goes["web01"] == goes["db01"] == goes["app02"]


def test_should_rules_are_kept_where_they_can_be() -> None:
    rule: dict[str, object] = {"keep": "off-hosts", "vms": ["web01"], "hosts": ["esx03", "esx02"]}
    datacenter = apply(FOUR.datacenter, [set_to((*RULES, "not there"), rule)])
    goes = {m.vm: m.destination for m in place(datacenter, ["esx01"], FOUR.profile).moves}
    assert goes["web01"] == "esx04"
    edits = [set_to((*RULES, "not there"), {**rule, "hosts": ["esx02", "esx03", "esx04"]})]
    datacenter = apply(FOUR.datacenter, edits)
    assert not [s for s in place(datacenter, ["esx01"], FOUR.profile).stays if s.vm == "web01"]


def test_a_vm_goes_where_most_memory_stays_free() -> None:
    datacenter = FOUR.datacenter
    (first, *_) = place(datacenter, ["esx04"], FOUR.profile).moves
    shares = {name: free_share(datacenter, name) for name in ("esx01", "esx02", "esx03")}
    assert first.destination == max(shares, key=lambda name: shares[name])


def test_reservations_add_up() -> None:
    """Each of the two fits by itself; together they do not."""
    edits: list[Edit] = [
        set_to(("vms", name, "memory_reservation_mib"), 65536) for name in ("db01", "db02")
    ]
    edits += [set_to(("hosts", "esx04", "memory_mib"), 100000), remove((*RULES, "databases apart"))]
    edits += [set_to(("hosts", "esx03", "memory_mib"), 60000)]
    placed = place(apply(FOUR.datacenter, edits), ["esx01", "esx02"], FOUR.profile)
    assert [m.destination for m in placed.moves if m.vm.startswith("db")] == ["esx04"]
    assert {s.rule for s in placed.stays if s.vm.startswith("db")} == {"cap-dest-memory"}


def test_vms_that_are_off_may_be_left() -> None:
    placed = place(FOUR.datacenter, ["esx01"], FOUR.profile, powered_off=False)
    assert "old01" not in {move.vm for move in placed.moves}


def test_barred_hosts_are_no_destination() -> None:
    placed = place(
        FOUR.datacenter, ["esx01"], FOUR.profile, vms=["web01"], barred={"web01": ["esx03"]}
    )
    assert [(m.vm, m.destination) for m in placed.moves] == [("web01", "esx04")]
    nowhere = {"web01": ["esx02", "esx03", "esx04"]}
    (stay,) = place(FOUR.datacenter, ["esx01"], FOUR.profile, vms=["web01"], barred=nowhere).stays
    assert stay.rule is None


@pytest.mark.parametrize(("hosts", "word"), [([], "no host"), (["esx09"], "'esx09'")])
def test_hosts_that_do_not_exist_are_refused(hosts: list[str], word: str) -> None:
    with pytest.raises(InputError, match=word):
        place(FOUR.datacenter, hosts)
