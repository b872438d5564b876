"""The data and the notebooks are found from a checkout and from an installed wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

SHOW = """
import json, vmlab
from vmlab.resources import resource
names = lambda *parts: sorted(path.name for path in resource(*parts).iterdir() if path.is_file())
print(json.dumps([vmlab.__file__, names("data", "scenarios"), names("notebooks"),
                  resource("vmlab", "labs", "overrides.json").exists()]))
"""


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh venv that has the wheel, and borrows the rest."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    # Only a folder's own .pth files count, so an editable vmlab in the
    # borrowed folder stays out of the way.
    (site,) = home.glob("**/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return programs


def files_of(root: Path, *parts: str) -> list[str]:
    return sorted(path.name for path in root.joinpath(*parts).iterdir() if path.is_file())


def test_from_the_wheel(
    root: Path, installed: Path, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    show = subprocess.run(
        [installed / "python", "-c", SHOW],
        cwd=tmp_path,
        env=clean_env,
        capture_output=True,
        text=True,
        check=True,
    )
    where, scenarios, notebooks, overrides = json.loads(show.stdout)
    assert Path(where).is_relative_to(installed.parent)
    assert scenarios == files_of(root, "data", "scenarios")
    assert notebooks == files_of(root, "notebooks")
    assert overrides


def test_from_the_checkout(root: Path) -> None:
    show = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=root, capture_output=True, text=True, check=True
    )
    where, scenarios, notebooks, overrides = json.loads(show.stdout)
    assert Path(where) == root / "vmlab" / "__init__.py"
    assert scenarios == files_of(root, "data", "scenarios")
    assert notebooks == files_of(root, "notebooks")
    assert overrides


def test_the_command_lists_its_scenarios(
    root: Path, installed: Path, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    run = subprocess.run(
        [installed / "vmlab", "scenarios"],
        cwd=tmp_path,
        env=clean_env,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name in files_of(root, "data", "scenarios"):
        assert Path(name).stem in run.stdout


def test_the_wheel_carries_everything_and_nothing_else(root: Path, wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    carried = {name for name in names if ".dist-info/" not in name}
    package = {
        path.relative_to(root).as_posix()
        for path in (root / "vmlab").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package <= carried
    assert not [name for name in carried if "__pycache__" in name or "tests/" in name]
    assert all(name.startswith("vmlab/") for name in carried)
    assert any(name.endswith("/LICENSE") for name in names)
