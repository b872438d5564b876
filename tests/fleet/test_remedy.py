"""What would help most frees as many pairs as it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from support.fleets import broken, fleet
from vmlab.fleet.matrix import Matrix, matrix
from vmlab.fleet.remedy import candidates
from vmlab.inventory import Datacenter, Profile, apply, load, remove, set_to
from vmlab.rules import check, request

PROFILE = Profile.VSPHERE_80


def free_pairs(datacenter: Datacenter, profile: Profile) -> int:
    """Pairs that a check lets go, counted one by one."""
    return sum(
        check(datacenter, request(datacenter, vm.name, host), profile).ok
        for vm in datacenter.vms.values()
        for host in datacenter.hosts
        if vm.power_state == "on" and vm.host != host
    )


def helped(found: Matrix) -> int:
    """Make the edits, and count what they free by the rules themselves."""
    best = found.helps_most
    assert best is not None
    after = apply(found.datacenter, best.edits)
    before = free_pairs(found.datacenter, found.profile)
    assert before == found.free
    assert free_pairs(after, found.profile) - before == best.frees > 0
    return best.frees


def test_one_label_and_one_mount() -> None:
    start = load("two-hosts").datacenter
    label = remove(("hosts", "esx02", "port_groups", "Production"))
    found = matrix(apply(start, [label]))
    assert helped(found) == 1
    assert found.helps_most is not None
    assert "Production" in found.helps_most.fix
    # One mount mends two rules at once: home and disks are on the same datastore.
    unmounted = matrix(apply(start, [remove(("datastores", "san-01", "mounts", "esx02"))]))
    assert [row[0] for row in unmounted.counts().rows] == [
        "sto-config-visible",
        "sto-disks-visible",
    ]
    assert helped(unmounted) == 1
    assert unmounted.to_json()["helps_most"]["edits"][0]["path"][0] == "datastores"


def test_nothing_helps_where_two_things_are_wrong() -> None:
    start = load("two-hosts").datacenter
    edits = [
        remove(("hosts", "esx02", "port_groups", "Production")),
        set_to(("hosts", "esx02", "maintenance_mode"), True),
    ]
    found = matrix(apply(start, edits))
    assert found.free == 0
    assert found.helps_most is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fleet(seed: int) -> None:
    found = matrix(fleet(20, 12, seed), PROFILE)
    helped(found)


def test_the_count_of_pairs_that_one_fact_forbids_is_what_mending_it_frees() -> None:
    """A host that is disconnected bars its own VMs, and those that would come."""
    start = fleet(20, 12, seed=9)
    states = {("hosts", host, "connection_state"): "connected" for host in start.hosts}
    good = apply(start, [set_to(path, state) for path, state in states.items()])
    before = matrix(good, PROFILE)
    host = before.hosts[int(before.flags.sum(axis=0).argmax())]
    bad = apply(good, [set_to(("hosts", host, "connection_state"), "disconnected")])
    lost = before.free - matrix(bad, PROFILE).free
    assert lost in {promised for promised, _, _ in candidates(matrix(bad, PROFILE).index)}


@settings(max_examples=20, deadline=None)
@given(broken())
def test_whatever_is_broken(datacenter: Datacenter) -> None:
    found = matrix(datacenter, PROFILE)
    if found.helps_most is not None:
        helped(found)
