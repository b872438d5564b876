"""A notebook that is open in a browser: what a test can ask of it and do with it."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

T = TypeVar("T")
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  return panel?.context?.isReady && kernel?.status === 'idle';
}"""
EVALUATE = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute(
    {code: '', store_history: false, user_expressions: {value: code}});
  return (await future.done).content.user_expressions.value;
}"""
CELLS = """() => {
  const {model} = window.jupyterapp.shell.currentWidget.content;
  return Array.from({length: model.cells.length}, (_, i) => model.cells.get(i).toJSON());
}"""


@dataclass
class Notebook:
    """A notebook that is open in a browser, with a kernel that is ready."""

    page: Page
    path: str
    home: str
    shots: Path
    outside_requests: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note every request to another host and every error of the page's scripts."""
        host = urlsplit(self.home).netloc

        def seen(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in {"data", "blob", "about"} and parts.netloc != host:
                self.outside_requests.append(url)

        self.page.on("request", lambda request: seen(request.url))
        self.page.on("websocket", lambda socket: seen(socket.url))
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def set_theme(self, theme: str) -> None:
        """Change JupyterLab's theme; the server remembers it for the next notebook."""
        self.page.evaluate(
            "theme => document.body.dataset.jpThemeName === theme ? null :"
            "window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
            theme,
        )
        self.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell and wait for the last; a cell that raises does not stop it."""
        self.page.evaluate(
            "() => { window.ran = false;"
            "window.jupyterapp.commands.execute('notebook:run-all-cells')"
            ".finally(() => { window.ran = true; }); }"
        )
        self.page.wait_for_function("() => window.ran", timeout=timeout * 1000)

    def kernel_eval(self, expression: str) -> Any:
        """The value of a Python expression in the kernel; whatever JSON can hold."""
        answer = self.page.evaluate(EVALUATE, f"__import__('json').dumps({expression})")
        if answer["status"] != "ok":
            raise AssertionError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def until(self, poll: Callable[[], T], timeout: float = 20) -> T:
        """Ask again and again until the answer is true, and return it."""
        deadline = time.monotonic() + timeout
        while not (answer := poll()):
            if time.monotonic() > deadline:
                raise AssertionError(f"after {timeout} s still {answer!r}")
            self.page.wait_for_timeout(50)
        return answer

    def cells(self) -> list[dict[str, Any]]:
        """The cells as they would be saved, with their outputs."""
        found: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return found

    def errors(self) -> list[str]:
        """What the code cells raised."""
        return [
            f"{output['ename']}: {output['evalue']}"
            for cell in self.cells()
            for output in cell.get("outputs", ())
            if output["output_type"] == "error"
        ]

    def screenshot(self, name: str, target: Locator | None = None) -> Path:
        """A picture of the page, or of a part of it: in $VMLAB_PICTURES when that is set."""
        path = self.shots / f"{name}.png"
        (target or self.page).screenshot(path=path, animations="disabled")
        return path

    def accessibility(self, selector: str, **options: Any) -> list[str]:
        """What axe-core finds wrong below a selector."""
        response = Axe().run(self.page, selector, {"resultTypes": ["violations"], **options})
        return [
            f"{found['impact']} {found['id']}: {node['html'][:200]}"
            for found in response.response["violations"]
            for node in found["nodes"]
        ]
