"""The labs of puzzles as a learner uses them, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook
from support.panel import Panel

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
NOTEBOOKS = ("02_vmotion_network", "03_shared_storage", "04_licence_and_cpu")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_its_panel_is_sound(open_notebook: OPEN, name: str) -> None:
    notebook = open_notebook(f"{name}.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    panel = Panel(notebook)
    assert notebook.accessibility(".vml") == []
    notebook.screenshot(name, panel.root)


def test_a_puzzle_is_mended_by_keyboard(open_notebook: OPEN) -> None:
    cell = "from vmlab.labs.vmotion_network import open_lab\nlab = open_lab()\nlab"
    notebook = open_notebook("puzzle.ipynb", [cell])
    notebook.run_all()
    panel = Panel(notebook)
    assert panel.clauses("error") == ["Each host has a VMkernel port group for VMotion"]
    panel.open_form("hosts/esx02/vmkernel_adapters/vmk0")
    panel.tab_to("VMotion enabled")
    panel.press("Space")
    notebook.until(lambda: panel.clauses("error") == [])
    assert notebook.kernel_eval("lab.progress.title").startswith("1 of 9")
    notebook.kernel_eval("lab.take(9) and None")
    shown = notebook.until(lambda: panel.clauses("error"))
    assert shown == [notebook.kernel_eval("lab.report.findings[0].rule.title")]


def test_folded_clauses_unfold(open_notebook: OPEN) -> None:
    cell = "from vmlab.labs.start_here import open_lab\nlab = open_lab()\nlab"
    notebook = open_notebook("fold.ipynb", [cell])
    notebook.run_all()
    panel = Panel(notebook)
    fold = panel.root.locator("details.fold").first
    fold.locator("summary").focus()
    panel.press("Enter")
    notebook.until(lambda: fold.evaluate("each => each.open"))
    assert notebook.accessibility(".vml") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_fleet_is_drawn_as_a_heat_map(open_notebook: OPEN, dark: bool) -> None:
    cell = "from vmlab.labs.licence_and_cpu import fleet\nfleet()"
    notebook = open_notebook(f"fleet{dark}.ipynb", [cell], width=760, dark=dark)
    notebook.run_all()
    output = notebook.page.locator(".jp-RenderedHTMLCommon", has_text="moves may go").first
    picture = output.locator("svg")
    picture.wait_for()
    assert "esx08" in (picture.text_content() or "")
    assert "Helps most" in output.inner_text()
    assert output.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert notebook.accessibility(".jp-OutputArea-output svg") == []
    notebook.screenshot(f"fleet-{'dark' if dark else 'light'}", output)
