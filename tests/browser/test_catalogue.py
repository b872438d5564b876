"""The catalogue of rules as a learner uses it, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator

import vmlab
from support.notebook import Notebook
from vmlab.inventory.profile import Profile
from vmlab.rules.catalogue import RULES

pytestmark = pytest.mark.browser

CELLS = ["from vmlab.labs.catalogue import browse\ntable = browse()\ntable"]
FOCUSED = "() => document.activeElement.dataset.k ?? document.activeElement.type"
RULE_ID = ".cat-two > :last-child"
OPEN = Callable[..., Notebook]


def opened(open_notebook: OPEN, name: str, **how: object) -> tuple[Notebook, Locator]:
    notebook = open_notebook(name, CELLS, **how)
    notebook.run_all()
    assert notebook.errors() == []
    root = notebook.page.locator(".vml.cat")
    root.wait_for()
    return notebook, root


def counted(profile: Profile) -> int:
    return sum(rule.applies_to(profile) for rule in RULES)


def test_it_is_searched_switched_and_read_by_keyboard(open_notebook: OPEN) -> None:
    notebook, root = opened(open_notebook, "catalogue.ipynb")
    page, keys = notebook.page, notebook.page.keyboard
    home = notebook.kernel_eval("__import__('vmlab').__file__")
    assert Path(home) == Path(vmlab.__file__)  # the kernel runs what is tested
    status, rows = root.get_by_role("status"), root.locator("tr.cat-rule")
    guide, total = counted(Profile.GUIDE_40), len(RULES)
    told = f"{guide} of {total} rules, {total - guide} more not in Guide 4.0"
    assert status.inner_text() == told
    assert rows.count() == guide

    root.get_by_role("searchbox", name="Search").focus()
    keys.type("network LABEL")
    assert "net-pg-label" in rows.locator(RULE_ID).all_inner_texts()
    assert status.inner_text().startswith(f"{rows.count()} of {total} rules")
    keys.press("ArrowDown")
    first = page.evaluate(FOCUSED)
    keys.press("Enter")
    region = root.get_by_role("region").filter(has=page.locator("dl"))
    assert f"Rule\n{first}" in region.inner_text()
    assert "Source" in region.inner_text()
    assert page.evaluate(FOCUSED) == first
    keys.press("End")
    keys.press("Home")
    assert page.evaluate(FOCUSED) == first
    assert root.locator(f'[data-k="{first}"]').get_attribute("aria-expanded") == "true"
    keys.press("Enter")
    assert region.count() == 0
    keys.press("Escape")
    assert page.evaluate(FOCUSED) == "search"

    keys.press("Escape")  # the browser's own: a search box is emptied
    assert status.inner_text() == told
    root.get_by_role("button", name="vSphere 8.0").focus()
    keys.press("Enter")
    new = counted(Profile.VSPHERE_80)
    assert status.inner_text() == f"{new} of {total} rules, {total - new} more not in vSphere 8.0"
    assert root.locator(".seg [aria-pressed=true]").inner_text() == "vSphere 8.0"
    root.get_by_role("checkbox").focus()
    keys.press("Space")
    assert rows.count() == total
    assert root.locator("tr.dim").count() == total - new
    assert root.locator("[data-k][tabindex='0']").count() == 1


def test_filters_leave_what_they_say_and_python_can_ask_too(open_notebook: OPEN) -> None:
    notebook, root = opened(open_notebook, "filters.ipynb")
    root.get_by_label("Severity").select_option("Warning")
    root.get_by_label("About").select_option("Storage")
    expected = [
        rule.id
        for rule in RULES
        if rule.scope == "storage" and rule.severity.get(Profile.GUIDE_40) == "warning"
    ]
    assert root.locator("tr.cat-rule").locator(RULE_ID).all_inner_texts() == expected
    root.get_by_role("searchbox").fill("no such word")
    assert "No rule of Guide 4.0" in root.inner_text()
    root.get_by_role("button", name="Clear").click()
    assert root.locator("tr.cat-rule").count() == counted(Profile.GUIDE_40)
    notebook.kernel_eval("table.set_trait('profile', 'vsphere-6.7')")
    notebook.kernel_eval("table.set_trait('search', 'evc')")
    notebook.until(lambda: root.locator(".seg [aria-pressed=true]").inner_text() == "vSphere 6.7")
    notebook.until(lambda: root.get_by_role("searchbox").input_value() == "evc")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [640, 760, 980, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_notebook: OPEN, width: int, dark: bool
) -> None:
    notebook, root = opened(open_notebook, f"axe{width}{dark}.ipynb", width=width, dark=dark)
    theme = "dark" if dark else "light"
    assert notebook.accessibility(".vml.cat") == []
    root.locator(".cat-box").evaluate("el => { el.scrollTop = 900; }")
    notebook.screenshot(f"catalogue-{width}-{theme}", root)
    root.get_by_role("checkbox").check()
    root.get_by_role("searchbox").fill("cpu")
    root.locator("[data-k]").nth(1).click()
    assert notebook.accessibility(".vml.cat") == []
    assert root.evaluate("el => el.scrollWidth <= el.clientWidth")
    notebook.screenshot(f"catalogue-{width}-{theme}-open", root)
