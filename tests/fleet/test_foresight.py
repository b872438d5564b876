"""Evacuations beside moves under way, tried again, and of VMs that write as fast as they send."""

from __future__ import annotations

from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import parse_mishap
from vmlab.inventory import Datacenter, apply, load
from vmlab.inventory.path import set_to
from vmlab.rules.check import check, request

FOUR = load("four-hosts")


def under_way(vm: str, source: str, destination: str) -> Datacenter:
    """Four hosts, and a VMotion that somebody else asked for."""
    facts = {"vm": vm, "source": source, "destination": destination, "shell": True}
    return apply(FOUR.datacenter, [set_to(("moves", vm), facts)])


def test_a_move_under_way_takes_its_share_of_the_link() -> None:
    busy = under_way("log01", "esx04", "esx03")
    alone = evacuate(FOUR.datacenter, ["esx04"], FOUR.profile)
    beside = evacuate(busy, ["esx04"], FOUR.profile)
    assert [one.vm for one in beside.run.under_way] == ["log01"]
    ends = {one.vm: one.last.end_s for one in beside.moves}
    assert ends == {one.vm: one.last.end_s for one in alone.moves if one.vm != "log01"}
    (stay,) = beside.stays
    assert (stay.vm, stay.rule) == ("log01", "vm-stable-state")
    assert beside.exit_code == 1


def test_a_host_that_a_vm_is_on_its_way_to_is_kept_out() -> None:
    done = evacuate(under_way("web01", "esx01", "esx04"), ["esx04"], FOUR.profile)
    assert done.kept_out == (("esx04", "web01 will arrive: a move was under way"),)
    assert not done.datacenter.hosts["esx04"].maintenance_mode
    assert all(one.arrived for one in done.moves)
    assert done.exit_code == 1


def test_a_second_attempt_is_in_a_later_wave() -> None:
    done = evacuate(
        FOUR, ["esx04"], mishaps=[parse_mishap("vdi01:link-down@pre-copy+30", FOUR.datacenter)]
    )
    wave = {one.vm: (one.wave, len(one.attempts)) for one in done.moves}
    assert wave == {"log01": (1, 1), "app06": (1, 1), "vdi01": (2, 2)}
    assert "2 waves" in repr(done)


def test_a_copy_that_hardly_shrinks_beside_others_is_warned_of() -> None:
    """Each alone sends what the other then dirties; together on one link neither gets ahead."""
    hot = {"working_set_mib": 3000, "dirty_pages_per_s": 20000}
    busy = apply(
        FOUR.datacenter, [set_to(("vms", vm, "activity"), hot) for vm in ("log01", "app06")]
    )
    done = evacuate(busy, ["esx04"], FOUR.profile, retries=0)
    assert not any(
        finding.rule.id == "cap-precopy-convergence"
        for vm in ("log01", "app06")
        for finding in check(busy, request(busy, vm, "esx01"), FOUR.profile).findings
        if finding.blocks
    )
    rounds = {one.vm: one.rounds for one in done.run.moves}
    told = [vm for vm, n in rounds.items() if n >= 30]
    assert told
    assert [text.split()[0] for text in done.warnings] == told
