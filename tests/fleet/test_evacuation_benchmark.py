"""The benchmark's kernel, compiled, beside its plain twin; how fast it is it tells itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PATH = Path(__file__).parents[1] / "benchmarks" / "evacuation.py"


def test_the_compiled_queue_is_the_plain_one() -> None:
    spec = importlib.util.spec_from_file_location("evacuation_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert benchmark.check(40, 400) <= benchmark.NEAR
