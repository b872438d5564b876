"""The lab's panel in a notebook that is open in a browser, used by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Locator

from support.notebook import Notebook

# The label of what has the focus, and what is chosen or written in it.
FOCUSED = """() => {
  const el = document.activeElement;
  const label = el?.closest('label')?.querySelector('span')?.textContent
    ?? el?.closest('label')?.textContent ?? el?.textContent ?? '';
  const chosen = el?.tagName === 'SELECT' ? el.selectedOptions[0]?.textContent : el?.value;
  return {label: label.trim(), chosen: chosen ?? '', inside: Boolean(el?.closest('.vml'))};
}"""
# How many options lie between the chosen one and another.
STEPS_TO = """option => {
  const list = document.activeElement;
  const at = [...list.options].findIndex(each => each.textContent === option);
  return at < 0 ? null : at - list.selectedIndex;
}"""
MOST_TABS = 60


class Panel:
    """The panel of the notebook's first lab."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".vml").first
        self.root.wait_for()

    def part(self, key: str) -> Locator:
        """A part of the picture."""
        return self.root.locator(f'[data-key="{key}"]')

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def open_form(self, key: str) -> None:
        """Select a part of the picture and go to the first field of its form."""
        self.part(key).wait_for()
        self.part(key).focus()
        self.press("Enter", "Enter")
        self.notebook.until(lambda: self.page.evaluate(FOCUSED)["label"] != "")

    def tab_to(self, label: str) -> None:
        """Press Tab until what is labelled so has the focus."""
        for _ in range(MOST_TABS):
            if self.page.evaluate(FOCUSED)["label"] == label:
                return
            self.press("Tab")
        raise AssertionError(f"Tab never reached {label!r}")

    def choose(self, label: str, option: str) -> None:
        """Go to a list and press Down or Up until an option is chosen."""
        self.tab_to(label)
        steps = self.page.evaluate(STEPS_TO, option)
        assert steps is not None, f"{label!r} does not offer {option!r}"
        for _ in range(abs(steps)):
            self.press("ArrowDown" if steps > 0 else "ArrowUp")
            self.settle()
        assert self.page.evaluate(FOCUSED)["chosen"] == option

    def write(self, label: str, text: str) -> None:
        """Go to a field, replace what is in it, and press Enter."""
        self.tab_to(label)
        self.press("Control+a")
        self.page.keyboard.type(text)
        self.press("Enter")
        self.settle()

    def push(self, label: str) -> None:
        """Go to a button and press it."""
        self.tab_to(label)
        self.press("Enter")
        self.settle()

    def settle(self) -> None:
        """Wait until the kernel has answered."""
        self.notebook.kernel_eval("lab.session.can_undo")
        self.page.wait_for_timeout(60)

    def clauses(self, severity: str) -> list[str]:
        """Titles of the clauses that are not met so severely."""
        return self.root.locator(f".clause.{severity} b").all_text_contents()
