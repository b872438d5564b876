"""The pre-copy kernel: naive twin, closed forms, published vectors, properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.naive import migrate, polyline, random_set, sweep
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.precopy import (
    DOWNTIME_LIMIT,
    GIVEN_UP,
    MOST_ROUNDS,
    NEVER,
    ROUNDS_DONE,
    TIMED_OUT,
    pre_copy,
)

MB = 1e6


@dataclass(frozen=True)
class Result:
    passes: list[tuple[float, float, float]]
    how: int
    moved: bool
    pause_s: float
    end_s: float

    @property
    def sent(self) -> list[float]:
        return [sent for sent, _, _ in self.passes]


def run(first: float, form: Callable[..., Any] = pre_copy, **changes: Any) -> Result:
    """The kernel with plain defaults: constant 100 MB/s, limit 0.5 s."""
    arguments: dict[str, Any] = {
        "page_bytes": 4096.0,
        "class_bytes": (),
        "class_writes_per_s": (),
        "curve_s": (),
        "curve_bytes": (),
        "rate_from_s": (0.0,),
        "rate_bytes_per_s": (100 * MB,),
        "start_s": 0.0,
        "downtime_limit_s": 0.5,
        "max_rounds": 0,
        "deadline_s": math.inf,
        "stop_at_deadline": False,
        "longest_stop_s": math.inf,
    }
    assert changes.keys() <= arguments.keys()
    values = [
        np.array(value, dtype=np.float64)
        if isinstance(value, tuple) and form is not pre_copy
        else value
        for value in (arguments | changes).values()
    ]
    out = [np.full(MOST_ROUNDS + 1, np.nan) for _ in range(3)]
    passes, how, moved, pause_s, end_s = form(first, *values, *out)
    rows = [(float(a), float(b), float(c)) for a, b, c in zip(*out, strict=True)]
    return Result(rows[:passes], how, bool(moved), float(pause_s), float(end_s))


def constant(d: float) -> dict[str, tuple[float, ...]]:
    """A dirty rate without bound: a sweep that is never through."""
    return {"curve_s": (0.0, 1e9), "curve_bytes": (0.0, d * 1e9)}


@pytest.mark.parametrize(
    ("memory", "bandwidth", "d", "rounds", "total_s", "stop_s"),
    [(4096, 100, 20, 3, 50.8, 0.328), (4096, 100, 60, 9, 101.4, 0.413),
     (16384, 1000, 400, 4, 26.6, 0.419)],
)  # fmt: skip
def test_vectors_of_rules_6_1(
    memory: float, bandwidth: float, d: float, rounds: int, total_s: float, stop_s: float
) -> None:
    """rules.md 6.1, from Broadcom 436882's stop rule: copy rounds, their time, the stop's."""
    found = run(memory * MB, rate_bytes_per_s=(bandwidth * MB,), **constant(d * MB))
    assert len(found.passes) == rounds + 1
    assert found.pause_s == pytest.approx(total_s, abs=0.05)
    assert found.passes[-1][1] == pytest.approx(stop_s, abs=0.0005)
    assert (found.how, found.moved) == (DOWNTIME_LIMIT, True)


def test_the_vector_that_never_ends() -> None:
    """rules.md 6.1: M=4096 B=100 d=100."""
    found = run(4096 * MB, **constant(100 * MB))
    assert (found.how, found.moved, len(found.passes)) == (NEVER, False, 1)


@settings(deadline=None)  # an endless copy takes 10,000 rounds
@given(st.floats(0.01, 0.95), st.floats(100, 1e6), st.floats(1, 1e4))
def test_geometric_closed_form(r: float, memory_mb: float, bandwidth_mb: float) -> None:
    """models.md 1.2: n = ceil(log_r(V_th / M)), a geometric sum, downtime M r^n / B."""
    memory, bandwidth = memory_mb * MB, bandwidth_mb * MB
    found = run(memory, rate_bytes_per_s=(bandwidth,), **constant(r * bandwidth))
    exact = math.log(0.5 * bandwidth / memory) / math.log(r)
    n = max(1, math.ceil(exact))
    if abs(exact - round(exact)) < 1e-9 or memory * r**n < 4096:
        return
    assert len(found.passes) == n + 1
    assert sum(found.sent) == pytest.approx(memory * (1 - r ** (n + 1)) / (1 - r), rel=1e-9)
    assert found.end_s == pytest.approx(memory / bandwidth * (1 - r ** (n + 1)) / (1 - r), rel=1e-9)
    assert found.end_s - found.pause_s == pytest.approx(memory / bandwidth * r**n, rel=1e-6)


def test_a_hot_set_settles_at_its_fixed_point() -> None:
    """models.md 1.3: V* = D(V*/B); Clark's hot pages bound the best downtime."""
    w, n, b = 210 * MB, 900 * MB, 134.2 * MB
    found = run(
        2000 * MB, class_bytes=(w,), class_writes_per_s=(n / w,), rate_bytes_per_s=(b,),
        downtime_limit_s=0.3,
    )  # fmt: skip
    last = found.sent[-1]
    assert found.how == NEVER
    assert last == pytest.approx(w * (1 - math.exp(-n * last / b / w)), rel=1e-8)
    again = run(
        2000 * MB, class_bytes=(w,), class_writes_per_s=(n / w,), rate_bytes_per_s=(b,),
        downtime_limit_s=1.6,
    )  # fmt: skip
    assert again.how == DOWNTIME_LIMIT


