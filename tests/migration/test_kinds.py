"""All five kinds: which stages, what each changes, what undoes it, what is left."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.kinds import WAYS, ready, used_gib
from vmlab.inventory import Datacenter, Profile, look_up, set_to
from vmlab.migration import (
    KINDS,
    TABLES,
    Disturbance,
    Outcome,
    Plan,
    Span,
    Stage,
    Timeline,
    case_for,
    run,
    succession,
)
from vmlab.migration import plan as make_plan
from vmlab.migration.stages import ORDER, after_switch_over, dies_with
from vmlab.rules.check import check
from vmlab.rules.report import Report

STORES = ("san-01", "iscsi-01", "nfs-01", "esx01-local", "esx02-local")
BEFORE = [stage for stage in Stage if not after_switch_over(stage)]
_AT_REST = ["requested", "validate", "queued", "ask-destination", "compute-spec", "prepare-source"]
_LAST = ["handshake", "switched-over", "clean-up"]
PATHS = {
    "vmotion": [str(stage) for stage in Stage],
    "storage": [
        "requested", "validate", "queued", "compute-spec", "prepare-source", "create-shell",
        "pre-copy", "checkpoint", *_LAST,
    ],
    "both": [str(stage) for stage in Stage],
    "both, nothing shared": [str(stage) for stage in Stage],
    "suspended": [*_AT_REST, *_LAST],
    "suspended with files": [*_AT_REST, "create-shell", "pre-copy", *_LAST],
    "cold": [*_AT_REST, *_LAST],
    "cold with files": [*_AT_REST, "create-shell", "pre-copy", *_LAST],
    "cold, host stays": [*_AT_REST, "create-shell", "pre-copy", *_LAST],
    "cold, nothing shared": [*_AT_REST, "create-shell", "connect", "pre-copy", *_LAST],
}  # fmt: skip


def conserved(outcome: Outcome) -> None:
    """What is free and what is used add up to the same at every step."""
    start = totals(outcome.before)
    for entry in outcome.journal:
        assert totals(outcome.datacenter_at(entry.at_s)) == pytest.approx(start, abs=1e-9)
    assert totals(outcome.datacenter) == pytest.approx(start, abs=1e-9)


def totals(datacenter: Datacenter) -> list[float]:
    return [
        (datacenter.datastores[store].free_gib or 0.0) + used_gib(datacenter, store)
        for store in STORES
    ]


def copies_of(datacenter: Datacenter) -> dict[str, tuple[str, float]]:
    return {
        name: (copy.state, copy.size_gib)
        for name, store in datacenter.datastores.items()
        for copy in store.copies.values()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_table_goes_forward_and_ends(kind: str) -> None:
    table = TABLES[kind]  # type: ignore[index]
    assert list(table) == sorted(table, key=ORDER.__getitem__)
    assert next(iter(table)) is Stage.REQUESTED
    for stage, row in table.items():
        assert row.stage is stage
        for after in (row.follows, row.or_follows):
            if after is not None:
                assert after in table
                assert ORDER[after] > ORDER[stage]
        assert row.what.endswith(".")
    assert [stage for stage, row in table.items() if row.follows is None] == [Stage.CLEAN_UP]
    everywhere = {row.vm_runs_on for row in table.values()}
    assert everywhere == ({"source", "destination", None} if KINDS[kind].runs else {None})  # type: ignore[index]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_through_the_tables(way: str) -> None:
    plan = ready(way)
    outcome = run(plan)
    assert not plan.report.errors
    assert [str(span.stage) for span in outcome.timeline.spans] == PATHS[way]
    assert outcome.outcome == "migrated"
    assert outcome.exit_code == 0
    conserved(outcome)
    after, move = outcome.datacenter, outcome.move
    assert after.vms["web01"].host == outcome.registered_on == move.destination
    assert copies_of(after) == {}
    assert not after.moves
    assert after.vms["web01"].operation is None
    if move.datastore:
        assert after.vms["web01"].home == move.datastore
        assert {disk.datastore for disk in after.vms["web01"].disks.values()} == {move.datastore}
    runs = KINDS[move.kind].runs
    assert (outcome.downtime_s is not None) == runs
    if not runs:
        assert {span.vm_runs_on for span in outcome.timeline.spans} == {None}
        assert f"is registered on {move.destination}" in outcome.verdict
    # Files alone that move are relocated, whether the VM runs or not.
    told = KINDS[move.kind if runs or move.destination != "esx01" else "storage"]
    assert outcome.events[0] == told.started[0]
    assert outcome.events[-1] == told.done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stage", BEFORE)
def test_undone_from_every_stage(way: str, stage: Stage) -> None:
    plan = ready(way)
    outcome = run(plan, [Disturbance("cancelled", stage)])
    if stage not in plan.stages:
        assert outcome.outcome == "migrated"
        return
    assert (outcome.outcome, outcome.stage) == ("rolled-back", stage)
    assert outcome.datacenter == outcome.before
    assert outcome.reverted_to_original
    assert outcome.registered_on == "esx01"
    assert outcome.verdict.endswith("exactly as before")
    assert outcome.left_behind == ()
    conserved(outcome)
    done = [entry for entry in outcome.journal if not entry.undoes]
    undone = [entry for entry in outcome.journal if entry.undoes]
    assert [entry.stage for entry in undone] == [entry.stage for entry in reversed(done)]
    assert all(entry.what for entry in undone)
    # The files of the copy are there as long as nobody has deleted them, and counted.
    made = outcome.timeline.span_of(Stage.CREATE_SHELL)
    if made and ORDER[stage] > ORDER[Stage.CREATE_SHELL] and plan.files.items:
        found = copies_of(outcome.datacenter_at(made.end_s))
        assert {state for state, _ in found.values()} == {"partial"}
        assert sum(gib for _, gib in found.values()) == pytest.approx(
            sum(plan.files.gib_at_target.values())
        )


@pytest.mark.parametrize("way", WAYS)
def test_what_a_failed_clean_up_leaves_is_named_and_there(way: str) -> None:
    plan = ready(way)
    outcome = run(plan, [Disturbance("source-lost", Stage.CLEAN_UP)])
    if plan.move.kind == "storage":
        assert outcome.outcome == "lost"
        return
    assert (outcome.outcome, outcome.exit_code) == ("failed-after-switchover", 4)
    assert outcome.registered_on == outcome.datacenter.vms["web01"].host == plan.move.destination
    conserved(outcome)
    found = copies_of(outcome.datacenter)
    assert set(found) == set(plan.files.gib_at_source)
    assert all(state == "old" for state, _ in found.values())
    for store in found:
        assert f"Old files of web01 on {store}" in outcome.left_behind
    # A host that is gone has no process left; it may list a VM that did not run.
    assert not any("process" in one for one in outcome.left_behind)
    if plan.move.destination != "esx01" and not KINDS[plan.move.kind].runs:
        assert any("on esx01" in one for one in outcome.left_behind)
    if KINDS[plan.move.kind].runs:
        stays = run(plan, [Disturbance("storage-lost", Stage.CLEAN_UP)])
        assert "Old process of web01 on esx01" in stays.left_behind
    assert not outcome.reverted_to_original


@pytest.mark.parametrize("way", WAYS)
def test_a_vm_that_does_not_run_stays_listed_on_its_old_host(way: str) -> None:
    plan = ready(way)
    outcome = run(plan, [Disturbance("source-lost", Stage.CLEAN_UP)])
    goes, runs = plan.move.destination != "esx01", KINDS[plan.move.kind].runs
    listed = "esx01" if goes and not runs else None
    assert outcome.datacenter.vms["web01"].old_registration == listed
    assert ("Old registration of web01 on esx01" in outcome.left_behind) == bool(listed)
    assert run(plan).datacenter.vms["web01"].old_registration is None


@pytest.mark.parametrize("way", [way for way in WAYS if KINDS[WAYS[way][0]].runs])
@pytest.mark.parametrize("place", ["vm-directory", "host-local"])
def test_a_vm_that_is_powered_off_gives_the_room_of_its_swapfile_back(way: str, place: str) -> None:
    edits = [
        set_to(("vms", "web01", "swap_placement"), place),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
    ]
    plan = ready(way, edits=edits)
    outcome = run(plan, [Disturbance("vm-powered-off", Stage.PRE_COPY)])
    assert outcome.code == "F-POWER"
    conserved(outcome)
    home = outcome.before.vms["web01"].home
    store = home if place == "vm-directory" else "esx01-local"
    for name, facts in outcome.datacenter.datastores.items():
        before = outcome.before.datastores[name].free_gib
        more = 4 if name == store and before is not None else 0
        assert facts.free_gib == (None if before is None else before + more)
        assert facts.copies == outcome.before.datastores[name].copies


@pytest.mark.parametrize("way", ["vmotion", "both"])
@pytest.mark.parametrize("place", ["vm-directory", "host-local"])
def test_a_vm_whose_memory_never_came_gives_it_back_too(way: str, place: str) -> None:
    edits = [
        set_to(("vms", "web01", "swap_placement"), place),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
    ]
    plain = ready(way, edits=edits)
    made = make_plan(plain.datacenter, plain.move, plain.report.profile, algorithm="post-copy")
    outcome = run(made, [Disturbance("postcopy-link-lost")])
    assert outcome.code == "F-POSTCOPY"
    conserved(outcome)


def test_a_second_folder_beside_one_that_was_left() -> None:
    left = set_to(("datastores", "nfs-01", "copies", "web01"), {"vm": "web01", "state": "old"})
    outcome = run(ready("cold, host stays", edits=[left]))
    assert (
        outcome.datacenter.datastores["nfs-01"].copies == outcome.before.datastores["nfs-01"].copies
    )
    made = outcome.timeline.span_of(Stage.CREATE_SHELL)
    assert made is not None
    now = outcome.datacenter_at(made.end_s)
    assert list(now.datastores["nfs-01"].copies) == ["web01", "web01_1"]


@pytest.mark.parametrize(
    ("form", "disk_format", "there_gib", "after"),
    [
        ("thick", "same", 20, "thick"),
        ("thick", "thin", 5, "thin"),
        ("thin", "same", 5, "thin"),
        ("thin", "thick", 20, "thick"),
    ],
)
def test_disks_change_their_format(
    form: str, disk_format: str, there_gib: float, after: str
) -> None:
    disk = {"datastore": "san-01", "size_gib": 20, "allocated_gib": 5, "format": form}
    edits = [set_to(("vms", "web01", "disks"), {"disk 1": disk})]
    outcome = run(ready("cold, host stays", edits=edits, disk_format=disk_format))
    assert outcome.datacenter.vms["web01"].disks["disk 1"].format == after
    assert outcome.datacenter.datastores["nfs-01"].free_gib == 200 - there_gib
    assert outcome.datacenter.datastores["san-01"].free_gib == 200 + (5 if form == "thin" else 20)
    assert outcome.estimate is not None
    assert outcome.estimate.storage is not None
    # Whatever the format, no more is copied than was ever written, and the small files.
    assert outcome.estimate.storage.written_bytes == 5 * 2**30 + 2**20
    conserved(outcome)


def test_a_swapfile_is_made_anew_where_the_target_swaps() -> None:
    edits = [
        set_to(("vms", "web01", "swap_placement"), "host-local"),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
    ]
    outcome = run(ready("vmotion", edits=edits))
    assert outcome.datacenter.datastores["esx01-local"].free_gib == 204
    assert outcome.datacenter.datastores["esx02-local"].free_gib == 196
    conserved(outcome)
    failed = run(ready("vmotion", edits=edits), [Disturbance("source-lost", Stage.CLEAN_UP)])
    assert copies_of(failed.datacenter) == {"esx01-local": ("old", 4)}


def test_a_store_may_take_a_swapfile_and_give_up_a_snapshot_of_nothing() -> None:
    snapshot = {"memory": False, "size_gib": 0, "datastore": "esx02-local"}
    edits = [
        set_to(("vms", "web01", "swap_placement"), "host-local"),
        set_to(("vms", "web01", "snapshots", "first"), snapshot),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
        set_to(("datastores", "esx02-local", "mounts", "esx01"), {}),
    ]
    outcome = run(ready("both", edits=edits))
    assert outcome.datacenter.datastores["esx02-local"].free_gib == 196
    conserved(outcome)


def test_a_suspend_file_goes_with_the_home() -> None:
    plain, suspended = run(ready("cold, host stays")), run(ready("suspended with files"))
    assert plain.estimate is not None
    assert suspended.estimate is not None
    assert plain.estimate.storage is not None
    assert suspended.estimate.storage is not None
    more = suspended.estimate.storage.written_bytes - plain.estimate.storage.written_bytes
    assert more == 4096 * 2**20
    free = suspended.datacenter.datastores["nfs-01"].free_gib
    assert free == 200 - 60 - 4


def test_the_guide_copies_changed_blocks_and_later_releases_mirror() -> None:
    plan = ready("storage")
    for profile in Profile:
        case = case_for(plan.datacenter, plan.move, profile=profile)
        assert case is not None
        assert case.storage is not None
        guide = profile is Profile.GUIDE_40
        assert case.storage.method == ("changed-block" if guide else "mirror")
        assert case.storage.host == "stays"
        assert case.link is None


def test_changed_blocks_converge_for_the_labs_own_guest() -> None:
    outcome = run(ready("storage", Profile.GUIDE_40))
    assert outcome.outcome == "migrated"
    assert outcome.estimate is not None
    assert outcome.estimate.storage is not None
    assert outcome.estimate.storage.converged
    assert len(outcome.estimate.storage.passes) > 2
    assert outcome.downtime_s == pytest.approx(outcome.estimate.downtime_s)
    busy = [set_to(("vms", "web01", "activity", "disk_write_mib_s"), 50)]
    outcome = run(ready("storage", Profile.GUIDE_40, edits=busy))
    assert (outcome.outcome, outcome.stage, outcome.code) == (
        "rolled-back", "pre-copy", "F-CONVERGE"
    )  # fmt: skip
    assert "writes its disks faster" in (outcome.reason or "")


def test_files_cross_a_network_only_where_no_host_reaches_both_ends() -> None:
    assert ready("both").files_network is None
    assert ready("both, nothing shared").files_network == "link"
    assert ready("cold with files").files_network is None
    management = ready("cold, nothing shared")
    assert isinstance(management.files_network, float | int)
    assert management.case is not None
    assert management.case.storage is not None
    assert management.case.storage.network == management.files_network


def test_disks_first_then_memory() -> None:
    disks, both = run(ready("storage")), run(ready("both"))
    memory = run(ready("vmotion"))
    assert both.estimate is not None
    assert both.estimate.storage is not None
    assert both.estimate.rounds
    assert both.estimate.sent_bytes == memory.estimate.sent_bytes  # type: ignore[union-attr]
    assert both.estimate.total_s == pytest.approx(
        both.estimate.storage.total_s + memory.estimate.total_s  # type: ignore[union-attr,operator]
    )
    assert disks.estimate is not None
    assert disks.estimate.rounds == ()


def test_a_copy_of_files_that_is_cut_tells_what_was_written() -> None:
    for way in ("storage", "both", "suspended with files", "cold with files"):
        whole = run(ready(way))
        start = whole.timeline.span_of(Stage.PRE_COPY)
        assert start is not None
        assert whole.estimate is not None
        assert whole.estimate.storage is not None
        outcome = run(ready(way), [Disturbance("cancelled", start.start_s + 100)])
        assert outcome.estimate is not None
        assert outcome.estimate.storage is not None
        assert outcome.estimate.total_s is None
        # 100 MiB/s are written to the target, in whole MiB; mirrored writes take their part.
        wrote = outcome.estimate.storage.written_bytes / 2**20
        assert wrote == pytest.approx(100 * 100, abs=2.5)
        assert outcome.estimate.algorithm == whole.estimate.algorithm
        assert outcome.estimate.storage.method == whole.estimate.storage.method
        assert outcome.copied_s == pytest.approx(100)


@pytest.mark.parametrize("way", WAYS)
def test_the_document(way: str) -> None:
    for faults in ([], [Disturbance("cancelled", Stage.PREPARE_SOURCE)]):
        outcome = run(ready(way), faults)
        document = outcome.to_json()
        json.dumps(document, allow_nan=False)
        assert document["kind"] == WAYS[way][0]
        assert document["registered_on"] == outcome.datacenter.vms["web01"].host
        assert all(span["guide_stage"] in {1, 2, 3} for span in document["timeline"])
        if outcome.estimate:
            assert (document["estimate"]["storage"] is not None) == (WAYS[way][2] is not None)


def test_a_timeline_follows_the_table_of_its_kind() -> None:
    spans = [Span(stage, n, n + 1, None) for n, stage in enumerate(
        succession("cold", files_move=False))]  # fmt: skip
    Timeline(tuple(spans), "cold")
    with pytest.raises(ValueError, match="handshake may not follow prepare-source"):
        Timeline(tuple(spans), "vmotion")
    with pytest.raises(ValueError, match="checkpoint may not follow pre-copy"):
        Timeline(
            tuple(
                Span(stage, n, n + 1, None)
                for n, stage in enumerate(
                    [*succession("cold", files_move=True)[:9], Stage.CHECKPOINT]
                )
            ),
            "cold",
        )


def test_who_takes_the_vm_down() -> None:
    for stage in Stage:
        assert dies_with("cold", stage) == dies_with("suspended", stage) == frozenset()
        assert dies_with("storage", stage) == {"source", "destination"}
        side = "destination" if after_switch_over(stage) else "source"
        assert dies_with("vmotion", stage) == dies_with("both", stage) == {side}


@pytest.mark.parametrize("way", ["suspended with files", "cold, nothing shared"])
def test_a_vm_at_rest_goes_down_with_nobody(way: str) -> None:
    for fault in ("source-lost", "destination-lost"):
        outcome = run(ready(way), [Disturbance(fault, Stage.PRE_COPY)])
        assert outcome.outcome == "rolled-back"
        assert outcome.reverted_to_original
        assert outcome.downtime_s is None


def test_a_wrong_power_state_is_refused_and_the_vm_runs_on() -> None:
    on = set_to(("vms", "web01", "power_state"), "on")
    outcome = run(ready("cold", edits=[on]))
    assert (outcome.outcome, outcome.exit_code) == ("refused", 1)
    assert outcome.verdict == "web01 runs on esx01, exactly as before"
    assert outcome.vm_runs_on == "esx01"
    off = set_to(("vms", "web01", "power_state"), "off")
    outcome = run(ready("vmotion", edits=[off]))
    assert (outcome.outcome, outcome.reverted_to_original) == ("refused", True)
    assert outcome.verdict == "web01 is registered on esx01, powered off, exactly as before"
    assert outcome.vm_runs_on is None


def test_want_of_a_licence_for_persistent_memory_locks_the_vm_out() -> None:
    edits = [
        *(set_to(("hosts", host, "persistent_memory_gib"), 128) for host in ("esx01", "esx02")),
        set_to(("hosts", "esx01", "licence", "features"),
               ["vmotion", "storage-vmotion", "persistent-memory"]),
        set_to(("hosts", "esx02", "licence", "features"), ["vmotion", "storage-vmotion"]),
        set_to(("vms", "web01", "devices", "nvdimm 1"), {"kind": "nvdimm"}),
    ]  # fmt: skip
    plan = ready("vmotion", edits=edits)
    outcome = run(plan)
    assert plan.report.ok
    assert (outcome.outcome, outcome.code) == ("rolled-back", "F-PMEM")
    assert outcome.reverted_to_original
    back = outcome.timeline.spans[-1]
    assert back.way_back
    assert back.duration_s > 90
    locked = outcome.datacenter_at(outcome.total_s - 45)
    assert look_up(locked, ("vms", "web01", "operation")) == "locked-out"
    assert "vm-stable-state" in {finding.rule.id for finding in check(locked, plan.move).errors}
    assert outcome.undone[-1] == "web01 can be managed again"


def unjudged(plan: Plan) -> Plan:
    """Without what the rules say of it."""
    return replace(plan, report=Report(plan.report.profile, plan.move, (), ()))


SIZES = st.floats(0.01, 60).map(lambda gib: round(gib, 3))
DISKS = st.dictionaries(
    st.sampled_from(["disk 1", "disk 2", "disk 3"]),
    st.fixed_dictionaries(
        {
            "datastore": st.sampled_from(["san-01", "iscsi-01", "nfs-01"]),
            "size_gib": SIZES,
            "format": st.sampled_from(["thick", "thin"]),
            "allocated_gib": st.one_of(st.none(), SIZES),
        }
    ),
)
SNAPSHOTS = st.dictionaries(
    st.sampled_from(["one", "two"]),
    st.fixed_dictionaries(
        {
            "memory": st.booleans(),
            "size_gib": st.floats(0, 5),
            "datastore": st.sampled_from([None, "san-01", "nfs-01"]),
        }
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    way=st.sampled_from([way for way in WAYS if "shared" not in way]),
    disks=DISKS,
    snapshots=SNAPSHOTS,
    home=st.sampled_from(["san-01", "iscsi-01"]),
    swap=st.sampled_from(["vm-directory", "host-local"]),
    reserved=st.integers(0, 4096),
    disk_format=st.sampled_from(["same", "thick", "thin"]),
    stage=st.one_of(st.none(), st.sampled_from(list(Stage))),
    fault=st.sampled_from(["cancelled", "source-lost", "destination-lost", "storage-lost"]),
)
def test_files_are_conserved_whatever_happens(
    way: str,
    disks: dict[str, object],
    snapshots: dict[str, object],
    home: str,
    swap: str,
    reserved: int,
    disk_format: str,
    stage: Stage | None,
    fault: str,
) -> None:
    edits = [
        set_to(("vms", "web01", "home"), home),
        set_to(("vms", "web01", "disks"), disks),
        set_to(("vms", "web01", "snapshots"), snapshots),
        set_to(("vms", "web01", "swap_placement"), swap),
        set_to(("vms", "web01", "memory_reservation_mib"), reserved),
        set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
        set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
        *(set_to(("datastores", store, "free_gib"), 400) for store in STORES),
    ]
    plan = unjudged(ready(way, edits=edits, disk_format=disk_format))
    outcome = run(plan, [] if stage is None else [Disturbance(fault, stage)])
    conserved(outcome)
    if outcome.outcome == "rolled-back":
        assert outcome.reverted_to_original
    if outcome.outcome == "migrated":
        assert copies_of(outcome.datacenter) == {}


def test_a_move_may_ask_for_encryption() -> None:
    outcome = run(ready("vmotion", encrypted=True))
    assert outcome.outcome == "migrated"
    assert "no time is counted" in outcome.notes[-1]
    assert run(ready("vmotion")).notes == ()
    old = set_to(("hosts", "esx02", "version"), "6.0")
    errors = {
        finding.rule.id for finding in ready("vmotion", edits=[old], encrypted=True).report.errors
    }
    assert "vm-encrypted-vmotion" in errors
    wished = set_to(("vms", "web01", "encrypted_vmotion"), "required")
    calm = ready("vmotion", edits=[old, wished], encrypted=False).report.errors
    assert "vm-encrypted-vmotion" not in {finding.rule.id for finding in calm}


def test_at_high_priority_a_host_without_cpu_refuses() -> None:
    full = set_to(
        ("vms", "db01"), {"host": "esx02", "home": "san-01", "cpu_reservation_mhz": 22000}
    )
    assert run(ready("vmotion", edits=[full], priority="high")).outcome == "refused"
    assert run(ready("vmotion", edits=[full], priority="low")).outcome == "migrated"


def test_snapshots_move_with_their_files_from_5_0_on() -> None:
    snapshots = set_to(("vms", "web01", "snapshots"), {"one": {"size_gib": 3}})
    outcome = run(ready("storage", edits=[snapshots]))
    assert outcome.outcome == "migrated"
    assert outcome.datacenter.datastores["nfs-01"].free_gib == 200 - 60 - 3 - 4
    conserved(outcome)
    old = set_to(("hosts", "esx01", "version"), "4.1")
    guide = run(ready("storage", Profile.GUIDE_40, edits=[snapshots, old]))
    assert guide.outcome == "refused"
    assert "snap-hot-relocate" in {finding.rule.id for finding in guide.report.errors}
