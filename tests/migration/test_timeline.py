"""Stages follow one another as the table allows, without a gap."""

from __future__ import annotations

import pytest

from vmlab.migration import GUIDE_STAGES, STAGES, Span, Stage, Timeline

FIRST = Span(Stage.REQUESTED, 0, 1, "a")


def test_the_table_has_a_row_a_stage_in_order() -> None:
    assert [stage.value for stage in STAGES] == [
        "requested",
        "validate",
        "queued",
        "ask-destination",
        "compute-spec",
        "prepare-source",
        "create-shell",
        "connect",
        "pre-copy",
        "checkpoint",
        "handshake",
        "switched-over",
        "clean-up",
    ]
    rows = list(STAGES.values())
    assert [row.follows for row in rows] == [*(row.stage for row in rows[1:]), None]
    guide = [row.guide_stage for row in rows]
    assert guide == [1] * 3 + [2] * 7 + [3] * 3
    assert set(guide) == set(GUIDE_STAGES)
    assert [row.stage for row in rows if row.nominal_s is None] == ["pre-copy", "checkpoint"]
    assert [row.stage for row in rows if row.vm_runs_on is None] == ["checkpoint", "handshake"]
    assert all(row.who and row.what.endswith(".") for row in rows)


@pytest.mark.parametrize(
    ("spans", "what"),
    [
        ([], "starts with requested"),
        ([Span(Stage.VALIDATE, 0, 1, "a")], "starts with requested"),
        ([Span(Stage.REQUESTED, 1, 2, "a")], "starts with requested"),
        ([Span(Stage.REQUESTED, 0, 1, "a", way_back=True)], "way back"),
        ([FIRST, Span(Stage.VALIDATE, 2, 3, "a")], "gap"),
        ([FIRST, Span(Stage.VALIDATE, 1, 0.5, "a")], "ends before"),
        ([FIRST, Span(Stage.VALIDATE, 1, float("nan"), "a")], "ends before"),
        ([FIRST, Span(Stage.QUEUED, 1, 2, "a")], "queued may not follow requested"),
        ([FIRST, Span(Stage.REQUESTED, 1, 2, "a")], "requested may not follow requested"),
        ([FIRST, Span(Stage.VALIDATE, 1, 2, "a", way_back=True)], "may not follow"),
        (
            [
                FIRST,
                Span(Stage.REQUESTED, 1, 2, "a", way_back=True),
                Span(Stage.VALIDATE, 2, 3, "a"),
            ],
            "may not follow",
        ),
        (
            [FIRST, Span(Stage.REQUESTED, 1, 2, None), Span(Stage.REQUESTED, 2, 3, "a")],
            "may not follow",
        ),
    ],
)
def test_a_wrong_timeline_is_refused(spans: list[Span], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Timeline(tuple(spans))


def test_a_failure_leads_back() -> None:
    timeline = Timeline((FIRST, Span(Stage.REQUESTED, 1, 2, "a", way_back=True)))
    assert timeline.total_s == 2
    assert timeline.at(1.5).way_back


def test_at_finds_exactly_one_span() -> None:
    timeline = Timeline((FIRST, Span(Stage.VALIDATE, 1, 1, None), Span(Stage.QUEUED, 1, 3, "b")))
    assert [timeline.at(t).stage for t in (0, 0.5, 1, 3)] == [
        "requested", "requested", "queued", "queued"
    ]  # fmt: skip
    assert timeline.vm_runs_on_at(2) == "b"
    assert timeline.span_of(Stage.CLEAN_UP) is None
    for outside in (-0.1, 3.1, float("nan")):
        with pytest.raises(ValueError, match="outside"):
            timeline.at(outside)
