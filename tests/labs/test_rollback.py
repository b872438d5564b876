"""Lab 06, finished by what its hints say, and by nothing less."""

from __future__ import annotations

import json

import pytest

from vmlab.documents import InputError
from vmlab.labs.prediction import ENDS, Attempt, end_of
from vmlab.labs.rollback import GOALS, open_lab, through_the_stages
from vmlab.labs.strikes import ends_table, faults_in, plan_of, strike
from vmlab.labs.wheel import Wheel
from vmlab.migration import FAULTS, KINDS, Stage


def reached(lab: Wheel) -> list[int]:
    return [number for number, row in enumerate(lab.progress.rows, 1) if row[0] == "✓"]


def foresee(
    lab: Wheel, stage: str, fault: str, end: str, undone: int | None = None, kind: str = "vmotion"
) -> Attempt:
    lab.choose(kind=kind)
    lab.choose(stage, fault)
    lab.predict(end, undone)
    lab.run()
    return lab.attempts[-1]


def test_finished() -> None:
    lab = open_lab()
    assert reached(lab) == []
    foresee(lab, "validate", "licence-withdrawn", "source")
    foresee(lab, "connect", "port-closed", "source")
    foresee(lab, "handshake", "lock-held", "source")
    assert reached(lab) == []
    foresee(lab, "pre-copy", "link-down", "source", 6)
    assert reached(lab) == [2]
    foresee(lab, "switched-over", "destination-lost", "down")
    assert reached(lab) == [1, 2, 3]
    foresee(lab, "checkpoint", "destination-lost", "source")
    assert reached(lab) == [1, 2, 3, 4]
    foresee(lab, "clean-up", "source-lost", "left-over")
    assert reached(lab) == [1, 2, 3, 4, 5]
    foresee(lab, "clean-up", "storage-lost", "left-over", kind="both")
    assert reached(lab) == [1, 2, 3, 4, 5, 6]
    assert lab.score.title == "8 of 8 foreseen"


@pytest.mark.parametrize("end", list(ENDS))
def test_always_saying_the_same_is_not_enough(end: str) -> None:
    lab = open_lab()
    for kind in KINDS:
        lab.choose(kind=kind)
        for stage in lab.plan.setting.stages:
            for fault in faults_in(lab.plan, stage):
                foresee(lab, stage, fault, end, kind=kind)
    assert not {4, 5} & set(reached(lab))
    assert len(reached(lab)) <= 1 + (end == "left-over")


def test_a_fault_that_was_seen_counts_no_more() -> None:
    lab = open_lab()
    assert not foresee(lab, "switched-over", "destination-lost", "source").right
    again = foresee(lab, "switched-over", "destination-lost", "down")
    assert (again.first, again.right) == (False, False)
    assert reached(lab) == []
    assert "does not count" in lab.panel.state["result"]["told"]


def test_nothing_runs_unpredicted() -> None:
    lab = open_lab()
    with pytest.raises(InputError, match="Predict the end first"):
        lab.run()
    lab.predict("source")
    lab.choose("connect")
    with pytest.raises(InputError, match="Predict the end first"):
        lab.run()
    with pytest.raises(InputError, match="then run"):
        _ = lab.way_back


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_fault_in_every_stage_can_be_stepped_through(kind: str) -> None:
    lab = open_lab()
    lab.choose(kind=kind)
    assert lab.plan.report.ok
    for stage in lab.plan.setting.stages:
        for fault in faults_in(lab.plan, stage):
            attempt = foresee(lab, stage, fault, "source", kind=kind)
            result = lab.panel.state["result"]
            json.dumps(lab.panel.state, allow_nan=False)
            outcome, steps = attempt.outcome, result["frames"]
            undone = [one["text"] for one in steps if one["kind"] == "undone"]
            assert undone == list(outcome.undone)
            if outcome.outcome in {"rolled-back", "refused"}:
                assert steps[-1]["standing"] == []
                assert steps[result["start"]]["kind"] == "failed"
                back = [one for one in steps if one["kind"] in {"undone", "gone"}]
                left = len(steps[result["start"]]["standing"])
                assert [len(one["standing"]) for one in back][:left] == list(range(left))[::-1]
            if outcome.stage is not None:
                assert sum(one["kind"] == "failed" for one in steps) == 1
            assert attempt.end == end_of(outcome)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"stage": "nope"}, "Known: requested"),
        ({"fault": "nope"}, "does not strike"),
        ({"kind": "nope"}, "Known: vmotion"),
        ({"stage": "switched-over", "fault": "link-down"}, "Known there: destination-lost"),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(words: dict[str, str], expected: str) -> None:
    lab = open_lab()
    before = lab.choice
    with pytest.raises(InputError) as refused:
        lab.choose(**words)
    assert expected in str(refused.value)
    assert lab.choice == before


@pytest.mark.parametrize(
    "content",
    [None, {}, {"type": "predict"}, {"type": "predict", "end": "moon"}, {"type": "run"},
     {"type": "predict", "end": "source", "undone": "x"},
     {"type": "predict", "end": "source", "undone": -1}, {"type": "choose", "stage": ["x"]}],
)  # fmt: skip
def test_a_strange_message_is_answered_on_the_board(content: object) -> None:
    lab = open_lab()
    lab.handle(content)
    assert lab.panel.alert
    assert "broke" not in lab.panel.alert
    assert lab.attempts == []


def test_by_messages_as_the_browser_sends_them() -> None:
    lab = open_lab()
    lab.handle({"type": "choose", "kind": "cold"})
    lab.handle({"type": "choose", "stage": "pre-copy"})
    lab.handle({"type": "choose", "fault": "datastore-full"})
    lab.handle({"type": "predict", "end": "source", "undone": "4"})
    lab.handle({"type": "run"})
    assert lab.panel.alert == ""
    assert lab.attempts[-1].right
    assert lab.attempts[-1].steps_right
    sectors = {one["stage"]: one for one in lab.panel.state["wheel"]["sectors"]}
    assert sectors["pre-copy"]["mark"] == "right"
    assert sectors["checkpoint"]["absent"]


def test_one_fault_through_the_stages_meets_the_point_of_no_return() -> None:
    rows = through_the_stages("destination-lost").rows
    lost = [row[0] for row in rows if row[1] == "lost"]
    assert lost == ["switched-over", "clean-up"]
    undone = [row[3] for row in rows if row[1] != "lost"]
    assert undone == sorted(undone)  # type: ignore[type-var]


def test_the_table_of_ends_counts_every_fault() -> None:
    of = plan_of("vmotion")
    for row in ends_table("vmotion").rows:
        stage = Stage(str(row[0]))
        faults = [name for name in FAULTS if name in faults_in(of, stage)]
        assert row[1] == len(faults)
        down = sum(end_of(strike(of, stage, name)) == "down" for name in faults)
        assert row[5] == (down or None)
        assert sum(int(cell or 0) for cell in row[2:6]) == row[1]


def test_each_goal_has_hints() -> None:
    lab = open_lab()
    assert all(len(lab.hints(number).rows) >= 1 for number in range(1, len(GOALS) + 1))
