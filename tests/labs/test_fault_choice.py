"""A fault that is chosen strikes where it was asked to."""

from __future__ import annotations

import re

import pytest

from vmlab.documents import InputError
from vmlab.inventory.scenario import load
from vmlab.labs.fault_choice import NO_FAULT, FaultChoice, choice, pre_copy_rounds
from vmlab.migration.fault import GROUPS
from vmlab.migration.faults import FAULTS
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate
from vmlab.migration.setting import VMOTION
from vmlab.migration.stages import Stage
from vmlab.rules.check import request

SCENARIO = load("two-hosts")
MOVE = request(SCENARIO.datacenter, "web01", "esx02")
FELT = [name for name, fault in FAULTS.items() if fault.stages_in(VMOTION)]
ENDING = [name for name in FELT if not FAULTS[name].only_delays]
PAIRS = [(fault, stage) for fault in FELT for stage in Stage]
OFFERED = [(fault, stage) for fault, stage in PAIRS if stage in FAULTS[fault].stages_in(VMOTION)]
STRIKES = [(fault, stage) for fault, stage in OFFERED if fault in ENDING]
DELAYS = [pair for pair in OFFERED if pair not in STRIKES]
HARMLESS = [pair for pair in PAIRS if pair not in OFFERED]


def run(chosen: FaultChoice) -> Outcome:
    undisturbed = migrate(SCENARIO.datacenter, MOVE, SCENARIO.profile)
    return migrate(SCENARIO.datacenter, MOVE, SCENARIO.profile, chosen.disturbances(undisturbed))


@pytest.mark.parametrize(("fault", "stage"), STRIKES)
def test_every_offered_pair_strikes_in_its_stage(fault: str, stage: Stage) -> None:
    outcome = run(choice(fault, stage.value))
    assert outcome.stage is stage
    assert outcome.outcome != "migrated"
    assert outcome.code == FAULTS[fault].symptoms[stage].code


@pytest.mark.parametrize(("fault", "stage"), DELAYS)
def test_what_only_delays_is_offered_where_it_delays(fault: str, stage: Stage) -> None:
    calm, outcome = run(NO_FAULT), run(choice(fault, stage.value))
    # A slower link may be too slow for what this guest writes.
    assert outcome.outcome == "migrated" or outcome.code == "F-CONVERGE"
    assert outcome.total_s > calm.total_s


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in FELT])
def test_what_a_vmotion_does_not_feel_is_refused_with_the_reason(fault: str) -> None:
    reason = FAULTS[fault].lacking(VMOTION)
    assert reason
    with pytest.raises(InputError, match=f"does not strike a VMotion: {re.escape(reason)}"):
        choice(fault)


@pytest.mark.parametrize(("fault", "stage"), HARMLESS)
def test_every_other_pair_is_refused_with_the_stages_that_work(fault: str, stage: Stage) -> None:
    with pytest.raises(InputError) as refused:
        choice(fault, stage.value)
    said = str(refused.value)
    assert fault in said
    assert all(offered in said for offered in FAULTS[fault].stages_in(VMOTION))


@pytest.mark.parametrize("fault", ENDING)
def test_without_a_stage_it_strikes_at_its_own_place(fault: str) -> None:
    chosen = choice(fault)
    assert chosen.stage is FAULTS[fault].begins_at(VMOTION)
    assert run(chosen).stage is FAULTS[fault].begins_at(VMOTION)


def test_in_pre_copy_it_strikes_in_its_round() -> None:
    undisturbed = migrate(SCENARIO.datacenter, MOVE, SCENARIO.profile)
    assert undisturbed.estimate is not None
    last = pre_copy_rounds(undisturbed)
    assert 2 <= last == len(undisturbed.estimate.rounds) - 1
    for number in range(1, last + 1):
        outcome = run(choice("cancelled", "pre-copy", number))
        assert outcome.estimate is not None
        assert len(outcome.estimate.rounds) == number
        cut, whole = outcome.estimate.rounds[-1], undisturbed.estimate.rounds[number - 1]
        assert 0 < cut.duration_s < whole.duration_s
    assert run(choice("cancelled", "pre-copy", 99)) == run(choice("cancelled", "pre-copy", last))


def test_no_fault_is_no_disturbance() -> None:
    undisturbed = migrate(SCENARIO.datacenter, MOVE, SCENARIO.profile)
    assert NO_FAULT.disturbances(undisturbed) == ()
    assert NO_FAULT.stage is None
    assert choice("") == NO_FAULT


def test_the_bar_offers_the_stages_in_which_it_strikes() -> None:
    for fault in FELT:
        shown = choice(fault).shown(rounds=3)
        assert fault in [name for group in shown.fault_groups.values() for name, _ in group]
        offered = [stage for options in shown.stages.values() for stage, _ in options]
        assert offered == [
            stage.value for stage in Stage if stage in FAULTS[fault].stages_in(VMOTION)
        ]
        assert shown.strikes_in in offered
        in_rounds = shown.strikes_in == "pre-copy" and fault != "no-convergence"
        assert shown.rounds == (3 if in_rounds else 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nope",), "link-down"),
        (("link-dwon",), "Did you mean link-down"),
        (("link-down", "nope"), "pre-copy"),
        (("link-down", "pre-copy", 0), "Count from 1"),
        (("link-down", "pre-copy", -3), "Count from 1"),
        (("link-down", "pre-copy", "two"), "digits"),
    ],
)
def test_what_is_unknown_is_answered_with_what_is_known(
    words: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        choice(*words)


def test_faults_are_offered_in_groups_each_once() -> None:
    shown = NO_FAULT.shown(rounds=3).fault_groups
    assert list(shown) == list(GROUPS.values())
    offered = [name for group in shown.values() for name, _ in group]
    assert sorted(offered) == sorted(FELT)
    assert max(map(len, shown.values())) <= 10
