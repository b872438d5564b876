"""Lab 09: every objective can be reached as its hints say, and by no way round."""

from __future__ import annotations

import json

import pytest

from tests.support.learner import Learner
from vmlab.documents import InputError
from vmlab.inventory.move import Kind
from vmlab.labs.cold_and_suspended import (
    OBJECTIVES,
    WRITES_MIB_S,
    diary,
    mirror_against_passes,
    open_lab,
    powers,
)
from vmlab.labs.kinds_lab import KindsLab
from vmlab.migration.kinds import KINDS
from vmlab.rules.machine.state import POWER_STATES

OLD01 = {"vm": "old01", "to": "esx02", "kind": "cold", "datastore": "esx02-local"}
DEMO01 = {"vm": "demo01", "to": "esx02", "kind": "cold", "datastore": None}
WEB01 = {"vm": "web01", "kind": "storage", "datastore": "nfs-01", "disk_format": "thin"}
DB01 = {"vm": "db01", "kind": "storage", "datastore": "iscsi-01"}
OFF = (("vms", "demo01", "power_state"), "off")


def reached(lab: KindsLab) -> list[bool]:
    return [row[0] == "✓" for row in lab.progress.rows]


def only(number: int) -> list[bool]:
    return [n == number for n in range(1, len(OBJECTIVES) + 1)]


def test_nothing_is_reached_at_first() -> None:
    lab = open_lab()
    assert not any(reached(lab))
    assert len(lab.hints(1).rows) == 3
    lab.migrate()
    assert not any(reached(lab))


def test_files_go_along_with_a_vm_that_is_off() -> None:
    lab = open_lab()
    lab.choose(**OLD01)
    assert lab.report.ok
    outcome = lab.migrate()
    assert reached(lab) == only(1)
    done = diary(outcome).rows
    words = [str(row[-1]) for row in done]
    assert words[-2].startswith("Old files of old01 deleted")
    registered = next(n for n, said in enumerate(words) if "registered on esx02" in said)
    assert registered < len(words) - 2


def test_moving_the_files_by_a_fix_or_mounting_the_disk_does_not_count() -> None:
    lab = open_lab()
    assert lab.choose(**{**OLD01, "datastore": None}).errors
    lab.fix("sto-disks-visible")
    while lab.report.errors:
        lab.fix(lab.report.errors[0].rule.id)
    assert lab.migrate().outcome == "migrated"
    lab.reset()
    lab.set(("datastores", "esx01-local", "kind"), "FC SAN")
    lab.set(("datastores", "esx01-local", "mounts", "esx02"), {})
    lab.choose(**OLD01)
    assert lab.migrate().outcome == "migrated"
    assert not any(reached(lab))


def test_only_a_vm_that_need_not_resume_forgets_its_processor() -> None:
    lab = open_lab()
    assert not lab.choose(**{**DEMO01, "kind": "suspended"}).ok
    assert lab.migrate().outcome == "refused"
    lab.set(*OFF)
    assert lab.choose(**DEMO01).ok
    lab.migrate()
    assert reached(lab) == only(2)


def test_another_processor_does_not_count() -> None:
    lab = open_lab()
    lab.set(("hosts", "esx02", "cpu", "max_evc_mode"), "intel-penryn")
    assert lab.choose(**{**DEMO01, "kind": "suspended"}).ok
    lab.migrate()
    lab.reset()
    lab.set(("hosts", "esx02", "cpu", "max_evc_mode"), "intel-penryn")
    lab.set(*OFF)
    lab.choose(**DEMO01)
    assert lab.migrate().outcome == "migrated"
    assert not any(reached(lab))


def test_thin_disks_fit_where_thick_ones_do_not() -> None:
    lab = open_lab()
    assert not lab.choose(**{**WEB01, "disk_format": "same"}).ok
    assert lab.choose(**WEB01).ok
    outcome = lab.migrate()
    assert outcome.vm_runs_on == "esx01"
    assert reached(lab) == only(3)
    assert {disk.format for disk in lab.session.datacenter.vms["web01"].disks.values()} == {"thin"}


@pytest.mark.parametrize("way", ["more room", "smaller disk", "off"])
def test_making_room_otherwise_does_not_count(way: str) -> None:
    lab = open_lab()
    wish = dict(WEB01)
    if way == "more room":
        lab.set(("datastores", "nfs-01", "free_gib"), 100)
    elif way == "smaller disk":
        lab.set(("vms", "web01", "disks", "disk 2", "size_gib"), 1)
    else:
        lab.set(("vms", "web01", "power_state"), "off")
        wish |= {"kind": "cold", "to": "esx01"}
    lab.choose(**wish)
    assert lab.migrate().outcome == "migrated"
    assert not any(reached(lab))


def test_mirrored_writes_end_where_passes_do_not() -> None:
    lab = open_lab()
    lab.choose(**DB01)
    assert lab.migrate().outcome == "rolled-back"
    assert not any(reached(lab))
    lab.choose(profile="vsphere-5.5")
    assert lab.migrate().outcome == "migrated"
    assert reached(lab) == only(4)


