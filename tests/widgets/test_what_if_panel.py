"""The what-if panel's module is one, its colours have names, and it says what it shows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from vmlab.widgets.panel import STATIC, joined, styles
from vmlab.widgets.what_if import WhatIfPanel


def test_nothing_comes_from_elsewhere() -> None:
    module = joined(STATIC / "what-if.mjs")
    assert not re.search(r"^\s*import\b", module, re.MULTILINE)
    assert re.findall(r"^export .*", module, re.MULTILINE) == ["export default { render };"]
    assert "http" not in module.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.node
def test_the_joined_module_parses(node_path: str, tmp_path: Path) -> None:
    module = tmp_path / "what-if.mjs"
    module.write_text(joined(STATIC / "what-if.mjs"), encoding="utf-8")
    run = subprocess.run([node_path, "--check", module], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr


def test_every_colour_has_a_name() -> None:
    sheet = styles(("what-if.css",))
    named = set(re.findall(r"(--[\w-]+):", styles(("tokens.css",))))
    assert set(re.findall(r"var\((--[\w-]+)", sheet)) <= named


def test_static_forms_stand_beside_the_widget() -> None:
    heard: list[object] = []
    panel = WhatIfPanel(heard.append)
    panel.static_text, panel.static_html = "never ends", "<p>never ends</p>"
    made = panel._repr_mimebundle_()
    assert made is not None
    assert repr(panel) == made[0]["text/plain"] == "never ends"
    assert made[0]["text/html"] == "<p>never ends</p>"
    panel._received(panel, {"type": "pin"}, [])
    assert heard == [{"type": "pin"}]
