"""A JupyterLab and a Chromium for the tests of this folder.

A test asks for `open_notebook` and gets a `support.notebook.Notebook` back:

    notebook = open_notebook("01_two_hosts.ipynb", width=1280)
    notebook.run_all()
    notebook.until(lambda: notebook.kernel_eval("lab.outcome") == "migrated")

When the test ends, no request may have left 127.0.0.1 and no script of the
page may have failed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pytest
from playwright.sync_api import Browser, sync_playwright

from support.notebook import READY, Notebook
from support.server import Server, running_lab

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def lab_server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on a copy of the notebooks."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    for notebook in (root / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    with running_lab(home, folder) as server:
        yield server


# A browser for each file of tests: playwright's event loop must not run on
# while nbval, in the same process, drives kernels with one of its own.
@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    """A headless Chromium with a fresh profile, which resolves no name."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots go."""
    folder = Path(os.environ.get("VMLAB_PICTURES") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_notebook(
    lab_server: Server, chromium: Browser, shots: Path
) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook: one by its file name, or the given cells in a new one.

    Called as `open_notebook(name, cells=None, *, width=1280, height=900,
    dark=False, single=True, reduced_motion=False)`. `cells` are texts: code,
    or Markdown where the text starts with "# ". `single` shows the notebook
    without JupyterLab's side bars.
    """
    opened: list[tuple[Notebook, Any]] = []

    def open_one(
        name: str,
        cells: list[str] | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        single: bool = True,
        reduced_motion: bool = False,
    ) -> Notebook:
        if cells is not None:
            _write_notebook(lab_server.folder / name, cells)
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce" if reduced_motion else "no-preference",
            accept_downloads=True,
        )
        page = context.new_page()
        notebook = Notebook(page, name, lab_server.url, shots)
        opened.append((notebook, context))
        notebook.watch()
        place = "doc" if single else "lab"
        page.goto(f"{lab_server.url}/{place}/tree/{quote(name)}?reset&token={lab_server.token}")
        page.wait_for_function(READY, timeout=60_000)
        notebook.set_theme("JupyterLab Dark" if dark else "JupyterLab Light")
        return notebook

    yield open_one
    faults = []
    for notebook, context in opened:
        faults += [f"{notebook.path}: outside request {url}" for url in notebook.outside_requests]
        faults += [f"{notebook.path}: page error {error}" for error in notebook.page_errors]
        with contextlib.suppress(Exception):
            notebook.page.evaluate(
                "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
            )
        context.close()
    assert faults == []


def _write_notebook(path: Path, cells: list[str]) -> None:
    new = nbformat.v4
    notebook = new.new_notebook(
        cells=[
            new.new_markdown_cell(text) if text.startswith("# ") else new.new_code_cell(text)
            for text in cells
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)
