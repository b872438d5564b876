"""The rounds under every rule: naive twins, closed forms, properties, compiled or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import naive_rounds
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.ends import (
    DOWNTIME_LIMIT,
    GIVE_UP,
    GIVEN_UP,
    MOST_ROUNDS,
    NEVER,
    POST_COPY,
    RATE_LIMIT,
    ROUNDS_DONE,
    STOP,
    SWITCH,
    TIMED_OUT,
    Ends,
    limit_at_s,
)
from vmlab.kernels.pace import Pace, Wire, peeked
from vmlab.kernels.rounds import copy_rounds
from vmlab.kernels.sender import Sender
from vmlab.kernels.throttle import AUTO_CONVERGE, DIRTY_LIMIT, STUN, Throttle
from vmlab.kernels.workload import Span, Work

INF = math.inf
MB = 1e6
PLAIN_SENDER = Sender(1.0, INF, INF, 0.0, 1.0, INF)
OWN_PACE = Pace(INF, 0.0, INF, 0.0, False)
XEN = Pace(12.5e6, 6.25e6, 62.5e6, 262_144.0, True)
NO_THROTTLE = Throttle(0, 0.0, 0.0, 0.0, 1.0, INF)
AUTO = Throttle(AUTO_CONVERGE, 0.2, 0.1, 0.99, 1.0, INF)
ENDS = Ends(0.3, 0.3, 0, 0.0, 0, INF, GIVE_UP, INF, 0, INF)
GIGABIT = Wire((0.0,), (125 * MB,))
HOT = Work((256 * MB,), (0.8,), (0.0,), (), ())
TWO = Work((200 * MB, 50 * MB, 90 * MB), (0.02, 3.0, 0.4), (0.0,), (), ())
LINE = Work((), (), (0.0,), (0.0, 2.0, 15.0), (0.0, 72 * MB, 273 * MB))


@dataclass(frozen=True)
class Given:
    memory: float = 1000 * MB
    work: Work = HOT
    wire: Wire = GIGABIT
    sender: Sender = PLAIN_SENDER
    pace: Pace = OWN_PACE
    throttle: Throttle = NO_THROTTLE
    ends: Ends = ENDS
    start_s: float = 0.0


@dataclass(frozen=True)
class Found:
    passes: list[tuple[float, float, float]]
    taken: list[float]
    how: int
    moved: bool
    pause_s: float
    end_s: float
    rest: float = field(default=0.0)

    @property
    def sent(self) -> list[float]:
        return [sent for sent, _, _ in self.passes]


def arrays(terms: Any) -> Any:
    return type(terms)(*(np.array(x, np.float64) if isinstance(x, tuple) else x for x in terms))


def run(case: Given, form: Callable[..., Any] = copy_rounds) -> Found:
    work, wire = case.work, case.wire
    if form is not copy_rounds:
        work, wire = arrays(work), arrays(wire)
    out = [np.full(MOST_ROUNDS + 1, np.nan) for _ in range(4)]
    passes, how, moved, pause_s, end_s, rest = form(
        case.memory, 4096.0, case.start_s, work, wire, case.sender, case.pace, case.throttle,
        case.ends, *out,
    )  # fmt: skip
    rows = [(float(a), float(b), float(c)) for a, b, c in zip(*out[:3], strict=True)]
    taken = [float(x) for x in out[3][:passes]]
    return Found(rows[:passes], taken, how, bool(moved), float(pause_s), float(end_s), float(rest))


# Xen's pace


@pytest.mark.parametrize(
    "classes",
    [[(256 * MB, 0.5)], [(200 * MB, 0.02), (50 * MB, 3.0)], [(4 * MB, 0.1)], [(300 * MB, 50.0)]],
    ids=str,
)
@pytest.mark.parametrize("link", [62.5 * MB, 10 * MB])
def test_xen_against_its_twin(classes: list[tuple[float, float]], link: float) -> None:
    told = naive_rounds.xen(500 * MB, classes, link)
    work = Work(tuple(c for c, _ in classes), tuple(w for _, w in classes), (0.0,), (), ())
    pace = XEN._replace(most_bytes_per_s=link)
    no_limit = ENDS._replace(limit_s=0.0)
    found = run(Given(500 * MB, work, Wire((0.0,), (link,)), pace=pace, ends=no_limit))
    assert found.how == (RATE_LIMIT if told.how == "too fast" else DOWNTIME_LIMIT)
    assert len(found.passes) == len(told.passes)
    assert np.array(found.passes) == pytest.approx(np.array(told.passes), rel=1e-8)
    assert found.end_s == pytest.approx(told.end_s, rel=1e-9)


def test_an_idle_guest_under_xen_goes_at_its_first_rate() -> None:
    idle = Work((), (), (0.0,), (), ())
    found = run(Given(work=idle, pace=XEN, ends=ENDS._replace(limit_s=0.0)))
    assert (found.how, found.passes) == (DOWNTIME_LIMIT, [(1000 * MB, 80.0, 0.0)])


def test_a_page_written_all_the_time_is_sent_once() -> None:
    """Clark et al., 6.5: 256 of 512 MB are written constantly; the first pass sends the rest."""
    hot = Work((256 * MB,), (1000.0,), (0.0,), (), ())
    found = run(Given(512 * MB, hot, pace=XEN, ends=ENDS._replace(limit_s=0.0)))
    assert found.sent[0] == pytest.approx(256 * MB, rel=0.001)
    assert found.sent[-1] == pytest.approx(256 * MB, rel=1e-6)
    assert found.passes[-1][1] == pytest.approx(256 / 62.5, rel=1e-6)


def test_peeking_over_a_wire_that_changes() -> None:
    """What is due meets what can be sent, also across a time without a link."""
    wire = Wire((0.0, 2.0, 5.0), (50 * MB, 0.0, 20 * MB))
    last, now = Span(0.0, INF, 1.0), Span(0.0, 0.0, 1.0)
    took, sent = peeked(300 * MB, 5.0 + 200 / 20, 1.0, INF, last, now, HOT, wire)
    assert took > 5
    assert sent == pytest.approx(100 * MB + 20 * MB * (took - 5), rel=1e-9)
    assert sent < 300 * MB


# Throttles


@pytest.mark.parametrize("cpu", [1.0, 0.5, 0.05, 0.0])
@pytest.mark.parametrize("writes", [0.1, 0.8, 5.0])
def test_auto_converge_against_its_twin(cpu: float, writes: float) -> None:
    told, taken = naive_rounds.auto_converge(1000 * MB, 256 * MB, writes, 125 * MB, 0.3, cpu)
    work = HOT._replace(class_writes_per_s=(writes,))
    found = run(Given(work=work, throttle=AUTO._replace(cpu_bound=cpu)))
    if told.how == "never":  # the twin does not see that nothing will come of it
        assert (found.how, found.moved) == (NEVER, False)
        told.passes = told.passes[: len(found.passes)]
        taken = taken[: len(found.passes)]
    else:
        assert found.how == DOWNTIME_LIMIT
        assert found.end_s == pytest.approx(told.end_s, rel=1e-9)
    assert np.array(found.passes) == pytest.approx(np.array(told.passes), rel=1e-9, abs=1e-6)
    assert found.taken == pytest.approx(taken)


def test_a_dirty_limit_makes_each_round_smaller() -> None:
    limit = Throttle(DIRTY_LIMIT, 0.5, 0.1, 0.99, 0.05, INF)
    found = run(Given(throttle=limit))
    assert found.how == DOWNTIME_LIMIT
    held = [(sent, dirtied) for (sent, _, dirtied), x in zip(found.passes, found.taken, strict=True)
            if x > 0]  # fmt: skip
    assert held
    assert all(dirtied <= 0.5 * sent * (1 + 1e-9) for sent, dirtied in held)


@given(st.floats(0.01, 100), st.floats(10, 500), st.floats(0.05, 0.9))
def test_a_stun_always_ends(writes: float, bandwidth: float, margin: float) -> None:
    """Each round is smaller by the margin at least: no more than log(M / V) / log(1 / (1 - m))."""
    stun = Throttle(STUN, margin, 0.0, 1.0, 1.0, INF)
    work = HOT._replace(class_writes_per_s=(writes,))
    found = run(Given(work=work, throttle=stun, wire=Wire((0.0,), (bandwidth * MB,))))
    assert (found.how, found.moved) == (DOWNTIME_LIMIT, True)
    fits = 0.3 * bandwidth / 1000
    assert len(found.passes) <= 2 + max(0.0, math.log(fits) / math.log(1 - margin))


def test_a_throttle_at_its_end_that_does_not_help_is_never() -> None:
    found = run(Given(work=HOT._replace(class_writes_per_s=(500.0,)),
                      throttle=AUTO._replace(most=0.3)))  # fmt: skip
    assert (found.how, found.taken[-1]) == (NEVER, 0.3)
    assert len(found.passes) < 30


# Compression, deltas, ciphers


@given(st.floats(1, 20), st.floats(20, 2000), st.floats(0.0, 0.3))
def test_compression_is_a_faster_link_for_less(ratio: float, packs: float, writes: float) -> None:
    """T = M / min(rho B, n c), round by round; the wire carries 1 / rho of it."""
    work = HOT._replace(class_writes_per_s=(writes,))
    sender = Sender(ratio, packs * MB, INF, 0.0, 1.0, INF)
    rate = min(ratio * 125, packs) * MB
    found = run(Given(work=work, sender=sender))
    plain = run(Given(work=work, wire=Wire((0.0,), (rate,))))
    assert (found.how, len(found.passes)) == (plain.how, len(plain.passes))
    assert found.end_s == pytest.approx(plain.end_s, rel=1e-9)
    assert np.array(found.sent) * ratio == pytest.approx(np.array(plain.sent), rel=1e-9)


def test_a_cipher_is_a_slower_link() -> None:
    found = run(Given(sender=PLAIN_SENDER._replace(cipher_bytes_per_s=50 * MB)))
    plain = run(Given(wire=Wire((0.0,), (50 * MB,))))
    assert found == plain


@pytest.mark.parametrize("cache", [1000 * MB, 64 * MB, 1.0])
@pytest.mark.parametrize("delta", [0.01, 0.5, 1.5])
@pytest.mark.parametrize("writes", [0.05, 0.8, 6.0])
def test_deltas_against_their_twin(cache: float, delta: float, writes: float) -> None:
    told = naive_rounds.deltas(1000 * MB, 256 * MB, writes, 125 * MB, 0.3, cache, delta)
    sender = Sender(1.0, INF, INF, cache, delta, 2e9)
    work = HOT._replace(class_writes_per_s=(writes,))
    found = run(Given(work=work, sender=sender))
    assert found.how == (DOWNTIME_LIMIT if told.how == "fits" else NEVER)
    assert len(found.passes) == len(told.passes)
    assert np.array(found.passes) == pytest.approx(np.array(told.passes), rel=1e-9)


# What ends the rounds


def test_the_limit_at_a_time() -> None:
    """Nova's docstring: 40, 76, 112 ... 400 ms every 90 s."""
    ends = ENDS._replace(limit_s=0.04, ramp_to_s=0.4, ramp_steps=10, ramp_every_s=90.0)
    assert [limit_at_s(t, ends) for t in (0, 89.9, 90, 180, 899, 900, 9e9)] == pytest.approx(
        [0.04, 0.04, 0.076, 0.112, 0.364, 0.4, 0.4]
    )
    assert limit_at_s(0.0, ends._replace(ramp_every_s=0.0)) == 0.4
    assert limit_at_s(5.0, ENDS) == 0.3