WORKLOADS = [
    (
        random_set(600 * MB, 55 * MB),
        {"class_bytes": (600 * MB,), "class_writes_per_s": (55 / 600,)},
    ),
    (sweep(300 * MB, 40 * MB), {"curve_s": (0.0, 7.5), "curve_bytes": (0.0, 300 * MB)}),
    (
        polyline([(0.2, 7 * MB), (2, 72 * MB), (15, 273 * MB)]),
        {"curve_s": (0.0, 0.2, 2.0, 15.0), "curve_bytes": (0.0, 7 * MB, 72 * MB, 273 * MB)},
    ),
]
LINKS = [
    [(0.0, 100 * MB)],
    [(0.0, 100 * MB), (5.0, 0.0), (8.0, 30 * MB), (50.0, 200 * MB)],
    [(0.0, 0.0), (3.0, 80 * MB)],
]


@pytest.mark.parametrize("workload", range(3))
@pytest.mark.parametrize("link", range(3))
def test_against_the_naive_twin(workload: int, link: int) -> None:
    dirty, numbers = WORKLOADS[workload]
    steps = LINKS[link]
    sizes, times, fits = migrate(2000 * MB, dirty, steps, 0.3)
    found = run(
        2000 * MB,
        downtime_limit_s=0.3,
        rate_from_s=tuple(t for t, _ in steps),
        rate_bytes_per_s=tuple(r for _, r in steps),
        **numbers,
    )
    assert found.moved is fits is True
    assert found.sent == pytest.approx(sizes, rel=1e-9)
    assert [row[1] for row in found.passes] == pytest.approx(times, rel=1e-9)


def test_a_forced_stop() -> None:
    found = run(4096 * MB, max_rounds=2, **constant(60 * MB))
    assert (found.how, found.moved, len(found.passes)) == (ROUNDS_DONE, True, 3)
    assert found.passes[-1][1] == pytest.approx(40.96 * 0.36)


def test_a_forced_run_does_not_end_at_a_fixed_point() -> None:
    found = run(4096 * MB, max_rounds=5, **constant(100 * MB))
    assert (found.how, len(found.passes)) == (ROUNDS_DONE, 6)


def test_a_deadline_cuts_a_round() -> None:
    """In the second round: 819.2 MB of which 400 are sent when 4 s of it are over."""
    found = run(4096 * MB, deadline_s=44.96, **constant(20 * MB))
    assert (found.how, found.moved, found.end_s) == (TIMED_OUT, False, 44.96)
    assert found.passes[-1] == pytest.approx((400 * MB, 4.0, 80 * MB))


def test_a_deadline_that_stops_sends_the_rest_once() -> None:
    """419.2 MB unsent, and of the 80 MB dirtied the share that had been sent already."""
    found = run(4096 * MB, deadline_s=44.96, stop_at_deadline=True, **constant(20 * MB))
    assert (found.how, found.moved, found.pause_s) == (TIMED_OUT, True, 44.96)
    assert found.passes[-1][0] == pytest.approx((419.2 + 80 * 400 / 819.2) * MB)


def test_paused_at_once_is_stop_and_copy() -> None:
    """models.md 1.1: T = V/B, all of it downtime."""
    found = run(4096 * MB, start_s=2.0, deadline_s=2.0, stop_at_deadline=True, **constant(90 * MB))
    assert found.passes == [(4096 * MB, 40.96, 0.0)]
    assert (found.pause_s, found.end_s) == (2.0, 42.96)


