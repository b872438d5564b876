"""Rolling upgrades: hosts come back, one step after another; and strategies side by side."""

from __future__ import annotations

import json

import pytest

from vmlab.documents import InputError
from vmlab.fleet.strategies import STRATEGIES, compare, most_at_once
from vmlab.fleet.strategy import Strategy
from vmlab.fleet.upgrade import UPGRADE_S, upgrade
from vmlab.inventory import apply, load
from vmlab.inventory.path import set_to

FOUR = load("four-hosts")
FREE = apply(FOUR.datacenter, [set_to(("vms", "scan01", "devices", "cd 1", "connected"), False)])


def test_every_host_is_upgraded_and_comes_back() -> None:
    done = upgrade(FREE, profile=FOUR.profile, version="8.0.1")
    assert done.upgraded == tuple(FREE.hosts)
    assert done.left == ()
    for name, host in done.datacenter.hosts.items():
        assert host == FREE.hosts[name].model_copy(update={"version": "8.0.1"})
    for name, vm in done.datacenter.vms.items():
        assert vm == FREE.vms[name].model_copy(update={"host": vm.host})
    json.dumps(done.to_json(), allow_nan=False)


def test_steps_follow_one_another_without_a_gap() -> None:
    done = upgrade(FREE, profile=FOUR.profile)
    at_s = 0.0
    now = FREE
    for step in done.steps:
        assert step.start_s == at_s
        assert step.emptied_s == pytest.approx(at_s + step.evacuation.total_s)
        assert step.end_s == pytest.approx(step.emptied_s + UPGRADE_S)
        assert step.evacuation.before == now
        assert step.hosts == step.upgraded
        edits = [set_to(("hosts", host, "maintenance_mode"), False) for host in step.upgraded]
        now = apply(step.evacuation.datacenter, edits)
        at_s = step.end_s
    assert done.total_s == at_s
    assert done.datacenter == now


def test_a_host_that_cannot_be_emptied_is_left_and_takes_no_time_to_upgrade() -> None:
    done = upgrade(FOUR)
    assert done.upgraded == ("esx02", "esx03", "esx04")
    assert [host for host, _ in done.left] == ["esx01"]
    first = done.steps[0]
    assert first.end_s == first.emptied_s
    assert "scan01" in first.why_not
    assert done.datacenter.hosts["esx01"] == FOUR.datacenter.hosts["esx01"]
    assert "esx01 is left as it was" in repr(done)


def test_two_together_take_fewer_steps() -> None:
    pair = upgrade(FREE, profile=FOUR.profile, together=2)
    assert [step.hosts for step in pair.steps] == [("esx01", "esx02"), ("esx03", "esx04")]
    # mail01 may run on the first two only, so that they cannot both be empty.
    assert [host for host, _ in pair.left] == ["esx02"]
    assert pair.upgraded == ("esx01", "esx03", "esx04")


@pytest.mark.parametrize("wrong", [{"together": 0}, {"upgrade_s": -1.0}])
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        upgrade(FOUR, **wrong)  # type: ignore[arg-type]


def test_hosts_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InputError, match="esx09"):
        upgrade(FOUR, ["esx09"])


def test_strategies_are_compared_on_the_same_hosts() -> None:
    found = compare(FOUR, ["esx01", "esx02"])
    assert len(found.table().rows) == len(STRATEGIES)
    assert {frozenset(one.vm for one in run.moves) for run in found.evacuations} == {
        frozenset(one.vm for one in found.evacuations[0].moves)
    }
    for run in found.evacuations:
        at_once = run.strategy.at_once
        assert at_once is None or most_at_once(run) <= at_once
    one, many = found.evacuations[0], found.evacuations[4]
    assert most_at_once(one) == 1
    assert most_at_once(many) > 4
    assert found.fastest.total_s == min(run.total_s for run in found.evacuations)
    limits = [str(row[-1]) for row in found.table().rows]
    assert limits[0].startswith("fleet")
    assert not limits[4].startswith("fleet")


def test_a_strategy_has_a_name_of_its_own() -> None:
    names = [one.name for one in STRATEGIES]
    assert len(set(names)) == len(names)
    assert Strategy(1).name == "1 at once"