def test_a_ramp_stops_at_the_first_rounds_end_that_it_allows() -> None:
    """HOT settles at rounds of 1.43 s: the limit is above it from step 15 of 0.1 s on."""
    ends = ENDS._replace(limit_s=0.0, ramp_to_s=3.0, ramp_steps=30, ramp_every_s=10.0)
    found = run(Given(ends=ends))
    last = found.passes[-1][1]
    steps = math.ceil(last / 0.1)
    assert (found.how, found.moved) == (DOWNTIME_LIMIT, True)
    assert 10 * steps <= found.pause_s < 10 * steps + last * 1.01
    flat = run(Given(ends=ENDS._replace(limit_s=0.0, ramp_to_s=1.0, ramp_steps=30,
                                        ramp_every_s=1.0)))  # fmt: skip
    assert flat.how == NEVER


def test_a_phase_to_come_is_waited_for() -> None:
    work = Work((256 * MB,), (0.8, 0.001), (0.0, 60.0), (), ())
    found = run(Given(work=work))
    assert found.how == DOWNTIME_LIMIT
    assert 60 < found.pause_s < 64
    assert run(Given()).how == NEVER


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"switch_s": 9.0}, POST_COPY),
        ({"deadline_s": 9.0, "at_deadline": SWITCH}, POST_COPY),
        ({"deadline_s": 9.0, "at_deadline": STOP}, TIMED_OUT),
        ({"deadline_s": 9.0}, TIMED_OUT),
        ({"deadline_s": 9.0, "switch_s": 9.0}, POST_COPY),
        ({"deadline_s": 9.0, "switch_s": 9.1}, TIMED_OUT),
        ({"deadline_s": 9.1, "switch_s": 9.0}, POST_COPY),
    ],
)
def test_a_cut_in_the_second_round(changes: dict[str, Any], how: int) -> None:
    """1 s into a round that holds the whole set: 125 MB sent, the rest unsent or written."""
    work = HOT._replace(class_writes_per_s=(50.0,))
    found = run(Given(work=work, ends=ENDS._replace(**changes)))
    assert (found.how, found.pause_s) == (how, 9.0)
    rest = found.passes[-1][0] if found.moved else found.rest
    assert rest == pytest.approx(256 * MB)
    assert found.passes[1][:2] == pytest.approx((125 * MB, 1.0))


