"""A queue of migrations beside its plain twin, closed forms and a run that stands alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.naive_fleets import run_plainly
from support.queues import Job, claims_by, evacuation, jobs_of, routes_of, terms, trace
from vmlab.kernels.admission import NOTHING
from vmlab.kernels.fleet_space import run_fleet_jobs
from vmlab.kernels.sharing_terms import (
    ENDLESS,
    FAILED,
    MOVED,
    STUCK,
    TOO_LONG,
    Terms,
    Trace,
    Ways,
)

GIB = float(2**30)


def run(
    jobs: Sequence[Job],
    links: Sequence[float] = (),
    slots: Sequence[int] = (),
    how: Terms | None = None,
    room: Trace | None = None,
) -> Ways:
    ways, _ = run_fleet_jobs(
        jobs_of(jobs),
        claims_by(jobs, slots),
        routes_of(jobs, links),
        how or terms(),
        room or trace(),
        compile_it=False,
    )
    return ways


def plain(
    jobs: Sequence[Job], links: Sequence[float], slots: Sequence[int], how: Terms
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    table = np.zeros((len(jobs), 7))
    run_plainly(jobs_of(jobs), claims_by(jobs, slots), routes_of(jobs, links), how, table)
    return table


def rows(ways: Ways) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """As `run_plainly` fills them."""
    return np.array([
        ways.start_s, ways.pause_s, ways.end_s, ways.sent_bytes,
        ways.rounds, ways.attempts, ways.state,
    ]).T  # fmt: skip


LINKS, SLOTS = [100.0, 70.0, 130.0, 50.0], [2, 3, 5]
seconds = st.floats(0, 40).map(lambda s: round(s, 3))


@st.composite
def one_job(draw: st.DrawFn) -> Job:
    links = draw(st.lists(st.integers(0, len(LINKS) - 1), max_size=3, unique=True))
    disk_links = draw(st.lists(st.integers(0, len(LINKS) - 1), max_size=2, unique=True))
    claimed = draw(st.lists(st.integers(0, len(SLOTS) - 1), max_size=3, unique=True))
    return Job(
        memory_bytes=draw(st.one_of(st.just(0.0), st.floats(50, 5000))),
        classes=draw(st.lists(st.tuples(st.floats(1, 400), st.floats(0.001, 2)), max_size=2)),
        disk_bytes=draw(st.one_of(st.just(0.0), st.floats(10, 3000))),
        own_bytes_per_s=draw(st.floats(3, 90)),
        links=links,
        disk_links=disk_links,
        claims=[(one, draw(st.integers(1, 4))) for one in claimed],
        ready_s=draw(st.one_of(st.just(0.0), seconds)),
        setup_s=draw(st.one_of(st.just(0.0), seconds)),
        resume_s=draw(st.one_of(st.just(0.0), seconds)),
        limit_s=draw(st.floats(0.05, 2)),
        longest_stop_s=draw(st.sampled_from([math.inf, 1.0])),
        max_rounds=draw(st.integers(0, 6)),
        fails_after_s=draw(st.lists(st.one_of(st.just(math.inf), seconds), max_size=3)),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(one_job(), min_size=1, max_size=9),
    st.booleans(),
    st.integers(1, 3),
    st.sampled_from([0.0, 7.5]),
)
def test_all_is_as_the_plain_twin_has_it(
    jobs: list[Job], overtaking: bool, attempts: int, retry_after_s: float
) -> None:
    how = terms(
        overtaking=overtaking, attempts=attempts, retry_after_s=retry_after_s, most_rounds=25
    )
    found, wanted = rows(run(jobs, LINKS, SLOTS, how)), plain(jobs, LINKS, SLOTS, how)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("hosts", "vms"), [(4, 30), (10, 120)])
def test_an_evacuation_is_as_if_all_rates_were_worked_out_anew(hosts: int, vms: int) -> None:
    jobs, claims, routes = evacuation(hosts, vms)
    table = np.zeros((vms, 7))
    instants, _ = run_plainly(jobs, claims, routes, terms(), table)
    for full in (False, True):
        ways, (events, _, looked_at) = run_fleet_jobs(
            jobs, claims, routes, terms(full=full), trace(), compile_it=False
        )
        np.testing.assert_allclose(rows(ways), table, rtol=1e-9)
        assert events == instants
        assert looked_at > 0


def test_two_equal_flows_on_one_link_take_twice_as_long() -> None:
    """SimGrid's own example of sharing: two flows, one link, twice the time of one."""
    one = Job(memory_bytes=1000.0, links=[0])
    assert run([one], [10.0]).end_s.tolist() == [100.0]
    assert run([one, one], [10.0]).end_s.tolist() == [200.0, 200.0]


def test_one_alone_is_geometric() -> None:
    """Memory M at rate B, written so fast that a round dirties W all over: M/B, W/B, the stop."""
    job = Job(memory_bytes=1000.0, classes=[(30.0, 1e9)], links=[0], max_rounds=2)
    ways = run([job], [10.0])
    assert ways.pause_s[0] == pytest.approx(103.0)
    assert ways.end_s[0] == pytest.approx(106.0)
    assert ways.sent_bytes[0] == pytest.approx(1060.0)
    assert ways.rounds[0] == 3


def test_what_cannot_converge_is_found_at_the_best_rate() -> None:
    job = Job(memory_bytes=1000.0, classes=[(900.0, 1e9)], links=[0])
    ways = run([job], [10.0])
    assert (ways.state[0], ways.rounds[0]) == (ENDLESS, 2)
    assert np.isnan(ways.pause_s[0])


