"""An evacuation as pictures: a row for each VM, a curve for each link."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import HostLoss
from vmlab.inventory import load
from vmlab.views.drawing import drawing_svg
from vmlab.views.evacuation import EvacuationView, evacuation_gantt, evacuation_links

FOUR = load("four-hosts")
DONE = evacuate(FOUR, ["esx01", "esx02"], mishaps=[HostLoss("esx03", 12.0)])


def test_every_vm_has_its_row_with_all_that_happened_to_it() -> None:
    lines = repr(evacuation_gantt(DONE)).splitlines()[1:]
    assert len(lines) == len(DONE.moves)
    for told, one in zip(lines, DONE.moves, strict=True):
        assert told.startswith(f"{one.vm} (to {one.destination}): ")
        failed = [a for a in one.attempts if a.outcome in ("rolled-back", "lost")]
        assert told.count("fails at") == len(failed)
        assert ("pauses" in told) is (one.downtime_s is not None and one.downtime_s > 0)


def test_every_link_is_told() -> None:
    told = repr(evacuation_links(DONE))
    assert all(f"{link.name}: " in told for link in DONE.links)
    assert "esx01 sends" in told


def test_the_same_bytes_and_sound_pictures() -> None:
    again = evacuate(FOUR, ["esx01", "esx02"], mishaps=[HostLoss("esx03", 12.0)])
    for draw in (evacuation_gantt, evacuation_links):
        svg = drawing_svg(draw(DONE).chart)
        ET.fromstring(svg)
        assert svg == drawing_svg(draw(again).chart)
    html = EvacuationView(DONE)._repr_html_()
    assert html.count("<img alt=") == 2
    assert "<script" not in html
    assert "scan01 stays on esx01" in repr(EvacuationView(DONE))
    assert "scan01 stays on esx01" in html


def test_nothing_to_move_is_drawn() -> None:
    ET.fromstring(drawing_svg(evacuation_gantt(evacuate(load("two-hosts"), ["esx02"])).chart))
