"""Edits: made whole or refused whole, renamed and removed with what hangs on a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support.datacenters import VALUES, changed, datacenters, paths_to_entities
from vmlab.documents import InputError
from vmlab.inventory import (
    Datacenter,
    Edit,
    apply,
    load,
    look_up,
    removal,
    remove,
    rename,
    set_to,
)
from vmlab.inventory.path import plain
from vmlab.inventory.references import uses

TWO_HOSTS = load("two-hosts").datacenter
MOVING = apply(
    TWO_HOSTS,
    [set_to(("moves", "web01"), {"vm": "web01", "source": "esx01", "destination": "esx02"})],
)
VMK0 = ("hosts", "esx02", "vmkernel_adapters", "vmk0")


def refused(datacenter: Datacenter, *edits: Edit) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        apply(datacenter, edits)
    return [(".".join(p.place), p.message) for p in caught.value.problems]


def test_set_remove_and_add() -> None:
    changed = apply(
        TWO_HOSTS,
        [
            set_to((*VMK0, "mtu"), 9000),
            remove((*VMK0, "ip")),
            set_to(("physical_switches", "core"), {"mtu": 1500}),
            set_to(("hosts", "esx01", "cpu", "sockets"), 4),  # at its default, opened
        ],
    )
    assert look_up(changed, VMK0).mtu == 9000
    assert look_up(changed, VMK0).ip is None
    assert list(changed.physical_switches) == ["lan", "gig", "core"]
    assert changed.hosts["esx01"].cpu.sockets == 4
    assert changed.hosts["esx01"].cpu.vendor == "Intel"


def test_the_original_is_left_as_it_is() -> None:
    before = plain(TWO_HOSTS)
    apply(TWO_HOSTS, [remove(("vms", "web01")), set_to((*VMK0, "mtu"), 9000)])
    assert plain(TWO_HOSTS) == before


def test_an_edit_is_left_as_it_is() -> None:
    # Undo and misconfigurations make the same edits again.
    add = set_to(("hosts", "esx03"), {"cpu": {"sockets": 1}})
    later = set_to(("hosts", "esx03", "cpu", "sockets"), 8)
    assert apply(TWO_HOSTS, [add, later]).hosts["esx03"].cpu.sockets == 8
    assert add.value == {"cpu": {"sockets": 1}}
    assert apply(TWO_HOSTS, [add]).hosts["esx03"].cpu.sockets == 1


def test_nothing_to_do() -> None:
    assert apply(TWO_HOSTS, []) == TWO_HOSTS


@pytest.mark.parametrize(
    "edit",
    [
        set_to((), {}),
        remove(()),
        remove(("hosts", "esx09", "licence")),
        remove(("hosts", "esx09")),
        set_to(("hosts", "esx09", "kind"), "ESX"),
        set_to(("hosts", "esx01", "colour"), "red"),
        remove(("hosts", "esx01", "colour")),
        set_to(("hosts", "esx01", "kind", "deeper"), 1),
        set_to(("hosts", "esx01", "virtual_switches", "vSwitch0", "active", "0"), "vmnic1"),
        set_to(("datastores", "nfs-01", "mounts", "esx09", "backing"), "x"),
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere(edit: Edit) -> None:
    ((place, message),) = refused(TWO_HOSTS, edit)
    assert place == ".".join(edit.path)
    assert message == "the path leads nowhere"


def test_removing_what_has_its_default_changes_nothing() -> None:
    bare = apply(TWO_HOSTS, [remove(("hosts", "esx01", "licence"))])
    assert apply(bare, [remove(("hosts", "esx01", "licence"))]) == bare
    assert apply(bare, [remove(("hosts", "esx01", "licence", "features"))]) == bare
    assert apply(bare, [remove(("hosts", "esx01", "cpu", "sockets"))]) == bare


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("vms", "web01", "host"), "esx09"),
        (("vms", "web01", "host"), 5),  # a number is a name too
        (("vms", "web01", "home"), "san-09"),
        (("vms", "web01", "disks", "disk 1", "datastore"), "san-09"),
        (("hosts", "esx01", "physical_nics", "vmnic0", "cable"), "wan"),
        (("hosts", "esx01", "virtual_switches", "vSwitch0", "active"), ["vmnic0", "vmnic9"]),
        (("hosts", "esx01", "virtual_switches", "vSwitch0", "standby"), "vmnic9"),
        (("hosts", "esx01", "port_groups", "VMotion", "active"), "vmnic1, vmnic9"),
        (("hosts", "esx01", "port_groups", "VMotion", "standby"), ["vmnic9"]),
        (("hosts", "esx01", "port_groups", "VMotion", "virtual_switch"), "vSwitch9"),
        (("hosts", "esx01", "vmkernel_adapters", "vmk0", "port_group"), "vMotion"),
        (("hosts", "esx01", "service_console_adapters", "vswif0", "port_group"), "Console"),
        (("datastores", "san-01", "mounts"), {"esx09": {}}),
        (("clusters", "cluster-01", "hosts"), "esx09"),
        (("moves", "web01", "vm"), "web09"),
        (("moves", "web01", "source"), "esx09"),
        (("moves", "web01", "destination"), "esx09"),
        (("moves", "web01", "datastore"), "san-09"),
    ],
    ids=lambda value: str(value),
)
def test_a_reference_to_nothing_is_refused(path: tuple[str, ...], name: object) -> None:
    ((place, message),) = refused(MOVING, set_to(path, name))
    assert place.startswith(".".join(path))
    assert "there is no" in message


def test_all_problems_at_once() -> None:
    found = refused(
        TWO_HOSTS,
        remove(("hosts", "esx01")),
        remove(("datastores", "san-01")),
        set_to((*VMK0, "mtu"), 70000),
    )
    assert {place for place, _ in found} == {
        "clusters.cluster-01.hosts.0",
        *(f"datastores.{store}.mounts.esx01" for store in ("iscsi-01", "nfs-01", "esx01-local")),
        "hosts.esx02.vmkernel_adapters.vmk0.mtu",
        "vms.web01.host",
        "vms.web01.home",
        "vms.web01.disks.disk 1.datastore",
        "vms.web01.disks.disk 2.datastore",
    }


def test_a_port_group_may_be_missing_behind_a_vnic() -> None:
    # That is a rule's business (net-pg-label), not a mistake of the file.
    path = ("vms", "web01", "vnics", "nic 1", "port_group")
    assert look_up(apply(TWO_HOSTS, [set_to(path, "Nowhere")]), path) == "Nowhere"


def inverse(datacenter: Datacenter, edit: Edit) -> Edit:
    node: Any = plain(datacenter)
    for name in edit.path:
        if not isinstance(node, dict) or name not in node:
            return remove(edit.path)
        node = node[name]
    return set_to(edit.path, node)


@settings(deadline=None)
@given(st.data())
def test_an_edit_and_its_inverse_give_the_original(data: st.DataObject) -> None:
    datacenter = data.draw(changed(TWO_HOSTS, 3))
    path = data.draw(st.sampled_from(paths_to_entities(datacenter)))
    choices = VALUES.get(path[-2], [])
    assume(choices)
    field, value = data.draw(st.sampled_from(choices))
    edit = set_to((*path, field), value)
    try:
        after = apply(datacenter, [edit])
    except InputError:
        assume(False)
    assert apply(after, [inverse(datacenter, edit)]) == datacenter


RENAMED = [
    ("hosts", "esx01"),
    ("hosts", "esx01", "physical_nics", "vmnic0"),
    ("hosts", "esx01", "virtual_switches", "vSwitch0"),
    ("hosts", "esx01", "port_groups", "Production"),
    ("hosts", "esx01", "port_groups", "Service Console"),
    ("hosts", "esx01", "vmkernel_adapters", "vmk0"),
    ("datastores", "san-01"),
    ("datastores", "san-01", "mounts", "esx02"),
    ("vms", "web01"),
    ("vms", "web01", "disks", "disk 1"),
    ("physical_switches", "lan"),
    ("subnets", "production"),
    ("clusters", "cluster-01"),
    ("moves", "web01"),
]


def mentions(node: Any, name: str, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Places whose value or key is a name."""
    found: set[tuple[str, ...]] = set()
    if isinstance(node, dict):
        for key, child in node.items():
            found |= mentions(child, name, (*path, key))
            if key == name:
                found.add((*path, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            found |= mentions(child, name, (*path, str(index)))
    elif node == name:
        found.add(path)
    return found


@pytest.mark.parametrize("path", [p for p in RENAMED if p[-2] not in {"mounts", "moves"}], ids=str)
def test_a_rename_carries_every_reference(path: tuple[str, ...]) -> None:
    after = apply(MOVING, rename(MOVING, path, "renamed"))
    data = plain(after)
    old = path[-1]
    assert look_up(after, (*path[:-1], "renamed")).name == "renamed"
    # Where the old name is left, it is another's: of the other host, or a port
    # group that only shares the name.
    left = mentions(data, old)
    other_host = {place for place in left if place[:2] == ("hosts", "esx02")}
    assert left - other_host == set()
    assert len(mentions(data, "renamed")) == len(mentions(plain(MOVING), old)) - len(other_host)


@pytest.mark.parametrize("path", RENAMED[:7] + RENAMED[8:13], ids=str)
def test_a_rename_keeps_the_order_and_can_be_taken_back(path: tuple[str, ...]) -> None:
    after = apply(MOVING, rename(MOVING, path, "renamed"))
    new = (*path[:-1], "renamed")
    names = list(look_up(MOVING, path[:-1]))
    assert list(look_up(after, path[:-1])) == [n if n != path[-1] else "renamed" for n in names]
    back = apply(after, rename(after, new, path[-1]))
    assert back == MOVING
    assert plain(back) == plain(MOVING)
    assert list(look_up(back, path[:-1])) == names


def test_what_a_rename_of_a_host_carries() -> None:
    after = apply(MOVING, rename(MOVING, ("hosts", "esx01"), "h1"))
    assert after.vms["web01"].host == "h1"
    assert after.moves["web01"].source == "h1"
    assert after.clusters["cluster-01"].hosts == ("h1", "esx02")
    assert list(after.datastores["san-01"].mounts) == ["h1", "esx02"]


def test_renaming_a_moving_vm_renames_its_move() -> None:
    after = apply(MOVING, rename(MOVING, ("vms", "web01"), "db01"))
    assert list(after.moves) == ["db01"]
    assert after.moves["db01"].vm == "db01"


def test_only_vms_on_that_host_follow_a_port_group() -> None:
    there = apply(
        TWO_HOSTS,
        [
            set_to(
                ("vms", "db01"),
                {"host": "esx02", "home": "san-01", "vnics": {"n": {"port_group": "Production"}}},
            )
        ],
    )
    after = apply(there, rename(there, ("hosts", "esx01", "port_groups", "Production"), "Prod"))
    assert after.vms["web01"].vnics["nic 1"].port_group == "Prod"
    assert after.vms["db01"].vnics["n"].port_group == "Production"


def test_a_name_that_is_taken() -> None:
    with pytest.raises(InputError, match="'esx02' is taken"):
        rename(TWO_HOSTS, ("hosts", "esx01"), "esx02")
    assert rename(TWO_HOSTS, ("hosts", "esx01"), "esx01") == ()


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("hosts",),
        ("hosts", "esx09"),
        ("hosts", "esx09", "port_groups", "x"),
        ("name", "x"),
        ("hosts", "esx01", "virtual_switches", "vSwitch0", "active", "x"),
    ],
    ids=str,
)
def test_what_is_not_there_is_neither_renamed_nor_removed(path: tuple[str, ...]) -> None:
    if path != ("hosts",):  # a field with a value may be emptied, not renamed
        with pytest.raises(InputError):
            removal(TWO_HOSTS, path)
    with pytest.raises(InputError):
        apply(TWO_HOSTS, rename(TWO_HOSTS, path, "x"))


