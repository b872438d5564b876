"""Lab 08: each way buys what the lab says, and its targets can be reached."""

from __future__ import annotations

import pytest

from vmlab.labs.beyond_pre_copy import START, TARGETS, WAYS, compare, open_lab
from vmlab.models.estimate import Estimate


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
    assert max(moved, key=lambda name: moved[name].total_s or 0) == "throttle"
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
    assert drawn._repr_html_().count("<rect") == 2 * (len(WAYS) - 2)
