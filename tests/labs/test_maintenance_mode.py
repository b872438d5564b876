"""Lab 10: every target can be reached as its hints say, and by no way round."""

from __future__ import annotations

import json

import pytest

from vmlab.documents import InputError
from vmlab.labs.emptied import fixes_of, longest_pause_s
from vmlab.labs.evacuation_lab import EvacuationLab
from vmlab.labs.maintenance_mode import TARGETS, open_lab

ADAPTER = ("hosts", "esx04", "physical_nics", "vmnic1", "speed_mbit_s")


def reached(lab: EvacuationLab) -> list[int]:
    return [n for n, row in enumerate(lab.progress.rows, 1) if row[0] == "✓"]


def test_nothing_is_reached_at_first() -> None:
    lab = open_lab()
    assert reached(lab) == []
    assert lab.evacuation.emptied == ()
    for number in range(1, len(TARGETS) + 1):
        assert len(lab.hints(number).rows) == 3


def test_each_target_is_reached_as_its_hint_says() -> None:
    lab = open_lab()
    lab.fix("scan01")
    assert reached(lab) == [1]
    lab.reset()
    lab.set(ADAPTER, 10_000)
    assert reached(lab) == [1, 2]
    lab.reset()
    lab.empty("esx01", "esx02")
    lab.fix("scan01")
    lab.fix("mail01")
    assert reached(lab) == [1, 2, 3]
    lab.reset()
    lab.empty("esx01", at_once=2)
    assert reached(lab) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("vms", "scan01"), None),
        (("vms", "scan01", "power_state"), "off"),
        (("vms", "scan01", "host"), "esx02"),
        (("vms", "db01", "memory_mib"), 1024),
        (("vms", "db01", "host"), "esx02"),
        (("vms", "cache01", "activity", "dirty_pages_per_s"), 0),
    ],
)
def test_changing_the_guests_does_not_count(path: tuple[str, ...], value: object) -> None:
    lab = open_lab()
    lab.set(path, value)
    lab.set(ADAPTER, 10_000)
    for at_once in (1, 2, 4):
        lab.empty("esx01", at_once=at_once)
    for vm in fixes_of(lab.evacuation):
        lab.fix(vm)
    assert reached(lab) == []


def test_order_and_number_of_moves_alone_are_not_twice_as_fast() -> None:
    lab = open_lab()
    for order in ("placed", "smallest", "largest", "calmest", "busiest"):
        for at_once in (None, 1, 2, 8):
            lab.empty("esx01", at_once=at_once, order=order)
    assert 2 not in reached(lab)


def test_another_host_does_not_count() -> None:
    lab = open_lab()
    for host in ("esx02", "esx03", "esx04"):
        for at_once in (None, 1, 2, 4):
            lab.empty(host, at_once=at_once)
    assert reached(lab) == []


def test_with_mishaps_no_target_counts() -> None:
    lab = open_lab()
    lab.set(("vms", "scan01", "devices", "cd 1", "connected"), False)
    lab = open_lab()
    lab.empty("esx01", at_once=2, mishaps=["esx03:lost@60"])
    assert reached(lab) == []
    assert "web05" in lab.evacuation.down


def test_what_the_fourth_target_says() -> None:
    lab = open_lab()
    many = lab.evacuation
    few = lab.empty("esx01", at_once=2)
    assert longest_pause_s(few) < longest_pause_s(many)
    assert few.total_s <= 1.01 * many.total_s


def test_the_panel_is_told_all_and_follows_messages() -> None:
    lab = open_lab()
    state = json.loads(json.dumps(lab.panel.state, allow_nan=False))
    assert state["settings"]["hosts"][0] == ["esx01", True]
    assert [one["vm"] for one in state["stays"]] == ["scan01"]
    assert state["stays"][0]["fix"].startswith("Disconnect cd 1")
    lab.handle({"type": "hosts", "value": ["esx02"]})
    assert lab.evacuation.hosts == ("esx02",)
    lab.handle({"type": "choose", "field": "at_once", "value": 4})
    lab.handle({"type": "choose", "field": "order", "value": "smallest"})
    assert (lab.evacuation.strategy.at_once, lab.evacuation.strategy.order) == (4, "smallest")
    lab.handle({"type": "choose", "field": "at_once", "value": None})
    assert lab.evacuation.strategy.at_once is None
    lab.handle({"type": "adapter", "host": "esx04", "value": 25_000})
    nic = lab.evacuation.before.hosts["esx04"].physical_nics["vmnic1"]
    assert nic.speed_mbit_s == 25_000
    lab.handle({"type": "reset"})
    lab.handle({"type": "fix", "vm": "scan01"})
    assert lab.evacuation.emptied == ("esx01",)
    assert lab.panel.state["good"] is True
    assert lab.panel.alert == ""


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"type": "hosts", "value": []},
        {"type": "hosts", "value": ["esx09"]},
        {"type": "hosts", "value": 3},
        {"type": "choose", "field": "at_once", "value": 0},
        {"type": "choose", "field": "order", "value": "tallest"},
        {"type": "choose", "field": "colour", "value": "red"},
        {"type": "adapter", "host": "esx09", "value": 1000},
        {"type": "adapter", "host": "esx04", "value": -1},
        {"type": "fix", "vm": "web01"},
        {"type": "fly"},
    ],
)
def test_a_message_that_is_wrong_changes_nothing_and_is_told(content: object) -> None:
    lab = open_lab()
    before = lab.evacuation
    answers = lab.panel.answers
    lab.handle(content)
    assert lab.panel.alert
    assert lab.evacuation is before
    assert lab.panel.answers == answers + 1


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"order": "tallest"}, {"mishaps": ["esx03:"]}])
def test_what_is_wrong_in_python_is_refused(wrong: dict[str, object]) -> None:
    lab = open_lab()
    before = lab.evacuation
    with pytest.raises(InputError):
        lab.empty("esx01", **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        lab.fix("web01")
    with pytest.raises(InputError):
        lab.set(ADAPTER, "fast")
    assert lab.evacuation is before
