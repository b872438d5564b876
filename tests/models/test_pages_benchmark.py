"""The benchmark's methods tell the same migration; how fast is for the benchmark to say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from vmlab.kernels import guest_pages
from vmlab.models.estimate import estimate

PATH = Path(__file__).parents[1] / "benchmarks" / "pages.py"


def test_every_method_runs_the_same_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_pages, "WORTH_COMPILING", guest_pages.WORTH_COMPILING)
    spec = importlib.util.spec_from_file_location("pages_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    seconds, _ = benchmark.compare(benchmark.case(0.05, mbit_s=200), rounds=2)
    assert set(seconds) == set(benchmark.METHODS)
    assert {len(times) for times in seconds.values()} == {2}
    hot = benchmark.case(0.1, mbit_s=400, busy=0.7, hot=0.1)
    assert benchmark.alone(hot, threads=2, times=1)[-1] == len(estimate(hot).rounds)
