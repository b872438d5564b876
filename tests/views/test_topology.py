"""The layout of the picture: inside the canvas, nothing over anything, everything told."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from vmlab.inventory import Datacenter, Move, apply, load, remove, set_to
from vmlab.rules import MISCONFIGURATIONS, check
from vmlab.views.svg import topology_svg
from vmlab.views.text import width
from vmlab.views.topology import owner, topology

GOOD = load("two-hosts").datacenter
BARE = load("two-hosts-bare").datacenter
MOVE = Move(vm="web01", source="esx01", destination="esx02")


def crowded() -> Datacenter:
    """Many of everything, with long names."""
    nics = {
        f"vmnic{i}": {"cable": "lan" if i % 2 else "gig", "vlans": [10, 20, i]} for i in range(6)
    }
    groups = {f"A long port group, number {i}": {"virtual_switch": "vSwitch0"} for i in range(5)}
    vmks = {f"vmk{i}": {"port_group": "A long port group, number 1", "mtu": 9000} for i in range(3)}
    edits = [
        set_to(("datastores", f"a-long-datastore-{i}"), {"mounts": {"esx01": {}}}) for i in range(9)
    ]
    edits += [
        set_to(
            ("hosts", "esx02"),
            {
                "physical_nics": nics,
                "virtual_switches": {
                    "vSwitch0": {"active": ["vmnic0", "vmnic1"], "mtu": 9000},
                    "b": {},
                },
                "port_groups": groups,
                "vmkernel_adapters": vmks,
                "connection_state": "not-responding",
            },
        )
    ]
    edits += [
        set_to(("vms", f"database-{i}"), {"host": "esx02", "home": "san-01"}) for i in range(12)
    ]
    return apply(GOOD, edits)


def alone() -> Datacenter:
    return Datacenter.model_validate({"hosts": {"only": {}}})


DATACENTERS = {
    "good": GOOD,
    "bare": BARE,
    "crowded": crowded(),
    "one host": alone(),
    "nothing": Datacenter(),
}


@pytest.fixture(params=DATACENTERS, name="view")
def any_view(request: pytest.FixtureRequest) -> dict[str, Any]:
    datacenter = DATACENTERS[request.param]
    return topology(datacenter, MOVE if "esx02" in datacenter.hosts else None)


def boxes_meet(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return bool(
        a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    )


def test_every_part_is_inside_the_canvas(view: dict[str, Any]) -> None:
    for part in view["parts"]:
        assert part["x"] >= 0
        assert part["x"] + part["w"] <= view["width"]
        assert part["y"] >= 0
        assert part["y"] + part["h"] <= view["height"]


def test_no_two_parts_overlap(view: dict[str, Any]) -> None:
    for a, b in combinations(view["parts"], 2):
        assert not boxes_meet(a, b), (a["key"], b["key"])


def test_every_text_fits_its_box(view: dict[str, Any]) -> None:
    for part in view["parts"]:
        rows: dict[float, list[tuple[float, float]]] = {}
        for line in part["lines"]:
            w = width(line["text"], line["style"])
            left = line["x"] - {"start": 0, "middle": w / 2, "end": w}[line["anchor"]]
            assert left >= part["x"] - 0.01, line
            assert left + w <= part["x"] + part["w"] + 0.01, line
            rows.setdefault(line["y"], []).append((left, left + w))
        for spans in rows.values():
            for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
                assert end <= start + 0.01, part["key"]


def test_names_start_with_what_is_seen_and_are_unique(view: dict[str, Any]) -> None:
    keys = [part["key"] for part in view["parts"]]
    assert len(set(keys)) == len(keys)
    for part in view["parts"]:
        seen = " ".join(line["text"] for line in part["lines"] if line["text"])
        assert part["label"].startswith(seen)
        for line in part["lines"]:
            assert line.get("full", "") in part["label"]


def test_svg_is_the_same_bytes_and_has_every_text(view: dict[str, Any]) -> None:
    svg = topology_svg(view)
    assert svg == topology_svg(view)
    assert svg.count("<text") >= sum(len(part["lines"]) for part in view["parts"])
    assert "None" not in svg


def test_equal_hosts_are_mirror_images() -> None:
    view = topology(apply(GOOD, [remove(("vms", "web01"))]), None)
    left = {p["key"]: p for p in view["parts"] if p["key"].startswith("hosts/esx01")}
    for key, part in left.items():
        other = next(p for p in view["parts"] if p["key"] == key.replace("esx01", "esx02"))
        assert other["x"] == view["width"] - part["x"] - part["w"]
        assert (other["y"], other["w"], other["h"]) == (part["y"], part["w"], part["h"])


def test_what_is_missing_is_an_empty_place() -> None:
    view = topology(BARE, MOVE)
    assert set(view["slots"]) == {"esx01", "esx02"}
    assert view["way"] is None
    assert topology(GOOD, MOVE)["way"]["switch"] == "gig"
    bare = apply(GOOD, [set_to(("hosts", "esx02"), {})])
    assert any(note["text"] == "no virtual switch" for note in topology(bare, MOVE)["notes"])
    unplugged = apply(GOOD, [remove(("hosts", "esx02", "physical_nics", "vmnic1", "cable"))])
    assert len(topology(unplugged, MOVE)["cables"]) == len(topology(GOOD, MOVE)["cables"]) - 1
    unmounted = apply(GOOD, [remove(("datastores", "san-01", "mounts", "esx02"))])
    assert len(topology(unmounted, MOVE)["mounts"]) == len(topology(GOOD, MOVE)["mounts"]) - 1


def test_mtu_is_written_only_when_it_is_unusual() -> None:
    assert "MTU" not in " ".join(
        t["text"] for p in topology(GOOD, MOVE)["parts"] for t in p["lines"]
    )
    jumbo = apply(GOOD, [set_to(("hosts", "esx01", "vmkernel_adapters", "vmk0", "mtu"), 9000)])
    part = next(p for p in topology(jumbo, MOVE)["parts"] if p["key"].endswith("vmk0"))
    assert [line["text"] for line in part["lines"]] == ["vmk0", "MTU 9000", "10.0.50.11"]


def test_hosts_keep_their_sides_when_the_machine_has_moved() -> None:
    back = apply(GOOD, [set_to(("vms", "web01", "host"), "esx02")])
    view = topology(back, Move(vm="web01", source="esx02", destination="esx01"))
    assert [rack["host"] for rack in view["racks"]] == ["esx01", "esx02"]
    card = next(p for p in view["parts"] if p["shape"] == "vm")
    assert card["x"] == view["slots"]["esx02"]["x"]


def test_a_third_host_is_drawn_when_it_is_the_destination() -> None:
    three = apply(GOOD, [set_to(("hosts", "esx03"), {})])
    move = Move(vm="web01", source="esx01", destination="esx03")
    assert [r["host"] for r in topology(three, move)["racks"]] == ["esx01", "esx03"]


def test_the_worst_finding_outlines_the_part_and_is_told() -> None:
    broken = apply(GOOD, [remove(("hosts", "esx02", "licence"))])
    report = check(broken, MOVE)
    part = next(
        p for p in topology(broken, MOVE, report.findings)["parts"] if p["key"] == "hosts/esx02"
    )
    assert part["finding"]["severity"] == "error"
    assert part["label"].endswith(f"Error: {part['finding']['message']}")


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_every_finding_lies_on_a_part(misconfiguration: Any) -> None:
    keys = [part["key"] for part in topology(GOOD, MOVE)["parts"]]
    broken = misconfiguration.datacenter()
    for finding in check(broken, MOVE).findings:
        drawn = [p["key"] for p in topology(broken, MOVE, [finding])["parts"] if p["finding"]]
        assert len(drawn) == 1, finding
    assert owner(("nowhere",), keys) == "."
