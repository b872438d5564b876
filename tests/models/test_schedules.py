"""Orchestrators' schedules, against their own documentation's numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.ends import limit_at_s
from vmlab.models.case import Case
from vmlab.models.precopy import ends_of
from vmlab.models.schedules import (
    expected_downtime_s,
    kubevirt_ramp,
    kubevirt_stalls,
    nova_ramp,
    nova_steps,
    nova_timeout_s,
)


def test_novas_own_example() -> None:
    """nova/virt/libvirt/migration.py: 400 ms, 10 steps, 30 s, 3 GiB."""
    found = nova_steps(400, 10, 30, 3)
    assert [ms for _, ms in found] == [40, 76, 112, 148, 184, 220, 256, 292, 328, 364, 400]
    assert [s for s, _ in found] == [90 * i for i in range(11)]


def test_nova_knows_least_values() -> None:
    assert nova_steps(1, 1, 1, 0.5) == ((0, 33), (6, 55), (12, 77), (18, 100))
    assert nova_timeout_s(0.5) == 1600
    assert nova_timeout_s(8) == 6400
    assert nova_timeout_s(8, 0) is None


@given(st.integers(100, 5000), st.integers(3, 40), st.integers(3, 100), st.floats(2, 500))
def test_the_ramp_is_the_steps(max_ms: int, steps: int, delay: int, gib: float) -> None:
    """Nova cuts fractions of a ms off."""
    ramp = nova_ramp(max_ms, steps, delay, gib)
    idle = {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}
    case = Case.model_validate(
        {"memory_mib": 1, "workload": idle, "policy": {"downtime_ramp": ramp.model_dump()}}
    )
    for at_s, ms in nova_steps(max_ms, steps, delay, gib):
        assert -1e-9 <= 1000 * limit_at_s(at_s, ends_of(case)) - ms < 1 + 1e-9


def test_kubevirts_ramp() -> None:
    ramp = kubevirt_ramp()
    rise = (ramp.to_ms - ramp.from_ms) / ramp.steps
    limits = [ramp.from_ms + i * rise for i in range(ramp.steps + 1)]
    assert limits == [150, 300, 450, 600, 750, 900, 1050]
    assert ramp.every_s == 10


def test_kubevirts_stall() -> None:
    falling = [(10.0 * i, 1000.0 - 10 * i) for i in range(30)]
    assert not kubevirt_stalls(falling)
    flat = [(10.0 * i, 1000.0) for i in range(30)]
    assert kubevirt_stalls(flat)
    assert not kubevirt_stalls(flat[:15])
    assert not kubevirt_stalls([])
    slow = [(10.0 * i, 1000.0 - i) for i in range(30)]
    assert not kubevirt_stalls(slow)
    assert kubevirt_stalls(slow, margin=0.05)


def test_expected_downtimes() -> None:
    """31.25 MB at 500 Mbit/s; 376,892 KiB at 866.83 Mbit/s, where QEMU printed 1,475 ms."""
    assert expected_downtime_s(31.25e6, 500e6 / 8) == 0.5
    assert expected_downtime_s(376_892 * 1024, 866.83e6 / 8) == pytest.approx(3.56, abs=0.005)
