"""The fluid benchmark's methods agree; how fast they are is for the benchmark to tell."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "fluid.py"


@pytest.mark.parametrize(("classes", "shared"), [(1, False), (8, False), (64, True)])
def test_every_method_finds_the_same_migrations(classes: int, shared: bool) -> None:
    spec = importlib.util.spec_from_file_location("fluid_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    seconds, exponentials, bound = benchmark.compare(3000, classes, shared=shared, repeats=1)
    assert set(seconds) >= {"lanes, all threads", "plain prange", "NumPy", "pure Python"}
    assert exponentials > 3000 * classes
    assert bound > 0