def test_a_switch_after_rounds_comes_whatever_is_left() -> None:
    idle = Work((), (), (0.0,), (), ())
    for work in (HOT, idle):
        one = run(Given(work=work, ends=ENDS._replace(switch_rounds=1)))
        assert (one.how, one.moved, len(one.passes)) == (POST_COPY, False, 1)
        assert one.rest == one.passes[0][2]
    three = run(Given(ends=ENDS._replace(switch_rounds=3, max_rounds=3)))
    assert (three.how, len(three.passes)) == (POST_COPY, 3)


def test_a_switch_at_the_start_has_everything_to_push() -> None:
    found = run(Given(start_s=2.0, ends=ENDS._replace(switch_s=2.0)))
    assert (found.passes, found.rest, found.pause_s) == ([], 1000 * MB, 2.0)
    early = run(Given(start_s=2.0, ends=ENDS._replace(switch_s=0.0)))
    assert (early.rest, early.pause_s) == (1000 * MB, 2.0)


def test_what_is_given_up_has_its_rest() -> None:
    ends = ENDS._replace(max_rounds=1, longest_stop_s=1.0)
    found = run(Given(ends=ends))
    assert (found.how, found.moved, found.rest) == (GIVEN_UP, False, found.passes[-1][2])
    assert run(Given(ends=ends._replace(longest_stop_s=9.0))).how == ROUNDS_DONE


