"""A plan of every kind of move, each ready to run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from vmlab.inventory import Edit, Move, apply, load, set_to
from vmlab.inventory.profile import Profile
from vmlab.migration import Plan, plan

# Few enough writes to disk for passes over changed blocks to come to an end.
_ACTIVITY = {"working_set_mib": 320, "dirty_pages_per_s": 5000, "disk_write_mib_s": 0.05}
_VM = ("vms", "web01")


def _disks(datastore: str) -> list[Edit]:
    """Everything of the VM on one datastore, with room written down wherever it goes."""
    disk = {"size_gib": 8, "datastore": datastore, "allocated_gib": 4}
    stores = ("san-01", "iscsi-01", "esx01-local", "esx02-local")
    return [
        set_to((*_VM, "activity"), _ACTIVITY),
        set_to((*_VM, "home"), datastore),
        set_to((*_VM, "disks"), {"disk1": disk}),
        *(set_to(("datastores", store, "free_gib"), 100) for store in stores),
    ]


#: Name -> edits that make the VM suit, the move, and whose eyes choose the method.
_ASKED: dict[str, tuple[list[Edit], Move, Profile]] = {
    "vmotion": (
        _disks("san-01"),
        Move(vm="web01", source="esx01", destination="esx02"),
        Profile.GUIDE_40,
    ),
    "storage": (
        _disks("san-01"),
        Move(vm="web01", source="esx01", destination="esx01", kind="storage", datastore="iscsi-01"),
        Profile.VSPHERE_55,
    ),
    "storage by changed blocks": (
        _disks("san-01"),
        Move(vm="web01", source="esx01", destination="esx01", kind="storage", datastore="iscsi-01"),
        Profile.GUIDE_40,
    ),
    "both": (
        _disks("esx01-local"),
        Move(vm="web01", source="esx01", destination="esx02", kind="both", datastore="esx02-local"),
        Profile.VSPHERE_55,
    ),
    "suspended": (
        [*_disks("esx01-local"), set_to((*_VM, "power_state"), "suspended")],
        Move(
            vm="web01", source="esx01", destination="esx02", kind="suspended",
            datastore="esx02-local",
        ),
        Profile.GUIDE_40,
    ),
    "cold": (
        [*_disks("esx01-local"), set_to((*_VM, "power_state"), "off")],
        Move(vm="web01", source="esx01", destination="esx02", kind="cold", datastore="esx02-local"),
        Profile.GUIDE_40,
    ),
    "cold, files stay": (
        [*_disks("san-01"), set_to((*_VM, "power_state"), "off")],
        Move(vm="web01", source="esx01", destination="esx02", kind="cold"),
        Profile.GUIDE_40,
    ),
    "cold, host stays": (
        [*_disks("san-01"), set_to((*_VM, "power_state"), "off")],
        Move(vm="web01", source="esx01", destination="esx01", kind="cold", datastore="iscsi-01"),
        Profile.GUIDE_40,
    ),
}  # fmt: skip

MOVES = tuple(_ASKED)


@cache
def ready_for(name: str) -> Plan:
    """A plan that no rule refuses."""
    edits, move, profile = _ASKED[name]
    made = plan(apply(load("two-hosts").datacenter, edits), move, profile)
    return replace(made, report=replace(made.report, findings=()))
