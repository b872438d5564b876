"""The what-if panel as a learner uses it, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
CELLS = ["from vmlab.labs.pre_copy import open_lab\nlab = open_lab()\nlab"]


def test_a_slider_is_turned_by_keyboard_and_answered(open_notebook: OPEN) -> None:
    notebook = open_notebook("what-if.ipynb", CELLS)
    notebook.run_all()
    assert notebook.errors() == []
    root = notebook.page.locator(".vml.what-if")
    root.wait_for()
    status = root.get_by_role("status")
    assert "Converges" in status.inner_text()
    slider = root.get_by_role("slider", name="Page writes")
    slider.focus()
    notebook.page.keyboard.press("End")
    notebook.until(lambda: "Never converges" in status.inner_text())
    assert slider.get_attribute("aria-valuetext") == "10,000,000 /s = 38.1 GiB/s"
    assert notebook.kernel_eval("lab.setting.dirty_pages_per_s") == 1e7
    assert notebook.kernel_eval("lab.estimate.stopped_by") == "never"
    for _ in range(12):
        notebook.page.keyboard.press("ArrowLeft")
    at = notebook.page.evaluate("() => Number(document.activeElement.value)")
    steps = "__import__('vmlab.views.knobs', fromlist=['x']).KNOB['dirty_pages_per_s'].steps"
    notebook.until(lambda: notebook.kernel_eval(f"lab.setting.dirty_pages_per_s == {steps}[{at}]"))
    root.get_by_role("button", name="Pin to compare").click()
    root.get_by_label("Algorithm").select_option("post-copy")
    notebook.until(lambda: "resumes at the destination" in status.inner_text())
    assert "Pinned: Algorithm: Pre-copy" in status.inner_text()
    root.get_by_role("button", name="Reset").click()
    notebook.until(lambda: "Converges" in status.inner_text())


def test_the_film_is_played_and_searched(open_notebook: OPEN) -> None:
    notebook = open_notebook("film.ipynb", CELLS)
    notebook.run_all()
    root = notebook.page.locator(".vml.what-if")
    root.get_by_role("button", name="Film of memory").click()
    scrub = root.get_by_role("slider", name="Position in the film")
    scrub.wait_for()
    map_ = root.locator("canvas")
    notebook.until(lambda: "16,384 not sent" in (map_.get_attribute("aria-label") or ""))
    scrub.focus()
    notebook.page.keyboard.press("End")
    notebook.until(lambda: "16,384 sent" in (map_.get_attribute("aria-label") or ""))
    assert "round 3" in (scrub.get_attribute("aria-valuetext") or "")
    notebook.screenshot("what-if-film", root)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [640, 1280])
def test_what_a_guest_asked_for_is_seen(open_notebook: OPEN, width: int, dark: bool) -> None:
    """Lab 08 by post-copy: a fourth colour, told in the legend and in the map's name."""
    cells = ["from vmlab.labs.beyond_pre_copy import open_lab\nlab = open_lab()\nlab"]
    notebook = open_notebook(f"asked{width}{dark}.ipynb", cells, width=width, dark=dark)
    notebook.run_all()
    root = notebook.page.locator(".vml.what-if")
    root.get_by_label("Algorithm").select_option("post-copy")
    notebook.until(lambda: "resumes at the destination" in root.get_by_role("status").inner_text())
    root.get_by_role("button", name="Film of memory").click()
    scrub = root.get_by_role("slider", name="Position in the film")
    scrub.wait_for()
    map_ = root.locator("canvas")
    notebook.until(lambda: "asked for" in (map_.get_attribute("aria-label") or ""))
    scrub.focus()
    for _ in range(4):
        notebook.page.keyboard.press("PageUp")
    notebook.until(lambda: " 0 asked for" not in (map_.get_attribute("aria-label") or ""))
    assert "resumed, pages follow" in (scrub.get_attribute("aria-valuetext") or "")
    assert "asked for" in root.locator(".mem-legend").inner_text()
    colours = map_.evaluate(
        """(el) => {
          const { data } = el.getContext("2d").getImageData(0, 0, el.width, el.height);
          return [...new Set(new Uint32Array(data.buffer))].length;
        }"""
    )
    assert colours == 3, "not sent, sent, asked for"
    assert notebook.accessibility(".vml.what-if") == []
    assert root.evaluate("el => el.scrollWidth <= el.clientWidth")
    notebook.screenshot(f"asked-{width}-{'dark' if dark else 'light'}", root)
    root.get_by_label("Algorithm").select_option("pre-copy")
    root.locator(".reel").wait_for(state="detached")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [900, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_notebook: OPEN, width: int, dark: bool
) -> None:
    notebook = open_notebook(f"wi{width}{dark}.ipynb", CELLS, width=width, dark=dark)
    notebook.run_all()
    root = notebook.page.locator(".vml.what-if")
    root.wait_for()
    steps = (
        ("ends", "None"),
        ("never", "lab.set(dirty_pages_per_s=50_000) and None"),
        (
            "long words",
            "lab.pin() or lab.set(dirty_pages_per_s=1e7, working_set_mib=1e5) and None",
        ),
    )
    for state, step in steps:
        notebook.kernel_eval(step)
        notebook.page.wait_for_timeout(300)
        assert notebook.accessibility(".vml.what-if") == []
        assert root.evaluate("el => el.scrollWidth <= el.clientWidth")
        for knob in root.locator(".wi-knobs > *").all():
            assert knob.evaluate("el => el.getBoundingClientRect().right") <= root.locator(
                ".wi-knobs"
            ).evaluate("el => el.getBoundingClientRect().right")
        theme = "dark" if dark else "light"
        notebook.screenshot(f"what-if-{state}-{width}-{theme}", root)