# Always

ends_drawn = st.builds(
    lambda limit, rounds, deadline, at, switch, after: ENDS._replace(
        limit_s=limit, max_rounds=rounds, deadline_s=deadline, at_deadline=at, switch_s=switch,
        switch_rounds=after,
    ),
    st.floats(0, 2), st.sampled_from([0, 1, 5]), st.sampled_from([INF, 0.0, 4.0, 30.0]),
    st.sampled_from([GIVE_UP, STOP, SWITCH]), st.sampled_from([INF, 0.0, 11.0]),
    st.sampled_from([0, 2]),
)  # fmt: skip
given_drawn = st.builds(
    Given,
    memory=st.sampled_from([0.0, 4096.0, 1000 * MB]),
    work=st.sampled_from([HOT, TWO, LINE, Work((256 * MB,), (0.8, 0.0), (0.0, 20.0), (), ()),
                          Work((), (), (0.0,), (), ())]),
    wire=st.sampled_from([Wire((0.0,), (125 * MB,)), Wire((0.0, 6.0, 9.0), (90 * MB, 0.0, 40 * MB)),
                          Wire((0.0, 3.0), (60 * MB, 0.0)), Wire((0.0,), (0.0,))]),
    sender=st.sampled_from([PLAIN_SENDER, Sender(3.0, 200 * MB, 80 * MB, 0.0, 1.0, INF),
                            Sender(1.0, INF, INF, 64 * MB, 0.1, 2e9)]),
    pace=st.sampled_from([OWN_PACE, XEN]),
    throttle=st.sampled_from([NO_THROTTLE, AUTO, Throttle(DIRTY_LIMIT, 0.3, 0.1, 0.9, 1.0, INF),
                              Throttle(STUN, 0.2, 0.0, 0.5, 0.3, INF)]),
    ends=ends_drawn,
    start_s=st.sampled_from([0.0, 0.5]),
)  # fmt: skip


