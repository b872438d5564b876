"""The run's view, on real outcomes: every fault in every stage."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from vmlab.inventory.move import Move
from vmlab.inventory.scenario import load
from vmlab.migration import FAULTS, Outcome, Stage, migrate, parse
from vmlab.units import bytes_to_mib
from vmlab.views.run import film_of, run_view

MOVE = Move(vm="web01", source="esx01", destination="esx02")
EVERYWHERE = [f"{fault}@{stage}" for fault in FAULTS for stage in Stage]
LINES = ("sent_mib", "left_mib", "down_s", "copy_s", "wipe", "crossing")


def outcome(*faults: str) -> Outcome:
    return migrate(load("two-hosts").datacenter, MOVE, disturbances=[parse(one) for one in faults])


def of_kind(view: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [span for span in view["spans"] if span["kind"] == kind]


@pytest.mark.parametrize("fault", ["", *EVERYWHERE, "link-down@10+5", "cancelled@30"])
def test_every_fault_in_every_stage(fault: str) -> None:
    went = outcome(*([fault] if fault else []))
    view = run_view(went)
    json.dumps(view, allow_nan=False)
    spans = view["spans"]
    assert spans[0]["x0"] == 0
    assert [spans[-1][key] for key in ("kind", "x0", "x1")] == ["end", 1, 1]
    for before, after in pairwise(spans):
        assert after["x0"] == pytest.approx(before["x1"])
        assert before["x1"] > before["x0"]
        assert after["start_s"] >= before["start_s"]
        assert after["start_s"] == pytest.approx(before["end_s"])
        assert after["down_s"][0] == pytest.approx(before["down_s"][1])
        assert after["sent_mib"][0] == pytest.approx(before["sent_mib"][1])
    assert view["weight"] == pytest.approx(sum(span["weight"] for span in spans))
    assert spans[-1]["end_s"] == went.total_s
    assert spans[-1]["vm_runs_on"] == went.vm_runs_on
    assert view["verdict"]["title"] == went.verdict
    assert [step["text"] for step in view["undone"]] == list(went.undone)
    assert (view["fault"] is None) == (went.stage is None)
    if went.downtime_s is not None:
        assert spans[-1]["down_s"][1] == pytest.approx(went.downtime_s)
    assert [event["name"] for event in view["events"]] == list(went.events)
    assert [event["x"] for event in view["events"]] == sorted(e["x"] for e in view["events"])


@pytest.mark.parametrize(
    "fault", ["", "link-down@pre-copy", "link-down@checkpoint", "link-down@10+5"]
)
def test_sends_what_the_estimate_says(fault: str) -> None:
    """Of a round that is cut the view takes the share that crossed; the model does the same."""
    went = outcome(*([fault] if fault else []))
    assert went.estimate
    sent_mib = run_view(went)["spans"][-1]["sent_mib"][1]
    assert sent_mib == pytest.approx(bytes_to_mib(went.estimate.sent_bytes), abs=0.02)


def test_success_lies_exactly_under_the_ribbon() -> None:
    view = run_view(outcome())
    assert view["weight"] == pytest.approx(836)
    for guide in view["ribbon"]:
        assert guide["done_x"] == pytest.approx(
            guide["stages"][-1]["left"] + guide["stages"][-1]["weight"] / 836
        )
    assert view["spans"][-1]["tone"] == "success"
    assert view["verdict"]["title"] == "web01 runs on esx02"


def test_roll_back_walks_from_the_fault_to_the_start() -> None:
    view = run_view(outcome("link-down@pre-copy"))
    (verify, copy, resume) = view["ribbon"]
    assert view["fault"]["x"] == copy["failed_x"]
    assert verify["undone_x"] == pytest.approx(1)
    assert resume["start_x"] is None
    undone = [stage["undone_x"] for guide in (verify, copy) for stage in guide["stages"]]
    walked = [x for x in undone if x is not None]
    assert walked == sorted(walked, reverse=True)
    assert [span["stage"] for span in of_kind(view, "undo")][-1] == "queued"
    assert view["spans"][-1]["wipe"] == [1, 1]
    assert view["freed"] == "freed on esx02"
    assert view["fault"]["kind"] == "link"


def test_pause_is_the_gap_in_the_heartbeat() -> None:
    went = outcome()
    (gap,) = run_view(went)["heartbeat"]["gaps"]
    assert gap["end_s"] - gap["start_s"] == pytest.approx(went.downtime_s)
    assert not gap["down"]


def test_paused_vm_turns_round() -> None:
    view = run_view(outcome("link-down@checkpoint"))
    back = of_kind(view, "undo")[0]
    assert back["crossing"][0] > 0
    assert back["crossing"][1] == 0
    assert back["vm_runs_on"] == "esx01"
    assert view["spans"][-1]["phase"] == "returned"


def test_after_the_point_of_no_return_nothing_walks_back() -> None:
    view = run_view(outcome("source-lost@clean-up"))
    assert view["undone"] == []
    assert view["left_behind"]
    assert view["spans"][-1]["tone"] == "incomplete"
    assert view["spans"][-1]["left_mib"] == [0, 0]
    assert [guide["undone_x"] for guide in view["ribbon"]] == [None] * 3


def test_lost_vm_is_down_and_never_as_before() -> None:
    view = run_view(outcome("source-lost@pre-copy"))
    assert view["spans"][-1]["where"] == "is down"
    assert view["spans"][-1]["tone"] == "error"
    assert "as before" not in view["verdict"]["title"]
    assert view["heartbeat"]["gaps"][-1]["x1"] == 1
    assert view["heartbeat"]["gaps"][-1]["down"]


def test_cancelled_is_not_red() -> None:
    view = run_view(outcome("cancelled@pre-copy"))
    assert [span["title"] for span in of_kind(view, "fault")] == ["Cancelled"]
    assert {span["tone"] for span in view["spans"]} == {"live", "back"}
    assert [guide["failed_x"] for guide in view["ribbon"]] == [None] * 3


def test_link_that_pauses_stops_the_rounds_line() -> None:
    view = run_view(outcome("link-down@10+5"))
    shares = [share for _, share, _ in view["rounds"][0]["line"]]
    assert shares[1] == pytest.approx(shares[2])
    assert shares[-1] == pytest.approx(1)


def test_endless_rounds_are_few_rows() -> None:
    view = run_view(outcome("no-convergence"))
    assert len(view["rounds"]) <= 13
    assert view["spans"][-1]["tone"] == "back"


@pytest.mark.parametrize("fault", ["", "link-down@pre-copy", "link-down@checkpoint"])
def test_film_keeps_the_rounds_clock(fault: str) -> None:
    went = outcome(*([fault] if fault else []))
    film = film_of(went, frames=40)
    assert film
    view = run_view(went, film)
    clock = [span["copy_s"] for span in of_kind(view, "stage") if span["round"]]
    assert clock[0][0] == 0
    assert clock[-1][1] == pytest.approx(film.seconds[-1])
    assert all(before[1] == pytest.approx(after[0]) for before, after in pairwise(clock))
    assert film.moved == (fault == "")
    assert view["film"]["dot"] == "1 dot = 64 KiB"
    json.dumps(view, allow_nan=False)


def test_nothing_copied_has_no_rounds_and_no_film() -> None:
    went = outcome("licence-withdrawn@ask-destination")
    assert film_of(went) is None
    view = run_view(went)
    assert (view["rounds"], view["chart"], view["film"]) == ([], None, None)
