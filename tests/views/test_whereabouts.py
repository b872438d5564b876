"""What is where: at every instant of every run exactly one place counts."""

from __future__ import annotations

import pytest

from vmlab.inventory.scenario import load
from vmlab.migration import FAULTS, Disturbance, Outcome, Stage, migrate
from vmlab.migration.setting import VMOTION
from vmlab.rules.check import request
from vmlab.views.whereabouts import instants, port_of
from vmlab.views.whereabouts_table import instant_json, rows, whereabouts_table

SCENARIO = load("two-hosts")
MOVE = request(SCENARIO.datacenter, "web01", "esx02")
STRIKES = [(fault, stage) for fault in FAULTS for stage in FAULTS[fault].stages_in(VMOTION)]


def run(fault: str = "", stage: Stage | None = None) -> Outcome:
    disturbances = [Disturbance(fault, stage)] if fault else []
    return migrate(SCENARIO.datacenter, MOVE, SCENARIO.profile, disturbances)


@pytest.mark.parametrize(("fault", "stage"), STRIKES)
def test_every_run_is_told_without_contradiction(fault: str, stage: Stage) -> None:
    outcome = run(fault, stage)
    found = instants(outcome)
    assert [one.at_s for one in found] == sorted(one.at_s for one in found)
    assert found[0].registers in {"source", "lost"}
    assert not found[-1].read_only
    assert not found[-1].stale_pages
    for one in found:
        where = {MOVE.source: "source", MOVE.destination: "destination"}.get(one.vm_runs_on or "")
        assert one.registers == where or (where is None and one.vm_runs_on is None)
        assert one.current_mib is None or 0 <= one.current_mib <= one.memory_mib
        told = {row[0]: row[1:] for row in rows(outcome, one)}
        here, there, counts = told["Registers, devices"]
        assert ("in use" in (here, there)) == (one.vm_runs_on is not None)
        assert counts == {"source": "source", "destination": "target"}.get(where or "", "")
        assert instant_json(outcome, one)["beats"] == (one.vm_runs_on is not None)
    if outcome.outcome == "rolled-back":
        assert {one.frames_to for one in found} == {"source"}


def test_a_success_step_by_step() -> None:
    found = instants(run())
    current = [one.current_mib for one in found if one.stage is Stage.PRE_COPY]
    assert current == sorted(current)  # type: ignore[type-var]
    assert current[0] == 0
    by_stage = {one.stage: one for one in found if not one.ended}
    assert not by_stage[Stage.CREATE_SHELL].reserved
    assert by_stage[Stage.CONNECT].reserved
    assert by_stage[Stage.CHECKPOINT].registers == "crossing"
    assert by_stage[Stage.HANDSHAKE].registers == "arrived"
    assert by_stage[Stage.HANDSHAKE].silent_s > 0
    assert by_stage[Stage.SWITCHED_OVER].frames_to == "source"
    assert by_stage[Stage.CLEAN_UP].frames_to == "destination"
    read_only = [one.stage for one in found if one.read_only]
    assert read_only[0] is Stage.PREPARE_SOURCE
    assert read_only[-1] is Stage.HANDSHAKE


def test_pages_are_freed_on_the_way_back() -> None:
    found = instants(run("destination-resume-failed", Stage.HANDSHAKE))
    stale = [one.stale_pages for one in found if one.way_back]
    assert stale[:3] == [True] * 3
    assert not any(stale[3:])


def test_a_port_is_named_after_its_switch_and_uplink() -> None:
    vm = SCENARIO.datacenter.vms["web01"]
    assert port_of(SCENARIO.datacenter, vm, "esx02") == "port of lan to vmnic0"


def test_the_table_says_when_clients_wait() -> None:
    waits = [row[1] for row in whereabouts_table(run()).rows if row[4] == "no answer"]
    assert len(waits) == 2
