"""The fleet panel as a learner uses it, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator

from support.notebook import Notebook

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
CELLS = ["from vmlab.labs.maintenance_mode import open_lab\nlab = open_lab()\nlab"]


def opened(open_notebook: OPEN, name: str, **page: object) -> tuple[Notebook, Locator]:
    notebook = open_notebook(f"{name}.ipynb", CELLS, **page)
    notebook.run_all()
    assert notebook.errors() == []
    root = notebook.page.locator(".vml.fleet")
    root.get_by_role("button", name="Play").wait_for()
    return notebook, root


def test_the_film_is_played_stepped_and_searched_by_keyboard(open_notebook: OPEN) -> None:
    notebook, root = opened(open_notebook, "fleet-keys", height=1100)
    page, status = notebook.page, root.get_by_role("status")
    scrub = root.get_by_role("slider", name="Position in the evacuation")
    assert "esx01 shall be empty" in status.inner_text()
    scrub.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    notebook.until(lambda: root.get_by_role("button", name="Pause").count() == 1)
    notebook.until(lambda: float(scrub.input_value()) > 20)
    page.keyboard.press("Space")
    notebook.until(lambda: root.get_by_role("button", name="Play").count() == 1)
    at = float(scrub.input_value())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Step
    notebook.until(lambda: float(scrub.input_value()) > at)
    assert "has moved to" in status.inner_text()
    scrub.focus()
    page.keyboard.press("Home")
    ghosts = root.locator(".fleet-vm.ghost")
    first = ghosts.count()
    page.keyboard.press("PageUp")
    assert 0 < ghosts.count() < first
    notebook.screenshot("fleet-copying", root)
    page.keyboard.press("End")
    assert ghosts.count() == 0
    assert "11 min" in (scrub.get_attribute("aria-valuetext") or "")
    box = root.locator(".fleet-host", has_text="esx01").first
    assert box.locator(".fleet-vm").all_inner_texts()
    assert box.locator("[data-vm]").count() == 1  # scan01 stays
    assert notebook.kernel_eval("lab.evacuation.emptied") == []


def test_what_keeps_a_vm_is_mended_and_the_host_is_empty(open_notebook: OPEN) -> None:
    notebook, root = opened(open_notebook, "fleet-mend", height=1100)
    stays = root.get_by_role("list", name="What stays, and why")
    assert "scan01 stays on esx01" in stays.inner_text()
    stays.get_by_role("button").focus()
    notebook.page.keyboard.press("Enter")
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.emptied") == ["esx01"])
    notebook.until(lambda: stays.count() == 0)
    adapter = root.get_by_label("VMotion adapter of esx04")
    adapter.focus()
    notebook.page.keyboard.press("ArrowDown")
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.total_s < 200"))
    notebook.until(
        lambda: notebook.page.evaluate("() => document.activeElement.dataset.k") == "adapter-esx04"
    )
    scrub = root.get_by_role("slider", name="Position in the evacuation")
    scrub.focus()
    notebook.page.keyboard.press("End")
    assert root.locator(".fleet-host.emptied").count() == 1
    notebook.screenshot("fleet-emptied", root)
    assert notebook.kernel_eval("[row[0] for row in lab.progress.rows][:2]") == ["✓", "✓"]


def test_hosts_and_order_are_chosen(open_notebook: OPEN) -> None:
    notebook, root = opened(open_notebook, "fleet-choose", height=1100)
    root.get_by_label("Moves at once").select_option(label="2 at most")
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.strategy.at_once") == 2)
    root.get_by_label("Who goes first").select_option(label="the smallest first")
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.strategy.order") == "smallest")
    root.get_by_role("checkbox", name="esx02").focus()
    notebook.page.keyboard.press("Space")
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.hosts") == ["esx01", "esx02"])
    root.get_by_role("checkbox", name="esx01").uncheck()
    root.get_by_role("checkbox", name="esx02").uncheck()
    alert = root.get_by_role("alert")
    notebook.until(lambda: "no host to be emptied" in alert.inner_text())
    notebook.until(lambda: root.get_by_role("checkbox", name="esx02").is_checked())
    root.get_by_role("button", name="Reset").click()
    notebook.until(lambda: notebook.kernel_eval("lab.evacuation.hosts") == ["esx01"])


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (560, False)])
def test_it_is_accessible_and_fits(open_notebook: OPEN, width: int, dark: bool) -> None:
    name = f"fleet-{width}{'-dark' if dark else ''}"
    notebook, root = opened(open_notebook, name, width=width, height=1400, dark=dark)
    scrub = root.get_by_role("slider", name="Position in the evacuation")
    for place in ("0", "300", "1000"):
        scrub.fill(place)
        assert notebook.accessibility(".vml.fleet") == []
    scrub.fill("60")
    notebook.screenshot(name, root)
    over = "el => [...el.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1"
    over += " && getComputedStyle(e).overflowX === 'visible' && e.clientWidth > 0).length"
    assert root.evaluate("el => el.scrollWidth <= el.clientWidth + 1")
    assert root.evaluate(over) == 0


@pytest.mark.parametrize("sheet", ["09_cold_and_suspended", "10_maintenance_mode"])
def test_the_sheet_runs_as_saved_and_shows_its_charts(open_notebook: OPEN, sheet: str) -> None:
    notebook = open_notebook(f"{sheet}.ipynb", height=1200)
    charts = notebook.page.locator(".jp-OutputArea img[alt]")
    notebook.run_all()
    assert notebook.errors() == []
    notebook.page.locator(".vml").first.wait_for()
    notebook.screenshot(sheet)
    loaded = "all => all.every(img => img.complete && img.naturalWidth > 0)"
    assert charts.evaluate_all(loaded)
