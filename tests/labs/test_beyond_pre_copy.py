"""Lab 08: each way buys what the lab says, and its targets can be reached."""

from __future__ import annotations

import pytest

from vmlab.labs.beyond_pre_copy import START, TARGETS, WAYS, compare, open_lab
from vmlab.models.estimate import Estimate
from vmlab.views.drawing import drawing_svg


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1, {"throttle": "auto-converge"}),
        (2, {"compression_ratio": 2.9}),
        (3, {"algorithm": "post-copy"}),
        (4, {"algorithm": "hybrid"}),
    ],
)
def test_each_target_is_reached_as_its_hint_says(
    number: int, changes: dict[str, float | str]
) -> None:
    lab = open_lab()
    assert lab.progress.title.startswith("0 of 4")
    lab.set(**changes)
    assert lab.progress.rows[number - 1][0] == "✓"
    assert len(lab.hints(number).rows) == len(TARGETS[number - 1].hints) == 2


def test_a_calmer_guest_or_a_faster_link_does_not_count() -> None:
    lab = open_lab()
    lab.set(dirty_pages_per_s=0, algorithm="hybrid", throttle="auto-converge")
    lab.set(dirty_pages_per_s=START.dirty_pages_per_s, mbit_s=40_000, algorithm="post-copy")
    assert lab.progress.title.startswith("0 of 4")


@pytest.mark.parametrize(
    "changes",
    [
        {"working_set_mib": 1, "throttle": "auto-converge"},
        {"working_set_mib": 1, "algorithm": "hybrid"},
        {"memory_mib": 1024, "algorithm": "post-copy"},
        {"memory_mib": 256, "nonzero_percent": 5},
    ],
)
def test_a_smaller_guest_does_not_count(changes: dict[str, float | str]) -> None:
    lab = open_lab()
    lab.set(**changes)
    assert lab.estimate.total_s is not None
    assert lab.progress.title.startswith("0 of 4")


@pytest.mark.parametrize(
    "help_", [{"compression_ratio": 2.9}, {"delta_percent": 10}, {"downtime_limit_ms": 30_000}]
)
def test_a_throttle_with_help_is_not_alone(help_: dict[str, float | str]) -> None:
    lab = open_lab()
    lab.set(throttle="auto-converge", **help_)
    assert lab.progress.rows[0][0] == "·"


def test_every_hint_on_the_pause_is_true() -> None:
    lower: tuple[dict[str, float | str], ...] = (
        {"throttle": "auto-converge"},
        {"delta_percent": 10},
        {"compression_ratio": 2.9},
    )
    for changes in lower:
        lab = open_lab()
        lab.set(downtime_limit_ms=5, **changes)
        assert lab.progress.rows[2][0] == "✓"


def test_the_price_of_a_throttle_and_of_waiting_is_told() -> None:
    made = compare()
    slowed = {row[0] for row in made.table.rows if row[4]}
    assert slowed == {"auto-converge", "dirty limit", "stun (vSphere)"}
    assert {row[0] for row in made.table.rows if row[5]} == {"post-copy", "hybrid"}
    told = [shape["text"] for shape in made.chart.chart["shapes"] if shape["kind"] == "words"]
    assert sum(text.endswith(" %") for text in told) == len(slowed)
    assert made.chart.chart["label"].endswith(repr(made))


def test_what_each_way_buys_and_costs() -> None:
    made = compare()
    by: dict[str, Estimate] = {}
    for name, one in zip(made.names, made.answers, strict=True):
        assert one.estimate is not None, one.refusal
        by[name] = one.estimate
    assert len(by) == len(WAYS)
    assert {name for name, one in by.items() if one.total_s is None} == {
        "pre-copy alone",
        "four channels",
    }
    moved = {name: one for name, one in by.items() if one.total_s is not None}
    assert max(moved, key=lambda name: moved[name].total_s or 0) == "auto-converge"
    assert min(moved, key=lambda name: moved[name].sent_bytes) == "compression 2.9 : 1"
    assert max(moved, key=lambda name: moved[name].downtime_s or 0) == "stop-and-copy"
    nonzero_bytes = int(START.nonzero_mib * 2**20)
    assert moved["stop-and-copy"].sent_bytes == moved["post-copy"].sent_bytes == nonzero_bytes
    assert moved["hybrid"].sent_bytes > nonzero_bytes
    early, late = moved["hybrid"].postcopy_stall_s, moved["post-copy"].postcopy_stall_s
    assert early is not None
    assert late is not None
    assert early < late / 2


def test_the_chart_has_a_row_for_each_and_crosses_for_what_never_ends() -> None:
    drawn = compare().chart
    crosses = [shape for shape in drawn.chart["shapes"] if shape.get("sign") == "cross"]
    assert len(crosses) == 2
    assert repr(drawn) == repr(compare())
    assert drawing_svg(drawn.chart).count("<rect") == 2 * (len(WAYS) - 2)
