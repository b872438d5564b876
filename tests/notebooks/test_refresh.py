"""The refresh script: two runs give the same bytes, and --check tells a difference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat

CELLS = [
    "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider",
    "slider.value = 5\nprint(slider.value, end=' ')\nprint('rounds')",
    "import uuid\nraise ValueError('refused')",
]


def refresh(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, root / "tests" / "notebooks" / "refresh.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_two_runs_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "sheet.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    assert refresh(root, "--check", path).returncode == 1
    first = refresh(root, path)
    assert first.stdout == "sheet.ipynb: refreshed\n", first.stdout + first.stderr
    saved = path.read_bytes()
    checked = refresh(root, "--check", path)
    assert (checked.returncode, checked.stdout) == (0, "sheet.ipynb: as saved\n")
    assert path.read_bytes() == saved

    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells] == ["c00", "c01", "c02"]
    assert list(cells[0].outputs[0].data) == ["text/plain"]
    assert cells[1].outputs[0].text == "5 rounds\n"
    assert cells[2].outputs[0].evalue == "refused"
    assert b'"widgets"' not in saved
