"""What a migration gets of a link: shares, cards, loss, caps."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.models.case import Case
from vmlab.models.wire import mathis_bytes_per_s, rates


def got(link: dict[str, Any] | None, **policy: Any) -> tuple[float, ...]:
    idle = {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}
    document = {"memory_mib": 1, "workload": idle, "link": link, "policy": policy}
    return rates(Case.model_validate(document)).bytes_per_s


def test_mathis_by_hand() -> None:
    """1460 B, 50 ms round trip, 0.1 % lost: 1460 / 0.05 * 1.2247 / 0.0316 = 1.13 MB/s."""
    assert mathis_bytes_per_s(0.001, 0.025) == pytest.approx(1.1309e6, rel=1e-4)
    assert mathis_bytes_per_s(0.0, 0.025) == mathis_bytes_per_s(0.001, 0.0) == math.inf


@given(st.floats(1e-6, 0.9), st.floats(1e-5, 1), st.floats(1.1, 10))
def test_mathis_scales(loss: float, latency: float, factor: float) -> None:
    one = mathis_bytes_per_s(loss, latency)
    assert mathis_bytes_per_s(loss, latency * factor) == pytest.approx(one / factor)
    assert mathis_bytes_per_s(loss / factor**2, latency) == pytest.approx(one * factor)


def test_loss() -> None:
    """On a short way lost packets only cost their own time; on a long one they hold TCP back."""
    assert got({"mbit_s": 1000, "loss": 0.1}) == pytest.approx([112.5e6])
    long = {"mbit_s": 1000, "loss": 0.001, "latency_ms": 25}
    one = mathis_bytes_per_s(0.001, 0.025)
    assert got(long) == pytest.approx([one])
    assert got(long, channels=8) == pytest.approx([8 * one])
    assert got(long, channels=10_00) == pytest.approx([125e6 * 0.999])
    assert got({**long, "mbit_s": 1}) == pytest.approx([125e3 * 0.999])


def test_network_cards() -> None:
    two = {"mbit_s": 1000, "nics": 2}
    assert got(two) == got(two, hypervisor="esx") == (250e6,)
    assert got(two, hypervisor="xen") == (125e6,)
    assert got(two, hypervisor="qemu") == (125e6,)
    assert got(two, hypervisor="qemu", channels=2) == (250e6,)
    assert got({"mbit_s": 1000}, channels=8) == (125e6,)
    assert got(two, parallel=4, max_bandwidth_mbit_s=400) == (50e6,)


def test_without_a_link_the_cap_is_the_rate() -> None:
    assert got(None, max_bandwidth_mbit_s=80, parallel=3) == (10e6,)
    with pytest.raises(ValueError, match="no rate"):
        got(None)


def test_a_profile_of_zeros() -> None:
    link = {"profile": [[0, 1000], [1, 0], [2, 5]], "loss": 0.001, "latency_ms": 25}
    assert got(link) == pytest.approx([mathis_bytes_per_s(0.001, 0.025), 0, 5e6 / 8 * 0.999])
