"""Everything that can be added, wherever the panel offers it."""

from __future__ import annotations

import pytest

from vmlab.documents import InputError
from vmlab.inventory.path import look_up, set_to
from vmlab.inventory.scenario import load
from vmlab.labs.additions import ADDITIONS
from vmlab.labs.session import Session
from vmlab.views.build import build

OFFERS = {
    (add["what"], tuple(add["parent"]))
    for name in ("two-hosts", "two-hosts-esxi")
    for session in [Session(load(name))]
    for part in build(session.datacenter, session.move, session.report)["inspectors"].values()
    for add in part["add"]
}


def test_everything_can_be_added_somewhere() -> None:
    assert {what for what, _ in OFFERS} == set(ADDITIONS)


@pytest.mark.parametrize(("what", "parent"), sorted(OFFERS))
def test_every_offer_can_be_taken_up_twice_and_back(what: str, parent: tuple[str, ...]) -> None:
    for name in ("two-hosts", "two-hosts-esxi"):
        session = Session(load(name))
        before = session.datacenter
        try:
            look_up(before, parent)
        except KeyError:
            continue
        first, second = session.add(what, parent), session.add(what, parent)
        assert first != second
        for path in (first, second):
            assert look_up(session.datacenter, path) is not None
        session.remove(second)
        session.remove(first)
        for _ in range(4):
            session.undo()
        assert session.datacenter == before


def test_names_are_the_first_free_ones() -> None:
    session = Session(load("two-hosts"))
    assert session.add("hosts", ())[-1] == "esx03"
    session.rename(("hosts", "esx03"), "esx05")
    assert session.add("hosts", ())[-1] == "esx03"
    assert session.add("physical_nics", ("hosts", "esx01"))[-1] == "vmnic2"
    assert session.add("vms", ())[-1] == "vm01"


def test_an_adapter_on_a_port_group_makes_it_the_right_kind() -> None:
    session = Session(load("two-hosts"))
    group = session.add("port_groups", ("hosts", "esx01", "virtual_switches", "vSwitch1"))
    adapter = session.add("vmkernel_adapters", group)
    host = session.datacenter.hosts["esx01"]
    assert host.port_groups[group[-1]].kind == "vmkernel"
    assert host.port_groups[group[-1]].virtual_switch == "vSwitch1"
    assert host.vmkernel_adapters[adapter[-1]].port_group == group[-1]


def test_what_is_needed_first_is_named() -> None:
    session = Session(load("two-hosts"))
    host = session.add("hosts", ())
    for what, lacking in (("port_groups", "virtual switch"), ("vmkernel_adapters", "port group")):
        with pytest.raises(InputError, match=f"needs a {lacking}.*first"):
            session.add(what, host)
    session.edit([set_to((name,), {}) for name in ("vms", "clusters", "datastores", "hosts")])
    with pytest.raises(InputError, match="needs a host and a datastore"):
        session.add("vms", ())


@pytest.mark.parametrize(
    ("what", "parent"),
    [
        ("nope", ()),
        ("port_groups", ()),
        ("port_groups", ("hosts", "nope")),
        ("vmkernel_adapters", ("hosts", "esx01", "port_groups", "nope")),
        ("vmkernel_adapters", ("hosts", "esx01", "physical_nics", "vmnic0")),
        ("port_groups", ("hosts", "esx01", "virtual_switches", "nope")),
        ("vms", ("hosts", "nope")),
        ("disks", ("vms", "nope")),
        ("disks", ("hosts", "esx01")),
        ("port_groups", ("datastores", "san-01")),
    ],
)
def test_elsewhere_it_is_refused(what: str, parent: tuple[str, ...]) -> None:
    session = Session(load("two-hosts"))
    with pytest.raises(InputError):
        session.add(what, parent)
    assert not session.can_undo


def test_a_device_is_added_set_and_removed_by_its_form() -> None:
    session = Session(load("two-hosts"))
    before = session.datacenter
    path = session.add("devices", ("vms", "web01"))
    forms = build(session.datacenter, session.move, session.report)["inspectors"]
    form = forms["vms/web01/devices/device 1"]
    assert form["removable"]
    assert form["up"] == "vms/web01"
    assert [field["label"] for field in form["fields"]] == [
        "Name",
        "Kind",
        "Behind it",
        "Connected",
    ]
    links = [link["label"] for group in forms["vms/web01"]["links"] for link in group["parts"]]
    assert "device 1" in links
    for field in form["fields"][1:]:
        for value in field.get("values") or [option[0] for option in field["options"]]:
            session.set(tuple(field["path"]), value)
    made = session.datacenter.vms["web01"].devices["device 1"]
    assert (made.kind, made.backing, made.connected) == ("usb", "image", True)
    session.remove(path)
    assert session.datacenter == before
