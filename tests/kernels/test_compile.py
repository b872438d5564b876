"""The compiler's own file: where compiled kernels are kept, and what is fused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from vmlab.kernels.compile import can_compile, compiled, fused_kernel, kernel

KEEP = (
    "import numpy as np\n"
    "from vmlab.kernels.compile import compiled\n"
    "from vmlab.kernels.bits import rows_loop\n"
    "compiled(rows_loop)(np.zeros(2, np.int64), np.zeros(1, np.int64), np.zeros((1, 1), np.uint64))"
)


def run(code: str, **variables: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | variables
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_kernels_are_kept_in_the_users_cache(tmp_path: Path) -> None:
    run(KEEP, XDG_CACHE_HOME=str(tmp_path))
    kept = list((tmp_path / "vmlab").glob("kernels-*/**/*.nbc"))
    assert bool(kept) == can_compile()


def test_a_home_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    run(KEEP, XDG_CACHE_HOME=str(tmp_path / "file"))


def test_kernels_of_other_files_are_not_kept(tmp_path: Path) -> None:
    """Their module may be one that the next process cannot import."""
    code = (
        "from vmlab.kernels.compile import compiled, kernel\n"
        "@kernel\ndef double(x): return 2 * x\n"
        "assert compiled(double)(2.0) == 4.0"
    )
    (tmp_path / "own.py").write_text(code, "utf-8")
    run(f"import runpy; runpy.run_path({str(tmp_path / 'own.py')!r})", XDG_CACHE_HOME=str(tmp_path))
    assert not list(tmp_path.glob("vmlab/kernels-*/**/*.nb?"))


@kernel
def rounded_twice(a: float, b: float, c: float) -> float:
    return a * b + c


@fused_kernel
def rounded_once(a: float, b: float, c: float) -> float:
    return a * b + c


def test_only_a_fused_kernel_may_fuse() -> None:
    """(1 + e)(1 - e) - 1 is 0 in two roundings, and -e**2 or 0 in one."""
    e = float(np.finfo(np.float64).eps)
    assert compiled(rounded_twice)(1 + e, 1 - e, -1.0) == rounded_twice(1 + e, 1 - e, -1.0)
    assert compiled(rounded_once)(1 + e, 1 - e, -1.0) in {-e * e, 0.0}