@settings(deadline=None)
@given(st.data())
def test_any_rename_can_be_taken_back(data: st.DataObject) -> None:
    datacenter = data.draw(datacenters())
    paths = [p for p in paths_to_entities(datacenter) if p[-2] not in {"mounts", "moves"}]
    path = data.draw(st.sampled_from(paths))
    after = apply(datacenter, rename(datacenter, path, "entirely new"))
    assert not any((*mapping, name) == path for _, _, name, mapping in uses(plain(after))), (
        "a reference to the old name is left"
    )
    back = apply(after, rename(after, (*path[:-1], "entirely new"), path[-1]))
    assert back == datacenter


def after_removing(*path: str, start: Datacenter = TWO_HOSTS) -> Datacenter:
    return apply(start, removal(start, path))


def test_removing_a_switch_takes_its_port_groups_and_adapters() -> None:
    after = after_removing("hosts", "esx02", "virtual_switches", "vSwitch1").hosts["esx02"]
    assert list(after.port_groups) == ["Production", "Service Console"]
    assert list(after.vmkernel_adapters) == []
    assert list(after.service_console_adapters) == ["vswif0"]


def test_removing_a_port_group_takes_its_adapter_but_no_vm() -> None:
    after = after_removing("hosts", "esx01", "port_groups", "Production")
    assert after.vms["web01"].vnics["nic 1"].port_group == "Production"
    after = after_removing("hosts", "esx01", "port_groups", "Service Console")
    assert list(after.hosts["esx01"].service_console_adapters) == []


