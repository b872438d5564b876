"""Gantt and link-use charts: in proportion, in words, and the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.fleet.fleet_run import LinkUse
from vmlab.inventory import load
from vmlab.migration import migrate, parse
from vmlab.rules.check import request
from vmlab.views.drawing import drawing_svg
from vmlab.views.gantt import SHOWN, Bar, Row, gantt, outcome_gantt
from vmlab.views.link_use import link_use, mean_share, share_at
from vmlab.views.time_axis import tick_words, ticks

ROWS = (
    Row("web01", (Bar("waits", 0, 10), Bar("copies", 10, 30), Bar("pauses", 30, 30.4)), "esx02"),
    Row("db01 & <friends>", (Bar("copies", 0, 40),), "esx03", (40.0,)),
)


def bars(svg: str) -> list[tuple[float, float]]:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")
    return [(float(one.attrib["x"]), float(one.attrib["width"])) for one in found]


def test_bars_are_as_long_as_what_they_tell() -> None:
    drawn = gantt(ROWS, 40, "two moves")
    svg = drawing_svg(drawn.chart)
    ET.fromstring(svg)
    assert svg == drawing_svg(gantt(ROWS, 40, "two moves").chart)
    waits, copies, pauses, whole = bars(svg)[-4:]
    assert copies[1] == pytest.approx(whole[1] / 2, rel=1e-4)
    assert copies[0] - waits[0] == pytest.approx(whole[1] / 4, rel=1e-4)
    assert pauses[0] == pytest.approx(copies[0] + copies[1], rel=1e-4)


def test_every_row_is_told_in_words() -> None:
    text = repr(gantt(ROWS, 40, "two moves")).splitlines()
    assert text == [
        "two moves",
        "web01 (esx02): waits 10 s from 0 s, copies 20 s from 10 s, pauses 400 ms from 30 s",
        "db01 & <friends> (esx03): copies 40 s from 0 s, fails at 40 s",
    ]


def test_rows_of_a_large_fleet_are_counted() -> None:
    many = [Row(f"vm{n}", (Bar("copies", 0, n),)) for n in range(SHOWN + 7)]
    drawn = gantt(many, 100, "many")
    assert "7 more rows" in drawing_svg(drawn.chart)
    assert len(repr(drawn).splitlines()) == SHOWN + 8


def test_nothing_is_drawn_as_nothing() -> None:
    for drawn in (gantt((), 0, "nothing moves"), link_use((), 0)):
        ET.fromstring(drawing_svg(drawn.chart))


@pytest.mark.parametrize("fault", [None, "link-down@pre-copy"])
def test_one_migration_has_a_row_a_stage(fault: str | None) -> None:
    start = load("two-hosts").datacenter
    move = request(start, "web01", "esx02")
    outcome = migrate(start, move, disturbances=[parse(fault)] if fault else [])
    drawn = outcome_gantt(outcome)
    lines = repr(drawn).splitlines()[1:]
    assert len(lines) == len(outcome.timeline.spans)
    assert any("pauses" in one for one in lines) is (fault is None)
    assert any("goes back" in one for one in lines) is (fault is not None)
    assert any("fails" in one for one in lines) is (fault is not None)
    ET.fromstring(drawing_svg(drawn.chart))


def test_a_vm_that_is_down_is_no_pause_and_one_failure_is_one_cross() -> None:
    start = load("two-hosts").datacenter
    move = request(start, "web01", "esx02")
    lost = repr(outcome_gantt(migrate(start, move, disturbances=[parse("source-lost")])))
    lines = [one for one in lost.splitlines() if one.startswith("pre-copy (")]
    assert [one.split(": ")[1].split()[0] for one in lines] == ["copies", "is"]
    assert lost.count("fails") == 1
    later = migrate(start, move, algorithm="post-copy")
    over = next(one for one in repr(outcome_gantt(later)).splitlines() if "switched-over" in one)
    assert "copies" in over


def test_a_move_of_files_alone_names_their_datastore() -> None:
    start = load("two-hosts").datacenter
    move = request(start, "web01", None, "storage", datastore="nfs-01")
    label = repr(outcome_gantt(migrate(start, move))).splitlines()[0]
    assert label == "web01, its files to nfs-01, refused: stages"


def test_ticks_are_round_and_few() -> None:
    for total_s in (0, 1e-3, 0.08, 0.4, 0.8, 1.99, 2, 17, 59, 100, 3600, 86400, 1e6, 1e9):
        found = ticks(total_s)
        assert found[0] == 0
        assert found[-1] <= total_s
        assert len(found) <= 9
        assert len({tick_words(at_s, total_s) for at_s in found}) == len(found)


TRACES = st.lists(st.tuples(st.floats(0.001, 50), st.floats(0, 125e6)), min_size=1, max_size=30)


@given(TRACES, st.integers(1, 50))
def test_shares_keep_what_was_carried(trace: list[tuple[float, float]], steps: int) -> None:
    times, at_s = [], 0.0
    for lasts_s, _ in trace:
        times.append(at_s)
        at_s += lasts_s
    carried = sum(lasts_s * rate for lasts_s, rate in trace)
    link = LinkUse("esx01 sends", 125e6, carried, tuple(times), tuple(rate for _, rate in trace))
    shares = share_at(link, at_s, steps)
    assert len(shares) == steps
    assert sum(shares) / steps == pytest.approx(mean_share(link, at_s), abs=1e-9)
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)


def test_a_full_link_is_drawn_full() -> None:
    full = LinkUse("esx01 sends", 125e6, 125e7, (0.0,), (125e6,))
    half = LinkUse("esx02 receives", 1250e6, 625e7, (0.0, 5.0), (1250e6, 0.0))
    drawn = link_use([full, half], 10)
    assert repr(drawn).splitlines()[1:] == [
        "esx01 sends: 100% full on average, 100% at most, of 1,000 Mbit/s",
        "esx02 receives: 50% full on average, 100% at most, of 10,000 Mbit/s",
    ]
    whole, part = bars(drawing_svg(drawn.chart))
    assert part[1] == pytest.approx(whole[1] / 2, rel=1e-4)
