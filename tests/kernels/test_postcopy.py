"""The push after a switch: a drawn twin, closed forms, published waits, properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.pushed import Pushed
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.page_requests import request_wait_s
from vmlab.kernels.postcopy import post_copy

PAGE = 4096.0
MIB = 2.0**20
RATE = 1.25e8


@dataclass(frozen=True)
class Result:
    duration_s: float
    faults: float
    stall_s: float
    guest_s: float


def run(
    pages: float,
    classes: tuple[tuple[float, float], ...] = (),
    form: Callable[..., Any] = post_copy,
    **changes: Any,
) -> Result:
    """The kernel with plain defaults: 1 Gbit/s, no queue, no latency, one vCPU."""
    arguments: dict[str, Any] = {
        "missing_bytes": pages * PAGE,
        "page_bytes": PAGE,
        "class_bytes": tuple(n * PAGE for n, _ in classes),
        "class_touches_per_s": tuple(rate for _, rate in classes),
        "curve_s": (),
        "curve_bytes": (),
        "rate_from_s": (0.0,),
        "rate_bytes_per_s": (RATE,),
        "start_s": 0.0,
        "queue_bytes": 0.0,
        "device_queue_bytes": 0.0,
        "round_trip_s": 0.0,
        "preempt": False,
        "prefetch": 0.0,
        "vcpus": 1.0,
    }
    assert changes.keys() <= arguments.keys()
    values = [
        np.array(value, dtype=np.float64)
        if isinstance(value, tuple) and form is not post_copy
        else value
        for value in (arguments | changes).values()
    ]
    return Result(*(float(one) for one in form(*values)))


TWINS: list[tuple[int, tuple[tuple[int, float], ...], int, float, int]] = [
    (3000, ((300, 1.0),), 0, 0.0, 1),
    (3000, ((300, 100.0),), 0, 0.0, 1),
    (3000, ((300, 100.0),), 100, 0.0, 1),
    (3000, ((3000, 50.0),), 0, 1e-3, 1),
    (3000, ((3000, 50.0),), 0, 1e-3, 8),
    (3000, ((1000, 50.0),), 50, 0.0, 4),
    (3000, ((20, 1e4), (500, 1.0)), 10, 0.0, 1),
]


@pytest.mark.parametrize(("pages", "classes", "queue", "trip_s", "vcpus"), TWINS)
def test_against_drawn_pages(
    pages: int, classes: tuple[tuple[int, float], ...], queue: int, trip_s: float, vcpus: int
) -> None:
    """Faults and waits against the mean of 12 runs: 3 %, or three standard errors."""
    found = run(pages, classes, queue_bytes=queue * PAGE, round_trip_s=trip_s, vcpus=float(vcpus))
    drawn = [
        Pushed(pages, classes, PAGE / RATE, queue, trip_s, vcpus, seed).run() for seed in range(12)
    ]
    for expected, one in (
        (found.faults, [run.faults for run in drawn]),
        (found.stall_s, [run.stall_s for run in drawn]),
    ):
        error = 3 * float(np.std(one, ddof=1)) / math.sqrt(len(one))
        assert expected == pytest.approx(fmean(one), rel=0.03, abs=error)


@settings(deadline=None)
@given(st.floats(0.01, 1e3))
def test_a_guest_that_hardly_waits(touches: float) -> None:
    """1 - (1 - exp(-r T)) / (r T): a turn uniform in T, a first touch exponential."""
    found = run(1e7, ((1000.0, touches),))
    x = touches * found.duration_s
    assert found.faults == pytest.approx(1000 * (1 + math.expm1(-x) / x), rel=3e-3)


@pytest.mark.parametrize("queue", [0, 1, 40])
def test_the_equation_solved_finely(queue: int) -> None:
    """R = B times the integral of (U/R)^-a: the guest's time at the end, at a constant wait."""
    classes = ((2e6, 0.03), (5e5, 0.4))
    trip_s = queue * PAGE / RATE
    found = run(4e6, classes, round_trip_s=trip_s)
    a = trip_s * RATE / PAGE + 1.5
    g = np.linspace(0, found.duration_s, 2_000_001)
    untouched = 1.5e6 + sum(n * np.exp(-r * g) for n, r in classes)
    integrand = np.exp(-a * np.log(untouched / 4e6))
    whole = np.concatenate([[0], np.cumsum((integrand[1:] + integrand[:-1]) / 2 * np.diff(g))])
    guest_s = float(np.interp(found.duration_s, whole, g))
    assert found.guest_s == pytest.approx(guest_s, rel=2e-3)
    assert found.stall_s == pytest.approx(found.duration_s - guest_s, rel=2e-3)