def test_a_stop_that_would_last_too_long_is_not_begun() -> None:
    found = run(4096 * MB, max_rounds=1, longest_stop_s=8.0, **constant(20 * MB))
    assert (found.how, found.moved, len(found.passes)) == (GIVEN_UP, False, 1)
    assert run(4096 * MB, max_rounds=1, longest_stop_s=8.2, **constant(20 * MB)).moved


def test_a_link_that_stays_down_ends_the_copy() -> None:
    found = run(4096 * MB, rate_from_s=(0.0, 3.0), rate_bytes_per_s=(100 * MB, 0.0), **constant(MB))
    assert (found.how, found.moved) == (NEVER, False)
    assert found.passes == [(300 * MB, 3.0, 3 * MB)]


def test_a_link_that_will_get_faster_is_waited_for() -> None:
    """The first round dirties more than it sends, but at 300 s the rate rises tenfold."""
    found = run(
        4096 * MB,
        rate_from_s=(0.0, 300.0),
        rate_bytes_per_s=(20 * MB, 200 * MB),
        **constant(30 * MB),
    )
    assert found.passes[0][2] > found.passes[0][0]
    assert found.how == DOWNTIME_LIMIT


def test_less_than_half_a_page_is_nothing() -> None:
    assert len(run(4096 * MB, **constant(40.0)).passes) == 1  # 1,638 bytes dirtied
    assert len(run(4096 * MB, **constant(60.0)).passes) == 2  # 2,458


def test_an_endless_run_is_cut() -> None:
    """A dirty rate a hair below the bandwidth falls too slowly to end in 10,000 rounds."""
    found = run(1e15, **constant(100 * MB * (1 - 1e-7)))
    assert (found.how, len(found.passes)) == (NEVER, MOST_ROUNDS)


@settings(deadline=None)
@given(st.floats(0.01, 0.9), st.floats(0.1, 1000))
def test_scale_does_not_matter(r: float, scale: float) -> None:
    """All bytes k times as many, all rates k times as high: the same rounds and times."""
    work = {"class_bytes": (900 * MB,), "class_writes_per_s": (r,)}
    large = {"class_bytes": (900 * MB * scale,), "class_writes_per_s": (r,)}
    one = run(2000 * MB, page_bytes=0.0, **work)
    other = run(2000 * MB * scale, page_bytes=0.0, rate_bytes_per_s=(100 * MB * scale,), **large)
    assert [p[1] for p in other.passes] == pytest.approx([p[1] for p in one.passes], rel=1e-6)


@settings(deadline=None)
@given(st.floats(0.0, 3.0), st.floats(20, 500), st.floats(1.0, 3.0))
def test_more_bandwidth_is_never_slower(writes: float, bandwidth: float, factor: float) -> None:
    work = {"class_bytes": (500 * MB,), "class_writes_per_s": (writes,)}
    slow = run(2000 * MB, rate_bytes_per_s=(bandwidth * MB,), **work)
    fast = run(2000 * MB, rate_bytes_per_s=(factor * bandwidth * MB,), **work)
    if slow.moved:
        assert fast.moved
        assert fast.end_s <= slow.end_s * (1 + 1e-12)
        assert len(fast.passes) <= len(slow.passes)


CASES: list[dict[str, Any]] = [
    constant(20 * MB), constant(99 * MB), constant(100 * MB), WORKLOADS[0][1], WORKLOADS[1][1],
    WORKLOADS[2][1], constant(60 * MB) | {"max_rounds": 2},
    constant(60 * MB) | {"deadline_s": 50.0, "stop_at_deadline": True},
    {"rate_from_s": (0.0, 9.0, 11.0), "rate_bytes_per_s": (9e7, 0.0, 3e7)} | WORKLOADS[0][1],
    {"rate_from_s": (0.0, 9.0), "rate_bytes_per_s": (9e7, 0.0)} | WORKLOADS[0][1],
]  # fmt: skip


@pytest.mark.parametrize("changes", CASES, ids=range(len(CASES)))
def test_compiled_is_equal(changes: dict[str, Any]) -> None:
    """Counts, rounds and verdicts exactly, floats within 1e-12."""
    plain, fast = run(4096 * MB, **changes), run(4096 * MB, compiled(pre_copy), **changes)
    assert (compiled(pre_copy) is not pre_copy) == can_compile()
    assert (fast.how, fast.moved, len(fast.passes)) == (plain.how, plain.moved, len(plain.passes))
    assert fast.end_s == pytest.approx(plain.end_s, rel=1e-12)
    assert np.array(fast.passes) == pytest.approx(np.array(plain.passes), rel=1e-12)
