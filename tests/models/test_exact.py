"""Drawn runs against expected values, closed forms, a naive twin, and each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.documents import InputError
from vmlab.kernels import guest_pages
from vmlab.models.case import Case
from vmlab.models.estimate import estimate
from vmlab.models.exact import Exact, exact
from vmlab.models.guest import Guest


def case(**changes: Any) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 256,
            "nonzero_mib": 200,
            "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}},
            "link": {"mbit_s": 400},
        }
        | changes
    )


ZIPF = {"zipf": {"working_set_mib": 64, "dirty_pages_per_s": 5000, "exponent": 1.0}}
PHASES = {
    "phases": [
        {"from_s": 0, "uniform": {"working_set_mib": 16, "dirty_pages_per_s": 500}},
        {"from_s": 3, "uniform": {"working_set_mib": 64, "dirty_pages_per_s": 9000}},
        {"from_s": 5, "classes": [{"pages": 4000, "writes_per_page_per_s": 0.5}]},
    ]
}
ENDLESS = {"uniform": {"working_set_mib": 128, "dirty_pages_per_s": 90_000}}
SWEEP = {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000, "order": "sequential"}}
CLASSES = {
    "classes": [
        {"pages": 9000, "writes_per_page_per_s": 0.05},
        {"pages": 700, "writes_per_page_per_s": 4.0},
        {"pages": 1, "writes_per_page_per_s": 1000.0},
    ]
}
IDLE = {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}


def near(found: Exact, field: str, expected: float, slack: float) -> bool:
    """Within five standard errors; the slack is for a fluid value's fractions of a page."""
    error = found.deviation(field) / math.sqrt(len(found))
    return abs(found.mean(field) - expected) <= 5 * error + slack


UNIFORM = {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}}


@pytest.mark.parametrize(
    "workload",
    [UNIFORM, CLASSES, ZIPF, PHASES],
    ids=["uniform", "classes", "zipf", "phases"],
)
def test_the_mean_is_the_estimate(workload: dict[str, Any]) -> None:
    """Over 300 seeds; a round's mean differs from the fluid one by the bend of D, under a page."""
    this = case(workload=workload)
    expected, found = estimate(this), exact(this, repeats=300)
    assert {len(one.rounds) for one in found} == {len(expected.rounds)}
    page = this.page_bytes
    assert expected.total_s
    assert expected.downtime_s
    assert near(found, "total_s", expected.total_s, 2 * page / 50e6)
    assert near(found, "downtime_s", expected.downtime_s, page / 50e6)
    assert near(found, "sent_bytes", expected.sent_bytes, 3 * page)
    assert found.deviation("sent_bytes") > 0


