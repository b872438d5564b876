"""Whatever happens whenever: one place or a pause, and back means back."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.inventory import Datacenter, Move, apply, load, set_to
from vmlab.migration import FAULTS, STAGES, Disturbance, Outcome, Plan, Stage, plan, run
from vmlab.migration.journal import effects_of
from vmlab.migration.setting import VMOTION

KEYS = [
    "outcome",
    "stage",
    "reason",
    "fault",
    "code",
    "downtime_s",
    "total_s",
    "timeline",
    "undone",
    "events",
    "reverted_to_original",
    "findings",
    "estimate",
    "vm_runs_on",
    "left_behind",
    "notes",
    "kind",
    "registered_on",
    "algorithm",
]
EXIT = {"migrated": 0, "refused": 1, "rolled-back": 3, "failed-after-switchover": 4, "lost": 4}
DURATIONS = (None, 0.0, 0.01, 5.0, 25.0, 150.0)
AT_SOURCE = [stage for stage, row in STAGES.items() if row.vm_runs_on == "source"]
AT_TARGET = [stage for stage, row in STAGES.items() if row.vm_runs_on == "destination"]


def hold(outcome: Outcome) -> None:
    """Every invariant of an outcome."""
    move, spans = outcome.move, outcome.timeline.spans
    assert spans[0].start_s == 0
    for before, after in pairwise(spans):
        assert before.end_s == after.start_s
    off = outcome.code == "F-POWER"
    lost = outcome.outcome == "lost" or off
    for span in spans:
        allowed = {"source": {move.source}, "destination": {move.destination}, None: {None}}[
            STAGES[span.stage].vm_runs_on
        ]
        if lost:
            allowed = allowed | {None}
        elif span.way_back:
            allowed = {move.source}
        assert span.vm_runs_on in allowed
    paused = sum(span.duration_s for span in spans if span.vm_runs_on is None)
    assert outcome.downtime_s == (None if lost or not paused else pytest.approx(paused))
    assert outcome.exit_code == EXIT[outcome.outcome]

    before, after = outcome.before, outcome.datacenter
    assert not after.moves
    assert after.vms[move.vm].operation is None
    assert outcome.datacenter_at(outcome.total_s) == after
    if off:
        assert outcome.outcome == "rolled-back"
        assert after == apply(before, [set_to(("vms", move.vm, "power_state"), "off")])
        assert outcome.vm_runs_on is None
        assert outcome.verdict == f"{move.vm} is powered off on {move.source}"
    elif outcome.outcome in {"refused", "rolled-back"}:
        assert after == before
        assert outcome.reverted_to_original
        assert outcome.vm_runs_on == move.source
        assert outcome.verdict.endswith("exactly as before")
        assert outcome.stage not in AT_TARGET
    else:
        assert not outcome.reverted_to_original
        assert after != before
        assert "as before" not in outcome.verdict
    if outcome.outcome == "refused":
        assert after is before
    if outcome.outcome in {"migrated", "failed-after-switchover"}:
        assert outcome.vm_runs_on == after.vms[move.vm].host == move.destination
        assert outcome.undone == ()
    assert bool(outcome.left_behind) == (
        outcome.outcome != "migrated" and outcome.stage in AT_TARGET
    )
    assert (outcome.stage is None) == (outcome.reason is None) == (outcome.outcome == "migrated")

    # Undone is what was done, newest first.
    done = [entry for entry in outcome.journal if not entry.undoes]
    undone = [entry for entry in outcome.journal if entry.undoes]
    times = [entry.at_s for entry in outcome.journal]
    assert times == sorted(times)
    did = {entry.what for entry in done}
    back = [effect for effect in effects_of(before, move) if effect.did in did]
    if outcome.exit_code in {1, 3}:
        assert [entry.stage for entry in undone] == [effect.stage for effect in reversed(back)]
        for entry, effect in zip(undone, reversed(back), strict=True):
            assert entry.what in {effect.undone, effect.lost} - {""}

    document = outcome.to_json()
    assert list(document) == KEYS
    json.dumps(document, allow_nan=False)
    assert (outcome.copied_s is None) == (outcome.estimate is None)
    if outcome.estimate and outcome.stage in AT_SOURCE:
        assert outcome.estimate.total_s is None
    for at_s in (0.0, outcome.total_s / 3, outcome.total_s / 2, outcome.total_s):
        now = outcome.datacenter_at(at_s)
        assert now.vms[move.vm].host in {move.source, move.destination}
        assert outcome.timeline.vm_runs_on_at(at_s) in {None, now.vms[move.vm].host}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", Stage)
def test_every_fault_in_every_stage(ready: Plan, fault: str, stage: Stage) -> None:
    for lasts_s in DURATIONS:
        outcome = run(ready, [Disturbance(fault, stage, lasts_s)])
        hold(outcome)
        if outcome.outcome == "migrated":
            assert len(outcome.notes) == 1
        else:
            assert stage in Stage
            assert list(Stage).index(outcome.stage) >= list(Stage).index(stage)  # type: ignore[arg-type]
        ends = not FAULTS[fault].only_delays
        if ends and lasts_s is None and stage in FAULTS[fault].symptoms:
            assert outcome.stage is stage
            assert outcome.code == FAULTS[fault].symptoms[stage].code
            assert outcome.fault == FAULTS[fault].symptoms[stage].fault


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_by_default_strikes_where_it_says(ready: Plan, fault: str) -> None:
    outcome = run(ready, [Disturbance(fault)])
    hold(outcome)
    facts = FAULTS[fault]
    if facts.only_delays or not facts.symptoms:
        assert outcome.outcome == "migrated"
    else:
        assert outcome.stage is facts.begins_at(VMOTION)


TIMES = st.one_of(
    st.none(),
    st.sampled_from(list(Stage)),
    st.floats(0, 200, allow_nan=False),
)
DISTURBANCES = st.builds(
    Disturbance,
    st.sampled_from(list(FAULTS)),
    TIMES,
    st.one_of(st.none(), st.floats(0, 150), st.floats(0, 1)),
)
SCENARIO = load("two-hosts").datacenter
MOVE = Move(vm="web01", source="esx01", destination="esx02")


def datacenter_with(memory_mib: int, working: float, writes: float, mbit_s: int) -> Datacenter:
    nics = [("hosts", host, "physical_nics", "vmnic1") for host in ("esx01", "esx02")]
    activity = {"working_set_mib": working * memory_mib, "dirty_pages_per_s": writes}
    return apply(
        SCENARIO,
        [
            set_to(("vms", "web01", "memory_mib"), memory_mib),
            set_to(("vms", "web01", "activity"), activity),
            *(set_to((*nic, "speed_mbit_s"), mbit_s) for nic in nics),
        ],
    )


@settings(max_examples=200, deadline=None)
@given(
    memory_mib=st.integers(1, 65_536),
    working=st.floats(0, 1),
    writes=st.floats(0, 1e6),
    mbit_s=st.sampled_from([1000, 2500, 10_000, 40_000]),
    disturbances=st.lists(DISTURBANCES, max_size=4),
)
def test_whatever_happens_to_whatever_vm(
    memory_mib: int, working: float, writes: float, mbit_s: int, disturbances: list[Disturbance]
) -> None:
    ready = plan(datacenter_with(memory_mib, working, writes, mbit_s), MOVE)
    outcome = run(ready, disturbances)
    hold(outcome)
    assert outcome == run(ready, disturbances)
    assert math.isfinite(outcome.total_s)
