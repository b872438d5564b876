"""Charts of plain shapes: places in proportion, signs where something never ends."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest

from vmlab.models.case import Case
from vmlab.models.estimate import estimate
from vmlab.views.drawing import bar, chart, drawing_img, drawing_svg, line, mark, shade, words
from vmlab.views.estimate_charts import (
    SHOWN,
    Point,
    mib_words,
    rate_chart,
    rounds_chart,
    time_words,
)
from vmlab.views.heat_map import Cell, heat_map, opacity


def case(dirty_pages_per_s: float, downtime_limit_ms: float = 300) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 1024,
            "workload": {
                "uniform": {"working_set_mib": 64, "dirty_pages_per_s": dirty_pages_per_s}
            },
            "link": {"mbit_s": 1000},
            "policy": {"downtime_limit_ms": downtime_limit_ms},
        }
    )


def test_an_svg_is_well_formed_whatever_it_says() -> None:
    shapes = [
        bar(1, 2, 3, 4, "sent"),
        shade(1, 2, 3, 4, 0.5),
        line([(0, 0), (1, 2)], "axis", dashed=True),
        mark(5, 5, "cross", "limit"),
        mark(5, 5, "ring", "pinned"),
        words(1, 2, "a < b & c", "end"),
    ]
    root = ET.fromstring(drawing_svg(chart(10, 20, "<told>", shapes)))
    assert [child.tag.rpartition("}")[2] for child in root] == [
        *("title", "rect", "rect", "path", "path", "circle", "text")
    ]
    assert root[0].text == "<told>"


def test_bars_are_in_proportion_to_bytes() -> None:
    found = estimate(case(5000))
    sent = [one["w"] for one in rounds_chart(found)["shapes"] if one.get("tone") == "sent"]
    sizes = [one.sent_bytes for one in found.rounds]
    assert len(sent) == len(sizes) == 3
    for width, size in zip(sent, sizes, strict=True):
        assert width / sent[0] == pytest.approx(size / sizes[0], rel=1e-4)


def test_a_long_run_shows_its_first_rounds_and_its_last() -> None:
    found = estimate(case(20_000, 1))
    assert len(found.rounds) > SHOWN
    told = [one["text"] for one in rounds_chart(found)["shapes"] if one.get("anchor") == "end"]
    assert len(told) == SHOWN
    assert told[-1] == f"… {found.rounds[-1].round}"


def test_a_higher_downtime_stands_higher_and_never_is_a_cross() -> None:
    points = [Point(10, None, False), Point(100, 0.5, True), Point(1000, 0.01, True)]
    view = rate_chart(points, points[1], 0.3, points[2])
    marks = {shape["sign"]: shape for shape in view["shapes"] if shape["kind"] == "mark"}
    assert marks["cross"]["x"] < marks["dot"]["x"] < marks["ring"]["x"]
    assert marks["cross"]["y"] < marks["dot"]["y"] < marks["ring"]["y"]
    assert "below 10 Mbit/s" in view["label"]
    assert any(shape.get("text") == "never" for shape in view["shapes"])


def test_never_is_named_for_a_pinned_setting_too() -> None:
    ends = Point(100, 0.5, True)
    for never in (Point(50, None, False), None):
        shapes = rate_chart([ends], ends, 0.3, never)["shapes"]
        assert any(shape.get("text") == "never" for shape in shapes) == (never is not None)


def test_a_curve_of_nothing_but_crosses_or_of_one_zero_is_drawn() -> None:
    for down in (None, 0.0):
        only = Point(50, down, down is not None)
        assert drawing_svg(rate_chart([only], only, 0.0))


def test_the_heat_map_tells_its_border() -> None:
    cells = [Cell(x, y, None if x < y else 0.1) for x in (1, 2, 3) for y in (1, 2, 4)]
    drawn = heat_map(cells, "Mbit/s", "pages/s")
    assert repr(drawn).splitlines() == [
        "Where it ends, of 9 cases: 5",
        "at 1 pages/s: from 1 Mbit/s",
        "at 2 pages/s: from 2 Mbit/s",
        "at 4 pages/s: not up to 3 Mbit/s",
    ]
    ET.fromstring(drawing_svg(drawn.chart))
    scales = [one["text"] for one in drawn.chart["shapes"] if one["kind"] == "words"]
    assert {"Mbit/s", "pages/s"} <= set(scales)


def test_an_image_holds_the_same_chart_on_its_own_paper() -> None:
    told = 'a "b" <c>\nd % e # f'
    view = chart(10, 20, told, [bar(1, 2, 3, 4, "sent"), words(1, 2, told)])
    image = ET.fromstring(drawing_img(view))
    assert image.tag == "img"
    assert "background:#ffffff" in image.attrib["style"]
    # A newline in an attribute is a space to XML, and to HTML stays what it is.
    assert image.attrib["alt"].split() == told.split()
    kind, _, data = image.attrib["src"].partition(",")
    assert kind == "data:image/svg+xml"
    root = ET.fromstring(unquote(data))
    assert root.attrib["color"] == "#1b1f24"
    assert root[0].text == root[2].text == told
    assert [child.tag for child in root] == [
        child.tag for child in ET.fromstring(drawing_svg(view))
    ]


def test_a_pause_of_the_limit_and_one_latency_has_the_shade_of_the_limit() -> None:
    assert opacity(0.3001) == opacity(0.3) == opacity(0.2)
    assert opacity(0.301) > opacity(0.3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0123, "12.3 ms"), (1.5, "1.5 s"), (119, "119 s"), (7200, "2 h")],
)
def test_times_in_words(seconds: float, text: str) -> None:
    assert time_words(seconds) == text


def test_sizes_in_words() -> None:
    assert [mib_words(n * 2**20) for n in (0, 0.5, 12.34, 4096, 65536)] == [
        *("0 MiB", "0.5 MiB", "12.3 MiB", "4,096 MiB", "64.0 GiB")
    ]