def test_a_guest_that_touches_all_at_once_never_runs() -> None:
    found = run(1e6, ((1e6, 1e12),), round_trip_s=1e-3)
    assert found.guest_s < 1e-6
    assert found.stall_s == pytest.approx(found.duration_s, rel=1e-3)
    assert found.faults == pytest.approx(1e6 * PAGE / RATE / (1e-3 + 1.5 * PAGE / RATE), rel=0.01)


def test_one_page() -> None:
    found = run(1, ((1.0, 1e12),))
    assert (found.duration_s, found.faults) == (PAGE / RATE, pytest.approx(1.0))
    assert found.stall_s == pytest.approx(found.duration_s)
    assert found.guest_s < 1e-9


@pytest.mark.parametrize("classes", [(), ((100.0, 0.0),)])
def test_an_idle_guest_waits_for_nothing(classes: tuple[tuple[float, float], ...]) -> None:
    found = run(1000, classes, queue_bytes=10 * MIB)
    assert (found.faults, found.stall_s) == (0.0, 0.0)
    assert found.guest_s == pytest.approx(found.duration_s, rel=1e-12)
    assert run(0, classes) == Result(0.0, 0.0, 0.0, 0.0)


def test_a_sweep_is_a_curve() -> None:
    """500 pages one after another, spread over 10^6, in a tenth of the push: 95 % are missing."""
    found = run(1e6, curve_s=(0.0, 3.2768), curve_bytes=(0.0, 500 * PAGE))
    assert found.duration_s == pytest.approx(32.768)
    assert found.faults == pytest.approx(500 * 0.95, rel=1e-3)


@pytest.mark.parametrize(
    ("page_bytes", "preempt", "measured_s"),
    [
        (4096.0, False, 10_676e-6),
        (2 * MIB, False, 10_582e-6),
        (4096.0, True, 570e-6),
        (2 * MIB, True, 4_960e-6),
    ],
)
def test_published_waits(page_bytes: float, preempt: bool, measured_s: float) -> None:
    """models.md 2.4, Xu's preemption series, 10 Gbit/s, one thread: within a factor of 2.

    The queues are the buffers that Linux documented in 2022, 4 MiB to send, 6
    MiB to receive and 1 MiB in the device. Which of them count was settled
    with these rows in view: a check, and no blind prediction.
    """
    found = request_wait_s(20e9, page_bytes, 1.25e9, 10 * MIB, MIB, 0.0, preempt)
    assert 0.5 < found / measured_s < 2.0


def test_published_waits_on_another_wire() -> None:
    """qemu.md: 50 MB/s, unix sockets of 212,992 bytes: 480 to 570 ms for 92 to 97 requests."""
    found = request_wait_s(64e6, 4104.0, 50e6, 212_992.0, 0.0, 0.0, False)
    assert 0.5 < found / (0.525 / 94.5) < 2.0


def test_a_huge_page_takes_about_a_second() -> None:
    """models.md 1.6, from QEMU's documentation: 1 GiB at 10 Gbit/s, about 1 s."""
    found = request_wait_s(1e12, 2.0**30, 1.25e9, 10 * MIB, MIB, 0.0, False)
    assert 0.5 < found < 2.0


def test_what_is_under_way_is_not_asked_for_sooner() -> None:
    """All that is missing lies in the buffers: any page of it comes in half of the time left."""
    for preempt in (False, True):
        wait_s = request_wait_s(5 * MIB, 4096.0, 1e6, 10 * MIB, MIB, 7.0, preempt)
        assert wait_s == pytest.approx(2.5 * MIB / 1e6)


def test_a_link_that_is_down_for_a_while() -> None:
    """The push is as much longer; a busy guest waits for all of that time, an idle one runs."""
    steps: dict[str, Any] = {
        "rate_from_s": (0.0, 0.01, 1.01),
        "rate_bytes_per_s": (RATE, 0.0, RATE),
    }
    whole, busy = run(1000, ((500.0, 50.0),)), run(1000, ((500.0, 50.0),), **steps)
    assert busy.duration_s == pytest.approx(whole.duration_s + 1.0)
    assert 0.9 < busy.stall_s - whole.stall_s < 1.0
    assert run(1000, **steps).guest_s == pytest.approx(whole.duration_s + 1.0)


def test_a_link_that_stays_down() -> None:
    dead: dict[str, Any] = {"rate_from_s": (0.0, 0.01), "rate_bytes_per_s": (RATE, 0.0)}
    busy, idle = run(1000, ((500.0, 50.0),), **dead), run(1000, **dead)
    assert (busy.duration_s, busy.stall_s) == (math.inf, math.inf)
    assert 0 < busy.faults < 500
    assert (idle.duration_s, idle.stall_s, idle.faults) == (math.inf, 0.0, 0.0)


