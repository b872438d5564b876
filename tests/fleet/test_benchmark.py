"""The benchmark's methods agree; how fast they are is for the benchmark to tell."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PATH = Path(__file__).parents[1] / "benchmarks" / "matrix.py"


def test_every_method_finds_the_same_matrix() -> None:
    spec = importlib.util.spec_from_file_location("matrix_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    seconds = benchmark.compare(60, 70, rounds=1)
    assert set(seconds) >= {"fast, 2 threads", "NumPy", "pure Python", "pandas"}
