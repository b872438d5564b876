"""What moves of many leave on datastores is in the datacenter after them."""

from __future__ import annotations

import pytest

from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import MoveMishap
from vmlab.inventory import Datacenter, apply, load
from vmlab.inventory.path import Edit, set_to
from vmlab.migration import parse

FOUR = load("four-hosts").datacenter
SWAP_GIB = 1000.0


def with_local_swap() -> Datacenter:
    """Each host swaps on a datastore of its own, which says what is free."""
    edits: list[Edit] = []
    for host in FOUR.hosts:
        store = f"{host}-swap"
        facts = {"kind": "local", "free_gib": SWAP_GIB, "capacity_gib": 2000, "mounts": {host: {}}}
        edits += [
            set_to(("datastores", store), facts),
            set_to(("hosts", host, "swap_datastore"), store),
        ]
    edits += [set_to(("vms", vm, "swap_placement"), "host-local") for vm in FOUR.vms]
    return apply(FOUR, edits)


def swapped_gib(datacenter: Datacenter, host: str) -> float:
    return sum(
        (vm.memory_mib - vm.memory_reservation_mib) / 1024
        for vm in datacenter.vms.values()
        if vm.host == host and vm.power_state == "on"
    )


@pytest.mark.parametrize("late", [False, True])
def test_room_adds_up_over_all_moves(late: bool) -> None:
    start = with_local_swap()
    mishaps = [MoveMishap("web01", parse("storage-lost@clean-up"))] if late else []
    done = evacuate(start, ["esx01"], mishaps=mishaps)
    assert sum(one.arrived for one in done.moves) > 1
    for when in (done.datacenter, done.datacenter_at(done.total_s)):
        for host in FOUR.hosts:
            store = when.datastores[f"{host}-swap"]
            kept = sum(copy.size_gib for copy in store.copies.values())
            before = SWAP_GIB + swapped_gib(start, host)
            assert (store.free_gib or 0.0) + kept + swapped_gib(when, host) == pytest.approx(before)
    left = done.datacenter.datastores["esx01-swap"].copies
    assert set(left) == ({"web01"} if late else set())
    assert all(copy.state == "old" for copy in left.values())


def test_a_vm_at_rest_stays_listed_where_its_clean_up_failed() -> None:
    off = apply(FOUR, [set_to(("vms", "web01", "power_state"), "off")])
    host = off.vms["web01"].host
    mishaps = [MoveMishap("web01", parse("storage-lost@clean-up"))]
    for kept in (mishaps, []):
        done = evacuate(off, [host], mishaps=kept, powered_off=True)
        after = done.datacenter.vms["web01"]
        assert after.host != host
        failed = any(one.outcome == "failed-after-switchover" for one in done.moves)
        assert failed == bool(kept)
        assert after.old_registration == (host if failed else None)
