"""What a migration does, and what it says when it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vmlab.inventory import Datacenter, Move, apply, remove, set_to
from vmlab.migration import Outcome, Plan, Stage, migrate, parse, plan, run

VM = ("vms", "web01")


def test_a_migration_succeeds(ready: Plan) -> None:
    outcome = run(ready)
    assert outcome.outcome == "migrated"
    assert outcome.exit_code == 0
    assert outcome.verdict == "web01 runs on esx02"
    assert outcome.vm_runs_on == "esx02"
    assert [span.stage for span in outcome.timeline.spans] == list(Stage)
    assert outcome.datacenter == apply(ready.datacenter, [set_to((*VM, "host"), "esx02")])
    assert (outcome.stage, outcome.reason, outcome.fault) == (None, None, None)
    assert (outcome.undone, outcome.left_behind, outcome.notes) == ((), (), ())
    assert outcome.estimate == ready.estimate
    assert not outcome.reverted_to_original
    assert outcome.events == (
        "VmBeingHotMigratedEvent", "VmEmigratingEvent", "VmMigratedEvent"
    )  # fmt: skip


def test_the_timeline_is_the_estimate_and_the_control_plane(ready: Plan) -> None:
    outcome = run(ready)
    copy = ready.estimate
    assert copy is not None
    # The stages' nominal seconds without the handshake, which the estimate's downtime holds.
    assert outcome.total_s == pytest.approx(4.0 + (copy.total_s or 0))
    assert outcome.downtime_s == pytest.approx(copy.downtime_s)
    assert outcome.copied_s == pytest.approx((copy.total_s or 0) - 0.08)


def test_the_datacenter_at_every_instant(ready: Plan) -> None:
    outcome = run(ready, [parse("link-down@pre-copy")])
    slots = {}
    for span in outcome.timeline.spans:
        now = outcome.datacenter_at(span.end_s)
        move = now.moves.get("web01")
        slots[span.stage, span.way_back] = (move and move.shell, now.vms["web01"].operation)
    assert slots[Stage.VALIDATE, False] == (None, None)
    assert slots[Stage.QUEUED, False] == (False, None)
    assert slots[Stage.PREPARE_SOURCE, False] == (False, "migrating")
    assert slots[Stage.CREATE_SHELL, False] == (True, "migrating")
    assert slots[Stage.PRE_COPY, True] == (None, None)
    assert outcome.datacenter_at(0) is ready.datacenter
    assert outcome.datacenter_at(outcome.total_s) == ready.datacenter


def test_refused_by_the_rules(datacenter: Datacenter, move: Move) -> None:
    broken = apply(datacenter, [remove(("hosts", "esx02", "licence"))])
    outcome = migrate(broken, move)
    assert outcome.outcome == "refused"
    assert outcome.exit_code == 1
    assert outcome.stage is Stage.VALIDATE
    assert outcome.fault == "VMotionNotLicensed"
    assert outcome.reason == f"{outcome.report.errors[0].message}."
    assert [span.stage for span in outcome.timeline.spans] == ["requested", "validate"]
    assert outcome.datacenter is broken
    assert outcome.reverted_to_original
    assert outcome.downtime_s is None
    assert (outcome.estimate, outcome.case, outcome.events, outcome.undone) == (None, None, (), ())
    assert outcome.verdict == "web01 runs on esx01, exactly as before"


def test_a_vm_on_the_move_is_refused_and_its_move_stays(datacenter: Datacenter, move: Move) -> None:
    moving = {"vm": "web01", "source": "esx01", "destination": "esx02"}
    busy = apply(datacenter, [set_to(("moves", "web01"), moving)])
    outcome = migrate(busy, move)
    assert outcome.outcome == "refused"
    assert outcome.datacenter is busy


def test_a_breach_that_only_shows_when_the_hosts_connect(
    datacenter: Datacenter, move: Move
) -> None:
    ip = ("hosts", "esx02", "vmkernel_adapters", "vmk0", "ip")
    broken = apply(datacenter, [set_to(ip, "10.0.51.12")])
    outcome = migrate(broken, move)
    assert outcome.report.ok
    assert (outcome.outcome, outcome.stage) == ("rolled-back", "connect")
    assert outcome.fault == "Timedout"
    assert outcome.reason == f"{outcome.report.at_phase('connect')[0].message}."
    assert outcome.datacenter == broken
    assert len(outcome.undone) == 3
    connect = outcome.timeline.span_of(Stage.CONNECT)
    assert connect is not None
    assert connect.duration_s == pytest.approx(20)


@pytest.mark.parametrize(
    ("phase", "stage"), [("transfer", "pre-copy"), ("switch-over", "handshake")]
)
def test_other_phases_fail_where_they_show(ready: Plan, phase: str, stage: str) -> None:
    finding_plan = plan(
        apply(ready.datacenter, [remove(("hosts", "esx02", "licence"))]), ready.move
    )
    finding = finding_plan.report.errors[0]
    later = replace(finding, rule=replace(finding.rule, phase=phase), message="odd {braces}")
    outcome = run(replace(ready, report=replace(ready.report, findings=(later,))))
    assert (outcome.outcome, outcome.stage) == ("rolled-back", stage)
    assert outcome.reason == "odd {braces}."


def test_a_link_lost_for_a_while_is_waited_out(ready: Plan) -> None:
    calm, outcome = run(ready), run(ready, [parse("link-down@pre-copy+19.9")])
    assert outcome.outcome == "migrated"
    assert outcome.total_s >= calm.total_s + 19.9
    assert outcome.case is not None
    assert outcome.case.link is not None
    assert [rate for _, rate in outcome.case.link.profile or ()] == [1000, 0, 1000]
    assert outcome.notes == ("VMotion link lost at 21.1572 s lasted 19.9 s: pre-copy only waited.",)


def test_a_link_lost_for_the_time_out_fails(ready: Plan) -> None:
    outcome = run(ready, [parse("link-down@pre-copy+20")])
    assert (outcome.outcome, outcome.stage, outcome.code) == ("rolled-back", "pre-copy", "F-DATA")


@pytest.mark.parametrize("stage", ["connect", "checkpoint", "handshake"])
def test_a_short_silence_delays_every_stage_that_needs_the_link(ready: Plan, stage: str) -> None:
    calm, outcome = run(ready), run(ready, [parse(f"vlan-changed@{stage}+7")])
    assert outcome.outcome == "migrated"
    # Half of the stage had passed; silence makes the copy's rounds no longer.
    assert outcome.total_s == pytest.approx(calm.total_s + 7)
    longer = 0 if stage == "connect" else 7
    assert outcome.downtime_s == pytest.approx((calm.downtime_s or 0) + longer)


def test_two_silences_that_overlap_count_once(ready: Plan) -> None:
    both = [parse("link-down@connect+7"), parse("vlan-changed@connect+7")]
    assert run(ready, both).total_s == pytest.approx(run(ready).total_s + 7)
    later = [parse("link-down@10+8"), parse("vlan-changed@14+8"), parse("mtu-changed@15+1")]
    once = run(ready, [parse("link-down@10+12")])
    assert run(ready, later).total_s == pytest.approx(once.total_s)


def test_the_switch_over_has_a_limit_in_all(ready: Plan) -> None:
    waits = [parse("link-down@checkpoint+19"), parse("switch-over-slow@checkpoint+99.7")]
    outcome = run(ready, waits)
    assert (outcome.outcome, outcome.code) == ("rolled-back", "F-SWITCHOVER")
    assert outcome.downtime_s == pytest.approx(100)
    assert outcome.verdict == "web01 runs on esx01, exactly as before"


def test_a_guest_that_does_not_converge(ready: Plan) -> None:
    outcome = run(ready, [parse("no-convergence")])
    assert (outcome.outcome, outcome.stage, outcome.code) == (
        "rolled-back", "pre-copy", "F-CONVERGE"
    )  # fmt: skip
    assert outcome.downtime_s is None
    assert outcome.estimate is not None
    assert outcome.estimate.stopped_by == "never"
    assert not outcome.estimate.converged
    sent = [one.sent_bytes for one in outcome.estimate.rounds]
    assert sent[-1] > 0.9 * sent[0]


def test_a_burst_costs_its_time(ready: Plan) -> None:
    outcome = run(ready, [parse("no-convergence@pre-copy+30")])
    assert outcome.outcome == "migrated"
    assert outcome.total_s >= run(ready).total_s + 30


def test_a_guest_of_its_own_that_does_not_converge(datacenter: Datacenter, move: Move) -> None:
    activity = {"working_set_mib": 4096, "dirty_pages_per_s": 200_000}
    busy = apply(datacenter, [set_to((*VM, "activity"), activity)])
    outcome = migrate(busy, move, disturbances=[parse("cancelled@handshake")])
    assert (outcome.outcome, outcome.code) == ("rolled-back", "F-CONVERGE")
    assert outcome.datacenter == busy
    assert outcome.notes == ("Cancelled changed nothing: the run never comes to that stage.",)


def test_a_switch_over_that_would_take_too_long_is_not_begun(
    datacenter: Datacenter, move: Move
) -> None:
    plan_ = plan(datacenter, move)
    assert plan_.case is not None
    policy = plan_.case.policy.model_copy(update={"downtime_limit_ms": 1e6, "max_rounds": 1})
    link = plan_.case.link.model_copy(update={"mbit_s": 10.0}) if plan_.case.link else None
    case = plan_.case.model_copy(update={"policy": policy, "link": link})
    outcome = run(replace(plan_, case=case))
    assert (outcome.outcome, outcome.stage, outcome.code) == (
        "rolled-back", "pre-copy", "F-SWITCHOVER"
    )  # fmt: skip
    assert outcome.downtime_s is None


def sent_mib(outcome: Outcome) -> float:
    assert outcome.estimate is not None
    assert outcome.estimate.total_s is None
    assert outcome.estimate.downtime_s is None
    return outcome.estimate.sent_bytes / 2**20


def test_a_cut_copy_tells_what_was_sent(ready: Plan) -> None:
    # 1 Gbit/s are 119.209 MiB/s; pre-copy begins at 2.8 s.
    lost = run(ready, [parse("link-down@12.8")])
    assert lost.copied_s == pytest.approx(10)
    assert sent_mib(lost) == pytest.approx(1192.09, abs=0.01)
    assert lost.estimate is not None
    assert "cut off after 10 s" in lost.estimate.warnings[-1]
    stopped = run(ready, [parse("cancelled@checkpoint")])
    whole = ready.estimate
    assert whole is not None
    half = whole.rounds[-1].sent_bytes / 2**21
    assert sent_mib(stopped) == pytest.approx(whole.sent_bytes / 2**20 - half, abs=0.01)
    assert sent_mib(run(ready, [parse("cancelled@handshake")])) == whole.sent_bytes / 2**20
    assert run(ready, [parse("link-down@connect")]).estimate is None


def test_what_was_undone_is_what_had_been_done(ready: Plan) -> None:
    undone = run(ready, [parse("storage-lost")]).undone
    assert undone == (
        "web01 continues on esx01",
        "Copied pages freed on esx02",
        "Page tracking off at esx01",
        "Connection of esx01 and esx02 closed",
        "Empty VM on esx02 destroyed, its reservation released",
        "Configuration of web01 writable again",
        "Slot of web01 given back",
    )
    assert run(ready, [parse("memory-exhausted")]).undone == undone[5:]
    assert run(ready, [parse("cancelled@queued")]).undone == ()
    assert run(ready, [parse("cancelled@requested")]).undone == ()


def test_what_stood_on_a_lost_target_is_lost_with_it(ready: Plan) -> None:
    undone = run(ready, [parse("destination-lost")]).undone
    assert undone[0] == "Copied pages were lost with esx02"
    assert undone[3] == "Empty VM and its reservation were lost with esx02"
    assert not any("destroyed" in one for one in undone)


def test_a_vm_goes_down_with_its_source(ready: Plan) -> None:
    outcome = run(ready, [parse("source-lost")])
    assert outcome.outcome == "lost"
    assert outcome.exit_code == 4
    assert outcome.verdict == "web01 is down with esx01"
    assert outcome.vm_runs_on is None
    assert outcome.downtime_s is None
    assert not outcome.reverted_to_original
    assert outcome.datacenter.hosts["esx01"].connection_state == "not-responding"
    assert outcome.datacenter.moves == ready.datacenter.moves
    assert outcome.timeline.vm_runs_on_at(21) == "esx01"
    assert outcome.timeline.vm_runs_on_at(22) is None
    assert not any("continues" in one or "at esx01" in one for one in outcome.undone)


@pytest.mark.parametrize("stage", ["switched-over", "clean-up"])
def test_after_the_point_of_no_return(ready: Plan, stage: str) -> None:
    moved = run(ready).datacenter
    for fault in ("source-lost", "storage-lost"):
        outcome = run(ready, [parse(f"{fault}@{stage}")])
        assert (outcome.outcome, outcome.stage) == ("failed-after-switchover", "clean-up")
        assert outcome.verdict == "web01 runs on esx02, clean-up is incomplete"
        assert outcome.datacenter == moved
        process = () if fault == "source-lost" else ("Old process of web01 on esx01",)
        assert outcome.left_behind == (*process, "Old swap file of web01")
        assert "VmMigratedEvent" in outcome.events
        assert "VmFailedMigrateEvent" not in outcome.events
        assert outcome.undone == ()
    lost = run(ready, [parse(f"destination-lost@{stage}")])
    assert (lost.outcome, lost.stage) == ("lost", stage)
    assert lost.verdict == "web01 is down with esx02"
    assert lost.datacenter.hosts["esx02"].connection_state == "not-responding"
    assert not lost.datacenter.moves
    ignored = run(ready, [parse(f"cancelled@{stage}")])
    assert ignored.outcome == "migrated"
    assert "had acknowledged" in ignored.notes[0]


def test_the_loss_of_the_vms_host_goes_before_all_else(ready: Plan) -> None:
    outcome = run(ready, [parse("source-lost@10"), parse("cancelled@12")])
    assert outcome.outcome == "lost"
    assert "did not decide" in outcome.notes[0]
    outcome = run(ready, [parse("link-down@10"), parse("cancelled@12")])
    assert (outcome.code, outcome.timeline.at(12).way_back) == ("cancelled", True)


def test_cancelled_while_a_stage_waits_in_vain(ready: Plan) -> None:
    # Pre-copy would have ended at 39.5 s; the cancel comes after that.
    outcome = run(ready, [parse("link-down@30"), parse("cancelled@45")])
    assert outcome.code == "cancelled"
    assert outcome.copied_s is not None


def test_shown_in_one_line_as_table_and_as_html(ready: Plan) -> None:
    assert repr(run(ready)) == (
        "migrated: web01 runs on esx02; 41.1538 s in all, 0.439353 s paused"
    )
    failed = run(ready, [parse("link-down")])
    assert repr(failed) == (
        "rolled-back: web01 runs on esx01, exactly as before; 42.3572 s in all; in pre-copy:"
        " esx02 received no data for 20 s: the VMotion link is down."
    )
    assert "pre-copy (way back)" in failed.table().to_text()
    html = failed._repr_html_()
    assert "What was undone" in html
    assert "Slot of web01 given back" in html
    assert list(failed.to_frame().columns) == [
        "stage", "guide_stage", "start_s", "end_s", "vm_runs_on"
    ]  # fmt: skip


def test_a_request_cancelled_in_the_check_is_not_refused(ready: Plan) -> None:
    outcome = run(ready, [parse("cancelled@validate")])
    assert (outcome.outcome, outcome.exit_code, outcome.events) == ("rolled-back", 3, ())


def test_a_host_that_comes_back_has_still_lost_the_vm(ready: Plan) -> None:
    assert run(ready, [parse("source-lost@pre-copy+1")]).outcome == "lost"
    back = run(ready, [parse("destination-lost@pre-copy+1")])
    assert back.outcome == "rolled-back"
    assert back.undone[0] == "Copied pages were lost with esx02"


def test_the_switch_overs_limit_counts_from_the_pause(ready: Plan) -> None:
    outcome = run(ready, [parse("switch-over-slow@handshake")])
    assert outcome.stage is Stage.HANDSHAKE
    assert outcome.downtime_s == pytest.approx(100, abs=1e-9)


def test_a_fault_that_was_over_before_is_told_so(ready: Plan) -> None:
    outcome = run(ready, [parse("mtu-changed@requested+0.1")])
    assert outcome.outcome == "migrated"
    assert "changed nothing: only small packets" in outcome.notes[0]


def test_a_fault_that_never_comes_changes_nothing(datacenter: Datacenter, move: Move) -> None:
    activity = {"working_set_mib": 4096, "dirty_pages_per_s": 200_000}
    busy = apply(datacenter, [set_to((*VM, "activity"), activity)])
    outcome = migrate(busy, move, disturbances=[parse("link-down@checkpoint")])
    assert outcome.code == "F-CONVERGE"


def test_nothing_sent_is_no_estimate(ready: Plan) -> None:
    assert run(ready, [parse("mtu-changed@connect")]).to_json()["estimate"] is None
