"""Channels of multifd send while the migration thread looks for zero pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.qemu_sender import blend
from vmlab.kernels.qemu_terms import Cost, Sender
from vmlab.models.case import Case
from vmlab.models.estimate import estimate

SHARE = st.floats(min_value=0.0, max_value=1.0)
TIME_S = st.floats(min_value=0.0, max_value=1e-6)


def sender(zero_s: float, data_s: float, *, apart: bool) -> Sender:
    zero, data = Cost(9 / 4096, zero_s), Cost(4104 / 4096, data_s)
    return Sender(zero, data, data, 0.0, (0.0,), (1e9,), 1e18, apart)


@given(SHARE, TIME_S, TIME_S)
def test_the_longer_of_both_counts_beside_channels(z: float, zero_s: float, data_s: float) -> None:
    one = blend(z, sender(zero_s, data_s, apart=False))
    many = blend(z, sender(zero_s, data_s, apart=True))
    assert many.wire == one.wire
    assert many.thread_s == max(z * zero_s, (1 - z) * data_s)
    assert one.thread_s == pytest.approx(z * zero_s + (1 - z) * data_s, abs=0)
    assert many.thread_s <= one.thread_s <= 2 * many.thread_s


@pytest.mark.parametrize(("channels", "total_s"), [(1, 9.0), (2, 4.0), (4, 2.0)])
def test_packing_hides_the_look_for_zeros(channels: int, total_s: float) -> None:
    """2 GiB at 2^28 bytes/s a channel, and a million zero pages at a million a second."""
    case = Case.model_validate(
        {
            "memory_mib": 2048 + 1e6 / 256,
            "nonzero_mib": 2048,
            "workload": {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}},
            "link": {"mbit_s": 1e6},
            "policy": {
                "hypervisor": "qemu",
                "setup_ms": 0,
                "channels": channels,
                "compression": {"ratio": 2, "bytes_per_s_per_channel": 2**28},
            },
        }
    )
    assert estimate(case).total_s == pytest.approx(total_s, rel=2e-3)
