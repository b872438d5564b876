"""QEMU's loop: with and without a compiler, its parts by hand, and what settles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.ends import MOST_ROUNDS, NEVER
from vmlab.kernels.qemu import qemu
from vmlab.kernels.qemu_guest import AUTO_CONVERGE, DIRTY_LIMIT, slowed
from vmlab.kernels.qemu_sender import send_call
from vmlab.kernels.qemu_terms import Cost, Sender, Writes
from vmlab.kernels.resync import written_shares
from vmlab.models.case import Case
from vmlab.models.qemu_terms import (
    empty_log,
    empty_space,
    memory_of,
    rules_of,
    sender_of,
    writes_of,
)


def arrays(value: Any) -> Any:
    """The same terms as the compiler takes them."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(arrays, value))
    return np.array(value, np.float64) if isinstance(value, tuple | list) else value


def case(workload: dict[str, Any], link: Any = None, **policy: Any) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 128.0078125,
            "nonzero_mib": 60.5,
            "workload": workload,
            "link": link,
            "policy": {"hypervisor": "qemu", "downtime_limit_ms": 100, **policy},
        }
    )


def uniform(rate: float, order: str = "random", mib: float = 32) -> dict[str, Any]:
    return {"uniform": {"working_set_mib": mib, "dirty_pages_per_s": rate, "order": order}}


CLASSES = {
    "classes": [
        {"pages": 500, "writes_per_page_per_s": 9},
        {"pages": 7000, "writes_per_page_per_s": 0.3},
    ]
}
CURVE = {"curve": {"seconds": [0.3, 2], "distinct_mib": [4, 11]}}
CONVERGE = {"kind": "auto-converge", "initial_percent": 50, "step_percent": 20}
CASES = [
    case(uniform(6000), max_bandwidth_mbit_s=400),
    case(uniform(40000), max_bandwidth_mbit_s=400),
    case(uniform(12000, "sequential"), max_bandwidth_mbit_s=400),
    case(uniform(6000), {"mbit_s": 400}),
    case(uniform(9000, "sequential"), {"profile": [[0, 800], [1.03, 0], [1.7, 333]]}),
    case(uniform(6000), {"profile": [[0, 800], [1, 0]]}),
    case(CLASSES, {"mbit_s": 400}, timeout_s=1.9, on_timeout="stop"),
    case(CURVE, max_bandwidth_mbit_s=300),
    case(uniform(83000), max_bandwidth_mbit_s=400, throttle=CONVERGE),
    case(uniform(40000), max_bandwidth_mbit_s=400, throttle={"kind": "dirty-limit"}),
    case(uniform(40000), max_bandwidth_mbit_s=400, xbzrle={"delta_bytes": 10}),
    case(
        uniform(40000),
        {"mbit_s": 900},
        max_bandwidth_mbit_s=400,
        compression={"ratio": 3, "bytes_per_s_per_channel": 1e8},
        channels=2,
        downtime_ramp={"from_ms": 20, "to_ms": 600, "steps": 5, "every_s": 0.7},
    ),
]


@pytest.mark.parametrize("one", CASES, ids=range(len(CASES)))
def test_compiled_is_equal(one: Case) -> None:
    """Counts, rounds and verdicts exactly, floats within 1e-12."""
    writes = writes_of(one)
    terms = (memory_of(one, writes), writes, sender_of(one, sum(writes.class_bytes)), rules_of(one))
    log, space = empty_log(), empty_space(len(writes.class_bytes))
    fast_log, fast_space = arrays(log), arrays(space)
    plain = qemu(*terms, log, space)
    fast = compiled(qemu)(*map(arrays, terms), fast_log, fast_space)
    assert (compiled(qemu) is not qemu) == can_compile()
    assert fast[:3] == plain[:3]
    assert fast[3:] == pytest.approx(plain[3:], rel=1e-12)
    for a, b in zip(log, fast_log, strict=True):
        assert b == pytest.approx(np.array(a), rel=1e-12, abs=1e-9)


def sender(rate_bytes_per_s: float, budget_bytes: float = math.inf) -> Sender:
    one = Cost(1.0, 0.0)
    return Sender(one, one, one, 0.0, (0.0,), (rate_bytes_per_s,), budget_bytes)


