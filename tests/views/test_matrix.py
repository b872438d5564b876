"""The heat map: cells that add up, and the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from support.fleets import fleet
from vmlab.fleet.matrix import matrix
from vmlab.inventory import Datacenter, load
from vmlab.views.matrix import SHADES, HeatMap, heat_map, heat_map_svg, heat_map_text, matrix_html


def test_a_cell_for_each_pair_of_a_small_fleet() -> None:
    found = matrix(fleet(20, 12), "vsphere-8.0")
    view = heat_map(found)
    assert view["rows"] == list(found.vms)
    assert view["columns"] == list(found.hosts)
    for vm, shades in zip(found.vms, view["shade"], strict=True):
        for host, shade in zip(found.hosts, shades, strict=True):
            home = found.datacenter.vms[vm].host == host
            assert shade == (None if home else 4 if found.allowed(vm, host) else 0)


def test_runs_of_a_large_one() -> None:
    found = matrix(fleet(50, 40), "vsphere-8.0")
    view = heat_map(found, rows=7, columns=9)
    assert np.array(view["shade"], float).shape == (7, 9)
    assert view["ends"] == ["esx0000", "esx0039"]
    lines = heat_map_text(view).splitlines()
    assert len(lines) == 8
    assert set(lines[0].split()[-1]) <= set(SHADES)


def test_the_same_bytes_and_a_sound_picture() -> None:
    views = [heat_map(matrix(fleet(50, 40), "vsphere-8.0")) for _ in range(2)]
    first, second = (heat_map_svg(view) for view in views)
    assert first == second
    title = ET.fromstring(first).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert "moves may go" in str(title.text)
    assert "<script" not in matrix_html(matrix(load("two-hosts")))


def test_nothing_to_show() -> None:
    view = heat_map(matrix(Datacenter()))
    assert view["shade"] == []
    ET.fromstring(heat_map_svg(view))
    assert "may go" in heat_map_text(view)


def texts(svg: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_every_row_and_column_has_its_name() -> None:
    found = matrix(load("three-generations"))
    shown = texts(heat_map_svg(heat_map(found)))
    assert shown == ["may go:", "none", "all", *found.vms, *found.hosts]
    assert "half" in texts(heat_map_svg(heat_map(found, rows=4)))
    assert all(len(text) < 40 for text in texts(heat_map_svg(heat_map(matrix(fleet(90, 70))))))


def test_a_heat_map_tells_what_would_help_most() -> None:
    shown = HeatMap(matrix(load("three-generations")))
    for form in (repr(shown), shown._repr_html_()):
        assert "17 of 112 moves may go" in form
        assert "Helps most, 49 moves: " in form
        assert "cpu-user-extra" in form
