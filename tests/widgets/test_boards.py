"""The smaller boards: one module each, colours with names, and a static form."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from vmlab.widgets.instants import InstantsPanel
from vmlab.widgets.panel import STATIC, joined, styles
from vmlab.widgets.wheel import WheelPanel

MODULES = ("wheel", "instants")


@pytest.mark.parametrize("name", MODULES)
def test_nothing_comes_from_elsewhere(name: str) -> None:
    module = joined(STATIC / f"{name}.mjs")
    assert not re.search(r"^\s*import\b", module, re.MULTILINE)
    assert re.findall(r"^export .*", module, re.MULTILINE) == ["export default { render };"]
    assert "http" not in module.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.node
@pytest.mark.parametrize("name", MODULES)
def test_the_joined_module_parses(name: str, node_path: str, tmp_path: Path) -> None:
    module = tmp_path / f"{name}.mjs"
    module.write_text(joined(STATIC / f"{name}.mjs"), encoding="utf-8")
    run = subprocess.run([node_path, "--check", module], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", ["board", *MODULES])
def test_every_colour_has_a_name(name: str) -> None:
    sheet = styles((f"{name}.css",))
    named = set(re.findall(r"(--[\w-]+):", styles(("tokens.css",)))) | {"--at"}
    assert set(re.findall(r"var\((--[\w-]+)", sheet)) <= named


@pytest.mark.parametrize("kind", [WheelPanel, InstantsPanel])
def test_static_forms_stand_beside_the_widget(
    kind: type[WheelPanel] | type[InstantsPanel],
) -> None:
    heard: list[object] = []
    panel = kind(heard.append)
    panel.static_text, panel.static_html = "is down", "<p>is down</p>"
    made = panel._repr_mimebundle_()
    assert made is not None
    assert repr(panel) == made[0]["text/plain"] == "is down"
    assert made[0]["text/html"] == "<p>is down</p>"
    panel._received(panel, {"type": "run"}, [])
    assert heard == [{"type": "run"}]
