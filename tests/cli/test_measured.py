"""`vmlab estimate` on a case that ships: what was measured stands beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Command
from vmlab.models.validation import facts

MEASURED = sorted({one.by for one in facts() if one.by and not one.by.startswith("=")})


@pytest.mark.parametrize("name", MEASURED)
def test_the_comparison_is_printed(vmlab: Command, name: str) -> None:
    answer = vmlab("estimate", name)
    assert answer.code == 0
    assert "Predicted and measured" in answer.out
    assert json.loads(vmlab("estimate", name, "--json").out)  # one document, no table


def test_an_example_has_none(vmlab: Command) -> None:
    assert "measured" not in vmlab("estimate", "web-server").out


def test_a_file_of_the_same_name_is_another_case(vmlab: Command, tmp_path: Path) -> None:
    (tmp_path / "simgrid-two").write_text(
        "memory_mib: 64\nlink: {mbit_s: 100}\n"
        "workload: {uniform: {working_set_mib: 0, dirty_pages_per_s: 0}}\n"
    )
    answer = vmlab("estimate", "simgrid-two")
    assert answer.code == 0
    assert "measured" not in answer.out
