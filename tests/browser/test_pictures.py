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
PAGE = {"width": 1180, "height": 1800}


def test_pictures(open_notebook: Callable[..., Notebook], root: Path) -> None:
    bare = opened(open_notebook, "two_hosts")
    ready = opened(open_notebook, "start_here")
    made = [shot(bare, "two-hosts-bare"), shot(ready, "start-here")]
    ready.push("Migrate")
    made.append(shot(at(ready, "600"), "copying"))
    ready.root.get_by_role("button", name="Undo").click()
    ready.choose("Fault", "VMotion link lost")
    ready.push("Migrate")
    made.append(shot(at(ready, "1000"), "rolled-back"))
    for path in made:
        kept = root / "notebooks" / "pictures" / path.name
        assert path.stat().st_size > 20_000
        assert kept.exists(), f"{kept.name} is shown but not kept: see this file's first lines"


def opened(open_notebook: Callable[..., Notebook], lab: str) -> Panel:
    notebook = open_notebook(f"{lab}.ipynb", [LAB.format(lab=lab)], **PAGE)
    notebook.run_all()
    return Panel(notebook)


def at(panel: Panel, place: str) -> Panel:
    """A panel whose run is shown at a place, of 1000."""
    panel.root.locator(".run canvas").wait_for()
    panel.root.locator(".scrub").fill(place)
    return panel


def shot(panel: Panel, name: str) -> Path:
    panel.page.evaluate("() => document.activeElement.blur()")
    panel.page.wait_for_timeout(300)
    return panel.notebook.screenshot(name, panel.root)
