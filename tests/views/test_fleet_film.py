"""The film of an evacuation: every VM's way, as the evacuation itself says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import HostLoss
from vmlab.fleet.strategy import Strategy
from vmlab.inventory import load
from vmlab.views.fleet_film import fleet_film
from vmlab.views.fleet_panel import FleetShown, fleet_html, fleet_panel, fleet_text

FOUR = load("four-hosts")
RUNS = {
    "one": evacuate(FOUR, ["esx01"]),
    "two": evacuate(FOUR, ["esx01", "esx02"], strategy=Strategy(2, "smallest")),
    "lost": evacuate(FOUR, ["esx01"], mishaps=[HostLoss("esx03", 60.0)]),
    "nothing": evacuate(load("two-hosts"), ["esx02"]),
}


def at_end(vm: dict[str, Any]) -> str:
    last = vm["tries"][-1] if vm["tries"] else None
    return str(last["to"]) if last and last["good"] else str(vm["host"])


@pytest.mark.parametrize("name", RUNS)
def test_at_its_end_every_vm_is_where_the_evacuation_left_it(name: str) -> None:
    done = RUNS[name]
    film = fleet_film(done)
    json.dumps(film, allow_nan=False)
    assert {vm["name"]: at_end(vm) for vm in film["vms"]} == {
        vm.name: vm.host for vm in done.datacenter.vms.values()
    }
    assert {vm["name"] for vm in film["vms"] if vm["stays"]} == {one.vm for one in done.stays}
    assert {host["name"] for host in film["hosts"] if host["emptied"]} == set(done.emptied)
    for vm in film["vms"]:
        for one in vm["tries"]:
            times = [one[key] for key in ("ready_s", "start_s", "copies_s", "pause_s", "resumed_s")]
            told = [at for at in [*times, one["end_s"]] if at is not None]
            assert told == sorted(told)


@pytest.mark.parametrize("name", RUNS)
def test_events_are_in_order_and_within_the_film(name: str) -> None:
    film = fleet_film(RUNS[name])
    times = [event["s"] for event in film["events"]]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] == film["total_s"]


def test_links_carry_what_the_engine_says() -> None:
    done = RUNS["one"]
    film = fleet_film(done)
    for link in done.links:
        host, _, word = link.name.partition(" ")
        (box,) = [box for box in film["hosts"] if box["name"] == host]
        (drawn,) = [one for one in box["links"] if one["word"] == word]
        ends = [at for at, _ in drawn["steps"][1:]] + [done.total_s]
        carried = sum(
            (end - start) * share * link.bytes_per_s
            for (start, share), end in zip(drawn["steps"], ends, strict=True)
        )
        assert carried == pytest.approx(link.sent_bytes, rel=1e-6)


@pytest.mark.parametrize("name", RUNS)
def test_the_panel_and_its_static_forms(name: str) -> None:
    shown = FleetShown("Lab", "10", RUNS[name], {"scan01": "Disconnect it"})
    state = fleet_panel(shown)
    json.dumps(state, allow_nan=False)
    for setting in ("at_once", "order"):
        options = [value for value, _ in state["settings"][setting]["options"]]
        assert state["settings"][setting]["value"] in options
    speeds = [speed for speed, _ in state["settings"]["adapters"]]
    for host in state["film"]["hosts"]:
        assert not host["adapter"]["name"] or host["adapter"]["mbit_s"] in speeds
    html = fleet_html(shown)
    assert html == fleet_html(shown)
    assert html.count("<img alt=") == 2
    assert "<script" not in html
    assert repr(RUNS[name]) in fleet_text(shown)
