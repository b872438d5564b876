"""What every test shares: the top of the checkout, and parts that may be missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NODE_MAJOR = 20


def find_browser() -> str | None:
    """The first Chromium on the path."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def find_node() -> str | None:
    """The system's Node when it is new enough, else the one in playwright's wheel."""
    candidates = [shutil.which("node")]
    try:
        import playwright
    except ImportError:
        pass
    else:
        driver = Path(playwright.__file__).parent / "driver"
        candidates.append(shutil.which("node", path=driver))
    for node in filter(None, candidates):
        answer = subprocess.run([node, "--version"], capture_output=True, text=True)
        major = answer.stdout.lstrip("v").split(".")[0]
        if major.isdigit() and int(major) >= NODE_MAJOR:
            return node
    return None


def _binder_lacks() -> str | None:
    if sys.platform != "linux":
        return "repo2docker's lock is for Linux"
    return "it downloads Binder's versions; ask for it with VMLAB_REQUIRE=binder"


# Name of a marker -> what is missing for it here, or None.
PARTS: dict[str, Callable[[], str | None]] = {
    "browser": lambda: None if find_browser() else f"no browser found ({', '.join(BROWSERS)})",
    "node": lambda: None if find_node() else f"no Node {NODE_MAJOR} or newer found",
    "binder": _binder_lacks,
}


def required(part: str) -> bool:
    """Whether VMLAB_REQUIRE asks for a part: by its name, or for all."""
    asked = os.environ.get("VMLAB_REQUIRE", "").replace(",", " ").split()
    return part in asked or "all" in asked


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose part is missing, or fail it where the part is required."""
    for part, lacks in PARTS.items():
        if item.get_closest_marker(part) is None:
            continue
        if part == "binder" and required(part):
            continue  # pip fails by itself where the network is missing
        reason = lacks()
        if reason and required(part):
            pytest.fail(f"VMLAB_REQUIRE asks for {part}: {reason}", pytrace=False)
        if reason:
            pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Chromium's executable; only for tests marked `browser`."""
    path = find_browser()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def node_path() -> str:
    """Node's executable; only for tests marked `node`."""
    path = find_node()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file of the project, without what .gitignore leaves out."""
    if (root / ".git").exists() and shutil.which("git"):
        listing = subprocess.run(
            [
                "git",
                "-c",
                "safe.directory=*",
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ],
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        paths = [root / name for name in listing.split("\0") if name]
    else:
        paths = [
            path
            for path in root.rglob("*")
            if not any(
                part.startswith(".") or part == "__pycache__"
                for part in path.relative_to(root).parts
            )
        ]
    return sorted(path for path in paths if path.is_file())


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with what is installed."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, root],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = out.glob("vmlab-*.whl")
    return built


@pytest.fixture
def clean_env() -> dict[str, str]:
    """The environment without what would point a new Python back into the checkout."""
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "JUPYTER_PATH"}
    return {name: value for name, value in os.environ.items() if name not in dropped}
