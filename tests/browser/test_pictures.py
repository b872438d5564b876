"""The pictures of the README and the notebooks, taken of the real lab.

    VMLAB_PICTURES=notebooks/pictures python -m pytest tests/browser/test_pictures.py

makes them again; otherwise they go to a temporary folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.notebook import Notebook
from support.panel import Panel

pytestmark = pytest.mark.browser

LAB = "from vmlab.labs.{lab} import open_lab\nlab = open_lab()\nlab"
PAGE = {"width": 1180, "height": 1500}


def test_pictures(open_notebook: Callable[..., Notebook], root: Path) -> None:
    made = []
    for lab, name in (("start_here", "start-here"), ("two_hosts", "two-hosts-bare")):
        notebook = open_notebook(f"{name}.ipynb", [LAB.format(lab=lab)], **PAGE)
        notebook.run_all()
        panel = Panel(notebook)
        notebook.page.wait_for_timeout(300)
        made.append(notebook.screenshot(name, panel.root))
        if lab == "start_here":
            panel.choose("Fault", "VMotion link lost")
            panel.push("Migrate")
            notebook.until(lambda: notebook.kernel_eval("lab.outcome.outcome"))
            panel.root.locator("input[type=range]").fill("430")  # noqa: B023
            notebook.page.wait_for_timeout(300)
            made.append(notebook.screenshot("copying", panel.root))
            panel.root.locator("input[type=range]").fill("1000")
            notebook.page.wait_for_timeout(300)
            made.append(notebook.screenshot("rolled-back", panel.root))
    for path in made:
        kept = root / "notebooks" / "pictures" / path.name
        assert path.stat().st_size > 20_000
        assert kept.exists(), f"{kept.name} is shown but not kept: see this file's first lines"
