"""Slots of datastores: 128 by cost, and the accesses of vSphere 4.0."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.inventory import Edit, Profile, set_to
from vmlab.rules.capacity.traffic import under_way

RULE, RULE_40 = "cap-datastore-slots", "cap-datastore-slots-40"
HOME = ("vms", "web01", "home")
GUIDE = {"profile": Profile.GUIDE_40, "start": TWO_HOSTS}
FILES = {"kind": "storage", "datastore": "nfs-01"}


def vmotions(count: int, store: str = "san-01") -> tuple[Edit, ...]:
    return under_way(count, "esx01", "esx02", home=store, prefix="v")


def storage(count: int, store: str = "san-01") -> tuple[Edit, ...]:
    return under_way(count, "esx02", "esx02", kind="storage", home=store, prefix="s")


def test_costs_add_up_to_128() -> None:
    assert findings(RULE, *storage(7), **FILES) == []
    assert findings(RULE, *storage(8), **FILES) != []
    assert findings(RULE, *storage(7), *vmotions(15)) == []
    assert findings(RULE, *storage(7), *vmotions(16)) != []
    assert findings(RULE, *storage(7), *vmotions(1), **FILES) != []


def test_the_target_is_charged_too() -> None:
    # C7: the table, not the prose: 16 on either side.
    assert findings(RULE, *storage(8, "nfs-01"), **FILES) != []
    assert findings(RULE, *storage(8, "iscsi-01"), **FILES) == []
    both = {"kind": "both", "datastore": "nfs-01"}
    assert findings(RULE, *storage(8, "nfs-01"), **both) != []
    assert findings(RULE, *storage(8, "nfs-01")) == []


def test_cold_moves_cost_a_datastore_nothing() -> None:
    assert findings(RULE, *storage(8), kind="cold", datastore="nfs-01") == []


def test_profiles() -> None:
    assert by_profile(RULE, *storage(8), **FILES) == ["-", "queue", "queue", "queue"]
    nfs = (set_to(HOME, "nfs-01"), *vmotions(4, "nfs-01"))
    assert by_profile(RULE_40, *nfs, start=TWO_HOSTS) == ["queue", "-", "-", "-"]


@pytest.mark.parametrize(
    ("store", "file_system", "accesses"),
    [("san-01", "", 8), ("san-01", "VMFS3", 8), ("san-01", "VMFS2", 4), ("nfs-01", "", 4)],
)
def test_accesses_of_4_0(store: str, file_system: str, accesses: int) -> None:
    edits = (set_to(HOME, store), set_to(("datastores", store, "file_system"), file_system))
    assert findings(RULE_40, *edits, *vmotions(accesses - 1, store), **GUIDE) == []
    (finding,) = findings(RULE_40, *edits, *vmotions(accesses, store), **GUIDE)
    assert f"of {accesses} accesses of {store}" in finding.message


def test_storage_vmotion_is_an_access_on_each_side() -> None:
    assert findings(RULE_40, *vmotions(3, "nfs-01"), **GUIDE, **FILES) == []
    assert findings(RULE_40, *vmotions(4, "nfs-01"), **GUIDE, **FILES) != []
    assert findings(RULE_40, *storage(8), **GUIDE, **FILES) != []
