"""Edits made without checking the whole datacenter again come to the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Edit, apply, load, remove, set_to
from vmlab.inventory.patch import patched

BASE = load("two-hosts-vsphere-8").datacenter
VM, STORE = ("vms", "web01"), ("datastores", "nfs-01")
MOVE = {"vm": "web01", "source": "esx01", "destination": "esx02"}
EDITS = [
    set_to((*VM, "host"), "esx02"),
    set_to((*VM, "operation"), "migrating"),
    remove((*VM, "operation")),
    set_to((*VM, "home"), "nfs-01"),
    set_to((*VM, "disks", "disk 1", "datastore"), "nfs-01"),
    set_to((*VM, "disks", "disk 1", "format"), "thin"),
    set_to((*VM, "disks", "disk 3"), {"datastore": "nfs-01", "size_gib": 3}),
    remove((*VM, "disks", "disk 3")),
    set_to((*VM, "disks"), {"disk 1": {"datastore": "san-01"}}),
    set_to((*VM, "activity"), {"working_set_mib": 5}),
    set_to((*VM, "activity", "dirty_pages_per_s"), 7),
    set_to(("moves", "web01"), MOVE),
    remove(("moves", "web01")),
    set_to((*STORE, "copies", "web01"), {"vm": "web01", "size_gib": 60, "state": "partial"}),
    remove((*STORE, "copies", "web01")),
    set_to((*STORE, "free_gib"), 12.5),
    remove((*STORE, "free_gib")),
    set_to(("hosts", "esx01", "licence"), {"edition": "Standard", "features": None}),
    set_to(("hosts", "esx01", "licence", "features"), ["vmotion"]),
    set_to(("hosts", "esx01", "version"), 8.0),
    set_to(("hosts", "esx01", "luns", "lun 1"), 4),
]


def result(make: Callable[[Datacenter, list[Edit]], Datacenter], edits: list[Edit]) -> object:
    """The datacenter, or why there is none."""
    try:
        return make(BASE, edits)
    except InputError as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(edits=st.lists(st.sampled_from(EDITS), max_size=8))
def test_the_same_as_checking_everything(edits: list[Edit]) -> None:
    assert result(patched, edits) == result(apply, edits)


def test_what_no_edit_touches_is_shared() -> None:
    after = patched(BASE, [set_to((*VM, "host"), "esx02")])
    assert after.hosts is BASE.hosts
    assert after.datastores is BASE.datastores
    assert after.vms["web01"].disks is BASE.vms["web01"].disks
    assert BASE.vms["web01"].host == "esx01"


@pytest.mark.parametrize(
    "edit",
    [
        set_to((*VM, "hots"), "esx02"),
        set_to(("vms", "nobody", "host"), "esx02"),
        set_to((*VM, "memory_mib"), "much"),
        set_to((*STORE, "free_gib"), -1),
        set_to((*VM, "host", "name"), "x"),
        remove((*VM, "host")),
        set_to(("moves", "web01"), "soon"),
    ],
)
def test_a_wrong_edit_is_told_as_ever(edit: Edit) -> None:
    with pytest.raises(InputError) as ours:
        patched(BASE, [edit])
    with pytest.raises(InputError) as theirs:
        apply(BASE, [edit])
    assert str(ours.value) == str(theirs.value)


def test_no_edits_leave_all_as_it_is() -> None:
    same: Any = patched(BASE, [])
    assert isinstance(same, Datacenter)
    assert same == BASE