def test_a_link_that_changes_before_a_byte_has_gone() -> None:
    """The first step is then of no length, and must not stay so."""
    steps: dict[str, Any] = {"rate_from_s": (0.0, 5.0), "rate_bytes_per_s": (1.0, RATE)}
    early, plain = (
        run(1000, ((500.0, 50.0),), start_s=math.nextafter(5.0, 0.0), **steps),
        run(1000, ((500.0, 50.0),)),
    )
    assert early.faults == pytest.approx(plain.faults, rel=1e-9)
    assert early.stall_s == pytest.approx(plain.stall_s, rel=1e-9)


def test_the_links_clock_is_the_commands() -> None:
    steps: dict[str, Any] = {"rate_from_s": (0.0, 5.0), "rate_bytes_per_s": (1.0, RATE)}
    late, plain = (
        run(1000, ((500.0, 50.0),), start_s=5.0, **steps),
        run(1000, ((500.0, 50.0),)),
    )
    assert late.faults == pytest.approx(plain.faults, rel=1e-9)


pushes = st.tuples(
    st.floats(0.3, 1e6), st.floats(0.0, 1.0), st.floats(0.0, 1e9), st.floats(0.0, 1e7),
    st.floats(0.0, 0.1), st.booleans(), st.integers(1, 64),
)  # fmt: skip


@settings(deadline=None)
@given(pushes)
def test_properties(one: tuple[float, float, float, float, float, bool, int]) -> None:
    pages, share, touches, queue_bytes, trip_s, preempt, vcpus = one
    found = run(
        pages,
        ((pages * share, touches),),
        queue_bytes=queue_bytes,
        round_trip_s=trip_s,
        preempt=preempt,
        vcpus=float(vcpus),
    )
    assert found.duration_s == pytest.approx(pages * PAGE / RATE)
    assert 0.0 <= found.faults <= pages * share * (1 + 1e-9)
    assert 0.0 <= found.guest_s <= found.duration_s * (1 + 1e-9)
    waited_s = vcpus * (found.duration_s - found.guest_s)
    assert found.stall_s <= waited_s * (1 + 1e-6) + 1e-6 * vcpus * found.duration_s


@settings(deadline=None)
@given(st.floats(0.1, 1e4), st.floats(0.05, 0.95))
def test_prefetch_avoids_its_share(touches: float, prefetch: float) -> None:
    """Where waits are short beside the push, so that they do not change what is touched."""
    plain = run(1e7, ((1000.0, touches),))
    found = run(1e7, ((1000.0, touches),), prefetch=prefetch)
    assert found.faults == pytest.approx((1 - prefetch) * plain.faults, rel=3e-3)
    assert found.stall_s < plain.stall_s


def test_prefetch_of_everything() -> None:
    found = run(1e5, ((1e4, 100.0),), prefetch=1.0, queue_bytes=10 * MIB)
    assert (found.faults, found.stall_s) == (0.0, 0.0)


def test_the_guest_gets_further_the_shorter_it_waits() -> None:
    long, short = (
        run(1e6, ((1e5, 10.0),), queue_bytes=10 * MIB, device_queue_bytes=MIB, preempt=preempt)
        for preempt in (False, True)
    )
    assert short.guest_s > 2 * long.guest_s
    assert short.stall_s < long.stall_s
    assert short.duration_s == long.duration_s


CASES: list[tuple[float, tuple[tuple[float, float], ...], dict[str, Any]]] = [
    (3000, ((300, 100.0),), {}),
    (3000, ((300, 100.0), (50, 1e6)), {"queue_bytes": 1e6, "vcpus": 4.0}),
    (3000, ((300, 100.0),), {"preempt": True, "device_queue_bytes": MIB, "round_trip_s": 1e-4}),
    (3000, (), {"curve_s": (0.0, 0.01, 0.5), "curve_bytes": (0.0, 4e5, 8e6)}),
    (3000, ((300, 9.0),), {"rate_from_s": (0.0, 0.02, 1.0), "rate_bytes_per_s": (RATE, 0.0, RATE)}),
    (3000, ((300, 9.0),), {"rate_from_s": (0.0, 0.02), "rate_bytes_per_s": (RATE, 0.0)}),
    (1, ((1, 1e12),), {"prefetch": 0.5}),
    (0, (), {}),
]


@pytest.mark.parametrize(("pages", "classes", "changes"), CASES, ids=range(len(CASES)))
def test_compiled_is_equal(
    pages: float, classes: tuple[tuple[float, float], ...], changes: dict[str, Any]
) -> None:
    plain = run(pages, classes, **changes)
    fast = run(pages, classes, compiled(post_copy), **changes)
    assert (compiled(post_copy) is not post_copy) == can_compile()
    for name, value in vars(plain).items():
        assert getattr(fast, name) == pytest.approx(value, rel=1e-12), name