def test_a_call_lasts_51_ms_and_looks_every_64_pages() -> None:
    """At 10 MB/s 51 ms are 124.5 pages: the clock is seen after page 129."""
    one = Cost(1.0, 0.0)
    call = send_call(1e9, 0.0, one, one, 4096.0, 0.0, math.inf, math.inf, sender(1e7))
    assert call[3] == 129 * 4096
    assert call[2] == pytest.approx(129 * 4096 / 1e7)
    assert call[0] == 1e9 - 129 * 4096


def test_a_call_goes_from_stretch_to_stretch() -> None:
    half, whole = Cost(0.5, 0.0), Cost(1.0, 1e-8)
    left_1, left_2, now, sent, dead = send_call(
        1e6, 1e6, half, whole, 4096.0, 2.0, 1.2e6, math.inf, sender(1e9)
    )
    assert (left_1, sent, dead) == (0.0, 1.2e6, False)
    assert left_2 == pytest.approx(3e5)
    assert now == pytest.approx(2.0 + 0.5e6 / 1e9 + 0.7e6 * 1e-8)  # then the thread is slower


def test_a_dead_wire_ends_a_call() -> None:
    wire = sender(0.0)._replace(rate_from_s=(0.0, 3.0), rate_bytes_per_s=(1e6, 0.0))
    one = Cost(1.0, 0.0)
    found = send_call(1e7, 0.0, one, one, 4096.0, 2.999, math.inf, math.inf, wire)
    assert found[4]
    assert found[2] == 3.0
    assert found[3] == pytest.approx(1000.0)


def test_shares_of_phases_add_up() -> None:
    """One second at 2 and half a second at 4 writes a page, at half speed: E = 2."""
    writes = Writes((100.0, 50.0), (0.0, 10.0), (2.0, 0.0, 4.0, 1.0), (), (), 0.0, False)
    share = [0.0, 0.0]
    total = written_shares(9.0, 10.5, 0.5, writes, share)
    assert share == pytest.approx([1 - math.exp(-2.0), 1 - math.exp(-0.25)])
    assert total == pytest.approx(100 * share[0] + 50 * share[1])


def test_throttles() -> None:
    writes = Writes((1e6,), (0.0,), (2.0,), (), (), 0.0, False)
    converge = (float(AUTO_CONVERGE), 0.2, 0.1, 0.99, 0.5, 0.0)
    assert slowed(converge, 0.0, 0.0, writes, [0.0]) == (0.2, 1.0)  # it sleeps half of the time
    assert slowed(converge, 0.8, 0.0, writes, [0.0]) == pytest.approx((0.9, 0.2))
    assert slowed(converge, 0.95, 0.0, writes, [0.0])[0] == 0.99
    quota = (float(DIRTY_LIMIT), 0.0, 0.0, 0.0, 1.0, 2e5)
    _, speed = slowed(quota, 0.0, 0.0, writes, [0.0])
    assert 1e6 * (1 - math.exp(-2.0 * speed)) == pytest.approx(2e5)
    assert slowed((*quota[:5], 9e5), 0.0, 0.0, writes, [0.0]) == (0.0, 1.0)


def test_what_falls_slowly_is_no_cycle() -> None:
    """99 % of the bandwidth dirtied: many rounds, each a little smaller, and an end."""
    slow = Case.model_validate(
        {
            "memory_mib": 4096,
            "workload": {"curve": {"seconds": [60], "distinct_mib": [60 * 50 * 0.99]}},
            "link": {"mbit_s": 419.43},
            "policy": {"hypervisor": "qemu"},
        }
    )
    writes = writes_of(slow)
    space = empty_space(1)
    passes, how, *_ = qemu(
        memory_of(slow, writes), writes, sender_of(slow, 1.0), rules_of(slow), empty_log(), space
    )
    assert how != NEVER
    assert passes > 20


def test_an_endless_sweep_has_an_end() -> None:
    """A sweep whose phase never returns is given up after 10,000 rounds, if not before."""
    endless = case(uniform(17171.3, "sequential"), max_bandwidth_mbit_s=399.9)
    writes = writes_of(endless)
    passes, how, *_ = qemu(
        memory_of(endless, writes),
        writes,
        sender_of(endless, 1.0),
        rules_of(endless),
        empty_log(),
        empty_space(1),
    )
    assert how == NEVER
    assert passes <= MOST_ROUNDS
