"""What an estimate says: the contract's words, published numbers, properties."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.documents import InputError
from vmlab.models.case import Case
from vmlab.models.estimate import Estimate, estimate

KEYS = [
    "algorithm", "total_s", "downtime_s", "sent_bytes", "converged", "stopped_by", "rounds",
    "postcopy_faults", "postcopy_s", "postcopy_stall_s", "storage", "warnings",
]  # fmt: skip
IDLE = {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}
BUSY = {"uniform": {"working_set_mib": 256, "dirty_pages_per_s": 50_000}}


def case(**changes: Any) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 1024,
            "link": {"mbit_s": 1000},
            "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}},
        }
        | changes
    )


def test_the_contract() -> None:
    found = estimate(case()).to_json()
    assert list(found) == KEYS
    assert found["rounds"][0] == {
        "round": 1,
        "sent_bytes": 2**30,
        "duration_s": 8.589934592,
        "dirtied_bytes": found["rounds"][1]["sent_bytes"],
    }
    assert found["stopped_by"] == "downtime-limit"
    assert found["converged"] is True
    assert found["postcopy_faults"] is None
    assert all(type(one["sent_bytes"]) is int for one in found["rounds"])


def test_a_closed_form_by_hand() -> None:
    """64 MiB at random, 5000 writes a second: D(t) = W(1 - exp(-5000 t / 16384))."""
    found = estimate(case())
    t = 2**30 / 125e6
    sizes, limit = [2.0**30], 0.3 * 125e6
    while len(sizes) < 2 or sizes[-1] > limit:
        sizes.append(2**26 * (1 - math.exp(-5000 / 16384 * t)))
        t = sizes[-1] / 125e6
    assert [one.sent_bytes for one in found.rounds] == [round(n / 4096) * 4096 for n in sizes]
    assert found.total_s == pytest.approx(sum(sizes) / 125e6, rel=1e-12)
    assert found.downtime_s == pytest.approx(sizes[-1] / 125e6, rel=1e-9)


def test_a_sweep_touches_its_rate_times_the_time() -> None:
    """5000 pages a second for a round of 8.59 s is more than W; then n t."""
    work = {"working_set_mib": 64, "dirty_pages_per_s": 5000, "order": "sequential"}
    found = estimate(case(workload={"uniform": work}))
    assert [one.sent_bytes for one in found.rounds] == [2**30, 2**26, 2684 * 4096]


def test_one_class_is_a_uniform_set() -> None:
    classes = [{"pages": 16384, "writes_per_page_per_s": 5000 / 16384}]
    assert estimate(case(workload={"classes": classes})) == estimate(case())


def test_stop_and_copy() -> None:
    """models.md 1.1: T_total = t_s + V/B + t_r, T_down = V/B + t_r."""
    policy = {"setup_ms": 250, "resume_ms": 40}
    link = {"mbit_s": 1000, "latency_ms": 10}
    found = estimate(case(algorithm="stop-and-copy", policy=policy, link=link))
    assert found.downtime_s == pytest.approx(2**30 / 125e6 + 0.01 + 0.04)
    assert found.total_s == pytest.approx(2**30 / 125e6 + 0.25 + 0.01 + 0.04)
    assert (found.stopped_by, found.converged, len(found.rounds)) == ("paused", True, 1)


def test_setup_latency_and_resume_are_paid_once() -> None:
    policy = {"setup_ms": 250, "resume_ms": 40}
    link = {"mbit_s": 1000, "latency_ms": 10}
    plain, found = estimate(case()), estimate(case(policy=policy, link=link))
    assert plain.total_s
    assert plain.downtime_s
    assert found.total_s == pytest.approx(plain.total_s + 0.3)
    assert found.downtime_s == pytest.approx(plain.downtime_s + 0.05)
    assert found.rounds == plain.rounds


def test_zero_pages_cost_nothing() -> None:
    assert estimate(case(nonzero_mib=512)).rounds[0].sent_bytes == 2**29


@pytest.mark.parametrize(("kib", "sent"), [(4, 1024), (64, 1024), (3000, 1025.390625)])
def test_sizes_are_rounded_up_to_whole_pages(kib: float, sent: float) -> None:
    found = estimate(case(page_kib=kib, workload=IDLE))
    assert found.sent_bytes == sent * 2**20
    assert found.sent_bytes % (kib * 1024) == 0


def test_never() -> None:
    found = estimate(case(workload=BUSY))
    assert (found.stopped_by, found.converged) == ("never", False)
    assert found.total_s is None
    assert found.downtime_s is None
    assert len(found.rounds) < 100
    assert "a downtime limit of 1,422 ms would do" in found.warnings[0]
    assert estimate(case(workload=BUSY, policy={"downtime_limit_ms": 1422})).converged
    assert not estimate(case(workload=BUSY, policy={"downtime_limit_ms": 1421})).converged


def test_forced_by_rounds() -> None:
    found = estimate(case(workload=BUSY, policy={"max_rounds": 3}))
    assert (found.stopped_by, found.converged, len(found.rounds)) == ("max-rounds", False, 4)
    assert found.downtime_s == pytest.approx(found.rounds[-1].duration_s)


@pytest.mark.parametrize("then", ["abort", "stop"])
def test_timeout(then: str) -> None:
    """Counted from the command: half a second of set-up is part of it."""
    policy = {"timeout_s": 10, "on_timeout": then, "setup_ms": 500}
    found = estimate(case(workload=BUSY, policy=policy))
    assert (found.stopped_by, found.converged) == ("timeout", False)
    assert (found.total_s is None) == (then == "abort")
    copied = [one.duration_s for one in found.rounds[: 2 if then == "abort" else -1]]
    assert sum(copied) == pytest.approx(9.5)


def test_esx_stops_at_half_a_second() -> None:
    """Broadcom 436882: the rest goes when it fits into 0.5 s."""
    hot = {"uniform": {"working_set_mib": 50, "dirty_pages_per_s": 1e6}}
    assert estimate(case(workload=hot)).stopped_by == "never"
    assert estimate(case(workload=hot, policy={"hypervisor": "esx"})).converged


def test_esx_gives_up_a_switchover_of_more_than_100_s() -> None:
    """vmotion.maxSwitchoverSeconds, default 100."""
    slow = {"mbit_s": 20}
    policy = {"hypervisor": "esx", "max_rounds": 1}
    found = estimate(case(workload=BUSY, link=slow, policy=policy))
    assert (found.stopped_by, found.total_s, found.downtime_s) == ("timeout", None, None)
    assert len(found.rounds) == 1
    assert "100 s" in found.warnings[0]
    assert estimate(case(workload=BUSY, link={"mbit_s": 22}, policy=policy)).total_s


def test_a_cap_and_a_share_of_the_link() -> None:
    half = estimate(case(link={"mbit_s": 500}))
    assert estimate(case(policy={"parallel": 2})) == half
    assert estimate(case(policy={"max_bandwidth_mbit_s": 500})) == half
    assert estimate(case(policy={"max_bandwidth_mbit_s": 500, "parallel": 2})) == half


def test_a_profile() -> None:
    profile = [[0, 1000], [2, 0], [12, 1000]]
    plain, found = (
        estimate(case(workload=IDLE)),
        estimate(case(workload=IDLE, link={"profile": profile})),
    )
    assert plain.total_s
    assert found.total_s == pytest.approx(plain.total_s + 10)
    dead = estimate(case(link={"profile": profile[:2]}))
    assert (dead.stopped_by, dead.sent_bytes) == ("never", 61035 * 4096)
    assert dead.warnings == ("the link stays at 0 Mbit/s from 2 s on",)


def test_a_round_beyond_the_curve_is_told() -> None:
    curve = {"seconds": [1, 5], "distinct_mib": [10, 30]}
    found = estimate(case(workload={"curve": curve}))
    assert found.rounds[1].sent_bytes == 30 * 2**20
    assert "ends at 5 s" in found.warnings[0]


def test_a_rest_of_nothing_is_no_pass() -> None:
    found = estimate(case(workload=IDLE, policy={"resume_ms": 7}))
    assert (len(found.rounds), found.downtime_s) == (1, 0.007)
    empty = estimate(case(nonzero_mib=0, workload=IDLE))
    assert (empty.rounds, empty.sent_bytes, empty.total_s) == ((), 0, 0)


def test_no_link_and_no_cap_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        estimate(case(link=None))
    (problem,) = caught.value.problems
    assert problem.place == ("policy", "max_bandwidth_mbit_s")
    assert "without a link" in problem.message


def test_without_a_link_the_cap_is_the_rate() -> None:
    assert estimate(case(link=None, policy={"max_bandwidth_mbit_s": 1000})) == estimate(case())


sizes = st.floats(0.01, 1e6)
cases = st.builds(
    lambda memory, share, rate, order, mbit, limit, policy: case(
        memory_mib=memory,
        workload={
            "uniform": {
                "working_set_mib": memory * share * 0.99,
                "dirty_pages_per_s": rate,
                "order": order,
            }
        },
        link={"mbit_s": mbit},
        policy={"downtime_limit_ms": limit, **policy},
    ),
    sizes,
    st.floats(0, 1),
    st.floats(0, 1e7),
    st.sampled_from(["random", "sequential"]),
    st.floats(0.001, 1e5),
    st.floats(0, 1e5),
    st.sampled_from([
        {}, {"max_rounds": 4}, {"timeout_s": 5}, {"timeout_s": 5, "on_timeout": "stop"},
        {"hypervisor": "esx"},
    ]),
)  # fmt: skip


@settings(deadline=None)  # an endless copy takes 10,000 rounds
@given(cases)
def test_every_estimate_adds_up(one: Case) -> None:
    found = estimate(one)
    document = json.dumps(found.to_json(), allow_nan=False)
    assert json.loads(document) == found.to_json()
    assert found.sent_bytes == sum(r.sent_bytes for r in found.rounds)
    assert all(r.sent_bytes > 0 and r.sent_bytes % one.page_bytes == 0 for r in found.rounds)
    assert [r.round for r in found.rounds] == list(range(1, len(found.rounds) + 1))
    assert (found.total_s is None) == (found.downtime_s is None)
    bits = one.link.mbit_s * 1e6 if one.link and one.link.mbit_s else 0.0
    page_s = one.page_bytes * 8 / bits
    if found.total_s is not None:  # a cut pass of less than half a page is left out
        copied_s = sum(r.duration_s for r in found.rounds)
        assert found.total_s == pytest.approx(copied_s, rel=1e-9, abs=0.51 * page_s)
        assert found.sent_bytes >= one.nonzero_pages * one.page_bytes
    if found.stopped_by == "downtime-limit":
        assert found.converged
        assert found.downtime_s is not None
        assert found.downtime_s <= one.policy.downtime_limit_s + 1e-9 * (found.total_s or 0)
    for r in found.rounds:  # a page is rounded once, so half a page off at most
        assert (
            abs(r.sent_bytes * 8 - bits * r.duration_s)
            <= 4.1 * one.page_bytes + 1e-9 * r.sent_bytes
        )


def test_text_and_html_are_stable() -> None:
    found = estimate(case(workload=BUSY))
    assert repr(found) == repr(estimate(case(workload=BUSY)))
    assert "more rounds are in .rounds" in repr(found)
    assert len(repr(found).splitlines()) < 30
    assert found._repr_html_().startswith("<table><caption>pre-copy: the VM stays (never)")
    assert list(found.to_frame().columns) == ["round", "sent_mib", "duration_s", "dirtied_mib"]
    assert len(found.to_frame()) == len(found.rounds) == len(found.table().rows)


def test_html_is_escaped() -> None:
    bad = Estimate("pre-copy", None, None, 0, False, "never", (), None, ("<script>",))
    assert "<script>" not in bad._repr_html_()


def test_a_pass_that_sends_nothing_is_no_round() -> None:
    """One huge page, written again before its turn: xen's first pass leaves it out."""
    found = estimate(
        case(
            memory_mib=2,
            page_kib=2048,
            workload={"uniform": {"working_set_mib": 2, "dirty_pages_per_s": 1e9}},
            policy={"hypervisor": "xen"},
        )
    )
    assert [(one.round, one.sent_bytes) for one in found.rounds] == [(1, 2**21)]
    assert found.sent_bytes == 2**21
