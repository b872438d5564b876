"""The panel's module is one, and the widget says what it shows without a browser."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vmlab.widgets.panel import STATIC, Panel, joined, styles


def test_modules_are_joined_once_each_in_an_order_that_works(tmp_path: Path) -> None:
    for name, text in {
        "a.mjs": 'import { b } from "./b.mjs";\nimport {\n  c,\n} from "./c.mjs";\n'
        "export default { b, c };\n",
        "b.mjs": 'import { c } from "./c.mjs";\nexport const b = c + 1;\n',
        "c.mjs": "export const c = 1;\n",
    }.items():
        (tmp_path / name).write_text(text)
    one = joined(tmp_path / "a.mjs")
    assert re.sub(r"\n+", "\n", one).split("\n") == [
        "const c = 1;",
        "const b = c + 1;",
        "export default { b, c };",
        "",
    ]


def test_no_import_is_left_and_nothing_comes_from_elsewhere() -> None:
    module = joined(STATIC / "panel.mjs")
    assert not re.search(r"^\s*import\b", module, re.MULTILINE)
    assert re.findall(r"^export .*", module, re.MULTILINE) == ["export default { render };"]
    assert "http" not in module.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in styles()


@pytest.mark.node
def test_the_joined_module_parses(node_path: str, tmp_path: Path) -> None:
    module = tmp_path / "panel.mjs"
    module.write_text(joined(STATIC / "panel.mjs"), encoding="utf-8")
    run = subprocess.run([node_path, "--check", module], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr  # two modules may not use one name


def test_every_colour_has_a_name() -> None:
    sheets = [p for p in STATIC.glob("*.css") if p.name != "tokens.css"]
    for sheet in sheets:
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet.read_text()), sheet.name
    used = set(re.findall(r"var\((--(?!jp-)[\w-]+)", styles()))
    script = joined(STATIC / "panel.mjs")
    set_by = set(re.findall(r"""(--[\w-]+)["']?[:,]""", styles() + script))
    assert used <= set_by


def test_messages_reach_the_callback_and_nothing_else() -> None:
    heard: list[dict[str, Any]] = []
    panel = Panel(heard.append)
    panel._received(panel, {"type": "undo"}, [])
    assert heard == [{"type": "undo"}]
    Panel()._received(None, {"type": "undo"}, [])


def test_static_forms_stand_beside_the_widget() -> None:
    panel = Panel()
    panel.static_text, panel.static_html = "web01 runs on esx02", "<p>web01</p>"
    made = panel._repr_mimebundle_()
    assert made is not None
    data, _ = made
    assert repr(panel) == data["text/plain"] == "web01 runs on esx02"
    assert data["text/html"] == "<p>web01</p>"
    assert "application/vnd.jupyter.widget-view+json" in data
