"""The run's view of every kind of move: its own stages, disks, and VMs at rest."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.support.kinds import WAYS, ready
from vmlab.inventory import Profile, set_to
from vmlab.migration import KINDS, TABLES, parse, run
from vmlab.migration.stages import Stage
from vmlab.units import bytes_to_mib
from vmlab.views.run import run_view
from vmlab.views.run_static import run_html, run_text
from vmlab.views.topology import topology

FAULTS = ("cancelled@pre-copy", "cancelled@prepare-source", "storage-lost@clean-up")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_a_ribbon_has_the_stages_of_its_kind_and_no_other(way: str, fault: str) -> None:
    plan = ready(way)
    outcome = run(plan, [parse(fault)] if fault else [])
    view = run_view(outcome)
    json.dumps(view, allow_nan=False)
    drawn = [one["stage"] for guide in view["ribbon"] for one in guide["stages"]]
    assert drawn == [str(stage) for stage in plan.stages]
    lefts = [one["left"] for guide in view["ribbon"] for one in guide["stages"]]
    assert lefts[0] == 0
    assert lefts == sorted(lefts)
    assert lefts[-1] < 1
    for before, after in pairwise(view["spans"]):
        assert after["x0"] == pytest.approx(before["x1"])
        assert after["sent_mib"][0] == pytest.approx(before["sent_mib"][1])
    assert view["verdict"]["title"] == outcome.verdict
    table = TABLES[outcome.move.kind]
    told = {
        span["stage"]: span["text"]
        for span in view["spans"]
        if span["kind"] == "stage" and span["stage"] not in ("pre-copy", "checkpoint")
    }
    assert all(text == table[Stage(stage)].what for stage, text in told.items())
    if view["fault"]:
        assert 0 <= view["fault"]["ribbon"] <= 1
    run_html(view)
    assert run_text(view)


@pytest.mark.parametrize("way", WAYS)
def test_what_crossed_is_what_the_estimate_says(way: str) -> None:
    outcome = run(ready(way))
    view = run_view(outcome)
    copy = outcome.estimate
    if copy is None:
        assert view["things"] == []
        assert view["rounds"] == []
        return
    files = sum(one.copied_bytes for one in copy.storage.passes) if copy.storage else 0
    sent_mib = view["spans"][-1]["sent_mib"][1]
    assert sent_mib == pytest.approx(bytes_to_mib(copy.sent_bytes * bool(copy.rounds) + files))
    first = bytes_to_mib(copy.storage.passes[0].copied_bytes) if copy.storage else 0
    of_files = [thing for thing in view["things"] if thing["name"] != "memory"]
    assert sum(thing["mib"] for thing in of_files) == pytest.approx(first)
    for thing in view["things"]:
        assert thing["line"][0][1] == 0
        assert thing["line"][-1][1] == pytest.approx(1)
        assert thing["line"] == sorted(thing["line"])
    for one, next_ in pairwise(view["things"]):
        assert next_["line"][0][0] == pytest.approx(one["line"][-1][0], abs=1e-6)


def test_disks_of_a_copy_that_is_cut_stop_where_it_was_cut() -> None:
    view = run_view(run(ready("storage"), [parse("cancelled@300")]))
    shares = [thing["line"][-1][1] if thing["line"] else 0 for thing in view["things"]]
    assert shares[0] == pytest.approx(1)
    assert 0 < shares[1] < 1
    assert shares[2] == 0


@pytest.mark.parametrize("way", [way for way in WAYS if not KINDS[WAYS[way][0]].runs])
def test_a_vm_at_rest_has_no_heartbeat_and_is_never_down(way: str) -> None:
    view = run_view(run(ready(way)))
    assert view["heartbeat"]["gaps"] == []
    assert view["rest"] in ("powered off", "suspended")
    assert view["rest"] in view["words"]["silent"]
    assert {span["where"] for span in view["spans"]} == {f"is {view['rest']}"}
    assert {tuple(span["down_s"]) for span in view["spans"]} == {(0.0, 0.0)}
    assert view["spans"][-1]["crossing"] == [1, 1]


def test_changed_blocks_go_in_passes_and_mirrored_writes_in_one() -> None:
    passes = run_view(run(ready("storage", Profile.GUIDE_40)))
    mirror = run_view(run(ready("storage")))
    assert [one["label"] for one in mirror["rounds"]] == ["disks"]
    labels = [one["label"] for one in passes["rounds"]]
    assert labels == [*(str(n) for n in range(1, len(labels))), "last, paused"]
    assert passes["words"]["round"] == mirror["words"]["round"] == "Pass"
    assert passes["last_round"] == str(len(labels) - 1)


def test_disks_come_before_memory_and_only_memory_is_numbered() -> None:
    view = run_view(run(ready("both")))
    assert [one["label"] for one in view["rounds"]] == ["disks", "1", "last, paused"]
    assert [thing["name"] for thing in view["things"]][-1] == "memory"
    assert view["rounds"][1]["line"][0][2] == 0


@pytest.mark.parametrize("wished", ["same", "thin"])
def test_a_disk_is_as_large_as_what_was_written_to_it(wished: str) -> None:
    half_empty = set_to(("vms", "web01", "disks", "disk 2", "allocated_gib"), 10)
    view = run_view(run(ready("storage", edits=(half_empty,), disk_format=wished)))
    assert [round(thing["mib"] / 1024) for thing in view["things"][:2]] == [20, 10]


def test_a_format_that_changes_is_told() -> None:
    view = run_view(run(ready("storage", disk_format="thin")))
    assert view["things"][0]["way"].endswith("thick → thin")


def test_a_move_on_one_host_is_drawn_beside_another() -> None:
    plan = ready("storage", edits=(set_to(("vms", "web01", "memory_mib"), 2048),))
    picture = topology(plan.datacenter, plan.move)
    assert [rack["host"] for rack in picture["racks"]] == ["esx01", "esx02"]