def test_after_a_restart_the_panel_says_that_nobody_answers(open_notebook: OPEN) -> None:
    notebook = open_notebook("restart.ipynb", CELLS)
    notebook.run_all()
    root = notebook.page.locator(".vml.what-if")
    root.wait_for()
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    notebook.page.evaluate(f"() => {kernel}.restart()")
    notebook.page.wait_for_function(f"() => {kernel}.status === 'idle'")
    for name in ("Bandwidth", "Working set"):
        root.get_by_role("slider", name=name).press("ArrowRight")
    notebook.until(lambda: "run its cell again" in root.get_by_role("alert").inner_text())
    notebook.run_all()
    slider = notebook.page.get_by_role("slider", name="Bandwidth")
    slider.press("End")
    notebook.until(lambda: notebook.kernel_eval("lab.setting.mbit_s") == 1e5)


def test_what_the_knobs_mean_is_opened_by_keyboard(open_notebook: OPEN) -> None:
    notebook = open_notebook("means.ipynb", CELLS)
    notebook.run_all()
    root = notebook.page.locator(".vml.what-if")
    root.get_by_label("Stop rule").focus()
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    meaning = root.get_by_text("page by page at random")
    notebook.until(meaning.is_visible)
    root.get_by_role("slider", name="Bandwidth").press("ArrowRight")
    notebook.until(lambda: notebook.kernel_eval("lab.setting.mbit_s") > 1000)
    assert meaning.is_visible(), "an answer does not close it"


def test_saved_charts_are_seen_before_anything_is_run_or_trusted(open_notebook: OPEN) -> None:
    notebook = open_notebook("07_pre_copy.ipynb")
    charts = notebook.page.locator(".jp-OutputArea img[src^='data:image/svg+xml']")
    notebook.until(lambda: charts.count() == 3)
    for chart in charts.all():
        assert chart.evaluate("el => el.decode().then(() => el.naturalWidth > 0)")
        assert chart.get_attribute("alt")


@pytest.mark.parametrize("name", ["07_pre_copy.ipynb", "08_beyond_pre_copy.ipynb"])
def test_the_sheet_runs(open_notebook: OPEN, name: str) -> None:
    notebook = open_notebook(name, width=1280)
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.page.locator(".vml.what-if").count() == 1
