"""Post-copy and hybrid: the VM goes over before its memory, and may be lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.kinds import ready
from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Move, apply, set_to
from vmlab.migration import (
    FAULTS,
    Algorithm,
    Disturbance,
    Outcome,
    Plan,
    Span,
    Stage,
    Timeline,
    migrate,
    parse,
    plan,
    run,
    table_for,
)
from vmlab.migration.stages import TABLES, after_switch_over
from vmlab.migration.timers import RECOVERY_S
from vmlab.models.film import record

ALGORITHMS: tuple[Algorithm, ...] = ("post-copy", "hybrid")
DURATIONS = (None, 0.0, 5.0, 25.0, 59.0, 150.0)


def plan_for(way: str, algorithm: Algorithm) -> Plan:
    plain = ready(way)
    return plan(plain.datacenter, plain.move, plain.report.profile, algorithm=algorithm)


@pytest.fixture(scope="session")
def post(datacenter: Datacenter, move: Move) -> Plan:
    return plan(datacenter, move, algorithm="post-copy")


@pytest.fixture(scope="session")
def hybrid(datacenter: Datacenter, move: Move) -> Plan:
    return plan(datacenter, move, algorithm="hybrid")


def hold(outcome: Outcome) -> None:
    """The VM is in one place, stands still, or is lost and that is said."""
    move, spans = outcome.move, outcome.timeline.spans
    assert outcome.timeline.algorithm == outcome.algorithm != "pre-copy"
    over = outcome.timeline.span_of(Stage.SWITCHED_OVER)
    for span in spans:
        gone = over is not None and span.start_s >= over.start_s
        here = move.destination if gone else move.source
        assert span.vm_runs_on in {here, None}
    after = outcome.datacenter
    assert not after.moves
    assert after.vms[move.vm].operation is None
    assert outcome.datacenter_at(outcome.total_s) == after
    times = [entry.at_s for entry in outcome.journal]
    assert times == sorted(times)
    if outcome.outcome in {"refused", "rolled-back"} and outcome.code != "F-POWER":
        assert over is None
        assert after == outcome.before
        assert outcome.vm_runs_on == move.source
    if over is not None:
        assert outcome.undone == ()
        assert after.vms[move.vm].host == move.destination
        assert outcome.outcome in {"migrated", "failed-after-switchover", "lost"}
    if outcome.outcome == "lost":
        assert outcome.exit_code == 4
        assert outcome.vm_runs_on is None
        assert outcome.downtime_s is None
    if outcome.code == "F-POSTCOPY":
        assert outcome.outcome == "lost"
        assert outcome.stage is Stage.SWITCHED_OVER
        assert after.vms[move.vm].power_state == "off"
        assert "without all of its memory" in outcome.verdict
        assert any("out of date" in note for note in outcome.notes)
        assert outcome.estimate is None or outcome.estimate.total_s is None
    assert any("vSphere's own VMotion is pre-copy" in note for note in outcome.notes)
    document = outcome.to_json()
    json.dumps(document, allow_nan=False)
    assert document["algorithm"] == outcome.algorithm


@pytest.mark.parametrize("way", ["vmotion", "both", "both, nothing shared"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_memory_follows_the_vm(way: str, algorithm: Algorithm) -> None:
    outcome = run(plan_for(way, algorithm))
    hold(outcome)
    assert outcome.outcome == "migrated"
    copy, before = outcome.estimate, run(ready(way))
    assert copy is not None
    assert (copy.algorithm, copy.stopped_by) == (algorithm, "post-copy")
    assert copy.postcopy_s is not None
    over = outcome.timeline.span_of(Stage.SWITCHED_OVER)
    assert over is not None
    assert over.vm_runs_on == outcome.move.destination
    assert over.duration_s == pytest.approx(copy.postcopy_s)
    # What is sent before the pause, and after it, is all that the model has.
    start, pause = (outcome.timeline.span_of(stage) for stage in (Stage.PRE_COPY, Stage.CHECKPOINT))
    assert start is not None
    assert pause is not None
    assert copy.total_s == pytest.approx(over.end_s - start.start_s)
    assert outcome.copied_s == pytest.approx(copy.total_s)
    assert outcome.downtime_s == pytest.approx(copy.downtime_s)
    assert outcome.downtime_s < before.downtime_s  # type: ignore[operator]
    assert outcome.datacenter == before.datacenter
    assert outcome.journal[-1].at_s == outcome.total_s
    came = [entry for entry in outcome.journal if "All memory" in entry.what]
    assert [entry.at_s for entry in came] == [over.end_s]


def test_pure_post_copy_sends_each_page_once(post: Plan, ready: Plan) -> None:
    outcome = run(post)
    assert outcome.estimate is not None
    assert outcome.estimate.sent_bytes == 4096 * 2**20
    assert [one.round for one in outcome.estimate.rounds] == [1]
    pre = outcome.timeline.span_of(Stage.PRE_COPY)
    assert pre is not None
    assert pre.duration_s == pytest.approx(0, abs=1e-9)
    assert run(ready).estimate.sent_bytes > 4096 * 2**20  # type: ignore[union-attr]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "fault", ["postcopy-link-lost", "link-down", "vlan-changed", "source-lost"]
)
def test_the_rest_that_never_comes_loses_the_vm(
    post: Plan, hybrid: Plan, fault: str, algorithm: str
) -> None:
    ready = post if algorithm == "post-copy" else hybrid
    outcome = run(ready, [parse(f"{fault}@switched-over")])
    hold(outcome)
    assert (outcome.outcome, outcome.stage, outcome.code) == (
        "lost", "switched-over", "F-POSTCOPY"
    )  # fmt: skip
    over = run(ready).timeline.span_of(Stage.SWITCHED_OVER)
    assert over is not None
    half = (over.start_s + over.end_s) / 2
    patience_s = 20 if fault == "source-lost" else RECOVERY_S
    assert [span.vm_runs_on for span in outcome.timeline.spans[-2:]] == ["esx02", None]
    assert outcome.timeline.spans[-1].start_s == pytest.approx(half)
    assert outcome.total_s == pytest.approx(half + patience_s)
    # Half of what was missing had come.
    assert outcome.estimate is not None
    rest, came = run(ready).estimate.rounds[-1], outcome.estimate.rounds[-1]  # type: ignore[union-attr]
    assert came.sent_bytes == pytest.approx(rest.sent_bytes / 2, abs=2 * 4096)
    away = outcome.datacenter.hosts["esx01"].connection_state == "not-responding"
    assert away == (fault == "source-lost")
    assert outcome.datacenter.hosts["esx02"].connection_state == "connected"
    assert "VmMigratedEvent" in outcome.events
    assert "VmFailedMigrateEvent" not in outcome.events


def test_the_same_faults_leave_a_pre_copy_alone(ready: Plan) -> None:
    for fault in ("postcopy-link-lost", "link-down"):
        outcome = run(ready, [parse(f"{fault}@switched-over")])
        assert outcome.outcome == "migrated"
    assert run(ready, [parse("source-lost@switched-over")]).outcome == "failed-after-switchover"
    note = run(ready, [parse("postcopy-link-lost")]).notes[0]
    assert "all memory has come before" in note


def test_a_link_that_comes_back_in_time_is_recovered(post: Plan) -> None:
    calm, outcome = run(post), run(post, [parse("postcopy-link-lost+59")])
    hold(outcome)
    assert outcome.outcome == "migrated"
    assert outcome.total_s == pytest.approx(calm.total_s + 59)
    assert outcome.downtime_s == pytest.approx((calm.downtime_s or 0) + 59)
    where = [s.vm_runs_on for s in outcome.timeline.spans if s.stage is Stage.SWITCHED_OVER]
    assert where == ["esx02", None, "esx02"]
    told = [entry.what for entry in outcome.journal]
    assert "web01 stands still on esx02: no page comes" in told
    assert "Link recovered, web01 goes on on esx02" in told
    assert outcome.case is not None
    assert outcome.case.link is not None
    assert [rate for _, rate in outcome.case.link.profile or ()] == [1000, 0, 1000]
    assert outcome.estimate is not None
    assert outcome.estimate.sent_bytes == calm.estimate.sent_bytes  # type: ignore[union-attr]
    assert "stood still, and went on" in outcome.notes[0]
    assert run(post, [parse("postcopy-link-lost+60")]).outcome == "lost"


def test_recovered_once_and_then_lost(post: Plan) -> None:
    outcome = run(post, [parse("link-down@10+5"), parse("postcopy-link-lost@25")])
    hold(outcome)
    assert outcome.code == "F-POSTCOPY"
    where = [s.vm_runs_on for s in outcome.timeline.spans if s.stage is Stage.SWITCHED_OVER]
    assert where == ["esx02", None, "esx02", None]
    assert outcome.timeline.spans[-1].start_s == 25
    # 1 Gbit/s are 119.209 MiB/s; 7.12 s before the first silence, 10 s after it.
    assert outcome.estimate is not None
    assert outcome.estimate.sent_bytes / 2**20 == pytest.approx(17.12 * 119.209, abs=0.02)


def test_a_flapping_link_stops_and_goes(post: Plan) -> None:
    outcome = run(post, [parse("link-flapping@switched-over+30")])
    hold(outcome)
    assert outcome.outcome == "migrated"
    where = [s.vm_runs_on for s in outcome.timeline.spans if s.stage is Stage.SWITCHED_OVER]
    assert where == ["esx02", *[None, "esx02"] * 3]


def test_a_target_that_is_lost_takes_the_vm_with_it(post: Plan) -> None:
    outcome = run(post, [parse("destination-lost@switched-over")])
    hold(outcome)
    assert outcome.verdict == "web01 is down with esx02"
    assert outcome.datacenter.vms["web01"].power_state == "on"
    assert outcome.estimate is not None
    assert outcome.estimate.sent_bytes == pytest.approx(2048 * 2**20, abs=2 * 4096)


def test_once_all_has_come_the_source_may_go(post: Plan) -> None:
    outcome = run(post, [parse("source-lost@clean-up")])
    hold(outcome)
    assert (outcome.outcome, outcome.stage) == ("failed-after-switchover", "clean-up")
    assert outcome.vm_runs_on == "esx02"
    assert outcome.estimate == run(post).estimate


def test_no_guest_is_too_busy(datacenter: Datacenter, move: Move, post: Plan, hybrid: Plan) -> None:
    activity = {"working_set_mib": 4096, "dirty_pages_per_s": 200_000}
    busy = apply(datacenter, [set_to(("vms", "web01", "activity"), activity)])
    assert migrate(busy, move).code == "F-CONVERGE"
    for algorithm in ALGORITHMS:
        outcome = migrate(busy, move, algorithm=algorithm)
        assert outcome.outcome == "migrated"
    for made in (post, hybrid):
        outcome = run(made, [parse("no-convergence")])
        assert outcome.outcome == "migrated"
        assert "need not catch up" in outcome.notes[0]


@pytest.mark.parametrize("way", ["vmotion", "both"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("stage", Stage)
def test_every_fault_in_every_stage(way: str, algorithm: Algorithm, stage: Stage) -> None:
    ready = plan_for(way, algorithm)
    for name, fault in FAULTS.items():
        for lasts_s in DURATIONS:
            outcome = run(ready, [Disturbance(name, stage, lasts_s)])
            hold(outcome)
            if outcome.outcome == "lost" and after_switch_over(stage):
                assert fault.host_lost or fault.stops_data


@settings(max_examples=100, deadline=None)
@given(
    algorithm=st.sampled_from(ALGORITHMS),
    disturbances=st.lists(
        st.builds(
            Disturbance,
            st.sampled_from(list(FAULTS)),
            st.one_of(st.none(), st.sampled_from(list(Stage)), st.floats(0, 100)),
            st.one_of(st.none(), st.floats(0, 90)),
        ),
        max_size=4,
    ),
)
def test_whatever_happens_together(algorithm: Algorithm, disturbances: list[Disturbance]) -> None:
    ready = plan_for("vmotion", algorithm)
    outcome = run(ready, disturbances)
    hold(outcome)
    assert outcome == run(ready, disturbances)
    turned = run(ready, disturbances[::-1])
    assert (turned.outcome, turned.total_s) == (outcome.outcome, outcome.total_s)


def test_a_copy_that_is_cut_before_the_switch(hybrid: Plan, post: Plan) -> None:
    outcome = run(hybrid, [parse("cancelled@12.8")])
    assert outcome.estimate is not None
    assert outcome.estimate.algorithm == "hybrid"
    assert outcome.estimate.sent_bytes / 2**20 == pytest.approx(1192.09, abs=0.01)
    outcome = run(hybrid, [parse("cancelled@handshake")])
    assert outcome.estimate is not None
    assert outcome.estimate.sent_bytes == 4096 * 2**20
    assert run(post, [parse("cancelled@handshake")]).estimate is None


def test_the_film_shows_what_was_asked_for_and_is_cut(post: Plan) -> None:
    outcome = run(post)
    assert outcome.case is not None
    film = record(outcome.case, frames=20, dots=1024, until_s=outcome.copied_s)
    assert film.moved
    assert film.requested.max() > 0
    lost = run(post, [parse("postcopy-link-lost")])
    assert lost.case is not None
    film = record(lost.case, frames=20, dots=1024, until_s=lost.copied_s)
    assert not film.moved
    unsent = film.counts[-1][0] / film.counts[-1].sum()
    assert unsent == pytest.approx(0.5, abs=0.01)


def test_the_tables_differ_in_words_and_in_one_length() -> None:
    for kind in ("vmotion", "both"):
        for algorithm in ALGORITHMS:
            table = table_for(kind, algorithm)
            for stage, row in TABLES[kind].items():
                told = replace(table[stage], what=row.what, nominal_s=row.nominal_s)
                assert told == row
            assert table[Stage.SWITCHED_OVER].nominal_s is None
    assert table_for("cold", "hybrid") is TABLES["cold"]


def test_only_a_vm_whose_memory_follows_stands_still_and_goes_on() -> None:
    spans = [Span(stage, n, n + 1, None) for n, stage in enumerate(list(Stage)[:12])]
    back = (*spans, Span(Stage.SWITCHED_OVER, 12, 13, "esx02"))
    Timeline(back, "vmotion", "post-copy")
    with pytest.raises(ValueError, match="switched-over may not follow switched-over"):
        Timeline(back, "vmotion")


@pytest.mark.parametrize("way", ["storage", "cold", "suspended"])
def test_a_kind_without_memory_has_no_choice(way: str) -> None:
    plain = ready(way)
    with pytest.raises(InputError, match="sends no memory"):
        migrate(plain.datacenter, plain.move, algorithm="post-copy")
