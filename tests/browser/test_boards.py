"""The boards of labs 05 and 06 as a learner uses them, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook

pytestmark = pytest.mark.browser

OPEN = Callable[..., Notebook]
WHEEL = ["from vmlab.labs.rollback import open_lab\nlab = open_lab()\nlab"]
STAGES = ["from vmlab.labs.three_stages import open_lab\nlab = open_lab()\nlab.board"]
FOCUSED = "() => document.activeElement.dataset"


def test_a_failure_is_foreseen_by_keyboard_and_stepped_back(open_notebook: OPEN) -> None:
    notebook = open_notebook("wheel.ipynb", WHEEL)
    notebook.run_all()
    assert notebook.errors() == []
    root = notebook.page.locator(".vml.wheel")
    root.wait_for()
    press = notebook.page.keyboard.press
    run = root.get_by_role("button", name="Run", exact=True)
    assert run.get_attribute("aria-disabled") == "true"

    chosen = root.locator('[role=radio][aria-checked="true"][data-stage]')
    assert (chosen.get_attribute("aria-label") or "").startswith("9 Pre-copy. ")
    chosen.focus()
    for expected in ("checkpoint", "handshake", "switched-over"):
        press("ArrowRight")
        notebook.until(lambda: notebook.kernel_eval("lab.choice.stage") == expected)  # noqa: B023
        assert notebook.page.evaluate(FOCUSED)["stage"] == expected
    root.get_by_label("What goes wrong").select_option("destination-lost")
    notebook.until(lambda: notebook.kernel_eval("lab.choice.fault") == "destination-lost")
    down = root.get_by_role("radio", name="web01 is down")
    down.focus()
    press("Space")
    notebook.until(lambda: notebook.kernel_eval("lab.choice.guess") == "down")
    notebook.until(lambda: run.get_attribute("aria-disabled") == "false")
    run.focus()
    press("Enter")
    verdict = root.locator(".wh-verdict")
    notebook.until(lambda: "As you foresaw" in verdict.inner_text())
    assert "web01 is down with esx02" in verdict.inner_text()
    assert "✓" in (root.locator('[data-stage="switched-over"]').text_content() or "")
    assert notebook.kernel_eval("lab.score.title") == "1 of 1 foreseen"


def test_the_way_back_is_walked_entry_by_entry(open_notebook: OPEN) -> None:
    notebook = open_notebook("back.ipynb", WHEEL)
    notebook.run_all()
    root = notebook.page.locator(".vml.wheel")
    root.get_by_role("radio", name="exactly as before").check()
    notebook.until(lambda: notebook.kernel_eval("lab.choice.guess") == "source")
    number = root.get_by_label("Things that are undone")
    number.fill("6")
    number.press("Tab")
    notebook.until(lambda: notebook.kernel_eval("lab.choice.steps_guess") == 6)
    root.get_by_role("button", name="Run", exact=True).click()
    steps = root.get_by_role("slider", name="Entry of the journal")
    notebook.until(lambda: notebook.page.evaluate(FOCUSED).get("k") == "wh-range")
    assert "fails" in (steps.get_attribute("aria-valuetext") or "")
    assert root.locator(".wh-standing li").count() == 6
    seen = []
    for _ in range(6):
        root.get_by_role("button", name="Next entry").click()
        seen.append(root.locator(".wh-entry").inner_text())
    assert [one.split(": ")[1].split("\n")[0] for one in seen] == notebook.kernel_eval(
        "list(lab.outcome.undone)"
    )
    assert "Nothing has to be undone" in root.locator(".wh-standing").inner_text()
    steps.focus()
    notebook.page.keyboard.press("Home")
    assert "Slot for web01 taken" in root.locator(".wh-entry").inner_text()
    assert "6 things were undone: right" in root.locator(".wh-verdict").inner_text()


def test_an_instant_is_found_by_keyboard(open_notebook: OPEN) -> None:
    notebook = open_notebook("instants.ipynb", STAGES)
    notebook.run_all()
    root = notebook.page.locator(".vml.instants")
    root.wait_for()
    assert "press Migrate" in root.inner_text()
    notebook.kernel_eval("lab.migrate().outcome")
    scrub = root.get_by_role("slider", name="Instant of the run")
    notebook.until(scrub.is_visible)
    root.locator('[data-k="in-question"]').select_option(label="3")
    notebook.until(lambda: "registers are on their way" in root.inner_text())
    answer = root.get_by_role("button", name="This is it")
    answer.click()
    notebook.until(lambda: "Not there" in root.locator(".in-said").inner_text())
    scrub.focus()
    for _ in range(40):
        if "No answer" in root.locator(".in-beat").inner_text():
            break
        notebook.page.keyboard.press("ArrowRight")
    assert "stun and checkpoint" in (scrub.get_attribute("aria-valuetext") or "")
    assert "stopped, being sent" in root.locator("table").inner_text()
    answer.focus()
    notebook.page.keyboard.press("Enter")
    notebook.until(lambda: "Found." in root.locator(".in-said").inner_text())
    assert "stun and checkpoint" in (scrub.get_attribute("aria-valuetext") or "")
    assert notebook.kernel_eval("lab.progress.title") == "2 of 8 objectives reached"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [640, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_notebook: OPEN, width: int, dark: bool
) -> None:
    notebook = open_notebook(
        f"boards{width}{dark}.ipynb", [*WHEEL, *STAGES], width=width, height=1400, dark=dark
    )
    notebook.run_all()
    assert notebook.errors() == []
    theme = "dark" if dark else "light"
    # The second cell's lab; the first one's board answers for itself.
    notebook.kernel_eval("lab.migrate('destination-resume-failed', 'handshake').outcome")
    wheel, instants = (notebook.page.locator(f".vml.{name}") for name in ("wheel", "instants"))
    wheel.wait_for()
    assert notebook.accessibility(".vml.wheel") == []
    wheel.get_by_label("Kind of move").select_option("both")
    notebook.until(lambda: "source host lost" in wheel.inner_text().lower())
    wheel.get_by_role("radio", name="web01 is down").check()
    run = wheel.get_by_role("button", name="Run", exact=True)
    notebook.until(lambda: run.get_attribute("aria-disabled") == "false")
    run.click()
    notebook.until(lambda: wheel.locator(".wh-steps").is_visible())
    instants.get_by_role("slider").fill("14")
    for board, name in ((wheel, "wheel"), (instants, "instants")):
        assert notebook.accessibility(f".vml.{name}") == []
        assert board.evaluate("each => each.scrollWidth <= each.clientWidth")
        notebook.screenshot(f"{name}-{width}-{theme}", board)


@pytest.mark.parametrize("name", ["05_three_stages.ipynb", "06_rollback.ipynb"])
def test_the_sheet_runs(open_notebook: OPEN, name: str) -> None:
    notebook = open_notebook(name, width=1280)
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.kernel_eval("lab.progress.title").startswith("0 of ")