def test_the_spread_of_a_round_is_binomial() -> None:
    """W p (1 - p) with p = exp(-n t / W); a variance of 400 runs is good to five times 7 %."""
    p = -math.expm1(-5000 / 16384 * 51_200 * 4096 / 50e6)
    sizes = [one.rounds[1].sent_bytes // 4096 for one in exact(case(), repeats=400)]
    variance = 16384 * p * (1 - p)
    assert abs(np.mean(sizes) - 16384 * p) < 5 * math.sqrt(variance / 400)
    assert np.var(sizes) == pytest.approx(variance, rel=5 * math.sqrt(2 / 400))


def test_one_run_by_hand() -> None:
    """Each pass sends what the pass before left, at 50 MB/s, until 15 MB or less are left."""
    one = exact(case())[0]
    assert one.rounds[0].sent_bytes == 200 * 2**20
    for before, after in zip(one.rounds, one.rounds[1:], strict=False):
        assert after.sent_bytes == before.dirtied_bytes
        assert before.duration_s == before.sent_bytes / 50e6
    assert all(each.dirtied_bytes > 0.3 * 50e6 for each in one.rounds[:-2])
    assert one.rounds[-2].dirtied_bytes <= 0.3 * 50e6
    assert one.total_s == pytest.approx(one.sent_bytes / 50e6)
    assert (one.stopped_by, one.converged) == ("downtime-limit", True)


DETERMINED: list[dict[str, Any]] = [
    {"workload": IDLE},
    {"workload": SWEEP},
    {"workload": SWEEP, "policy": {"downtime_limit_ms": 0, "max_rounds": 5}},
    {"workload": {"curve": {"seconds": [0.5, 2, 20], "distinct_mib": [4, 20, 60]}}},
    {"algorithm": "stop-and-copy"},
    {"algorithm": "stop-and-copy", "policy": {"setup_ms": 70, "resume_ms": 30},
     "link": {"mbit_s": 400, "latency_ms": 5}},
    {"algorithm": "stop-and-copy", "policy": {"hypervisor": "esx"}, "link": {"mbit_s": 10}},
    {"workload": IDLE, "policy": {"timeout_s": 2}},
    {"workload": IDLE, "policy": {"timeout_s": 0}},
    {"workload": IDLE, "policy": {"timeout_s": 2, "on_timeout": "stop"}},
    {"workload": IDLE, "link": {"profile": [[0, 400], [1, 0], [3, 100]]}},
    {"workload": IDLE, "link": {"profile": [[0, 400], [1, 0]]}},
    {"workload": IDLE, "nonzero_mib": 0},
    {"workload": SWEEP, "link": None, "policy": {"max_bandwidth_mbit_s": 400}},
    {"workload": SWEEP, "link": {"mbit_s": 400, "loss": 0.01, "nics": 2}},
    {"memory_mib": 0.001, "nonzero_mib": 0.001, "workload": IDLE},
]  # fmt: skip


@pytest.mark.parametrize("changes", DETERMINED, ids=str)
def test_without_chance_it_is_the_estimate(changes: dict[str, Any]) -> None:
    """To a page a round: the fluid rounds may hold fractions."""
    expected, found = estimate(case(**changes)), exact(case(**changes))[0]
    assert found.stopped_by == expected.stopped_by
    assert len(found.rounds) == len(expected.rounds)
    for one, other in zip(found.rounds, expected.rounds, strict=True):
        assert abs(one.sent_bytes - other.sent_bytes) <= 4096
        assert one.duration_s == pytest.approx(other.duration_s, abs=4096 / 10e6)
    for name in ("total_s", "downtime_s"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, abs=3 * 4096 / 10e6)


ENDS: list[tuple[dict[str, Any], str]] = [
    ({"workload": ENDLESS}, "never"),
    ({"workload": ENDLESS, "policy": {"max_rounds": 3}}, "max-rounds"),
    ({"workload": ENDLESS, "policy": {"timeout_s": 6}}, "timeout"),
    ({"workload": ENDLESS, "policy": {"timeout_s": 6, "on_timeout": "stop"}}, "timeout"),
    ({"workload": ENDLESS, "policy": {"timeout_s": 2, "on_timeout": "stop"}}, "timeout"),
    ({"policy": {"timeout_s": 0, "on_timeout": "stop"}}, "timeout"),
    ({"policy": {"downtime_limit_ms": 0}}, "downtime-limit"),
    ({"link": {"profile": [[0, 400], [4.5, 0]]}}, "never"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "end"), ENDS, ids=str)
def test_ends(changes: dict[str, Any], end: str) -> None:
    expected, found = estimate(case(**changes)), exact(case(**changes), repeats=10)
    assert {one.stopped_by for one in found} == {end}
    if expected.stopped_by == end:
        moved = expected.total_s is not None
        assert {one.total_s is not None for one in found} == {moved}


@pytest.mark.parametrize("workload", [ENDLESS, ZIPF], ids=["one class", "63 classes"])
def test_a_cut_pass_leaves_what_the_model_says(workload: dict[str, Any]) -> None:
    """Cut in the first pass: the rest is the unsent and, of the sent share, what was written."""
    this = case(workload=workload, policy={"timeout_s": 2, "on_timeout": "stop"})
    expected, found = estimate(this), exact(this, repeats=200)
    assert expected.downtime_s
    assert near(found, "downtime_s", expected.downtime_s, 2 * 4096 / 50e6)


def test_a_cut_counts_each_page_once() -> None:
    """Against sets of page numbers, in a later pass, for classes of odd sizes and a curve's."""
    this = case(workload=CLASSES, policy={"timeout_s": 9})
    guest = Guest(this, 1, 1)
    guest.write(0.0, 3.0, 1, 1)
    guest.next_pass()
    pending = flags(guest, "_pending")
    guest.write(3.0, 1.0, 1, 2)
    dirty = flags(guest, "_dirty")
    sent = len(pending) // 3
    place = order(guest)
    turn = sorted(pending, key=lambda page: place[page])
    guest.cut(sent)
    expected = len(set(turn[sent:]) | dirty)
    assert abs(guest.pending_pages - expected) <= 3  # a page of each class
    assert expected > len(dirty) + 10


def flags(guest: Guest, name: str) -> set[int]:
    words = getattr(guest, name)
    return set(np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")).tolist())


def order(guest: Guest) -> dict[int, float]:
    """How far into memory each page lies: every class evenly spread."""
    pages = guest._pages
    return {
        int(first) * 64 + i: (i + 1) / int(size)
        for first, size in zip(pages.class_from[:-1], pages.class_pages, strict=True)
        for i in range(int(size))
    }


small = st.fixed_dictionaries(
    {
        "memory_mib": st.floats(0.01, 3),
        "workload": st.builds(
            lambda share, rate, order: (share, rate, order),
            st.floats(0, 1), st.floats(0, 50_000), st.sampled_from(["random", "sequential"])
        ),
        "link": st.fixed_dictionaries(
            {"mbit_s": st.floats(1, 200), "latency_ms": st.floats(0, 5)}
        ),
        "policy": st.fixed_dictionaries(
            {
                "downtime_limit_ms": st.floats(0, 300),
                "max_rounds": st.integers(1, 12),
                "setup_ms": st.floats(0, 50),
                "resume_ms": st.floats(0, 50),
            }
        ),
        "algorithm": st.sampled_from(["pre-copy", "stop-and-copy"]),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(small, st.integers(0, 2**63 - 1))
def test_any_small_case(parts: dict[str, Any], seed: int) -> None:
    """The second round is the fluid one in the mean; the run keeps its own books."""
    share, rate, order = parts["workload"]
    work = {"working_set_mib": share * parts["memory_mib"], "dirty_pages_per_s": rate,
            "order": order}  # fmt: skip
    this = Case.model_validate(parts | {"workload": {"uniform": work}})
    expected, found = estimate(this), exact(this, seed=seed, repeats=30)
    written = math.ceil(work["working_set_mib"] * 256)
    assert this.link
    extra_s = (this.policy.setup_ms or 0) + this.policy.resume_ms + this.link.latency_ms
    for one in found:
        assert one.sent_bytes == sum(each.sent_bytes for each in one.rounds)
        seconds = sum(each.duration_s for each in one.rounds) + extra_s / 1000
        assert one.total_s == pytest.approx(seconds)
        assert all(each.dirtied_bytes <= written * 4096 for each in one.rounds)
        assert one.rounds[0].sent_bytes == this.nonzero_pages * 4096
    dirtied = [one.rounds[0].dirtied_bytes / 4096 for one in found]
    fluid = expected.rounds[0].dirtied_bytes / 4096
    p = fluid / written if written else 0.0
    error = math.sqrt(max(written * p * (1 - p), 0.0) / 30)
    assert abs(np.mean(dirtied) - fluid) <= 6 * error + 1


def test_seeds_and_repeats() -> None:
    several = exact(case(), repeats=5)
    assert exact(case(), repeats=5).runs == several.runs
    assert exact(case())[0] == several[0]
    assert len({one.sent_bytes for one in several}) > 1
    assert exact(case(), seed=2).runs != exact(case()).runs
    assert several[1:] == several.runs[1:]


def test_the_same_compiled_and_at_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"uniform": {"working_set_mib": 3000, "dirty_pages_per_s": 100_000}}
    this = case(memory_mib=4096, nonzero_mib=4000, workload=work, link={"mbit_s": 10_000})
    plain = exact(this, repeats=2).runs
    monkeypatch.setattr(guest_pages, "WORTH_COMPILING", 0)
    monkeypatch.setattr(guest_pages, "WORTH_SHARING", 1)
    assert exact(this, repeats=2, threads=1).runs == plain
    assert exact(this, repeats=2, threads=3).runs == plain


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"algorithm": "hybrid"}, "algorithm"),
        ({"policy": {"hypervisor": "qemu"}}, "hypervisor"),
        ({"policy": {"throttle": {"kind": "stun"}}}, "throttle"),
        (
            {
                "memory_mib": 1e9,
                "nonzero_mib": 1e9,
                "workload": {"uniform": {"working_set_mib": 9e8, "dirty_pages_per_s": 1}},
            },
            "workload",
        ),
    ],
)
def test_what_it_does_not_know_it_says(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=f"{place}.* has no page-exact run"):
        exact(case(**changes))


def test_it_shows_its_runs() -> None:
    found = exact(case(), repeats=3)
    assert "3 runs, page by page" in repr(found)
    assert "<table" in found._repr_html_()
    assert list(found.to_frame()["rounds"]) == [4, 4, 4]
    assert found.mean("rounds") == 4
    assert exact(case()).deviation("total_s") == 0