def small(case: Given) -> Given:
    """A memory smaller than its workload has none."""
    idle = Work((), (), (0.0,), (), ())
    return case if case.memory > 300 * MB else Given(**{**vars(case), "work": idle})


@settings(deadline=None, max_examples=300)
@given(given_drawn.map(small))
def test_every_copy_adds_up(case: Given) -> None:
    found = run(case)
    assert all(math.isfinite(x) for row in found.passes for x in row)
    assert all(sent > 0 and took >= 0 and dirtied >= 0 for sent, took, dirtied in found.passes)
    assert all(0 <= x <= 1 for x in found.taken)
    assert case.start_s <= found.pause_s <= found.end_s < INF
    copied_s = sum(took for _, took, _ in found.passes)
    assert copied_s <= (found.end_s - case.start_s) * (1 + 1e-12) + 1e-12
    assert 0 <= found.rest <= case.memory * (1 + 1e-9)
    assert found.moved == (found.how in {DOWNTIME_LIMIT, ROUNDS_DONE, RATE_LIMIT}) or (
        found.how in {TIMED_OUT, GIVEN_UP}
    )
    if found.moved and case.sender == PLAIN_SENDER and case.pace == OWN_PACE:
        assert sum(found.sent) >= case.memory * (1 - 1e-9) - 2048


SAME: list[Given] = [
    Given(),
    Given(work=TWO, pace=XEN, ends=ENDS._replace(limit_s=0.0)),
    Given(work=LINE, pace=XEN, wire=Wire((0.0, 9.0, 11.0), (90 * MB, 0.0, 30 * MB))),
    Given(throttle=AUTO),
    Given(throttle=Throttle(DIRTY_LIMIT, 0.3, 0.1, 0.9, 1.0, INF)),
    Given(throttle=Throttle(STUN, 0.2, 0.0, 0.9, 0.4, INF)),
    Given(sender=Sender(1.0, INF, INF, 64 * MB, 0.1, 2e9)),
    Given(sender=Sender(3.0, 200 * MB, 60 * MB, 0.0, 1.0, INF)),
    Given(work=Work((256 * MB, 9 * MB), (0.8, 2.0, 0.0, 0.1), (0.0, 20.0), (), ())),
    Given(ends=ENDS._replace(limit_s=0.0, ramp_to_s=3.0, ramp_steps=30, ramp_every_s=10.0)),
    Given(ends=ENDS._replace(switch_s=9.0)),
]


@pytest.mark.parametrize("case", SAME, ids=range(len(SAME)))
def test_compiled_is_equal(case: Given) -> None:
    """Counts, rounds and verdicts exactly, floats within 1e-12."""
    plain, fast = run(case), run(case, compiled(copy_rounds))
    assert (compiled(copy_rounds) is not copy_rounds) == can_compile()
    assert (fast.how, fast.moved, len(fast.passes)) == (plain.how, plain.moved, len(plain.passes))
    assert (fast.end_s, fast.rest) == pytest.approx((plain.end_s, plain.rest), rel=1e-12)
    assert np.array(fast.passes) == pytest.approx(np.array(plain.passes), rel=1e-12)
    assert fast.taken == pytest.approx(plain.taken, rel=1e-12, abs=1e-12)
