"""Random trials: nothing is violated, anything is drawn, and any trial can be had again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from support.kinds import ready
from vmlab.documents import InputError
from vmlab.inventory import Datacenter, apply, load, remove, set_to
from vmlab.inventory.scenario import scenario_names
from vmlab.migration import FAULTS, KINDS, run
from vmlab.migration.trials import Grounds, replay, run_trials, trials
from vmlab.migration.trials.dice import Dice

N, SEED = 2000, 11


@pytest.fixture(scope="module")
def two_hosts() -> Datacenter:
    return load("two-hosts").datacenter


def test_nothing_is_violated_in_any_kind(two_hosts: Datacenter) -> None:
    done = run_trials(two_hosts, N, SEED, workers=2)
    assert list(done.violations) == []
    assert done.exit_code == 0
    assert sum(done.counts.values()) == N
    ends = Counter[tuple[str, str]]()
    for (kind, stage, outcome), n in done.counts.items():
        ends[kind, outcome] += n
        assert (stage is None) == (outcome == "migrated")
    for kind, facts in KINDS.items():
        words = {"migrated", "refused", "rolled-back", "failed-after-switchover"}
        assert {word for named, word in ends if named == kind} == words | (
            {"lost"} if facts.runs else set()
        )
        assert ends[kind, "migrated"] > N / 100


@pytest.mark.parametrize("name", [name for name in scenario_names() if name != "two-hosts"])
def test_nothing_is_violated_in_any_scenario(name: str) -> None:
    assert run_trials(load(name).datacenter, 100, 3).violations == ()


def test_everything_is_drawn(two_hosts: Datacenter) -> None:
    grounds = Grounds(two_hosts, 5)
    drawn = [grounds.trial(number) for number in range(700)]
    assert {one.kind.name for trial in drawn for one in trial.disturbances} == set(FAULTS)
    assert {len(trial.disturbances) for trial in drawn} == {0, 1, 2, 3}
    assert {trial.plan.move.kind for trial in drawn} == set(KINDS)
    assert len({trial.plan.algorithm for trial in drawn}) == 3
    assert {trial.plan.move.disk_format for trial in drawn} == {"same", "thick", "thin"}
    assert len({trial.plan.report.profile for trial in drawn}) == 4
    reports = [trial.plan.report for trial in drawn]
    assert any(report.errors for report in reports)
    late = [report for report in reports if report.ok and not trial_is_clean(report)]
    assert "connect" in {finding.phase for report in late for finding in report.findings}


def trial_is_clean(report: Any) -> bool:
    return not any(finding.severity == "error" for finding in report.findings)


def test_results_do_not_depend_on_workers(
    two_hosts: Datacenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "CHUNK", 90)
    said: list[tuple[int, int]] = []
    alone = run_trials(two_hosts, 250, 2)
    both = run_trials(two_hosts, 250, 2, workers=2, progress=lambda *done: said.append(done))
    assert alone.to_json() == both.to_json()
    assert said == [(90, 250), (180, 250), (250, 250)]
    assert run_trials(two_hosts, 250, 4).to_json() != alone.to_json()


def test_a_trial_alone_is_the_same_as_among_others(two_hosts: Datacenter) -> None:
    grounds = Grounds(two_hosts, SEED)
    for number in (0, 3, 17, 118):
        among = grounds.trial(number)
        alone = replay(two_hosts, SEED, number)
        assert alone.trial.situation == among.situation
        assert alone.trial.disturbances == among.disturbances
        outcome = run(among.plan, among.disturbances).to_json()
        document = alone.to_json()
        assert document["outcome"] == outcome
        assert document["violations"] == []
        assert next(alone.lines()).startswith(f"Trial {number} of seed {SEED}")


def test_a_crash_is_told_with_its_trial(
    two_hosts: Datacenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(trials, "run", broken)
    done = run_trials(two_hosts, 3, 1)
    assert [(one.trial, one.invariant) for one in done.violations] == [
        (number, "no-crash") for number in range(3)
    ]
    assert done.violations[0].what == "ZeroDivisionError: by chance"
    assert done.exit_code == 1
    assert {outcome for _, _, outcome in done.counts} == {"crashed"}
    assert repr(done) == "3 trials, seed 1: 3 violations"


def test_a_violation_is_told(two_hosts: Datacenter, monkeypatch: pytest.MonkeyPatch) -> None:
    def stained(plan: Any, disturbances: Any) -> Any:
        outcome = run(plan, disturbances)
        object.__setattr__(outcome, "events", ("VmRenamedEvent",))
        return outcome

    monkeypatch.setattr(trials, "run", stained)
    done = run_trials(two_hosts, 2, 1)
    assert [one.trial for one in done.violations] == [0, 1]
    assert {one.invariant for one in done.violations} == {"events-in-order"}
    assert done.to_json()["violations"][0]["trial"] == 0


def test_where_nothing_can_move(two_hosts: Datacenter) -> None:
    empty = apply(two_hosts, [remove(("vms", "web01"))])
    with pytest.raises(InputError, match="no move can be asked for"):
        run_trials(empty, 5, 1)


def test_dice_are_hashed() -> None:
    assert Dice(1, "trial", 2).share() == Dice(1, "trial", 2).share()
    others = [Dice(1, "trial", 3), Dice(2, "trial", 2), Dice(1, "situation", 2)]
    assert Dice(1, "trial", 2).share() not in [dice.share() for dice in others]
    assert {Dice(1, "trial", n).below(4) for n in range(50)} == {0, 1, 2, 3}


def test_a_swapfile_that_does_not_fit_stops_the_move_where_files_are_made() -> None:
    # Trials found it: no rule asks for room where a host-local swapfile goes.
    small = [
        set_to(("vms", "web01", "swap_placement"), "host-local"),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
        set_to(("datastores", "esx02-local", "free_gib"), 3),
    ]
    outcome = run(ready("vmotion", edits=small))
    assert (outcome.outcome, outcome.stage) == ("rolled-back", "create-shell")
    assert (outcome.code, outcome.fault) == ("F-DISK-COPY", "NoDiskSpace")
    assert outcome.reason == "esx02-local has 3 GiB free, the files of web01 take 4 GiB."
    assert outcome.datacenter == outcome.before
