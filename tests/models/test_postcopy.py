"""Post-copy and the switch to it: what is missing, what is touched, what it costs."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.kernels.precopy import POST_COPY
from vmlab.models import measurements
from vmlab.models.case import Case, load_case
from vmlab.models.estimate import estimate
from vmlab.models.passes import Copy, Pass, Push
from vmlab.models.postcopy import arrived_bytes, paused_at_once, push_warnings, switch, touches

MIB = 2.0**20
IDLE = {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}


def case(**changes: Any) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 1024,
            "link": {"mbit_s": 1000},
            "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}},
            "algorithm": "post-copy",
        }
        | changes
    )


def after(*passes: tuple[float, float, float], rest: float) -> Copy:
    """Pre-copy up to a switch: sent MiB, seconds, dirtied MiB of each pass, and what is left."""
    rows = tuple(Pass(sent * MIB, took_s, dirtied * MIB) for sent, took_s, dirtied in passes)
    now_s = sum(took_s for _, took_s, _ in passes)
    return Copy(rows, POST_COPY, False, now_s, now_s, rest_bytes=rest * MIB)


def test_the_pause_is_the_handshake_and_each_page_goes_once() -> None:
    """models.md 1.6: T_total = T_pre + T_down + R / B, bytes = R."""
    found = estimate(
        case(
            nonzero_mib=512,
            link={"mbit_s": 1000, "latency_ms": 10},
            policy={"setup_ms": 250, "resume_ms": 40},
        )
    )
    assert found.downtime_s == pytest.approx(0.05)
    assert found.total_s == pytest.approx(0.25 + 0.05 + 2**29 / 125e6)
    assert found.postcopy_s == pytest.approx(2**29 / 125e6)
    assert (found.sent_bytes, len(found.rounds)) == (2**29, 1)
    assert (found.stopped_by, found.converged) == ("post-copy", True)
    assert type(found.postcopy_faults) is int


def test_requests_add_no_bytes() -> None:
    few = estimate(case())
    many = estimate(case(policy={"postcopy": {"preempt": True}}))
    assert many.sent_bytes == few.sent_bytes == 2**30
    assert many.total_s == few.total_s
    assert many.postcopy_faults is not None
    assert few.postcopy_faults is not None
    assert many.postcopy_faults > 10 * few.postcopy_faults
    assert many.postcopy_stall_s is not None
    assert few.postcopy_stall_s is not None
    assert many.postcopy_stall_s < few.postcopy_stall_s


def test_nothing_to_push() -> None:
    found = estimate(case(nonzero_mib=0, workload=IDLE))
    assert (found.total_s, found.downtime_s, found.sent_bytes) == (0, 0, 0)
    assert (found.postcopy_faults, found.rounds, found.warnings) == (0, (), ())


def test_an_idle_guest_faults_never() -> None:
    found = estimate(case(workload=IDLE))
    assert (found.postcopy_faults, found.postcopy_stall_s) == (0, 0)


def test_a_link_that_dies_after_the_switch() -> None:
    """It is never done: the guest is at the destination, half of its memory is not."""
    found = estimate(case(link={"profile": [[0, 1000], [2, 0]]}))
    assert (found.total_s, found.downtime_s) == (None, None)
    assert (found.stopped_by, found.converged) == ("never", False)
    assert found.sent_bytes == pytest.approx(250e6, abs=4096)
    assert found.rounds[0].duration_s == 2
    assert found.postcopy_faults is not None
    assert (found.postcopy_s, found.postcopy_stall_s) == (None, None)
    assert "stands still at the destination" in found.warnings[0]
    assert "torn between two hosts" in repr(found)
    json.dumps(found.to_json(), allow_nan=False)


def test_a_link_that_is_dead_from_the_start() -> None:
    found = estimate(case(link={"profile": [[0, 0]]}))
    assert (found.stopped_by, found.sent_bytes, found.rounds) == ("never", 0, ())


def test_pages_that_are_stale_are_registered_in_the_pause() -> None:
    """32 M unmaps in 3 s (models.md 1.6): about 0.09 us each."""
    one = case(policy={"postcopy": {"register_us_per_page": 0.09}})
    run = switch(one, after((1024, 8.6, 60), rest=60))
    assert run.end_s - run.pause_s == pytest.approx(60 * 256 * 0.09e-6)
    assert switch(one, paused_at_once(one)).end_s == 0


def test_a_whole_pass_leaves_what_was_dirtied() -> None:
    touched, stale = touches(case(), after((1024, 8.6, 59.36), rest=59.36))
    assert touched.class_bytes == pytest.approx((59.36 * MIB,))
    assert touched.class_writes_per_s == (5000 / 16384,)
    assert stale == pytest.approx(59.36 * MIB)


def test_hot_pages_are_more_often_stale() -> None:
    """One pass of 1 s: of a class written r times a second, 1 - exp(-r) is missing."""
    classes = [
        {"pages": 1000, "writes_per_page_per_s": 0.1},
        {"pages": 1000, "writes_per_page_per_s": 3.0},
    ]
    stale = [1000 * (1 - math.exp(-r)) * 4096 / MIB for r in (0.1, 3.0)]
    found, _ = touches(
        case(workload={"classes": classes}), after((1024, 1.0, sum(stale)), rest=sum(stale))
    )
    assert found.class_bytes == pytest.approx([one * MIB for one in stale])


def test_a_cut_pass_leaves_what_is_unsent_too() -> None:
    """Half of the first pass: of the set half is unsent, and half of the dirt is stale."""
    found, stale = touches(case(), after((512, 4.3, 50), rest=512 + 25))
    assert found.class_bytes == pytest.approx(((32 + 25) * MIB,))
    assert stale == pytest.approx(25 * MIB)


def test_a_throttled_guest_is_taken_by_what_it_wrote() -> None:
    """60 s at a tenth of its speed are 6 s of its own."""
    wrote = 64 * (1 - math.exp(-5000 / 16384 * 6))
    found, _ = touches(case(), after((1024, 60.0, wrote), rest=wrote))
    assert found.class_bytes == pytest.approx((wrote * MIB,))


def test_a_sweep_goes_on_where_it_was() -> None:
    """64 MiB in 4 s, a pass of 1 s: 3 s of pages that have come, then the stale 16 MiB."""
    work = {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 4096, "order": "sequential"}}
    found, _ = touches(case(workload=work), after((1024, 1.0, 16), rest=16))
    assert found.curve_s == pytest.approx((0, 3, 4))
    assert found.curve_bytes == pytest.approx((0, 0, 16 * MIB))
    run = switch(case(workload=work), after((1024, 1.0, 16), rest=16))
    assert run.push is not None
    assert run.push.faults == 0  # 16 MiB take 0.13 s


def test_a_curve_is_touched_as_it_was() -> None:
    curve = {"seconds": [1, 4], "distinct_mib": [10, 40]}
    found, _ = touches(case(workload={"curve": curve}), after((1024, 2.0, 20), rest=20))
    assert found.curve_s == pytest.approx((0, 1, 2, 4))
    assert found.curve_bytes == pytest.approx((0, 10 * MIB, 20 * MIB, 20 * MIB))


def test_what_has_arrived() -> None:
    one = case(link={"profile": [[0, 1000], [2, 0], [5, 1000]]}, policy={"resume_ms": 1000})
    run = switch(one, paused_at_once(one))
    assert run.push is not None
    found = [arrived_bytes(one, run, after_s) for after_s in (-1, 0, 0.5, 3, 4.5, 1e6)]
    assert found == pytest.approx([0, 0, 62.5e6, 125e6, 187.5e6, 2**30])
    assert arrived_bytes(one, paused_at_once(one), 9.0) == 0
    assert arrived_bytes(one, run, run.push.duration_s) == pytest.approx(2**30)


@pytest.mark.parametrize(
    ("sent_mib", "rate_bytes_per_s", "total_s"), [(1834, 1.03e9, 1.869), (2636, 1.33e9, 2.075)]
)
def test_totals_at_their_effective_rates(
    sent_mib: float, rate_bytes_per_s: float, total_s: float
) -> None:
    """models.md 2.2, post-copy of 4 and 16 threads: the rate is an input, no one serves both."""
    rate_mbit_s = rate_bytes_per_s * 8e-6
    found = estimate(case(memory_mib=8209, nonzero_mib=sent_mib, link={"mbit_s": rate_mbit_s}))
    assert found.total_s == pytest.approx(total_s, rel=0.01)
    assert found.sent_bytes == sent_mib * 2**20


def test_the_case_of_the_postgresql_guest() -> None:
    found = estimate(load_case("postgresql-4t-post-copy"))
    assert found.total_s == pytest.approx(1.869, rel=0.01)
    assert found.stopped_by == "post-copy"


def test_the_table_of_waits() -> None:
    """models.md 2.4: a factor of 2 at most, and preemption helps small pages most."""
    rows = measurements.postcopy_waits().rows
    factors = [row[6] for row in rows]
    assert [row[1] for row in rows if row[6] is None] == [16, 16]
    assert all(0.5 < factor < 2 for factor in factors if isinstance(factor, float))
    predicted = {(row[0], row[2]): row[4] for row in rows[:4]}
    assert predicted[4, "no"] > 5 * predicted[4, "yes"]
    assert 5 * predicted[2048, "yes"] > predicted[2048, "no"] > 2 * predicted[2048, "yes"]


BUSY = {"uniform": {"working_set_mib": 256, "dirty_pages_per_s": 50_000}}


def test_a_hybrid_sends_all_once_and_switches() -> None:
    """One pass of 8.59 s, then what it dirtied: M + D(T), with a pause of nothing."""
    found = estimate(case(algorithm="hybrid"))
    dirtied = 64 * MIB * (1 - math.exp(-5000 / 16384 * 2**30 / 125e6))
    assert (found.stopped_by, found.converged, found.downtime_s) == ("post-copy", True, 0)
    assert [one.sent_bytes for one in found.rounds] == [2**30, round(dirtied / 4096) * 4096]
    assert found.total_s == pytest.approx((2**30 + dirtied) / 125e6)
    assert found.postcopy_s == pytest.approx(dirtied / 125e6)
    pure = estimate(case())
    assert found.postcopy_faults is not None
    assert pure.postcopy_faults is not None
    assert found.postcopy_faults < pure.postcopy_faults


def test_a_hybrid_of_more_passes() -> None:
    found = estimate(case(algorithm="hybrid", workload=BUSY, policy={"max_rounds": 3}))
    assert (found.stopped_by, len(found.rounds)) == ("post-copy", 4)
    calm = estimate(case(algorithm="hybrid", policy={"max_rounds": 9}))
    assert (calm.stopped_by, calm.postcopy_faults) == ("downtime-limit", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "hybrid", "policy": {"postcopy_after_s": 10}},
        {"algorithm": "pre-copy", "policy": {"postcopy_after_s": 10}},
        {"algorithm": "post-copy", "policy": {"postcopy_after_s": 10}},
        {"algorithm": "pre-copy", "policy": {"timeout_s": 10, "on_timeout": "post-copy"}},
        {"algorithm": "hybrid", "policy": {"timeout_s": 10, "on_timeout": "post-copy"}},
        {"algorithm": "pre-copy", "policy": {"timeout_s": 20, "postcopy_after_s": 10}},
        {"algorithm": "pre-copy", "policy": {"postcopy_after_s": 10, "hypervisor": "esx"}},
    ],
    ids=str,
)
def test_a_switch_in_the_middle_of_a_round(changes: dict[str, Any]) -> None:
    """At 10 s, in the second round: what is unsent of it, and what of the others was dirtied."""
    found = estimate(case(workload=BUSY, **changes))
    set_bytes, writes = 256 * MIB, 50_000 / 65_536
    first_s = 2**30 / 125e6
    pending = set_bytes * (1 - math.exp(-writes * first_s))
    took_s = 10 - first_s
    share = took_s * 125e6 / pending
    unsent = pending * (1 - share)
    rest = unsent + (set_bytes - unsent) * (1 - math.exp(-writes * took_s))
    assert found.stopped_by == "post-copy"
    assert [one.duration_s for one in found.rounds] == pytest.approx(
        [first_s, took_s, rest / 125e6]
    )
    assert found.total_s == pytest.approx(10 + rest / 125e6)
    assert found.downtime_s == 0


def test_what_comes_before_the_switch_ends_the_copy() -> None:
    policy = {"timeout_s": 5, "postcopy_after_s": 10}
    found = estimate(case(algorithm="pre-copy", workload=BUSY, policy=policy))
    assert (found.stopped_by, found.total_s, found.postcopy_faults) == ("timeout", None, None)
    calm = estimate(case(algorithm="pre-copy", policy={"postcopy_after_s": 100}))
    assert calm == estimate(case(algorithm="pre-copy"))


def test_a_switch_at_once_is_pure_post_copy() -> None:
    pure = estimate(case())
    found = estimate(case(policy={"postcopy_after_s": 0}))
    assert found == pure


def test_a_hybrid_with_nothing_dirtied_has_nothing_to_push() -> None:
    found = estimate(case(algorithm="hybrid", workload=IDLE))
    assert (found.stopped_by, len(found.rounds), found.downtime_s) == ("post-copy", 1, 0)
    assert (found.postcopy_faults, found.postcopy_s) == (0, 0)
    empty = estimate(case(algorithm="hybrid", workload=IDLE, nonzero_mib=0))
    assert (empty.stopped_by, empty.total_s, empty.rounds) == ("post-copy", 0, ())


def test_a_link_that_dies_round_a_hybrids_switch() -> None:
    """Before the first pass is through the VM stays; during the push it is torn."""
    stays = estimate(case(algorithm="hybrid", link={"profile": [[0, 1000], [8, 0]]}))
    torn = estimate(case(algorithm="hybrid", link={"profile": [[0, 1000], [8.7, 0]]}))
    assert (stays.stopped_by, stays.postcopy_faults) == ("never", None)
    assert (torn.stopped_by, torn.total_s, len(torn.rounds)) == ("never", None, 2)
    assert torn.postcopy_faults is not None
    late = estimate(case(link={"profile": [[0, 1000], [8, 0]]}, policy={"postcopy_after_s": 9}))
    assert (late.stopped_by, late.total_s) == ("never", None)
    assert late.postcopy_faults is not None


policies = st.fixed_dictionaries(
    {
        "preempt": st.booleans(),
        "prefetch": st.floats(0, 1),
        "queue_bytes": st.none() | st.floats(0, 1e9),
        "vcpus": st.integers(1, 256),
    }
)


@settings(deadline=None)
@given(
    st.floats(0.001, 1e6), st.floats(0, 1), st.floats(0, 1e9), st.sampled_from([4, 64, 2048]),
    st.sampled_from(["random", "sequential"]), st.floats(0.01, 1e6), st.floats(0, 100), policies,
)  # fmt: skip
def test_every_post_copy_adds_up(
    memory_mib: float,
    share: float,
    writes: float,
    page_kib: float,
    order: str,
    mbit_s: float,
    latency_ms: float,
    policy: dict[str, Any],
) -> None:
    work = {"working_set_mib": memory_mib * share * 0.99, "dirty_pages_per_s": writes}
    one = case(
        memory_mib=memory_mib,
        page_kib=page_kib,
        workload={"uniform": {**work, "order": order}},
        link={"mbit_s": mbit_s, "latency_ms": latency_ms},
        policy={"postcopy": policy},
    )
    found = estimate(one)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()
    assert found.sent_bytes == one.nonzero_pages * one.page_bytes
    assert found.downtime_s == pytest.approx(latency_ms / 1000)
    assert found.total_s == pytest.approx(
        latency_ms / 1000 + found.sent_bytes / (mbit_s * 125_000), rel=1e-9
    )
    assert found.postcopy_faults is not None
    assert 0 <= found.postcopy_faults <= math.ceil(memory_mib * share * MIB / one.page_bytes) + 1


@pytest.mark.parametrize(
    ("push_s", "told"),
    [
        (4.8e-6, "for less than 0.001 s after"),
        (4.29497, "for 4.295 s after"),
        (137_700.4, "for 137,700 s after"),
        (math.inf, "the link stays down"),
    ],
)
def test_how_long_both_sides_are_needed_is_told_without_powers_of_ten(
    push_s: float, told: str
) -> None:
    assert push_warnings(Push(MIB, push_s, 1.0, 0.1, 0.1))[0].startswith(told)
