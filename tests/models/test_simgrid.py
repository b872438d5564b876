"""The SimGrid drivers, where SimGrid is installed: their numbers, never their time."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "simgrid.py"


@pytest.fixture(scope="module")
def simgrid() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simgrid_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    return benchmark


def test_the_linear_model_is_simgrids(simgrid: ModuleType, tmp_path: Path) -> None:
    """Where it is not installed, the closed form stands in for it (models.md 1.2)."""
    memory_mib, rate, dirty = 1024.0, 125e6, 25e6
    own_s = simgrid.linear(memory_mib, rate, dirty, 5e8)
    first_s = memory_mib * 2**20 / rate
    rounds = 5  # 8.59 s * 0.2**4 fits 30 ms, and is the stop
    assert own_s == pytest.approx(first_s * (1 - 0.2**rounds) / 0.8, rel=1e-6)
    if simgrid.missing() is None:
        program = simgrid.build("migrations", tmp_path)
        _, apart = simgrid.compare_migrations(program, 100)
        assert apart < 0.01


def test_an_evacuation_shares_links_and_slots(simgrid: ModuleType, tmp_path: Path) -> None:
    """Two slots, three equal guests of one host that write nothing: 16, 16 and 24 s."""
    lines = ["4,2,1e9,0.3,30", *["0,2,8e9,0,0", "0,3,8e9,0,0", "0,2,8e9,0,0"]]
    assert len(simgrid.fleet(4, 3)) == len(lines)
    if simgrid.missing() is None:
        program = simgrid.build("evacuation", tmp_path)
        table, (makespan_s, passes, _) = simgrid.drive(program, lines)
        assert table == [[0, 16, 1], [0, 16, 1], [16, 24, 1]]
        assert (makespan_s, passes) == (24, 3)
