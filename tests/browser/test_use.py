"""What a learner may do at odd moments, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook
from support.panel import Panel

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
READY = "from vmlab.labs.start_here import open_lab\nlab = open_lab()\nlab"
FILM_ON = "() => document.querySelector('.vml .play')?.textContent === 'Pause'"
IDS = "() => [...document.querySelectorAll('.vml [id]')].map(each => each.id)"
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


def opened(open_notebook: OPEN, name: str, *cells: str, **how: object) -> Panel:
    notebook = open_notebook(name, [READY, *cells], **how)
    notebook.run_all()
    assert notebook.errors() == []
    return Panel(notebook)


def test_the_end_of_a_film_is_told_when_it_was_seen(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "pill.ipynb")
    tabs, bar = panel.root.locator(".tabs"), panel.root.locator(".bar")
    panel.push("Migrate")
    panel.page.wait_for_function(FILM_ON)
    assert "migrated" not in tabs.inner_text()
    assert bar.locator('[data-k="choose-to"]').input_value() == "0"
    assert bar.locator('[data-k="choose-to"]').inner_text() == "esx02"
    panel.push("To the end")
    assert "migrated" in tabs.inner_text()
    assert bar.locator('[data-k="choose-to"]').inner_text() == "esx01"
    panel.choose("Fault", "VMotion link lost")
    panel.push("Migrate")
    panel.page.wait_for_function(FILM_ON)
    assert "rolled back" not in tabs.inner_text()
    panel.root.locator(".scrub").fill("1000")
    assert "rolled back" in tabs.inner_text()


def test_a_film_that_nobody_sees_stands_still(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "still.ipynb")
    panel.push("Migrate")
    panel.page.wait_for_function(FILM_ON)
    panel.part("hosts/esx02").click()
    scrub = panel.root.locator(".scrub")
    before = scrub.input_value()
    panel.page.wait_for_timeout(400)
    assert scrub.input_value() == before
    panel.root.get_by_role("tab", name="Run").click()
    assert panel.root.locator(".play").inner_text() == "Play"


def test_a_panel_whose_kernel_is_gone_says_so(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "gone.ipynb")
    panel.page.evaluate(RESTART)
    alert = panel.root.get_by_role("alert")

    def told() -> bool:
        panel.root.get_by_role("button", name="Reset").click()
        return "kernel of this panel is gone" in alert.inner_text()

    panel.notebook.until(told)
    alert.get_by_role("button", name="Dismiss").click()
    assert alert.inner_text() == ""


def test_labs_of_one_page_do_not_share_a_name(open_notebook: OPEN) -> None:
    second = "from vmlab.labs import two_hosts\ntwo_hosts.open_lab()"
    panel = opened(open_notebook, "several.ipynb", "lab", second)
    panel.notebook.until(lambda: panel.page.locator(".vml .check").count() == 3)
    ids = panel.page.evaluate(IDS)
    assert len(ids) == len(set(ids))


def test_a_form_is_beside_the_checklist_where_there_is_room(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "narrow.ipynb", width=900)
    boxes = [panel.root.locator(name).bounding_box() for name in (".check", ".insp", ".tabs")]
    check, form, tabs = (box for box in boxes if box)
    assert check["y"] == form["y"]
    assert form["x"] >= check["x"] + check["width"] - 1
    assert form["x"] + form["width"] <= tabs["x"] + tabs["width"] + 1


def test_a_host_with_a_name_that_scripts_know_moves_as_any_other(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "proto.ipynb")
    said: list[str] = []
    panel.page.on("console", lambda message: said.append(f"{message.type} {message.text}"))
    panel.open_form("hosts/esx02")
    panel.write("Name", "__proto__")
    assert "__proto__" in panel.notebook.kernel_eval("list(lab.session.datacenter.hosts)")
    panel.push("Migrate")
    panel.page.wait_for_function(FILM_ON)
    panel.push("To the end")
    assert [text for text in said if text.startswith("error")] == []


def test_a_long_name_stays_in_its_slot_while_it_moves(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "long.ipynb", width=900)
    panel.open_form("vms/web01")
    panel.write("Name", "the-web-server-of-the-department-of-long-names")
    panel.push("Migrate")
    panel.page.wait_for_function(FILM_ON)
    panel.root.locator(".scrub").fill("560")
    shell = panel.root.locator("[data-shell]")
    slot = shell.locator("rect.ghost").bounding_box()
    assert slot
    for text in shell.locator("text").all():
        box = text.bounding_box()
        assert box
        assert box["x"] >= slot["x"]
        assert box["x"] + box["width"] <= slot["x"] + slot["width"]
    status = panel.root.locator(".status")
    assert status.evaluate("each => each.scrollWidth <= each.clientWidth")