def test_a_calmer_guest_or_a_fault_does_not_count() -> None:
    lab = open_lab()
    lab.choose(**DB01, profile="vsphere-5.5")
    assert lab.migrate(fault="cancelled").outcome == "rolled-back"
    lab.migrate()
    lab.reset()
    lab.set(("vms", "db01", "activity", "disk_write_mib_s"), 1)
    lab.choose(**DB01)
    assert lab.migrate().outcome == "migrated"
    assert not reached(lab)[3]


def test_what_fails_last_leaves_the_old_copy() -> None:
    lab = open_lab()
    lab.choose(**OLD01)
    outcome = lab.migrate(fault="storage-lost", strikes_in="clean-up")
    assert outcome.outcome == "failed-after-switchover"
    assert reached(lab)[4]
    assert lab.session.datacenter.datastores["esx01-local"].copies


def test_the_panel_offers_what_fits_the_kind() -> None:
    lab = open_lab()
    learner = Learner(lab)
    assert [kind for kind, _ in learner.field("kind")["options"]] == list(KINDS)
    for kind, facts in KINDS.items():
        learner.says("choose", field="kind", value=kind)
        names = [each["field"] for each in learner.state["bar"]["fields"]]
        assert ("datastore" in names) is (facts.moves_disks is not False)
        hosts = [host for host, _ in learner.field("to")["options"]]
        assert ("esx01" in hosts) is (facts.changes_host is not True)
        assert hosts == ["esx01"] if facts.changes_host is False else "esx02" in hosts
        for each in learner.state["bar"]["fields"]:
            if each["field"] not in ("fault", "strikes_in"):
                assert each["value"] in [value for value, _ in each["options"]]


@pytest.mark.parametrize("kind", KINDS)
def test_faults_offered_are_those_that_the_move_feels(kind: Kind) -> None:
    lab = open_lab()
    learner = Learner(lab)
    vm = {"on": "web01", "off": "old01", "suspended": "demo01"}[POWER_STATES[kind][0]]
    learner.says("choose", field="vm", value=vm)
    learner.says("choose", field="kind", value=kind)
    if kind != "vmotion":
        store = "esx02-local" if vm == "old01" else "iscsi-01"
        learner.says("choose", field="datastore", value=store)
    offered = [name for group in learner.field("fault")["groups"] for name, _ in group["options"]]
    assert ("nfc-stuck" in offered) is (vm == "old01")
    assert ("connect-timeout" in offered) is (kind in ("vmotion", "both"))
    for fault in offered[:6]:
        learner.says("choose", field="fault", value=fault)
        stages = [s for group in learner.field("strikes_in")["groups"] for s, _ in group["options"]]
        assert lab.session.setting.stages
        assert set(stages) <= {stage.value for stage in lab.session.setting.stages}


def test_a_fault_that_the_next_move_does_not_feel_is_forgotten() -> None:
    learner = Learner(open_lab())
    learner.says("choose", field="vm", value="web01")
    learner.says("choose", field="kind", value="vmotion")
    learner.says("choose", field="fault", value="connect-timeout")
    learner.says("choose", field="kind", value="storage")
    assert learner.field("fault")["value"] == ""


def test_after_a_move_there_is_nothing_to_move() -> None:
    lab = open_lab()
    lab.choose(**OLD01)
    lab.migrate()
    lab.choose(to="esx02")
    assert lab.session.move is None
    learner = Learner(lab)
    assert learner.state["bar"]["migrate"]["reason"] == "nothing to move"
    with pytest.raises(InputError, match="nothing to move"):
        lab.session.migrate()


def test_what_is_not_there_is_refused_and_changes_nothing() -> None:
    lab = open_lab()
    before = lab.session.wish
    for wrong in ({"datastore": "nowhere"}, {"kind": "teleport"}, {"disk_format": "fat"}):
        with pytest.raises(InputError):
            lab.choose(**wrong)
    with pytest.raises(InputError):
        lab.set(("vms", "demo01", "power_state"), "asleep")
    assert lab.session.wish == before


def test_the_run_tab_has_words_of_its_own_for_a_vm_at_rest() -> None:
    lab = open_lab()
    lab.choose(**OLD01)
    lab.migrate()
    run = json.loads(json.dumps(lab.panel.run, allow_nan=False))
    assert run["rest"] == "powered off"
    assert "no client" in run["words"]["silent"]
    assert run["heartbeat"]["gaps"] == []
    assert [thing["name"] for thing in run["things"]][:2] == ["disk 1", "disk 2"]
    assert all(span["down_s"] == [0, 0] for span in run["spans"])


def test_the_tables_say_what_the_models_say() -> None:
    assert [row[0] for row in powers().rows] == list(KINDS)
    rows = mirror_against_passes().rows
    passes, mirror = rows[: len(WRITES_MIB_S)], rows[len(WRITES_MIB_S) :]
    assert [row[2] for row in mirror] == ["migrated"] * len(WRITES_MIB_S)
    assert {row[3] for row in mirror} == {1}
    assert passes[0][2] == "migrated"
    assert passes[-1][2] == "rolled-back"
    written = [float(row[-1] or 0) for row in mirror]
    assert written == sorted(written)
