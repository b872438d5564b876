"""The widgets' pure JavaScript, tested by Node's own runner."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.node
def test_the_modules_pass_their_own_tests(root: Path, node_path: str) -> None:
    files = sorted((root / "tests" / "widgets").glob("*.test.mjs"))
    assert files, "tests/widgets/ has no *.test.mjs"
    run = subprocess.run(
        [node_path, "--test", *files], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
