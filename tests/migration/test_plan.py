"""From an inventory to a case for the model."""

from __future__ import annotations

import pytest

from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Move, apply, load, remove, set_to
from vmlab.migration import Stage, case_for, migrate, plan
from vmlab.migration.stages import nominal_s


def test_the_case_is_the_vm_over_the_slower_link(datacenter: Datacenter, move: Move) -> None:
    ten = ("hosts", "esx01", "physical_nics", "vmnic1", "speed_mbit_s")
    case = case_for(apply(datacenter, [set_to(ten, 10_000)]), move, seed=7)
    assert case is not None
    assert case.link is not None
    assert case.workload.uniform is not None
    assert (case.memory_mib, case.nonzero_mib, case.link.mbit_s, case.seed) == (4096, 4096, 1000, 7)
    assert case.workload.uniform.working_set_mib == 320
    assert case.workload.uniform.dirty_pages_per_s == 5000
    assert case.policy.hypervisor == "esx"
    assert case.policy.resume_ms == 1000 * nominal_s(Stage.HANDSHAKE)


@pytest.mark.parametrize(
    ("active", "standby", "mbit_s"),
    [
        # In a bond the check asks for the best uplink: the copy takes it too.
        (["vmnic0", "vmnic1"], [], 1000),
        (["vmnic0"], ["vmnic1"], 100),
        ([], ["vmnic0", "vmnic1"], 1000),
    ],
)
def test_the_copy_takes_the_uplink_that_the_check_approved(
    move: Move, active: list[str], standby: list[str], mbit_s: int
) -> None:
    top = ("hosts", "esx01")
    bond = apply(
        load("two-hosts-esxi").datacenter,
        [
            set_to((*top, "physical_nics", "vmnic0", "speed_mbit_s"), 100),
            set_to((*top, "virtual_switches", "vSwitch0", "active"), active),
            set_to((*top, "virtual_switches", "vSwitch0", "standby"), standby),
        ],
    )
    case = case_for(bond, move)
    assert case is not None
    assert case.link is not None
    assert case.link.mbit_s == mbit_s


def test_a_working_set_is_never_larger_than_what_is_filled(
    datacenter: Datacenter, move: Move
) -> None:
    activity = {"working_set_mib": 9999, "dirty_pages_per_s": 10, "nonzero_mib": 64}
    case = case_for(apply(datacenter, [set_to(("vms", "web01", "activity"), activity)]), move)
    assert case is not None
    assert case.workload.uniform is not None
    assert case.nonzero_mib == case.workload.uniform.working_set_mib == 64


def test_without_a_link_there_is_no_case(datacenter: Datacenter, move: Move) -> None:
    bare = apply(datacenter, [remove(("hosts", "esx02", "vmkernel_adapters", "vmk0"))])
    assert plan(bare, move).case is None
    outcome = migrate(bare, move)
    assert (outcome.outcome, outcome.stage, outcome.case) == ("refused", "validate", None)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"vm": "db01"}, "Known: web01"),
        ({"source": "esx02"}, "web01 runs on esx01"),
        ({"destination": "esx09"}, "Known: esx01, esx02"),
        ({"destination": "esx01"}, "on esx01 already"),
        ({"datastore": "nfs-01"}, "kind vmotion moves no files"),
        ({"datastore": "nfs-99"}, "Known: san-01, iscsi-01"),
        ({"kind": "storage"}, "kind storage leaves web01 on esx01|needs a datastore"),
        ({"kind": "storage", "destination": "esx01"}, "needs a datastore"),
        ({"kind": "storage", "datastore": "nfs-01"}, "leaves web01 on esx01"),
        ({"kind": "both"}, "needs a datastore"),
        ({"kind": "both", "datastore": "nfs-01", "destination": "esx01"}, "on esx01 already"),
        ({"kind": "both", "datastore": "san-01"}, "all files of web01 are on san-01 already"),
        ({"kind": "cold", "destination": "esx01"}, "Name another host, a datastore, or both"),
    ],
)
def test_a_wrong_move_is_bad_input(
    datacenter: Datacenter, move: Move, wrong: dict[str, str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        migrate(datacenter, move.model_copy(update=wrong))
