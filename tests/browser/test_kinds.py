"""Moves of other kinds in the panel, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook
from support.panel import Panel

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
CELLS = ["from vmlab.labs.cold_and_suspended import open_lab\nlab = open_lab()\nlab"]


def opened(open_notebook: OPEN, name: str, **page: object) -> Panel:
    notebook = open_notebook(f"{name}.ipynb", CELLS, **page)
    notebook.run_all()
    assert notebook.errors() == []
    return Panel(notebook)


def test_a_cold_move_by_keyboard(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "cold-keys", height=1500)
    panel.choose("Kind", "Cold")
    panel.choose("Datastore", "esx02-local")
    panel.push("Migrate")
    root = panel.root
    things = root.locator(".things")
    things.wait_for()
    assert root.locator(".run canvas").count() == 0
    assert "Copy files" in root.locator(".rib").inner_text()
    assert "no client is answered" in root.locator(".hb").inner_text()
    scrub = root.locator(".scrub")
    scrub.fill("600")
    assert "disk 1" in things.inner_text()
    assert root.locator('[data-key="vms/old01"]').text_content() != ""
    assert "running" not in (root.locator('[data-key="vms/old01"]').text_content() or "")
    panel.notebook.screenshot("cold-copying", root)
    scrub.fill("1000")
    status = root.get_by_role("region", name="Run").get_by_role("status")
    panel.notebook.until(lambda: "registered on esx02" in status.inner_text())
    assert "100 %" in things.inner_text()
    assert panel.notebook.kernel_eval("lab.progress.rows[0][0]") == "✓"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (560, False)])
def test_storage_vmotion_is_accessible_and_fits(
    open_notebook: OPEN, width: int, dark: bool
) -> None:
    name = f"storage-{width}{'-dark' if dark else ''}"
    panel = opened(open_notebook, name, width=width, height=1700, dark=dark)
    kernel, root = panel.notebook, panel.root
    kernel.kernel_eval(
        "bool(lab.choose(vm='web01', kind='storage', datastore='iscsi-01')) and None"
    )
    kernel.kernel_eval("lab.migrate().outcome")
    root.locator(".things").wait_for()
    scrub = root.locator(".scrub")
    for place in ("0", "550", "1000"):
        scrub.fill(place)
        assert kernel.accessibility(".vml") == []
    scrub.fill("550")
    kernel.screenshot(name, root)
    assert root.evaluate("el => el.scrollWidth <= el.clientWidth + 1")