def test_removing_a_nic_drops_it_from_every_list() -> None:
    label = ("hosts", "esx01", "port_groups", "VMotion")
    start = apply(TWO_HOSTS, [set_to((*label, "active"), ["vmnic1", "vmnic0"])])
    host = after_removing("hosts", "esx01", "physical_nics", "vmnic1", start=start).hosts["esx01"]
    assert host.virtual_switches["vSwitch1"].active == ()
    assert host.port_groups["VMotion"].active == ("vmnic0",)


def test_removing_a_physical_switch_pulls_the_cables() -> None:
    after = after_removing("physical_switches", "lan")
    cables = [nic.cable for h in after.hosts.values() for nic in h.physical_nics.values()]
    assert cables == [None, "gig", None, "gig"]


def test_removing_a_host_takes_its_mounts_and_its_place_in_the_cluster() -> None:
    after = after_removing("hosts", "esx02")
    assert list(after.datastores["san-01"].mounts) == ["esx01"]
    assert after.clusters["cluster-01"].hosts == ("esx01",)


@pytest.mark.parametrize(
    ("path", "needed_by"),
    [
        (("hosts", "esx01"), ["web01"]),
        (("hosts", "esx02"), ["web01"]),  # the move's destination
        (("datastores", "san-01"), ["web01"]),
        (("vms", "web01"), ["web01"]),  # under way
    ],
    ids=str,
)
def test_what_is_needed_is_not_removed(path: tuple[str, ...], needed_by: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        removal(MOVING, path)
    for problem, name in zip(caught.value.problems, needed_by, strict=True):
        assert problem.message == f"{name} needs it"
        assert problem.place == path


def test_all_that_need_it_are_named() -> None:
    vm = {"host": "esx01", "home": "nfs-01"}
    start = apply(TWO_HOSTS, [set_to(("vms", name), vm) for name in ("a", "b")])
    with pytest.raises(InputError) as caught:
        removal(start, ("hosts", "esx01"))
    assert [p.message[0] for p in caught.value.problems] == ["w", "a", "b"]


@settings(deadline=None)
@given(st.data())
def test_a_removal_leaves_no_reference_behind(data: st.DataObject) -> None:
    datacenter = data.draw(datacenters())
    path = data.draw(st.sampled_from(paths_to_entities(datacenter)))
    try:
        edits = removal(datacenter, path)
    except InputError:
        return
    after = apply(datacenter, edits)  # refuses what would dangle
    with pytest.raises(KeyError):
        look_up(after, path)


def test_an_edit_as_json() -> None:
    edit = set_to(("hosts", "esx01"), {"kind": "ESX"})
    assert edit.to_json() == {"op": "set", "path": ["hosts", "esx01"], "value": {"kind": "ESX"}}
    assert remove(("vms", "a")).to_json() == {"op": "remove", "path": ["vms", "a"], "value": None}


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "tab\there"])
def test_what_is_no_name_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InputError) as refused:
        rename(load("two-hosts").datacenter, ("hosts", "esx02"), name)
    (problem,) = refused.value.problems
    assert problem.place == ("hosts", "esx02")
