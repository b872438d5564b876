"""The README says what is true: its tables are the models' own, its links and names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from vmlab.cli import vmlab
from vmlab.migration import fault_table
from vmlab.migration.kinds import kinds_table
from vmlab.models import validation


def test_the_comparisons_are_the_models_own(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    for table in (validation.targets(), validation.misses()):
        assert str(table) in text


def test_the_faults_are_those_there_are(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    assert f"```\n{fault_table.faults().to_text()}\n```" in text


def test_the_kinds_are_those_there_are(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    assert f"```\n{kinds_table().to_text()}\n```" in text


def test_links_lead_somewhere(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (root / link).exists()] == []


def test_commands_do_what_the_readme_says(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```\n(vmlab check .*?)```", text, re.DOTALL)
    commands = [line.removeprefix("vmlab ") for line in block.splitlines()]
    assert len(commands) >= 4
    monkeypatch.chdir(tmp_path)
    for command in commands:
        result = CliRunner().invoke(vmlab, command.split(), standalone_mode=False)
        assert result.exception is None, command
        assert result.return_value == (3 if "--fault" in command else 0), command


def test_the_sweep_prints_what_the_readme_shows(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```\n\$ vmlab (sweep .*?)```", text, re.DOTALL)
    command, _, shown = block.partition("\n")
    result = CliRunner().invoke(vmlab, command.split(), standalone_mode=False)
    assert result.exception is None
    assert result.stdout == shown


def test_python_does_what_the_readme_says(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
