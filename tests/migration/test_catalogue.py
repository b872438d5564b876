"""The failure catalogue and the table of roll-backs (reference: rules, section 7), row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.moves import ready_for
from vmlab.inventory import apply, set_to
from vmlab.migration import Outcome, Plan, Stage, parse, plan, run
from vmlab.migration.catalogue import FAILURES
from vmlab.migration.fault_table import failures
from vmlab.migration.faults.network import _detour_mbit_s, _lossy_mbit_s
from vmlab.models.case import Case, Link
from vmlab.models.precopy import rates
from vmlab.units import mbit_s_to_bytes_per_s

HOT = ("VmBeingHotMigratedEvent", "VmEmigratingEvent")
FAILED = "VmFailedMigrateEvent"


def struck(name: str, *faults: str) -> Outcome:
    return run(ready_for(name), [parse(fault) for fault in faults])


def with_pmem() -> Plan:
    """A VMotion of a VM with persistent memory, which no rule refuses."""
    ready = ready_for("vmotion")
    disk = (*("vms", "web01", "disks", "disk1"), "persistent_memory")
    made = plan(apply(ready.datacenter, [set_to(disk, True)]), ready.move)
    return replace(made, report=replace(made.report, findings=()))


@pytest.mark.parametrize(
    ("code", "stages", "name", "fault", "vsphere"),
    [
        ("F-PRECHECK", "validate", "vmotion", "licence-withdrawn", "VMotionNotLicensed"),
        ("F-NOTCONF", "ask-destination", "vmotion", "licence-withdrawn", "VMotionNotLicensed"),
        ("F-CONNECT-10", "connect", "vmotion", "vlan-changed", "Timedout"),
        ("F-CONNECT-10", "connect", "both", "port-closed", "Timedout"),
        ("F-CONNECT-14", "connect", "vmotion", "connect-timeout", "Timedout"),
        ("F-CONNECT-14", "connect", "vmotion", "destination-lost", "Timedout"),
        ("F-DATA", "pre-copy", "vmotion", "destination-lost", "Timedout"),
        ("F-DATA", "checkpoint", "both", "destination-power", "Timedout"),
        ("F-RESUME-72", "handshake", "vmotion", "destination-lost", "Timedout"),
        ("F-DISK-COPY", "pre-copy", "cold", "destination-lost", "Timedout"),
        ("F-HOST-LOST", "pre-copy", "storage", "source-lost", "HostNotConnected"),
        ("F-HOST-LOST", "clean-up", "vmotion", "destination-lost", "HostNotConnected"),
        ("F-PRECHECK", "validate", "vmotion", "licence-expired", "LicenseExpired"),
        ("F-NOTCONF", "create-shell", "both", "licence-expired", "LicenseExpired"),
        (
            "F-NOTCONF",
            "create-shell",
            "storage",
            "memory-exhausted",
            "InsufficientHostMemoryCapacityFault",
        ),
        (
            "F-RESUME-72",
            "handshake",
            "storage",
            "destination-resume-failed",
            "GenericVmConfigFault",
        ),
        ("F-DATA", "pre-copy", "vmotion", "mtu-changed", "Timedout"),
        ("F-DATA", "pre-copy", "both", "link-down", "Timedout"),
        ("F-NFC-23", "pre-copy", "cold", "nfc-stuck", "Timedout"),
        ("F-NFC-23", "connect", "suspended", "port-closed", "Timedout"),
        ("F-CONVERGE", "pre-copy", "vmotion", "no-convergence", "MigrationFault"),
        ("F-SWITCHOVER", "checkpoint", "vmotion", "switch-over-slow", "GenericVmConfigFault"),
        ("F-SWITCHOVER", "handshake", "storage", "disks-slow-to-open", "GenericVmConfigFault"),
        ("F-RESUME-72", "handshake", "vmotion", "storage-lost", "GenericVmConfigFault"),
        ("F-RESUME-72", "handshake", "both", "destination-resume-failed", "GenericVmConfigFault"),
        ("F-LATE-90", "handshake", "storage", "lock-held", "FileLocked"),
        ("F-LATE-90", "clean-up", "both", "source-lost", "HostNotConnected"),
        ("F-DISK-COPY", "pre-copy", "storage", "datastore-full", "NoDiskSpace"),
    ],
)
def test_each_row_of_the_catalogue(
    code: str, stages: str, name: str, fault: str, vsphere: str
) -> None:
    outcome = struck(name, f"{fault}@{stages}")
    assert (outcome.code, outcome.stage, outcome.fault) == (code, stages, vsphere)


def test_what_is_confirmed_and_what_is_folklore() -> None:
    told = {one.code: (one.bar, one.bar_told) for one in FAILURES.values() if one.bar}
    assert told == {
        "F-CONNECT-10": ("10", "confirmed"),
        "F-CONNECT-14": ("10 or 14", "confirmed"),
        "F-NFC-23": ("23", "confirmed"),
        "F-RESUME-72": ("about 72", "confirmed"),
        "F-LATE-90": ("90", "folklore"),
    }
    notes = [one.note or "" for one in FAILURES.values()]
    for unconfirmed in ("9 %", "21 %", "65 %", "78 %", "82 %"):
        assert not any(f" {unconfirmed}" in note for note in notes)
    assert len(failures().rows) == len(FAILURES)
    assert "folklore" in struck("storage", "lock-held").notes[-1]
    assert "VMware KB 1003734" in struck("vmotion", "link-down@connect").notes[-1]
    assert struck("vmotion", "link-down").notes == ()


@pytest.mark.parametrize(
    ("fault", "undone", "events"),
    [
        ("licence-withdrawn@validate", 0, ()),
        ("cancelled@queued", 0, ()),
        ("memory-exhausted@ask-destination", 1, (FAILED,)),
        ("licence-expired@ask-destination", 1, ("VMotionLicenseExpiredEvent", FAILED)),
        ("destination-lost@compute-spec", 1, ("HostConnectionLostEvent", FAILED)),
        ("cancelled@prepare-source", 2, (*HOT, FAILED)),
        ("cpu-exhausted@create-shell", 2, (*HOT, FAILED)),
        ("vlan-changed@connect", 3, (*HOT, FAILED)),
        ("data-timeout@pre-copy", 6, (*HOT, FAILED)),
        ("switch-over-slow@checkpoint", 7, (*HOT, FAILED)),
        ("storage-lost@handshake", 7, (*HOT, FAILED)),
    ],
)
def test_a_vmotion_is_rolled_back_stage_by_stage(
    fault: str, undone: int, events: tuple[str, ...]
) -> None:
    whole = (
        "web01 continues on esx01",
        "Copied pages freed on esx02",
        "Page tracking off at esx01",
        "Connection of esx01 and esx02 closed",
        "Empty VM on esx02 destroyed, its reservation released",
        "Configuration of web01 writable again",
        "Slot of web01 given back",
    )
    outcome = struck("vmotion", fault)
    assert outcome.undone == whole[len(whole) - undone :]
    assert outcome.events == events
    assert outcome.reverted_to_original
    assert outcome.vm_runs_on == "esx01"


@pytest.mark.parametrize("stage", ["checkpoint", "handshake"])
def test_paused_up_to_the_limit_it_continues_at_the_source(stage: str) -> None:
    outcome = struck("vmotion", f"switch-over-slow@{stage}")
    assert outcome.downtime_s == pytest.approx(100)
    assert outcome.vm_runs_on == "esx01"


def test_after_the_switch_over_only_clean_up_is_missing() -> None:
    outcome = struck("vmotion", "source-lost@clean-up")
    assert outcome.outcome == "failed-after-switchover"
    assert outcome.events == (*HOT, "VmMigratedEvent", "HostConnectionLostEvent")
    assert outcome.left_behind == ("Old swap file of web01",)
    stays = struck("vmotion", "storage-lost@clean-up").left_behind
    assert stays == ("Old process of web01 on esx01", "Old swap file of web01")
    assert outcome.vm_runs_on == "esx02"


def test_a_copy_of_disks_that_fails_leaves_the_original_disks() -> None:
    outcome = struck("storage", "all-paths-down-destination@pre-copy")
    assert outcome.events == ("VmBeingRelocatedEvent", "VmRelocateFailedEvent")
    assert any("original disks stay the valid ones" in one for one in outcome.undone)
    assert any(one.startswith("Files made for web01 deleted") for one in outcome.undone)
    assert outcome.downtime_s is None
    assert run(ready_for("storage")).events == ("VmBeingRelocatedEvent", "VmRelocatedEvent")


@pytest.mark.parametrize("name", ["cold", "suspended"])
def test_files_that_fail_to_arrive_leave_the_vm_where_it_is_registered(name: str) -> None:
    outcome = struck(name, "datastore-full")
    assert outcome.registered_on == "esx01"
    assert outcome.datacenter == outcome.before
    assert outcome.downtime_s is None


def test_old_files_that_cannot_be_deleted_are_named_and_seen() -> None:
    outcome = struck("cold", "lock-held@clean-up")
    assert outcome.outcome == "failed-after-switchover"
    assert any("esx01-local" in one for one in outcome.left_behind)
    (old,) = outcome.datacenter.datastores["esx01-local"].copies.values()
    assert (old.vm, old.state) == ("web01", "old")


def test_without_a_licence_for_persistent_memory_the_vm_is_locked_out() -> None:
    outcome = run(with_pmem(), [parse("pmem-unlicensed")])
    assert (outcome.code, outcome.fault, outcome.stage) == ("F-PMEM", None, "ask-destination")
    assert outcome.datacenter == outcome.before
    locked_s = outcome.total_s - 45
    assert outcome.datacenter_at(locked_s).vms["web01"].operation == "locked-out"
    (note,) = run(ready_for("vmotion"), [parse("pmem-unlicensed@connect")]).notes
    assert "has no persistent memory" in note


def test_the_protection_of_the_source_lasts_90_s() -> None:
    outcome = struck("vmotion", "protection-timer")
    start = outcome.timeline.span_of(Stage.PREPARE_SOURCE)
    end = outcome.timeline.span_of(Stage.CREATE_SHELL)
    assert start is not None
    assert end is not None
    assert end.end_s - start.start_s == pytest.approx(90)
    assert struck("vmotion", "protection-timer@create-shell+80").outcome == "migrated"


def test_the_configuration_can_be_edited_until_the_source_is_prepared() -> None:
    assert struck("vmotion", "config-edited@compute-spec").code == "F-STALE"
    for stage in ("validate", "prepare-source", "pre-copy", "clean-up"):
        outcome = struck("vmotion", f"config-edited@{stage}+0.01")
        assert outcome.outcome == "migrated"
        assert "read-only" in outcome.notes[0]


def test_the_hosts_finish_without_vcenter_and_nobody_records_it() -> None:
    outcome = struck("vmotion", "vcenter-lost@pre-copy")
    assert outcome.outcome == "migrated"
    assert outcome.events == HOT
    assert "hosts finish on their own" in outcome.notes[0]
    back = struck("vmotion", "vcenter-lost@pre-copy+1")
    assert back.events == (*HOT, "VmMigratedEvent")
    for name, fault in (("vmotion", "vcenter-lost"), ("cold", "vcenter-lost@pre-copy")):
        ended = struck(name, fault)
        assert (ended.outcome, ended.code, ended.fault) == ("rolled-back", "F-VCENTER", None)
        assert FAILED not in ended.events


def test_a_vm_that_is_powered_off_is_off_where_it_was() -> None:
    outcome = struck("both", "vm-powered-off")
    assert outcome.events[-2:] == ("VmPoweredOffEvent", FAILED)
    assert outcome.verdict == "web01 is powered off on esx01"
    assert outcome.datacenter.vms["web01"].power_state == "off"
    assert not outcome.reverted_to_original
    assert outcome.timeline.vm_runs_on_at(outcome.total_s) is None
    paused = struck("both", "vm-powered-off@checkpoint")
    assert paused.outcome == "migrated"
    at_rest = struck("cold", "vm-powered-off@pre-copy")
    assert "the VM does not run" in at_rest.notes[0]


@pytest.mark.parametrize("name", ["storage", "suspended", "cold", "cold, host stays"])
def test_a_copy_of_files_waits_for_its_datastore(name: str) -> None:
    calm = run(ready_for(name))
    start = calm.timeline.span_of(Stage.PRE_COPY)
    assert start is not None
    fault = f"all-paths-down-source@{start.start_s + 2:.6f}+10"
    outcome = struck(name, fault)
    assert outcome.total_s == pytest.approx(calm.total_s + 10)
    assert outcome.estimate == calm.estimate
    # Cut ten seconds after it went on, the copy had twelve seconds of work behind it.
    cut = struck(name, fault, f"cancelled@{start.start_s + 22:.6f}")
    assert cut.copied_s == pytest.approx(12)
    assert cut.estimate == replace_reason(struck(name, f"cancelled@{start.start_s + 12:.6f}"), cut)


def replace_reason(other: Outcome, outcome: Outcome) -> object:
    """Another run's estimate with this one's warning: its seconds may differ in the last digit."""
    assert other.estimate is not None
    assert outcome.estimate is not None
    return replace(other.estimate, warnings=outcome.estimate.warnings)


@pytest.mark.parametrize("mbit_s", [100.0, 1000.0, 10_000.0])
def test_lost_packets_take_what_the_model_of_the_wire_says(mbit_s: float) -> None:
    ready = ready_for("vmotion").case
    assert ready is not None
    link = Link(mbit_s=mbit_s, loss=0.01, latency_ms=0.25)
    (expected,) = rates(Case.model_validate({**dict(ready), "link": link})).bytes_per_s
    assert mbit_s_to_bytes_per_s(_lossy_mbit_s(mbit_s)) == pytest.approx(expected)


def test_a_round_trip_bounds_what_is_in_flight() -> None:
    assert _detour_mbit_s(10_000.0) == pytest.approx(4 * 2**20 * 8 / 0.2 / 1e6)
    assert _detour_mbit_s(100.0) == 100.0
    calm, far = struck("vmotion"), struck("vmotion", "latency-raised@0")
    assert far.outcome == "migrated"
    assert far.total_s > calm.total_s
    assert far.case is not None
    assert far.case.link is not None
    assert [rate for _, rate in far.case.link.profile or ()] == [pytest.approx(167.77, abs=0.01)]


def test_a_link_that_flaps_only_delays() -> None:
    outcome = struck("vmotion", "link-flapping@10")
    assert outcome.outcome == "migrated"
    assert outcome.case is not None
    assert outcome.case.link is not None
    steps = outcome.case.link.profile or ()
    assert [rate for _, rate in steps[:5]] == [1000, 0, 1000, 0, 1000]
    assert "silent" in outcome.notes[0]
    short = struck("vmotion", "link-flapping@10+3")
    assert short.total_s == pytest.approx(struck("vmotion", "link-down@10+3").total_s)


def test_no_bar_is_told_of_a_stage_that_it_has_passed() -> None:
    """10 or 14 per cent are those of the connection: no note in the copy may name them."""
    for name in ("vmotion", "both", "suspended", "cold"):
        for stage in ("pre-copy", "checkpoint", "handshake"):
            outcome = struck(name, f"destination-lost@{stage}")
            assert outcome.code != "F-CONNECT-14"
            assert not any("10 or 14" in note for note in outcome.notes)


def test_a_fault_left_to_itself_says_why_a_move_does_not_feel_it() -> None:
    note = struck("storage", "port-closed").notes[0]
    assert note.startswith("Port closed by a firewall changed nothing: this kind of move sends")


def test_files_that_nobody_reaches_are_said_to_be_deleted_later() -> None:
    """A local datastore goes with its host, and paths that are down let nobody delete."""
    lost = struck("cold", "destination-lost@pre-copy")
    down = struck("cold", "all-paths-down-destination@pre-copy")
    brief = struck("cold", "all-paths-down-destination@pre-copy+5", "cancelled@handshake")
    store = lost.move.datastore
    later = f"Files made for web01 deleted once {store} can be reached again"
    assert lost.before.datastores[store or ""].kind == "local"
    assert any(said.startswith(later) for said in lost.undone)
    assert any(said.startswith(later) for said in down.undone)
    assert not any("once" in said for said in brief.undone)
    shared = run(ready_for("storage"), [parse("storage-lost@pre-copy")])
    assert any("deleted by another host" in said for said in shared.undone)


def test_waits_together_may_outlive_the_protection_of_the_source() -> None:
    """Each wait is short enough; the 90 s run on all the same."""
    waits = [f"storage-lost@{at}+29" for at in (2, 31, 60, 89)]
    outcome = struck("vmotion", *waits)
    assert (outcome.stage, outcome.code) == ("create-shell", "F-PROTECT")
    assert outcome.timeline.spans[-2].end_s == pytest.approx(1.4 + 90)
    assert outcome.reverted_to_original
    assert struck("vmotion", *waits[:3]).outcome == "migrated"


def test_two_that_slow_the_link_may_be_named_in_any_order() -> None:
    faults = ["packet-loss", "latency-raised"]
    assert struck("vmotion", *faults).total_s == struck("vmotion", *faults[::-1]).total_s


def test_code_fault_and_events_are_told() -> None:
    outcome = struck("vmotion", "link-down")
    assert outcome.to_json()["code"] == "F-DATA"
    assert "(F-DATA, vSphere fault Timedout)" in outcome._repr_html_()
    assert "VmBeingHotMigratedEvent" in outcome._repr_html_()
    assert struck("vmotion").why is None


def test_a_vm_at_rest_that_stays_on_its_host_is_relocated() -> None:
    done, back = struck("cold, host stays"), struck("cold, host stays", "cancelled")
    assert done.events == ("VmBeingRelocatedEvent", "VmRelocatedEvent")
    assert back.events == ("VmBeingRelocatedEvent", "VmRelocateFailedEvent")
    assert struck("cold").events == ("VmBeingMigratedEvent", "VmMigratedEvent")
