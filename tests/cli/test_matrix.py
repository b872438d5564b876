"""`vmlab matrix`: which VM can go where, and the first reason why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Command
from support.fleets import fleet
from vmlab.inventory import Scenario, apply, load, remove

KEYS = ["profile", "vms", "hosts", "allowed", "first_reason", "rules", "helps_most"]


def test_a_good_scenario(vmlab: Command) -> None:
    answer = vmlab("matrix", "two-hosts")
    assert answer.code == 0
    assert "1 of 1 moves may go" in answer.out
    document = json.loads(vmlab("matrix", "two-hosts", "--json").out)
    assert list(document) == KEYS
    assert document["allowed"] == [["esx02"]]
    assert document["first_reason"] == [[None, None]]
    assert document["rules"] == []
    assert document["helps_most"] is None


def test_a_broken_one(vmlab: Command, tmp_path: Path) -> None:
    scenario = load("two-hosts")
    edits = [remove(("hosts", "esx02", "port_groups", "Production"))]
    broken = scenario.model_copy(update={"datacenter": apply(scenario.datacenter, edits)})
    (tmp_path / "broken.yaml").write_text(broken.to_yaml())
    answer = vmlab("matrix", "broken.yaml")
    assert answer.code == 0
    assert "net-pg-label" in answer.out
    assert "Helps most, 1 move: Create “Production”" in answer.out
    document = json.loads(vmlab("matrix", "broken.yaml", "--json", "--profile", "vsphere-8.0").out)
    assert document["profile"] == "vsphere-8.0"
    assert document["allowed"] == [[]]
    assert document["first_reason"] == [[None, "net-pg-label"]]
    assert document["rules"] == [{"rule": "net-pg-label", "blocks": 1, "only_reason": 1}]
    assert document["helps_most"]["frees"] == 1


def test_a_large_fleet_is_a_map_of_shades(vmlab: Command, tmp_path: Path) -> None:
    scenario = Scenario(datacenter=fleet(60, 20), profile="vsphere-8.0")
    (tmp_path / "fleet.yaml").write_text(scenario.to_yaml())
    answer = vmlab("matrix", "fleet.yaml")
    assert answer.code == 0
    assert "may go: · none" in answer.out
    assert "blocks" in answer.out
    assert max(map(len, answer.out.splitlines())) < 200


def test_bad_input(vmlab: Command) -> None:
    assert vmlab("matrix", "nowhere").code == 2
    assert vmlab("matrix", "two-hosts", "--profile", "vsphere-9").code == 2


@pytest.mark.parametrize("label", ["[/]Prod", "Prod [blink]", "[red]Prod"])
def test_names_that_look_like_markup_are_only_names(
    vmlab: Command, tmp_path: Path, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = load("two-hosts").to_yaml().replace("Production", f"'{label}'")
    (tmp_path / "odd.yaml").write_text(text.replace("web01", "'[/x]web'"))
    scenario = load(tmp_path / "odd.yaml")
    edits = [remove(("hosts", "esx02", "port_groups", label))]
    mended = scenario.model_copy(update={"datacenter": apply(scenario.datacenter, edits)})
    (tmp_path / "odd.yaml").write_text(mended.to_yaml())
    move = ("--vm", "[/x]web", "--to", "esx02")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the output for a terminal
    for answer in (
        vmlab("check", "odd.yaml", *move),
        vmlab("matrix", "odd.yaml"),
        vmlab("migrate", "odd.yaml", *move),
    ):
        assert answer.code in {0, 1}
        assert "[/x]web" in answer.out
    assert label in vmlab("check", "odd.yaml", *move).out
    assert f"Create “{label}” on" in vmlab("matrix", "odd.yaml").out
