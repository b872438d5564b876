"""Lab 01 as a learner goes through it, clause by clause."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.learner import Learner
from vmlab.labs.two_hosts import OBJECTIVES, open_lab, solved_lab

HOSTS = {"esx01": "10.0.50.11", "esx02": "10.0.50.12"}


def license_hosts(learner: Learner) -> None:
    learner.says("fix", rule="lic-vmotion-both-hosts", index=0)
    learner.says("fix", rule="lic-vmotion-both-hosts", index=0)


def share_storage(learner: Learner) -> None:
    learner.sets("datastores", "san-01", "mounts", "esx02", to={})
    learner.sets("vms", "web01", "disks", "disk 2", "datastore", to="san-01")


def add_adapters(learner: Learner) -> None:
    for host in HOSTS:
        nic = learner.adds("physical_nics", "hosts", host)
        assert nic == ["hosts", host, "physical_nics", "vmnic1"]


def build_network(learner: Learner) -> None:
    for host, address in HOSTS.items():
        nic = ("hosts", host, "physical_nics", "vmnic1")
        learner.sets(*nic, "cable", to="gig")
        learner.sets(*nic, "vlans", to="50")
        switch = learner.adds("virtual_switches", "hosts", host)
        learner.sets(*nic, "@uplink_of", to=f"{switch[-1]}:active")
        group = learner.adds("port_groups", *switch)
        learner.says("rename", path=group, name=" VMotion ")
        group = learner.state["renamed"]["to"]
        assert group == ["hosts", host, "port_groups", "VMotion"]
        learner.sets(*group, "vlan", to="50")
        adapter = learner.adds("vmkernel_adapters", *group)
        learner.sets(*adapter, "ip", to=address)
        learner.sets(*adapter, "vmotion", to=True)


def label_network(learner: Learner) -> None:
    learner.says("fix", rule="net-pg-label", index=0)


def migrate(learner: Learner) -> None:
    learner.says("migrate")


def break_it(learner: Learner) -> None:
    learner.says("choose", field="fault", value="destination-lost")
    learner.says("migrate")


STEPS: tuple[Callable[[Learner], None], ...] = (
    license_hosts,
    share_storage,
    add_adapters,
    build_network,
    label_network,
    migrate,
    break_it,
)


def test_a_learner_reaches_the_objectives_one_by_one() -> None:
    learner = Learner(open_lab())
    assert learner.reached == [False] * len(OBJECTIVES)
    for number, step in enumerate(STEPS, 1):
        step(learner)
        assert learner.reached == [True] * number + [False] * (len(OBJECTIVES) - number)
    session = learner.lab.session
    assert session.datacenter.vms["web01"].host == "esx02"
    assert [run.outcome for run in session.runs] == ["migrated", "rolled-back"]
    assert learner.lab.progress.title == "7 of 7 objectives reached"


def test_objectives_do_not_depend_on_their_order() -> None:
    learner = Learner(open_lab())
    for step in (add_adapters, label_network, build_network, share_storage, license_hosts):
        step(learner)
    assert learner.reached == [True] * 5 + [False] * 2
    assert learner.lab.report.ok


def test_what_is_taken_back_is_reached_no_longer() -> None:
    learner = Learner(open_lab())
    license_hosts(learner)
    assert learner.reached[0]
    learner.says("undo")
    assert not learner.reached[0]
    learner.says("redo")
    assert learner.reached[0]


def test_bare_hosts_are_refused_and_the_refusal_is_a_run_to_look_at() -> None:
    learner = Learner(open_lab())
    assert not learner.state["bar"]["migrate"]["enabled"]
    learner.says("migrate")
    assert [run.outcome for run in learner.lab.session.runs] == ["refused"]
    assert learner.reached == [False] * len(OBJECTIVES)


def test_every_clause_that_offers_a_fix_can_be_mended_by_it() -> None:
    learner = Learner(open_lab())
    while True:
        mendable = [finding for finding in learner.lab.report.findings if finding.edits]
        if not mendable:
            break
        rule = mendable[0].rule.id
        index = [f for f in learner.lab.report.findings if f.rule.id == rule].index(mendable[0])
        learner.says("fix", rule=rule, index=index)
        assert mendable[0] not in learner.lab.report.findings
    # A network is more than one change: that is the learner's to build.
    assert {finding.rule.id for finding in learner.lab.report.errors} == {
        "host-vmotion-vmk-present"
    }


def test_the_solution_migrates() -> None:
    lab = solved_lab()
    assert lab.report.ok
    assert lab.report.findings == ()
    assert lab.migrate().outcome == "migrated"
    assert lab.session.can_undo


@pytest.mark.parametrize("number", range(1, len(OBJECTIVES) + 1))
def test_every_objective_has_hints(number: int) -> None:
    hints = open_lab().hints(number)
    assert hints.title == OBJECTIVES[number - 1].title
    assert hints.rows
