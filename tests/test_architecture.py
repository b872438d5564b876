"""The house: floors, imports, sizes and names, held by tests."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmlab.resources import resource

MAX_LINES = 300
LAZY = {"pandas", "plotly", "numba", "IPython"}  # and whatever is named jupyter…
SLOW = ["numba", "pandas", "plotly"]
ELSEWHERE = re.compile(
    r"(?<![\w.$}])/(?:work|home|root|Users|opt/pypi|opt/wheels)/\w"
    r"|pythonhosted\.org|pypi\.org/simple|registry\.npmjs|index-url|find-links"
)


def sources(root: Path) -> list[Path]:
    return sorted((root / "vmlab").rglob("*.py"))


def places(path: Path, root: Path, nodes: Iterator[ast.AST]) -> list[str]:
    name = path.relative_to(root).as_posix()
    return [f"{name}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}" for node in nodes]


@pytest.mark.parametrize(
    "command",
    [
        ["lint-imports", "--no-cache", "--no-logo"],
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_tool(command: list[str], root: Path) -> None:
    tool = Path(sys.executable).parent / command[0]
    run = subprocess.run([tool, *command[1:]], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def loaded_by(code: str, root: Path) -> list[str]:
    """Which slow packages a fresh Python has loaded after some code."""
    report = (
        f"\nimport json, sys\n"
        f"print(json.dumps([m for m in {SLOW} if m in sys.modules]), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code + report], cwd=root, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    found: list[str] = json.loads(run.stderr.splitlines()[-1])
    return found


def test_the_rules_load_nothing_slow(root: Path) -> None:
    assert loaded_by("import vmlab.rules", root) == []


def test_a_check_loads_nothing_slow(root: Path) -> None:
    scenario = sorted(resource("data", "scenarios").glob("*.yaml"))[0].stem
    code = (
        f"import sys\nfrom vmlab.cli import main\nsys.argv = ['vmlab', 'check', {scenario!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, 1, None), end.code"
    )
    assert loaded_by(code, root) == []


def early_imports(root: Path) -> list[str]:
    """Imports inside functions of what is neither slow nor optional."""
    wrong = []
    for path in sources(root):
        if path in {root / "vmlab" / "__init__.py", root / "vmlab" / "cli" / "__init__.py"}:
            continue  # what is asked for by name is found by name
        functions = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        inner = {node for function in functions for node in ast.walk(function)}
        wrong += places(path, root, (node for node in inner if _imports_early(node)))
    return wrong


def _imports_early(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        tops = {name.name.split(".")[0] for name in node.names}
    elif isinstance(node, ast.ImportFrom):
        tops = {(node.module or "vmlab").split(".")[0]} if not node.level else {"vmlab"}
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called in {"import_module", "importlib.import_module", "__import__"}
    else:
        return False
    return not all(top in LAZY or top.startswith("jupyter") for top in tops)


def package_imports(root: Path) -> list[str]:
    """Imports out of an __init__ by a file below it: it may import them, never the reverse."""
    wrong = []
    for path in sources(root):
        if path.name == "__init__.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        wrong += places(
            path, root, (node for node in ast.walk(tree) if _imports_package(node, path, root))
        )
    return wrong


def _imports_package(node: ast.AST, path: Path, root: Path) -> bool:
    """Whether an import takes a name out of an __init__ that stands above the file."""
    above = [folder for folder in path.parents if folder.is_relative_to(root / "vmlab")]
    if isinstance(node, ast.Import):
        targets = [root.joinpath(*name.name.split(".")) for name in node.names]
        return any(target in above for target in targets)
    if not isinstance(node, ast.ImportFrom):
        return False
    base = path.parents[node.level - 1] if node.level else root
    package = base.joinpath(*(node.module or "").split(".")) if node.module else base
    return package in above and any(
        not (package / name.name).is_dir() and not (package / f"{name.name}.py").exists()
        for name in node.names
    )


def test_imports_stand_at_the_top(root: Path) -> None:
    assert early_imports(root) == []


def test_no_module_imports_its_own_package(root: Path) -> None:
    assert package_imports(root) == []


def test_wrong_imports_are_found(tmp_path: Path) -> None:
    """The two tests above can fail."""
    folder = tmp_path / "vmlab" / "rules"
    folder.mkdir(parents=True)
    (folder / "report.py").write_text("def f():\n    import pandas\n    import json\n", "utf-8")
    (folder / "rule.py").write_text(
        "from vmlab import rules\nfrom vmlab.rules import report\n"
        "from vmlab.rules import Report\nfrom . import check\nimport vmlab.rules\n",
        "utf-8",
    )
    assert early_imports(tmp_path) == ["vmlab/rules/report.py:3: import json"]
    assert package_imports(tmp_path) == [
        "vmlab/rules/rule.py:3: from vmlab.rules import Report",
        "vmlab/rules/rule.py:4: from . import check",
        "vmlab/rules/rule.py:5: import vmlab.rules",
    ]


def test_files_are_small(tracked: list[Path], root: Path) -> None:
    long = {
        str(path.relative_to(root)): lines
        for path in tracked
        if path.is_relative_to(root / "vmlab")
        and path.suffix in {".py", ".mjs", ".css"}
        and (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_every_folder_is_a_package(root: Path) -> None:
    folders = {path.parent for path in sources(root)}
    assert [str(f) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def test_a_notebook_its_lab_and_its_test_share_a_name(root: Path) -> None:
    names = [path.stem.partition("_")[2] for path in (root / "notebooks").glob("[0-9]*.ipynb")]
    missing = [
        name
        for lab in sorted(names)
        for name in (f"vmlab/labs/{lab}.py", f"tests/labs/test_{lab}.py")
        if not (root / name).exists()
    ]
    assert missing == []


def test_no_file_names_a_machine(tracked: list[Path], root: Path) -> None:
    """No path of somebody's computer and no address of a registry."""
    own = [str(root), str(Path.home() / "x")[:-1], sys.prefix]
    found = []
    for path in tracked:
        if path == Path(__file__) or path.suffix in {".png", ".jpg", ".gif"}:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if ELSEWHERE.search(line) or any(place in line for place in own):
                found.append(f"{path.relative_to(root)}:{number}: {line.strip()[:80]}")
    assert found == []