def test_a_neighbour_that_ends_lets_the_other_converge() -> None:
    """At half the link a round dirties what it sends; at all of it, 0.6 of that and falling."""
    busy = Job(memory_bytes=1000.0, classes=[(1e6, 6e-6)], links=[0])
    idle = Job(memory_bytes=3000.0, links=[0])
    alone, beside = run([busy], [10.0]), run([busy, idle], [10.0])
    assert alone.state.tolist() == [MOVED]
    assert beside.state.tolist() == [MOVED, MOVED]
    assert beside.end_s[0] > alone.end_s[0]


def test_a_pause_that_would_take_too_long_is_not_begun() -> None:
    job = Job(
        memory_bytes=1000.0, classes=[(500.0, 1e9)], links=[0], max_rounds=1, longest_stop_s=9.0
    )
    assert run([job], [10.0]).state.tolist() == [TOO_LONG]


def test_a_failure_gives_the_link_and_the_slots_back_and_is_tried_again() -> None:
    jobs = [
        Job(memory_bytes=1000.0, links=[0], claims=[(0, 1)], fails_after_s=[20.0]),
        Job(memory_bytes=100.0, links=[0], claims=[(0, 1)]),
    ]
    ways = run(jobs, [10.0], [1], terms(attempts=2, retry_after_s=5.0))
    assert ways.state.tolist() == [MOVED, MOVED]
    assert ways.attempts.tolist() == [2, 1]
    assert ways.start_s.tolist() == [30.0, 20.0]
    assert ways.end_s.tolist() == [130.0, 30.0]
    assert ways.sent_bytes.tolist() == [1200.0, 100.0]
    once = run(jobs, [10.0], [1])
    assert once.state.tolist() == [FAILED, MOVED]
    assert once.end_s[0] == 20.0


def test_who_overtakes_whom() -> None:
    """The second needs what the first holds; the third needs nothing of theirs."""
    jobs = [
        Job(memory_bytes=100.0, own_bytes_per_s=10.0, claims=[(0, 1)]),
        Job(memory_bytes=100.0, own_bytes_per_s=10.0, claims=[(0, 1)]),
        Job(memory_bytes=100.0, own_bytes_per_s=10.0, claims=[(1, 1)]),
    ]
    freely, strictly = run(jobs, [], [1, 1]), run(jobs, [], [1, 1], terms(overtaking=False))
    assert freely.start_s.tolist() == [0.0, 10.0, 0.0]
    assert strictly.start_s.tolist() == [0.0, 10.0, 10.0]
    assert freely.waited_for.tolist() == [NOTHING, 0, NOTHING]
    assert strictly.waited_for.tolist() == [NOTHING, 0, 0]


def test_who_asks_for_more_slots_than_there_are_never_starts() -> None:
    ways = run([Job(memory_bytes=1.0, own_bytes_per_s=1.0, claims=[(0, 5)])], [], [4])
    assert ways.state.tolist() == [STUCK]
    assert np.isnan(ways.start_s[0])


@settings(max_examples=50, deadline=None)
@given(st.lists(one_job(), min_size=1, max_size=8))
def test_slots_are_never_overdrawn_and_links_carry_what_was_sent(jobs: list[Job]) -> None:
    room = trace(5000)
    jobs = [replace(job, disk_links=job.links) for job in jobs]
    ways = run(jobs, LINKS, SLOTS, room=room)
    for resource, slots in enumerate(SLOTS):
        spans = [
            (ways.start_s[j], ways.end_s[j], cost)
            for j, job in enumerate(jobs)
            for r, cost in job.claims
            if r == resource and not np.isnan(ways.start_s[j])
        ]
        for at, _, _ in spans:
            assert sum(cost for start, end, cost in spans if start <= at < end) <= slots
    end_s = np.nanmax(np.append(ways.end_s, 0.0))
    for link, capacity in enumerate(LINKS):
        mine = np.flatnonzero((room.link == link) & (np.arange(5000) < _used(room)))
        rates = room.bytes_per_s[mine]
        assert np.all(rates <= capacity * (1 + 1e-9))
        carried = float(np.sum(np.diff(np.append(room.time_s[mine], end_s)) * rates))
        sent = sum(ways.sent_bytes[j] for j, job in enumerate(jobs) if link in job.links)
        assert carried == pytest.approx(sent, rel=1e-6, abs=1e-6)


def _used(room: Trace) -> int:
    """Changes that were written down: a rate of 0 at 0 s is none of them."""
    some = np.flatnonzero((room.time_s > 0) | (room.bytes_per_s > 0))
    return int(some[-1]) + 1 if len(some) else 0


def test_a_trace_tells_when_a_link_is_shared() -> None:
    room = trace(10)
    jobs = [
        Job(memory_bytes=100.0, links=[0], setup_s=5.0),
        Job(memory_bytes=100.0, links=[0]),
    ]
    run(jobs, [10.0], room=room)
    assert room.time_s[:3].tolist() == [0.0, 5.0, 15.0]
    assert room.bytes_per_s[:4].tolist() == [10.0, 10.0, 10.0, 0.0]


def test_a_link_that_is_down_carries_nothing_and_ends_nothing() -> None:
    jobs = [Job(memory_bytes=100.0, links=[0], fails_after_s=[30.0])]
    ways = run(jobs, [0.0])
    assert (ways.state[0], ways.end_s[0], ways.sent_bytes[0]) == (FAILED, 30.0, 0.0)
