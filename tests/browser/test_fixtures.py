"""The browser's fixtures themselves, on a widget of a few lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook

CELLS = [
    "# A button that counts",
    """import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = '''export default {render({model, el}) {
      const button = document.createElement('button');
      const show = () => { button.textContent = `count ${model.get('count')}`; };
      button.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes(); };
      model.on('change:count', show); show(); el.append(button);
    }}'''
    count = traitlets.Int(0).tag(sync=True)
counter = Counter()
counter""",
    "import ipywidgets\nipywidgets.HTML('<b>bold</b>')",
    "import threading\nthread = []\n"
    "counter.observe(lambda change: thread.append(threading.current_thread().name), 'count')",
]


@pytest.mark.browser
def test_a_click_reaches_the_kernel(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook("counter.ipynb", CELLS, width=900)
    notebook.run_all()
    assert notebook.errors() == []
    button = notebook.page.get_by_role("button", name="count 0")
    button.focus()
    notebook.page.keyboard.press("Enter")
    notebook.until(lambda: notebook.kernel_eval("counter.count") == 1)
    notebook.page.get_by_role("button", name="count 1").wait_for()
    assert notebook.accessibility(".jp-OutputArea-output") == []
    assert notebook.screenshot("counter").stat().st_size > 1000


@pytest.mark.browser
def test_a_callback_waits_for_the_cell(open_notebook: Callable[..., Notebook]) -> None:
    """overrides.json is in force: no second thread changes a lab while a cell runs."""
    notebook = open_notebook(
        "thread.ipynb", [*CELLS, "import time\ntime.sleep(1.5)\nstill = len(thread)"]
    )
    notebook.page.evaluate(
        "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
    )
    notebook.page.get_by_role("button", name="count 0").click()
    notebook.until(lambda: notebook.kernel_eval("len(thread)") == 1)
    assert notebook.kernel_eval("[still, thread]") == [0, ["MainThread"]]


@pytest.mark.browser
def test_the_dark_theme_and_the_whole_lab(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook("dark.ipynb", ["1 + 1"], dark=True, single=False)
    assert notebook.page.evaluate("() => document.body.dataset.jpThemeLight") == "false"
    notebook.run_all()
    assert notebook.cells()[0]["outputs"][0]["data"]["text/plain"] == "2"


@pytest.mark.browser
def test_what_leaves_the_machine_is_seen(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook("outside.ipynb", ["1"])
    notebook.page.evaluate("() => fetch('http://vmlab.invalid/').catch(() => null)")
    notebook.page.evaluate("() => { setTimeout(() => { throw new Error('seen') }) }")
    notebook.until(lambda: notebook.outside_requests and notebook.page_errors)
    assert [notebook.outside_requests, notebook.page_errors] == [
        ["http://vmlab.invalid/"],
        ["seen"],
    ]
    notebook.outside_requests.clear()
    notebook.page_errors.clear()
