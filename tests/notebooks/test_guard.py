"""What nbval lets pass and a lab sheet may not do: stripped outputs above all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TAGS = {"raises-exception", "nbval-ignore-output", "solution", "hide-input", "hide-cell"}
UNSTABLE = re.compile(
    r"\b0x[0-9a-f]{6,}|/(?:home|root|Users|tmp|work)/\w|ipykernel_\d+|site-packages"
)
MAX_BYTES = 200_000
MAX_CODE_LINES = 6
CELLS = range(6, 19)  # "about ten"

Sheet = dict[str, Any]


def text_of(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def cell_faults(cell: Sheet, count: int) -> list[str]:
    """What is wrong with a code cell that was run as number `count`."""
    found = []
    tags = set(cell["metadata"].get("tags", ()))
    source, outputs = text_of(cell["source"]), cell["outputs"]
    if not source.strip():
        found.append("is empty")
    if cell["execution_count"] != count:
        found.append(f"was not run in order ({cell['execution_count']})")
    if unknown := tags - TAGS:
        found.append(f"has unknown tags {sorted(unknown)}")
    if re.search(r"^\s*(?:def|class|async def)\b", source, re.MULTILINE):
        found.append("defines something; that belongs into vmlab/labs/")
    if len(source.strip().splitlines()) > MAX_CODE_LINES:
        found.append(f"has more than {MAX_CODE_LINES} lines")
    raised = [output for output in outputs if output["output_type"] == "error"]
    if "raises-exception" in tags and not raised:
        found.append("is tagged raises-exception and stores no error")
    if raised and "raises-exception" not in tags:
        found.append("stores an error that it does not announce")
    if any(output.get("traceback") for output in raised):
        found.append("stores a traceback")
    if any(output.get("name") == "stderr" for output in outputs):
        found.append("wrote to stderr")
    for output in outputs:
        data = output.get("data", {})
        if "application/vnd.jupyter.widget-view+json" in data:
            found.append("stores a widget's view, which is random")
        if "application/vnd.plotly.v1+json" in data and "image/png" in data:
            found.append("stores a picture beside the figure's data")
    if match := UNSTABLE.search(json.dumps(outputs, ensure_ascii=False)):
        found.append(f"stores {match[0]!r}, which differs from run to run")
    return found


def is_checked(cell: Sheet) -> bool:
    """Whether nbval has something of this cell to compare."""
    ignored = "nbval-ignore-output" in cell["metadata"].get("tags", ())
    return bool(cell["outputs"]) and not ignored


def faults(sheet: Sheet) -> list[str]:
    """Everything that is wrong with a notebook, in words."""
    found = []
    code = [cell for cell in sheet["cells"] if cell["cell_type"] == "code"]
    for count, cell in enumerate(code, 1):
        found += [f"code cell {count} {fault}" for fault in cell_faults(cell, count)]
    if 2 * sum(map(is_checked, code)) < len(code) or not code:
        found.append("fewer than half of the code cells have an output that is compared")
    if "widgets" in sheet["metadata"]:
        found.append("widget state is saved")
    if [cell.get("id") for cell in sheet["cells"]] != [
        f"c{i:02d}" for i in range(len(sheet["cells"]))
    ]:
        found.append("the cells' ids are not c00, c01, …: run tests/notebooks/refresh.py")
    if len(sheet["cells"]) not in CELLS:
        found.append(f"{len(sheet['cells'])} cells, where about ten are meant")
    if sheet["cells"] and sheet["cells"][0]["cell_type"] != "markdown":
        found.append("the first cell does not say what the sheet is for")
    if len(json.dumps(sheet, ensure_ascii=False).encode()) > MAX_BYTES:
        found.append(f"larger than {MAX_BYTES} bytes")
    return found


def test_the_lab_sheets() -> None:
    assert NOTEBOOKS, "notebooks/ is empty"
    wrong = {path.name: faults(json.loads(path.read_text("utf-8"))) for path in NOTEBOOKS}
    assert {name: found for name, found in wrong.items() if found} == {}


# The guard itself: a sound sheet passes, and each damage to it is noticed.


def code_cell(source: str, count: int, *outputs: Sheet, tags: tuple[str, ...] = ()) -> Sheet:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


def shown(text: str, mime: str = "text/plain") -> Sheet:
    return {"output_type": "display_data", "data": {mime: text}, "metadata": {}}


def sound() -> Sheet:
    error = {"output_type": "error", "ename": "Refused", "evalue": "no licence", "traceback": []}
    cells: list[Sheet] = [
        {"cell_type": "markdown", "metadata": {}, "source": f"# {i}"} for i in range(3)
    ]
    cells += [
        code_cell("import vmlab", 1),
        code_cell("lab = vmlab.lab()\nlab", 2, shown("Lab(two hosts)")),
        code_cell("lab.migrate()", 3, error, tags=("raises-exception",)),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number:02d}"
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def code(sheet: Sheet, number: int) -> Sheet:
    cell: Sheet = sheet["cells"][2 + number]
    return cell


def strip_all(sheet: Sheet) -> None:
    for cell in sheet["cells"][3:]:
        cell.update(outputs=[], execution_count=None)


def add_widget_view(sheet: Sheet) -> None:
    code(sheet, 2)["outputs"][0]["data"]["application/vnd.jupyter.widget-view+json"] = {}


def add_picture(sheet: Sheet) -> None:
    code(sheet, 2)["outputs"][0]["data"].update(
        {"application/vnd.plotly.v1+json": {}, "image/png": "x"}
    )


DAMAGE: dict[str, Callable[[Sheet], Any]] = {
    "not run in order": lambda s: code(s, 2).update(execution_count=7),
    "not run in order (None)": strip_all,
    "fewer than half": lambda s: (code(s, 2).update(outputs=[]), code(s, 3).update(outputs=[])),
    "stores no error": lambda s: code(s, 3).update(outputs=[]),
    "does not announce": lambda s: code(s, 3).update(metadata={}),
    "unknown tags": lambda s: code(s, 3).update(metadata={"tags": ["raises_exception"]}),
    "a traceback": lambda s: code(s, 3)["outputs"][0].update(traceback=["line 1"]),
    "wrote to stderr": lambda s: code(s, 2)["outputs"].append(
        {"output_type": "stream", "name": "stderr", "text": "warning"}
    ),
    "differs from run to run": lambda s: code(s, 2).update(outputs=[shown("<Map at 0x7f00aa11>")]),
    "widget's view": add_widget_view,
    "picture beside": add_picture,
    "widget state": lambda s: s["metadata"].update(widgets={}),
    "larger than": lambda s: code(s, 2).update(outputs=[shown("x" * MAX_BYTES)]),
    "defines something": lambda s: code(s, 1).update(source="def f():\n    pass"),
    "more than 6 lines": lambda s: code(s, 1).update(source="a = 1\n" * 7),
    "is empty": lambda s: code(s, 1).update(source=" "),
    "ids are not": lambda s: code(s, 1).update(id="b6c1f2"),
    "about ten": lambda s: s["cells"].pop(0),
    "first cell": lambda s: s["cells"].insert(0, code_cell("1", 0)),
}


def test_a_sound_sheet_passes() -> None:
    assert faults(sound()) == []


@pytest.mark.parametrize("expected", DAMAGE)
def test_damage_is_noticed(expected: str) -> None:
    sheet = sound()
    DAMAGE[expected](sheet)
    assert any(expected in fault for fault in faults(sheet)), faults(sheet)
