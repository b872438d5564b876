"""Copies of disks: naive twins with a version for each block, closed forms, properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.blocks import Places, changed_versions, mirror, mirrored_versions
from vmlab.kernels.changed_blocks import (
    DOWNTIME_LIMIT,
    GIVEN_UP,
    MOST_PASSES,
    NEVER,
    PASSES_DONE,
    TIMED_OUT,
    changed_block_passes,
)
from vmlab.kernels.compile import compiled
from vmlab.kernels.storage import advance, bent_part, bulk_copy

MB = 1e6


def bulk(length: float, _form: Callable[..., Any] = bulk_copy, /, **changes: Any) -> Any:
    """10 GB at 200 MB/s read and 100 MB/s written, no network, no writes."""
    arguments: dict[str, Any] = {
        "read_share": 1.0,
        "write_share": 1.0,
        "send_share": 1.0,
        "mirror_bytes_per_s": 0.0,
        "read_bytes_per_s": 200 * MB,
        "write_bytes_per_s": 100 * MB,
        "same_array": False,
        "rate_from_s": (0.0,),
        "rate_bytes_per_s": (math.inf,),
        "start_s": 0.0,
        "deadline_s": math.inf,
    }
    assert changes.keys() <= arguments.keys()
    values = [
        np.array(value, dtype=np.float64)
        if isinstance(value, tuple) and _form is not bulk_copy
        else value
        for value in (arguments | changes).values()
    ]
    return _form(length, *values)


def test_without_writes_it_is_size_by_rate() -> None:
    assert bulk(1e10) == (1.0, 100.0, 0.0, 1.0)
    assert bulk(1e10, rate_bytes_per_s=(50 * MB,)) == (1.0, 200.0, 0.0, 1.0)
    assert bulk(1e10, read_bytes_per_s=40 * MB) == (1.0, 250.0, 0.0, 1.0)


def test_one_array_reads_and_writes_in_turn() -> None:
    """1 / (1/200 + 1/100) MB/s."""
    assert bulk(1e10, same_array=True)[1] == pytest.approx(150.0)


def test_a_slow_target_beside_the_mirror_by_hand() -> None:
    """dx/dt = (W - w x) / L, so t = L/w ln(W / (W - w)); all else of W is mirrored."""
    share, end_s, mirrored, slowest = bulk(1e10, mirror_bytes_per_s=40 * MB)
    assert (share, slowest) == (1.0, 1.0)
    assert end_s == pytest.approx(1e10 / (40 * MB) * math.log(100 / 60), rel=1e-12)
    assert mirrored == pytest.approx(100 * MB * end_s - 1e10, rel=1e-12)


def test_a_slow_source_leaves_room_for_the_mirror() -> None:
    """The cursor keeps its pace, so half of what is written meanwhile is mirrored."""
    found = bulk(1e10, mirror_bytes_per_s=40 * MB, read_bytes_per_s=50 * MB)
    assert found == (1.0, 200.0, pytest.approx(40 * MB * 200 / 2), 1.0)


def test_a_guest_faster_than_the_target_is_slowed_and_the_copy_ends() -> None:
    """Up to x = 1/8 as by hand, then 50 MB/s each: 400 MB/s wanted."""
    share, end_s, mirrored, slowest = bulk(1e10, mirror_bytes_per_s=400 * MB)
    assert share == 1.0
    assert end_s == pytest.approx(1e10 / (400 * MB) * math.log(2) + 7 / 8 * 200)
    assert mirrored == pytest.approx(100 * MB * end_s - 1e10)
    assert slowest == 1 / 8


rates = st.floats(1, 1000)
part = st.one_of(st.just(0.0), st.floats(0.05, 1.0))


@settings(deadline=None)
@given(
    *(rates, rates, st.one_of(st.just(math.inf), rates)),
    st.booleans(),
    st.floats(0.0, 3000),
    st.tuples(part, st.floats(0.05, 1.0), part),
)
def test_the_twin(
    read: float,
    write: float,
    network: float,
    same: bool,
    guest: float,
    shares: tuple[float, float, float],
) -> None:
    places = Places(read, write, network, same)
    steps = 4000
    seconds, mirrored, least = mirror(5000.0, shares, guest, places, steps)
    share, end_s, found, slowest = bulk(
        5000.0,
        **dict(zip(("read_share", "write_share", "send_share"), shares, strict=True)),
        mirror_bytes_per_s=guest,
        read_bytes_per_s=read,
        write_bytes_per_s=write,
        same_array=same,
        rate_bytes_per_s=(network,),
    )
    assert share == 1.0
    assert end_s == pytest.approx(seconds, rel=1e-4)
    assert found == pytest.approx(mirrored, rel=1e-3, abs=1e-9)
    assert slowest == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("guest", [0.0, 1e-12, 5.0, 40.0, 90.0, 400.0])
@pytest.mark.parametrize("network", [math.inf, 90.0, 30.0])
def test_a_change_of_rate_that_changes_nothing(guest: float, network: float) -> None:
    """Cut at any time into steps of the same rate, the copy is the same."""
    whole = bulk(1e10, mirror_bytes_per_s=guest * MB, rate_bytes_per_s=(network * MB,))
    cuts = tuple(whole[1] * k / 7 for k in range(9))
    rates_of = (network * MB,) * len(cuts)
    found = bulk(1e10, mirror_bytes_per_s=guest * MB, rate_from_s=cuts, rate_bytes_per_s=rates_of)
    assert found == pytest.approx(whole, rel=1e-9)


def test_a_network_that_goes_down_and_comes_back() -> None:
    steps = {"rate_from_s": (0.0, 30.0, 80.0), "rate_bytes_per_s": (50 * MB, 0.0, 50 * MB)}
    assert bulk(1e10, **steps) == (1.0, 250.0, 0.0, 1.0)
    assert bulk(1e10, mirror_bytes_per_s=1.0, **steps)[3] == 0.0
    gone = {"rate_from_s": (0.0, 30.0), "rate_bytes_per_s": (50 * MB, 0.0)}
    assert bulk(1e10, **gone) == (0.15, math.inf, 0.0, 1.0)


def test_a_deadline_cuts_it() -> None:
    assert bulk(1e10, start_s=5.0, deadline_s=30.0) == (0.25, 30.0, 0.0, 1.0)
    assert bulk(1e10, start_s=5.0, deadline_s=3.0) == (0.0, 5.0, 0.0, 1.0)
    assert bulk(0.0, start_s=5.0, deadline_s=3.0) == (1.0, 5.0, 0.0, 1.0)
    bent = bulk(1e10, mirror_bytes_per_s=40 * MB, deadline_s=60.0)
    assert bent[0] == pytest.approx(100 / 40 * -math.expm1(-40 * MB / 1e10 * 60.0), rel=1e-12)


@given(st.floats(0.0, 0.5))
def test_the_series_meets_the_logarithm(u: float) -> None:
    exact = sum(u**k / k for k in range(60, 1, -1))
    assert bent_part(u) == pytest.approx(exact, rel=1e-13 if u <= 0.1 else 1e-11)


def test_a_step_of_the_cursor_stops_where_it_should() -> None:
    """The source is the slowest until 40 MB/s are mirrored, then the target."""
    a, b = (1 / (60 * MB), 1 / (100 * MB), 0.0), (0.0, 1 / (100 * MB), 0.0)
    x, now_s, _ = advance(0.0, 0.0, math.inf, 1e10, 50 * MB, 50 * MB, a, b)
    assert x == 1.0
    bend_s = 1e10 * 0.8 / (60 * MB)
    assert now_s == pytest.approx(bend_s + 1e10 / (50 * MB) * math.log(60 / 50))


@pytest.mark.parametrize("footprint", [20, 400, 2000])
@pytest.mark.parametrize("writes", [0.0, 30.0, 800.0])
def test_versions_of_blocks_agree_at_the_end(footprint: int, writes: float) -> None:
    """Every block is current at the target; mirrored as expected, within five sigma."""
    blocks, block_s = 2000, 0.01
    twin = mirrored_versions(blocks, footprint, writes, block_s, seed=footprint)
    assert twin.in_step
    _, end_s, mirrored, _ = bulk(
        float(blocks),
        mirror_bytes_per_s=writes,
        read_bytes_per_s=1 / block_s,
        write_bytes_per_s=1e6,
    )
    assert end_s == pytest.approx(twin.seconds)
    lumpy = writes * end_s / math.sqrt(12 * footprint)  # where the footprint happens to lie
    assert abs(mirrored - twin.mirrored) <= 5 * (math.sqrt(mirrored) + lumpy)


def passes(
    first: float, _form: Callable[..., Any] = changed_block_passes, /, **changes: Any
) -> Any:
    arguments: dict[str, Any] = {
        "block_bytes": MB,
        "footprint_bytes": 0.0,
        "writes_per_block_per_s": 0.0,
        "rate_from_s": (0.0,),
        "first_bytes_per_s": (100 * MB,),
        "later_bytes_per_s": (100 * MB,),
        "start_s": 0.0,
        "downtime_limit_s": 0.5,
        "max_passes": 0,
        "deadline_s": math.inf,
        "stop_at_deadline": False,
        "longest_stop_s": math.inf,
    }
    assert changes.keys() <= arguments.keys()
    values = [
        np.array(value, dtype=np.float64)
        if isinstance(value, tuple) and _form is not changed_block_passes
        else value
        for value in (arguments | changes).values()
    ]
    out = [np.full(MOST_PASSES + 1, np.nan) for _ in range(3)]
    n, how, moved, pause_s, end_s = _form(first, *values, *out)
    rows = [(float(a), float(b), float(c)) for a, b, c in zip(*out, strict=True)][:n]
    return rows, how, bool(moved), pause_s, end_s


def test_rare_writes_are_geometric() -> None:
    """Far from every block: each pass is the last times writes a block a second by rate."""
    rows, how, moved, pause_s, end_s = passes(
        1e12, footprint_bytes=1e18, writes_per_block_per_s=2e-11, block_bytes=0.0
    )
    r = 1e18 * 2e-11 / (100 * MB)
    assert [copied for copied, _, _ in rows] == pytest.approx(
        [1e12 * r**k for k in range(len(rows))], rel=1e-6
    )
    assert len(rows) == 1 + math.ceil(math.log(0.5 * 100 * MB / 1e12, r))
    assert (how, moved) == (DOWNTIME_LIMIT, True)
    assert end_s == pytest.approx(1e12 / (100 * MB) * (1 - r ** len(rows)) / (1 - r), rel=1e-6)
    assert end_s - pause_s == pytest.approx(rows[-1][1])


def test_blocks_that_are_always_written_never_end() -> None:
    rows, how, moved, _, _ = passes(1e10, footprint_bytes=2e9, writes_per_block_per_s=9.0)
    assert (how, moved) == (NEVER, False)
    assert [copied for copied, _, _ in rows] == pytest.approx([1e10, 2e9])
    forced = passes(1e10, footprint_bytes=2e9, writes_per_block_per_s=9.0, max_passes=1)
    assert (forced[1], forced[2], len(forced[0])) == (PASSES_DONE, True, 2)
    slow = passes(
        1e10, footprint_bytes=2e9, writes_per_block_per_s=9.0, max_passes=1, longest_stop_s=19.0
    )
    assert (slow[1], slow[2], len(slow[0])) == (GIVEN_UP, False, 1)


def test_a_cut_pass_leaves_what_changed_behind_it() -> None:
    work = {"footprint_bytes": 2e9, "writes_per_block_per_s": 1e6}
    cut = passes(1e10, deadline_s=25.0, **work)
    assert cut == ([(2.5e9, 25.0, 2e9)], TIMED_OUT, False, 25.0, 25.0)
    stop = passes(1e10, deadline_s=25.0, stop_at_deadline=True, **work)
    assert stop[:3] == ([(2.5e9, 25.0, 2e9), (8e9, 80.0, 0.0)], TIMED_OUT, True)
    at_once = passes(1e10, deadline_s=0.0, stop_at_deadline=True, **work)
    assert at_once[0] == [(1e10, 100.0, 0.0)]


def test_less_than_half_a_block_is_nothing() -> None:
    assert len(passes(1e8, footprint_bytes=MB, writes_per_block_per_s=0.6)[0]) == 1
    assert len(passes(1e8, footprint_bytes=MB, writes_per_block_per_s=0.8)[0]) == 2
    assert passes(0.0) == ([], DOWNTIME_LIMIT, True, 0.0, 0.0)


def test_a_network_that_stays_down() -> None:
    steps = {"rate_from_s": (0.0, 30.0), "first_bytes_per_s": (100 * MB, 0.0)}
    rows, how, moved, _, _ = passes(1e10, later_bytes_per_s=(100 * MB, 0.0), **steps)
    assert (rows, how, moved) == ([(3e9, 30.0, 0.0)], NEVER, False)


@pytest.mark.parametrize(("footprint", "writes"), [(300, 20.0), (1500, 20.0), (60, 500.0)])
def test_versions_of_changed_blocks_agree_at_the_end(footprint: int, writes: float) -> None:
    blocks, block_s, limit_s = 3000, 0.01, 0.7
    twins = [
        changed_versions(blocks, footprint, writes, block_s, limit_s, seed) for seed in range(20)
    ]
    assert all(twin.in_step for twin in twins)
    rows, how, _, _, end_s = passes(
        float(blocks),
        block_bytes=1.0,
        footprint_bytes=float(footprint),
        writes_per_block_per_s=writes / footprint,
        first_bytes_per_s=(1 / block_s,),
        later_bytes_per_s=(1 / block_s,),
        downtime_limit_s=limit_s,
    )
    assert how == DOWNTIME_LIMIT
    mean = [np.mean([twin.copied[k] for twin in twins]) for k in range(2)]
    assert mean == pytest.approx([copied for copied, _, _ in rows[:2]], rel=0.02)
    assert np.mean([twin.seconds for twin in twins]) == pytest.approx(end_s, rel=0.02)


@pytest.mark.parametrize("guest", [0.0, 40.0, 400.0])
@pytest.mark.parametrize("same", [False, True])
def test_compiled_is_equal(guest: float, same: bool) -> None:
    changes = {
        "mirror_bytes_per_s": guest * MB,
        "same_array": same,
        "rate_from_s": (0.0, 20.0, 30.0),
        "rate_bytes_per_s": (90 * MB, 0.0, 95 * MB),
    }
    plain, fast = bulk(1e10, **changes), bulk(1e10, compiled(bulk_copy), **changes)
    assert fast == pytest.approx(plain, rel=1e-12)
    work = {"footprint_bytes": 2e9, "writes_per_block_per_s": guest / 4e4}
    one, other = passes(1e10, **work), passes(1e10, compiled(changed_block_passes), **work)
    assert (one[1], one[2], len(one[0])) == (other[1], other[2], len(other[0]))
    assert np.array(other[0]) == pytest.approx(np.array(one[0]), rel=1e-12)
