"""Slots by the cost model: the vectors of the vSphere 6.7 manual, and the eras beside them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vmlab.fleet.admission import admitted, claims
from vmlab.fleet.fleet_run import FleetMove
from vmlab.fleet.sharing import run_fleet
from vmlab.inventory import Datacenter, Edit, Profile, apply, load, set_to
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.move import Move
from vmlab.rules.capacity.traffic import peers, under_way

P67, P80 = Profile.VSPHERE_67, Profile.VSPHERE_80
GIGABIT = tuple(
    set_to(("hosts", host, "physical_nics", nic, "speed_mbit_s"), 1000)
    for host in ("esx01", "esx02")
    for nic in ("vmnic0", "vmnic1")
)


def asked(*edits: Edit) -> tuple[Datacenter, tuple[Move, ...]]:
    """A datacenter without moves under way, and those that are asked for."""
    busy = apply(load("two-hosts-vsphere-8").datacenter, edits)
    return busy.model_copy(update={"moves": FrozenMapping({})}), tuple(busy.moves.values())


def count(profile: Profile, *edits: Edit) -> tuple[int, list[str]]:
    """How many run at once, and what the others lack."""
    datacenter, moves = asked(*edits)
    started, waiting = admitted(datacenter, moves, profile)
    queued = [FleetMove(move, None, setup_s=1.0) for move in moves]
    run = run_fleet(datacenter, queued, profile)
    assert [one.vm for one in run.moves if one.start_s == 0.0] == [move.vm for move in started]
    assert [one.vm for one in run.moves if one.start_s] == [move.vm for move, _ in waiting]
    return len(started), [claim.group for _, claim in waiting]


def test_a_eight_vmotions_on_gigabit() -> None:
    vmotions = under_way(8, "esx01", "esx02")
    assert count(P67, *vmotions, *GIGABIT) == (4, ["network"] * 4)


def test_b_eight_vmotions_on_ten_gigabit() -> None:
    assert count(P67, *under_way(8, "esx01", "esx02")) == (8, [])
    assert count(P67, *under_way(9, "esx01", "esx02")) == (8, ["host"])


def test_c_two_storage_vmotions_and_a_third() -> None:
    assert count(P67, *under_way(3, "esx01", "esx01", kind="storage")) == (2, ["host"])


def test_d_one_storage_vmotion_and_four_vmotions() -> None:
    storage = under_way(1, "esx01", "esx01", kind="storage", prefix="disk")
    assert count(P67, *storage, *under_way(4, "esx01", "esx02")) == (5, [])
    assert count(P67, *storage, *under_way(5, "esx01", "esx02")) == (5, ["host"])


def test_e_eight_storage_vmotions_off_one_datastore() -> None:
    edits = [*peers(range(3, 11))]
    for host in range(3, 11):
        name = f"esx{host:02}"
        edits += under_way(1, name, name, kind="storage", prefix=f"{name}-")
    assert count(P67, *edits) == (8, [])
    ninth = under_way(1, "esx01", "esx01", kind="storage", prefix="ninth")
    assert count(P67, *edits, *ninth) == (8, ["datastore"])


def test_f_two_fast_adapters_and_still_eight_on_a_host() -> None:
    fast = [
        set_to(("hosts", host, "physical_nics", nic, "speed_mbit_s"), 40_000)
        for host in ("esx01", "esx02")
        for nic in ("vmnic0", "vmnic1")
    ]
    for host, ip in (("esx01", "10.0.50.201"), ("esx02", "10.0.50.202")):
        group = {"virtual_switch": "vSwitch0", "vlan": 50, "kind": "vmkernel"}
        fast += [
            set_to(("hosts", host, "port_groups", "VMotion-2"), {**group, "active": ["vmnic1"]}),
            set_to(("hosts", host, "port_groups", "VMotion", "active"), ["vmnic0"]),
            set_to(
                ("hosts", host, "vmkernel_adapters", "vmk9"),
                {"port_group": "VMotion-2", "ip": ip, "vmotion": True},
            ),
        ]
    datacenter, moves = asked(*fast, *under_way(1, "esx01", "esx02"))
    slots = {(one.group, one.name): one.slots for one in claims(datacenter, moves[0], P67)}
    assert slots["network", "esx01"] == slots["network", "esx02"] == 16
    assert count(P67, *fast, *under_way(9, "esx01", "esx02")) == (8, ["host"])


def test_both_together_count_as_storage_on_both_hosts_and_on_the_network() -> None:
    datacenter, (move,) = asked(*under_way(1, "esx01", "esx02", kind="both"))
    costs = {(one.group, one.name): one.cost for one in claims(datacenter, move, P67)}
    assert costs["host", "esx01"] == costs["host", "esx02"] == 4
    assert costs["network", "esx01"] == costs["network", "esx02"] == 1
    assert costs["datastore", "san-01"] == 16


@pytest.mark.parametrize(("profile", "most"), [(P80, 8), (P67, 8), (Profile.GUIDE_40, 8)])
def test_the_eras_run_as_many_vmotions_on_ten_gigabit(profile: Profile, most: int) -> None:
    assert count(profile, *under_way(most + 1, "esx01", "esx02"))[0] == most


def test_from_7_0_on_a_mix_counts_by_sixteen() -> None:
    datacenter, moves = asked(*under_way(1, "esx01", "esx02"))
    hosts = [one for one in claims(datacenter, moves[0], P80) if one.group == "host"]
    assert [(one.cost, one.slots) for one in hosts] == [(2, 16), (2, 16)]


def test_a_host_of_4_0_takes_part_in_two_moves() -> None:
    old = load("two-hosts").datacenter
    edits = under_way(3, "esx01", "esx02")
    busy = apply(old, edits)
    moves: Sequence[Move] = tuple(busy.moves.values())
    started, waiting = admitted(busy, moves, Profile.GUIDE_40)
    assert (len(started), [claim.slots for _, claim in waiting]) == (2, [2])


def test_a_limit_of_ones_own_is_one_more_resource() -> None:
    datacenter, moves = asked(*under_way(3, "esx01", "esx02"))
    queued = [FleetMove(move, None, setup_s=1.0) for move in moves]
    run = run_fleet(datacenter, queued, P67, at_once=1)
    assert [one.start_s for one in run.moves] == [0.0, 1.0, 2.0]
    assert [one.limited_by for one in run.moves] == ["nothing", "fleet", "fleet"]
