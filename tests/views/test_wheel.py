"""The wheel: a sector a stage, one chosen, and a picture that stands alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest

from vmlab.migration import KINDS, TABLES, Stage
from vmlab.migration.setting import VMOTION
from vmlab.views.image import image
from vmlab.views.wheel import HEIGHT, WIDTH, wheel
from vmlab.views.wheel_static import wheel_svg, wheel_words


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_sector_for_each_stage_and_those_that_are_missing_marked(kind: str) -> None:
    there = TABLES[kind]  # type: ignore[index]
    view = wheel(kind, there, Stage.VALIDATE, {}, ["web01"])  # type: ignore[arg-type]
    assert [one["stage"] for one in view["sectors"]] == [stage.value for stage in Stage]
    assert {one["stage"] for one in view["sectors"] if one["absent"]} == {
        stage.value for stage in Stage if stage not in there
    }
    assert [one["stage"] for one in view["sectors"] if one["chosen"]] == ["validate"]
    for one in view["sectors"]:
        assert one["label"].startswith(f"{one['number']} {one['name']}")
        assert 0 < one["x"] < WIDTH
        assert 0 < one["y"] < HEIGHT


def test_the_line_of_no_return_stands_before_the_switch_over() -> None:
    view = wheel("vmotion", VMOTION.stages, Stage.PRE_COPY, {}, [])
    x, y = view["no_return"]["x"], view["no_return"]["y"]
    places = {one["stage"]: (one["x"], one["y"]) for one in view["sectors"]}
    near = sorted(places, key=lambda name: (places[name][0] - x) ** 2 + (places[name][1] - y) ** 2)
    assert set(near[:2]) == {"handshake", "switched-over"}


def test_the_image_carries_its_words_and_its_paper() -> None:
    view = wheel(
        "vmotion", VMOTION.stages, Stage.CONNECT, {Stage.CONNECT: "wrong"}, ["web01", "is <down>"]
    )
    words = wheel_words(view)
    assert "Chosen: 8 Connect" in words
    assert "Connect ✕" in words
    html = image(wheel_svg(view), words, WIDTH)
    assert html.startswith('<img alt="A wheel of 13 stages')
    assert "is &lt;down&gt;" in html
    drawn = ET.fromstring(unquote(html.split("data:image/svg+xml,")[1].split('"')[0]))
    assert drawn.attrib["color"]
    assert html == image(wheel_svg(view), words, WIDTH)
