"""Binder without Docker: the steps that repo2docker would build, and its base's versions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# What the labs meet of the base environment; all else pip resolves from it.
BASE = [
    "annotated-types",
    "ipykernel",
    "ipython",
    "ipywidgets",
    "jupyter_client",
    "jupyter_core",
    "jupyter_server",
    "jupyterlab",
    "jupyterlab_widgets",
    "nbclient",
    "nbformat",
    "notebook",
    "packaging",
    "pydantic",
    "pydantic-core",
    "pygments",
    "python-dateutil",
    "pyyaml",
    "six",
    "tornado",
    "traitlets",
    "typing-inspection",
    "typing_extensions",
]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def base() -> dict[str, str]:
    """The base environment's packages and versions, out of repo2docker's lock."""
    import repo2docker

    folder = Path(repo2docker.__file__).parent / "buildpacks" / "conda"
    lock = (folder / "environment.py-3.11-linux-64.lock").read_text("utf-8")
    found = re.findall(r"/([^/\s]+)-([^-/\s]+)-[^-/\s]+\.(?:conda|tar\.bz2)", lock)
    return {canonical(name): version for name, version in found}


def pins(root: Path) -> dict[str, str]:
    text = (root / "binder" / "requirements.txt").read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+) \\$", text, re.MULTILINE))


def test_the_build_steps(root: Path) -> None:
    tool = Path(sys.executable).parent / "jupyter-repo2docker"
    run = subprocess.run(
        # As root repo2docker asks for another user; the steps are the same.
        [tool, "--no-build", "--debug", "--user-id=1000", "--user-name=jovyan", root],
        capture_output=True,
        text=True,
    )
    steps = run.stdout + run.stderr
    assert run.returncode == 0, steps
    assert "Building conda environment for python=3.11" in steps
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in steps
    assert "RUN ./binder/postBuild" in steps
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in steps
    # The pins come before the project, so that a commit does not install them again.
    assert steps.index("requirements.txt ${REPO_DIR}") < steps.index("src/ ${REPO_DIR}/")


def test_only_what_the_base_lacks_is_pinned(root: Path, base: dict[str, str]) -> None:
    text = (root / "binder" / "requirements.txt").read_text("utf-8")
    assert base["python"].startswith("3.11.")
    assert [name for name in pins(root) if canonical(name) in base] == []
    assert len(re.findall(r"^    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE)) == len(
        pins(root)
    )
    assert "--index" not in text
    assert "://" not in text


def test_start_hands_over(root: Path, tmp_path: Path) -> None:
    show = "import os, sys; print(os.environ['NUMBA_CACHE_DIR'], sys.argv[1:])"
    run = subprocess.run(
        ["bash", root / "binder" / "start", sys.executable, "-c", show, "a b"],
        env={**os.environ, "NB_PYTHON_PREFIX": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == f"{tmp_path}/share/vmlab/kernels ['a b']"


@pytest.mark.binder
def test_the_notebooks_pass_on_the_base(
    root: Path,
    base: dict[str, str],
    tracked: list[Path],
    tmp_path: Path,
    clean_env: dict[str, str],
) -> None:
    """Base, pins and postBuild as Binder has them; then the notebooks, compared strictly."""
    home, copy = tmp_path / "base", tmp_path / "repo"
    for path in tracked:
        target = copy / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    programs = home / "bin"
    env = {**clean_env, "HOME": str(tmp_path), "NB_PYTHON_PREFIX": str(home)}
    env["PATH"] = os.pathsep.join([str(programs), env["PATH"]])

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        return done.stdout

    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip: Callable[..., str] = lambda *arguments: run(programs / "pip", *arguments)  # noqa: E731
    pip(
        "install",
        "--quiet",
        *(f"{name}=={base[canonical(name)]}" for name in BASE),
        "nbval",
        "pytest",
    )
    before = pip("freeze")
    pip("install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt")
    assert set(before.splitlines()) <= set(pip("freeze").splitlines())
    run("bash", "binder/postBuild")
    pip("check")
    assert (home / "share" / "jupyter" / "lab" / "settings" / "overrides.json").exists()
    run("bash", "binder/start", programs / "pytest", "-q", "-p", "no:cacheprovider", "notebooks")
