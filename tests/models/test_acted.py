"""Films of what only the estimate can tell: they tell the same story, page by page."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.documents import InputError
from vmlab.kernels.pages import DIRTY, DRAW_BITS, NOT_SENT, REQUESTED, SENT
from vmlab.models.acted import Stage, copied
from vmlab.models.acts import PushAct
from vmlab.models.case import Case, case_names, load_case
from vmlab.models.estimate import Estimate, estimate
from vmlab.models.film import Film, decode, record
from vmlab.models.grain import ENDLESS_PASSES, even


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


ENDLESS = {"uniform": {"working_set_mib": 128, "dirty_pages_per_s": 90_000}}
SWEEP = {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000, "order": "sequential"}}
PHASES = {
    "phases": [
        {"from_s": 0, "uniform": {"working_set_mib": 16, "dirty_pages_per_s": 500}},
        {"from_s": 3, "uniform": {"working_set_mib": 64, "dirty_pages_per_s": 9000}},
    ]
}
COMPRESSED = {"compression": {"ratio": 2, "bytes_per_s_per_channel": 1e9}}
RAMP = {"from_ms": 100, "to_ms": 4000, "steps": 5, "every_s": 3}

CASES: dict[str, dict[str, Any]] = {
    "post-copy": {"algorithm": "post-copy"},
    "post-copy of a sweep": {"algorithm": "post-copy", "workload": SWEEP},
    "post-copy with preemption": {"algorithm": "post-copy",
        "policy": {"postcopy": {"preempt": True, "vcpus": 8}}},
    "hybrid": {"algorithm": "hybrid", "workload": ENDLESS},
    "hybrid, compressed": {"algorithm": "hybrid", "workload": ENDLESS, "policy": COMPRESSED},
    "post-copy at a time-out": {"workload": ENDLESS,
        "policy": {"timeout_s": 6, "on_timeout": "post-copy"}},
    "post-copy in the first pass": {"workload": ENDLESS, "policy": {"postcopy_after_s": 2}},
    "auto-converge": {"workload": ENDLESS, "policy": {"throttle": {"kind": "auto-converge"}}},
    "stun": {"workload": ENDLESS, "policy": {"throttle": {"kind": "stun"}}},
    "compression": {"policy": COMPRESSED},
    "encryption": {"policy": {"encryption": {"bytes_per_s_per_channel": 20e6}}},
    "xbzrle": {"policy": {"xbzrle": {"delta_bytes": 100}}},
    "xen": {"policy": {"hypervisor": "xen"}},
    "qemu": {"policy": {"hypervisor": "qemu"}},
    "qemu, endless": {"workload": ENDLESS, "policy": {"hypervisor": "qemu"}},
    "qemu, post-copy": {"algorithm": "post-copy", "policy": {"hypervisor": "qemu"}},
    "ramp": {"workload": ENDLESS, "policy": {"downtime_ramp": RAMP}},
    "phases": {"workload": PHASES},
    "profile": {"workload": PHASES, "link": {"profile": [[0, 400], [2, 0], [4, 300]]}},
    "a link that dies": {"algorithm": "post-copy", "link": {"profile": [[0, 400], [2, 0]]}},
}  # fmt: skip


def check(film: Film) -> None:
    assert film.frames.dtype == np.uint8
    assert set(np.unique(film.frames)) <= {NOT_SENT, SENT, DIRTY, REQUESTED}
    assert (film.counts.sum(axis=1) == film.counts[0].sum()).all()
    assert (film.counts >= 0).all()
    assert (film.requested <= film.counts[:, 1]).all()
    assert (np.diff(film.rounds) >= 0).all()
    assert (decode(film.encode(), film.frames.shape[1]) == film.frames).all()


def same_story(film: Film, expected: Estimate, this: Case) -> None:
    shown = ENDLESS_PASSES if expected.stopped_by == "never" else len(expected.rounds)
    assert len(film.passes) == min(len(expected.rounds), shown)
    for one, other in zip(film.passes, expected.rounds, strict=False):
        assert one.duration_s == pytest.approx(other.duration_s)
        if not one.push and not one.paused:
            # Even draws of whole pages, or five standard errors of independent ones.
            dirtied = one.dirtied_pages * film.page_bytes
            error = 5 * math.sqrt(other.dirtied_bytes * film.page_bytes) + film.page_bytes
            assert abs(dirtied - other.dirtied_bytes) <= error
    if this.policy.compression or this.policy.xbzrle or expected.stopped_by == "never":
        return
    # QEMU's pages have headers, and what is left over is taken as unlike what is dirtied.
    slack = 0.05 if this.policy.hypervisor == "qemu" else 0.015
    sent = sum(one.pages for one in film.passes) * film.page_bytes
    assert sent == pytest.approx(expected.sent_bytes, rel=slack)


@pytest.mark.parametrize("name", CASES)
def test_it_tells_the_estimates_story(name: str) -> None:
    this = case(**CASES[name])
    film, expected = record(this, frames=80), estimate(this)
    check(film)
    same_story(film, expected, this)
    assert film.moved == (expected.total_s is not None)
    assert bool((film.frames[-1] == SENT).all()) == film.moved
    assert (film.frames[0] == NOT_SENT).all()
    if name != "post-copy of a sweep":  # the push soon overtakes a sweep that stands in its way
        assert bool(film.requested.any()) == (expected.postcopy_faults is not None)
    again = record(this, frames=80)
    assert again.frames.tobytes() == film.frames.tobytes()


@pytest.mark.parametrize("name", case_names())
def test_every_case_that_comes_along(name: str) -> None:
    this = load_case(name)
    if not this.memory_moves or this.guest != "running":
        with pytest.raises(InputError, match="no copy of a running guest's memory"):
            record(this, frames=12)
        return
    film, expected = record(this, frames=12), estimate(this)
    check(film)
    assert film.moved == (expected.total_s is not None)
    assert len(film.passes) == min(len(expected.rounds), 12 if not film.moved else 10_000)
    assert len(record(this).encode()) < 150_000


def test_memory_that_follows_disks_is_filmed() -> None:
    film = record(load_case("shared-nothing"), frames=12)
    assert film.moved
    assert len(film.passes) == len(estimate(load_case("shared-nothing")).rounds)


def test_a_slowed_guest_dirties_less() -> None:
    """The same time at full speed would dirty as the workload says; the film shows the estimate."""
    this = case(workload=ENDLESS, policy={"throttle": {"kind": "stun"}})
    film, expected = record(this, frames=2), estimate(this)
    slowed = [n for n, one in enumerate(expected.rounds) if one.throttle_percent]
    assert slowed
    for n in slowed[:-1]:
        free = 32768 * -math.expm1(-90_000 / 32768 * expected.rounds[n].duration_s)
        assert film.passes[n].dirtied_pages < 0.98 * free


def push_of(this: Case) -> PushAct:
    *_, (_, act) = Stage(this, 1, math.inf).passes()
    assert isinstance(act, PushAct)
    return act


@pytest.mark.parametrize("name", ["post-copy", "hybrid", "post-copy with preemption"])
def test_as_many_pages_are_asked_for_as_the_estimate_has_faults(name: str) -> None:
    this = case(**CASES[name])
    push, act = copied(this).push, push_of(this)
    assert push is not None
    asked = np.zeros(act.pages, np.bool_)
    arrived = []
    for elapsed_s in np.linspace(0, push.duration_s, 400):
        found = act.shown(float(elapsed_s), done=False)
        asked |= found == REQUESTED
        arrived.append(int(np.count_nonzero(act.pending & (found != NOT_SENT))))
    count = int(np.count_nonzero(asked))
    assert abs(count - push.faults) <= 5 * math.sqrt(push.faults) + 0.1 * push.faults + 2
    assert arrived == sorted(arrived)
    even_pace = np.linspace(0, act.pending.sum(), 400)
    # Those asked for early come instead of others, so the pace is that of the link.
    assert np.abs(np.array(arrived) - even_pace).max() <= 0.02 * act.pending.sum() + 2


def test_what_is_asked_for_comes_before_its_turn() -> None:
    this = case(**CASES["post-copy with preemption"])
    film = record(this)
    asked = film.frames == REQUESTED
    frame = int(np.argmax(asked.sum(axis=1)))
    dots = np.flatnonzero(asked[frame])
    last_in_order = int(np.flatnonzero(film.frames[frame] == SENT).max())
    assert (dots > last_in_order).mean() > 0.9
    later = film.frames[frame + 1 :, dots]
    assert (later != NOT_SENT).all()


def test_after_the_switch_nothing_gets_dirty() -> None:
    film = record(case(**CASES["hybrid"]))
    push = film.passes[-1].round
    assert film.passes[-1].push
    assert (film.frames[film.rounds == push] != DIRTY).all()
    assert (film.counts[film.rounds == push][:, 2] == 0).all()
    assert (film.frames[film.rounds < push] == DIRTY).any()


@pytest.mark.parametrize("name", ["hybrid", "qemu", "stun", "xen"])
def test_a_failure_cuts_it(name: str) -> None:
    this = case(**CASES[name])
    whole = record(this, frames=101)
    for frame in (10, 60, 90):
        cut = record(this, frames=11, until_s=float(whole.seconds[frame]))
        check(cut)
        assert not cut.moved
        assert cut.seconds[-1] == pytest.approx(whole.seconds[frame])
        assert abs(cut.counts[-1] - whole.counts[frame]).max() <= 25


HEAVY: list[dict[str, Any]] = [
    {"policy": {"max_rounds": 40}},
    {"policy": {"max_rounds": 200}},
    {},
    {"policy": {"throttle": {"kind": "auto-converge"}}},
    {"algorithm": "hybrid", "policy": {"max_rounds": 30}},
    {"policy": {"hypervisor": "qemu", "max_rounds": 30}},
]


@pytest.mark.parametrize("changes", HEAVY, ids=str)
@pytest.mark.parametrize("gib", [0.25, 4])
def test_a_guest_that_rewrites_everything_is_small_too(changes: dict[str, Any], gib: float) -> None:
    """250 frames of 65,536 dots; drawn dot by dot they would take up to two megabytes."""
    work = {"working_set_mib": gib * 1024 * 0.98, "dirty_pages_per_s": 180_000 * gib}
    this = case(
        memory_mib=gib * 1024, nonzero_mib=gib * 1024, workload={"uniform": work},
        link={"mbit_s": 4000 * gib}, **changes,
    )  # fmt: skip
    film = record(this)
    assert film.frames.shape == (250, 65_536)
    assert (film.frames == DIRTY).any()
    assert len(film.encode()) < 150_000


def test_a_coarse_film_keeps_the_numbers() -> None:
    """Passes of an endless run of 4 GiB: each within one grain of the estimate's."""
    work = {"working_set_mib": 4096, "dirty_pages_per_s": 400_000}
    this = case(memory_mib=4096, nonzero_mib=4096, workload={"uniform": work},
                link={"mbit_s": 10_000})  # fmt: skip
    film, expected = record(this, frames=2), estimate(this)
    for one, other in itertools.islice(zip(film.passes, expected.rounds, strict=False), 12):
        assert one.pages * film.page_bytes == pytest.approx(other.sent_bytes, rel=0.004)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=200),
    st.floats(0, 1),
)
def test_even_draws(pages: list[tuple[int, int]], share: float) -> None:
    """Of each class the share below a threshold is the threshold's, to half a grain and a page."""
    kinds = np.array([kind for kind, _ in pages], np.int64)
    draws = np.array([draw for _, draw in pages], np.uint64)
    found = even(draws, kinds)
    assert int(found.max()) < 2**DRAW_BITS
    limit = np.uint64(round(share * 2**DRAW_BITS))
    for kind in np.unique(kinds):
        of_class = kinds == kind
        grains = np.unique(draws[of_class], return_counts=True)[1]
        below = np.count_nonzero(found[of_class] < limit)
        assert abs(below - share * of_class.sum()) <= 0.5 * grains.max() + 1e-6
        order = np.argsort(draws[of_class], kind="stable")
        assert (np.diff(found[of_class][order].astype(np.int64)) >= 0).all()
