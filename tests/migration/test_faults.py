"""Every fault in every stage of every kind of move: one place or a pause, and back means back."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.moves import MOVES, ready_for
from vmlab.inventory import apply, set_to
from vmlab.migration import FAULTS, Disturbance, Outcome, Plan, Stage, run
from vmlab.migration.catalogue import FAILURES
from vmlab.migration.fault import GROUPS
from vmlab.migration.kinds import KINDS
from vmlab.migration.setting import setting
from vmlab.migration.stages import ORDER, TABLES, after_switch_over
from vmlab.migration.telling import relocated

DURATIONS = (None, 0.0, 5.0, 25.0)
OF_FAULTS = ("HostConnectionLostEvent", "VmPoweredOffEvent", "VMotionLicenseExpiredEvent")
BACK = {"refused", "rolled-back"}


def hold(ready: Plan, outcome: Outcome) -> None:
    """What is true of any run of any kind, whatever happened."""
    move, vm = outcome.move, outcome.move.vm
    before, after = outcome.before, outcome.datacenter
    spans, kind = outcome.timeline.spans, KINDS[move.kind]
    assert spans[0].start_s == 0
    for sooner, later in pairwise(spans):
        assert sooner.end_s == later.start_s
    reached = tuple(dict.fromkeys(span.stage for span in spans))
    assert reached == ready.stages[: len(reached)]

    # In exactly one place, paused, or said to be down.
    allowed = {None, move.source, move.destination} if kind.runs else {None}
    assert {span.vm_runs_on for span in spans} <= allowed
    off = outcome.code == "F-POWER"
    assert (outcome.vm_runs_on is None) == (outcome.outcome == "lost" or off or not kind.runs)
    assert after.moves == before.moves
    assert after.vms[vm].operation == before.vms[vm].operation
    assert [name for name, facts in after.vms.items() if facts.host != before.vms[name].host] in (
        [],
        [vm],
    )

    if outcome.outcome in BACK:
        power = [set_to(("vms", vm, "power_state"), "off")] if off else []
        room = ready.files.swap_room(over=False) if off else None
        if room:
            path, gib = room
            free_gib = before.datastores[path[1]].free_gib
            power.append(set_to(path, (free_gib or 0.0) + gib))
        assert after == apply(before, power)
        assert outcome.reverted_to_original == (not off)
        assert outcome.stage is not None
        assert not after_switch_over(outcome.stage)
        assert outcome.left_behind == ()
        assert outcome.registered_on == move.source
    elif outcome.outcome == "lost":
        assert kind.runs
        host = after.vms[vm].host
        assert after.hosts[host].connection_state == "not-responding"
        assert not outcome.reverted_to_original
    else:
        assert outcome.registered_on == after.vms[vm].host == move.destination
        assert outcome.undone == ()
        assert bool(outcome.left_behind) == (outcome.outcome == "failed-after-switchover")
        stores = after.datastores.values()
        old = [one for store in stores for one in store.copies.values()]
        assert not old or outcome.left_behind
        assert {one.state for one in old} <= {"old"}

    # Codes from the catalogue; the bar's place is told as what it is.
    assert (outcome.stage is None) == (outcome.code is None) == (outcome.outcome == "migrated")
    if outcome.code is not None:
        bar = FAILURES[outcome.code].note
        assert bar is None or outcome.notes[-1] == bar
        assert "{" not in (outcome.reason or "{")

    # Events in the order of the stages, the failure last.
    rows = TABLES[move.kind].values()
    expected = relocated(move, [event for row in rows for event in row.events])
    (failed,) = relocated(move, [kind.failed])
    told = [event for event in outcome.events if event in expected]
    assert told == [event for event in expected if event in told]
    rest = outcome.events[len(told) :]
    assert outcome.events[: len(told)] == tuple(told)
    assert set(rest) <= {*OF_FAULTS, failed}
    if failed in rest:
        assert rest[-1] == failed
        assert outcome.stage is not None
        assert not after_switch_over(outcome.stage)

    times = [entry.at_s for entry in outcome.journal]
    assert times == sorted(times)
    json.dumps(outcome.to_json(), allow_nan=False)
    if outcome.stage is not None and not after_switch_over(outcome.stage) and outcome.estimate:
        assert outcome.estimate.total_s is None


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_in_every_stage_of_every_kind(name: str, fault: str) -> None:
    ready = ready_for(name)
    calm = run(ready)
    symptoms = FAULTS[fault].symptoms_in(ready.setting)
    for stage in Stage:
        for lasts_s in DURATIONS:
            outcome = run(ready, [Disturbance(fault, stage, lasts_s)])
            hold(ready, outcome)
            if outcome.outcome == "migrated":
                assert len(outcome.notes) == 1
                assert outcome.total_s >= calm.total_s - 1e-9
                assert outcome.datacenter == calm.datacenter
            if stage not in ready.stages:
                assert outcome.outcome == "migrated"
                assert "never comes to that stage" in outcome.notes[0]
            if lasts_s is not None or FAULTS[fault].only_delays:
                continue
            if stage in symptoms:
                symptom = symptoms[stage]
                assert (outcome.stage, outcome.code) == (stage, symptom.code)
                assert outcome.fault == symptom.fault
            elif outcome.stage is not None:
                assert ORDER[outcome.stage] > ORDER[stage]
                assert outcome.stage in symptoms


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("fault", FAULTS)
def test_left_to_itself_a_fault_strikes_where_it_can(name: str, fault: str) -> None:
    ready, facts = ready_for(name), FAULTS[fault]
    outcome = run(ready, [Disturbance(fault)])
    if facts.stages_in(ready.setting) and not facts.only_delays:
        assert outcome.stage is facts.begins_at(ready.setting)
    elif not facts.stages_in(ready.setting):
        assert outcome.outcome == "migrated"
        assert "changed nothing" in outcome.notes[0]


TIMES = st.one_of(st.none(), st.sampled_from(list(Stage)), st.floats(0, 900))
DISTURBANCES = st.builds(
    Disturbance,
    st.sampled_from(list(FAULTS)),
    TIMES,
    st.one_of(st.none(), st.floats(0, 200), st.floats(0, 1)),
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(MOVES), disturbances=st.lists(DISTURBANCES, max_size=4))
def test_whatever_happens_together(name: str, disturbances: list[Disturbance]) -> None:
    ready = ready_for(name)
    outcome = run(ready, disturbances)
    hold(ready, outcome)
    assert outcome == run(ready, disturbances)
    # The order in which they are named decides nothing.
    turned = run(ready, disturbances[::-1])
    assert (turned.outcome, turned.total_s) == (outcome.outcome, outcome.total_s)


def test_faults_are_told_in_full() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.group in GROUPS
        assert fault.title and fault.harmless and fault.assumption  # noqa: PT018
        assert fault.signs or fault.slowing
        for sign in fault.signs:
            failure = FAILURES[sign.symptom.code]
            assert sign.symptom.reason.endswith(".")
            assert sign.symptom.fault or failure.code in {"F-PMEM", "F-POSTCOPY", "F-VCENTER"}
    struck = {sign.symptom.code for fault in FAULTS.values() for sign in fault.signs}
    assert struck == set(FAILURES)


def test_every_fault_matters_to_some_move() -> None:
    pmem, postcopy = setting("vmotion", pmem=True), setting("vmotion", algorithm="post-copy")
    for fault in FAULTS.values():
        felt = [name for name in MOVES if fault.stages_in(ready_for(name).setting)]
        assert felt or fault.stages_in(pmem) or fault.stages_in(postcopy)
