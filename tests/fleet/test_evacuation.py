"""Emptying hosts: each VM in one place, slots kept, failures undone, reasons told."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.fleets import broken, fleet
from vmlab.documents import InputError
from vmlab.fleet.admission import claims
from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import HostLoss, Mishap, MoveMishap, parse_mishap
from vmlab.fleet.placement import place
from vmlab.fleet.strategy import ORDERS, Strategy
from vmlab.inventory import Datacenter, apply, load
from vmlab.inventory.move import Move
from vmlab.inventory.path import remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.migration import migrate, parse
from vmlab.rules.check import check, request
from vmlab.rules.report import Report

FOUR = load("four-hosts")
LOST = HostLoss("esx03", 10.0)


def hold(done: Evacuation) -> None:
    """What must be true of any evacuation."""
    before, after = done.before, done.datacenter
    # Each VM in exactly one place, and nothing but the hosts of moved VMs has changed.
    went = {one.vm: one.destination for one in done.moves if one.arrived}
    assert list(after.vms) == list(before.vms)
    for name, vm in after.vms.items():
        late = [one for one in done.moves if one.outcome == "failed-after-switchover"]
        listed = {one.vm: one.source for one in late if before.vms[one.vm].power_state != "on"}
        changed = {"host": went.get(name, vm.host), "old_registration": listed.get(name)}
        assert vm == before.vms[name].model_copy(update=changed)
        assert vm.host == went.get(name, before.vms[name].host)
    assert after.moves == before.moves
    assert done.run.moved == len(went)
    # Only where hosts swap on datastores of their own is room taken and given.
    swap = {host.swap_datastore for host in before.hosts.values()}
    for name, store in after.datastores.items():
        assert store == before.datastores[name] or name in swap
    # Whoever was on the hosts has moved, tried, or is told to stay.
    asked = [vm.name for vm in before.vms.values() if vm.host in done.hosts]
    told = [one.vm for one in done.moves] + [one.vm for one in done.stays]
    assert sorted(asked) == sorted(told)
    for host in done.hosts:
        runs = [vm for vm in after.vms.values() if vm.host == host and vm.power_state == "on"]
        if host in done.emptied:
            assert not runs
            assert after.hosts[host].maintenance_mode
        else:
            arrives = any(move.destination == host for move in before.moves.values())
            assert runs or arrives or after.hosts[host].connection_state != "connected"
            assert after.hosts[host].maintenance_mode == before.hosts[host].maintenance_mode
    for one in done.moves:
        in_order(one.last.end_s, [attempt.ready_s for attempt in one.attempts])
        for attempt in one.attempts:
            assert attempt.destination not in done.hosts
            times = [attempt.ready_s, attempt.start_s, attempt.copies_s]
            times += [attempt.pause_s, attempt.resumed_s, attempt.end_s]
            known = [at_s for at_s in times if at_s is not None]
            assert known == sorted(known)
            assert known[-1] <= done.total_s + 1e-9
        for failed in one.attempts[:-1]:
            assert failed.outcome not in ("migrated", "failed-after-switchover", "lost")
            assert failed.reason
    json.dumps(done.to_json(), allow_nan=False)
    slots_are_kept(done)


def in_order(end_s: float | None, ready: list[float]) -> None:
    """A VM is tried again only after it failed."""
    assert ready == sorted(ready)
    assert end_s is None or ready[-1] <= end_s


def slots_are_kept(done: Evacuation) -> None:
    """Nothing takes more than there is, at any instant at which something begins."""
    spans = [
        (attempt.start_s, attempt.end_s, one, attempt)
        for one in done.moves
        for attempt in one.attempts
        if attempt.start_s is not None and attempt.end_s is not None
    ]
    for at_s, *_ in spans:
        taken: dict[tuple[str, str], int] = {}
        running = 0
        for start_s, end_s, one, attempt in spans:
            if not start_s <= at_s < end_s - 1e-9:
                continue
            running += 1
            move = Move(
                name=one.vm,
                vm=one.vm,
                source=one.source,
                destination=attempt.destination,
                kind=one.kind,
            )
            for claim in claims(done.before, move, done.profile):
                key = (claim.group, claim.name)
                taken[key] = taken.get(key, 0) + claim.cost
                assert taken[key] <= claim.slots
        assert done.strategy.at_once is None or running <= done.strategy.at_once


@pytest.mark.parametrize("hosts", [["esx01"], ["esx04"], ["esx01", "esx02"], ["esx02", "esx03"]])
@pytest.mark.parametrize("profile", [Profile.VSPHERE_55, Profile.VSPHERE_80])
def test_hosts_are_emptied(hosts: list[str], profile: Profile) -> None:
    hold(evacuate(FOUR, hosts, profile))


def test_a_host_that_cannot_be_emptied_stays_out_and_it_is_said_why() -> None:
    done = evacuate(FOUR, ["esx01"])
    assert done.exit_code == 1
    assert done.emptied == ()
    ((host, why),) = done.kept_out
    assert host == "esx01"
    assert "scan01" in why
    assert "cd0" in why
    free = apply(
        FOUR.datacenter, [set_to(("vms", "scan01", "devices", "cd 1", "connected"), False)]
    )
    done = evacuate(free, ["esx01"], FOUR.profile)
    assert done.exit_code == 0
    assert done.emptied == ("esx01",)


def test_vms_that_are_off_do_not_keep_a_host_from_maintenance_mode() -> None:
    done = evacuate(FOUR, ["esx02"], powered_off=False)
    assert done.emptied == ("esx02",)
    assert done.datacenter.vms["test01"].host == "esx02"
    moved = evacuate(FOUR, ["esx02"])
    assert {one.vm: one.kind for one in moved.moves}["test01"] == "suspended"
    assert moved.datacenter.vms["test01"].host != "esx02"


def test_one_vm_alone_moves_as_a_single_migration_does() -> None:
    """The fleet's times are those of the migration, where nothing is shared."""
    start = apply(FOUR.datacenter, [set_to(("vms", "web02", "host"), "esx01")])
    for name in ("app06", "log01"):
        start = apply(start, [set_to(("vms", name, "host"), "esx01")])
    done = evacuate(start, ["esx04"], FOUR.profile)
    (one,) = done.moves
    alone = migrate(start, request(start, one.vm, one.destination), FOUR.profile)
    assert one.last.end_s == pytest.approx(alone.total_s, rel=1e-6)
    assert one.downtime_s == pytest.approx(alone.downtime_s, rel=1e-3)


def test_every_check_passes_when_its_move_begins() -> None:
    """With those begun before on their way, by shell and reservation, and those done arrived."""
    done = evacuate(FOUR, ["esx01", "esx02"], strategy=Strategy(3))
    for one in done.moves:
        state = done.datacenter_at(one.last.start_s or 0.0)
        assert one.vm in state.moves
        state = apply(state, [remove(("moves", one.vm))])
        move = request(state, one.vm, one.destination, one.kind)
        report = check(state, move, FOUR.profile)
        assert report.ok, report.errors
        waits = {finding.rule.id for finding in report.findings if finding.severity == "queue"}
        assert not waits


def test_a_vm_is_in_one_place_at_any_time() -> None:
    done = evacuate(FOUR, ["esx01", "esx02"], mishaps=[LOST])
    assert done.datacenter_at(-1.0) == done.before
    for at_s in (0.0, 9.0, 11.0, 31.0, 300.0, done.total_s + 1):
        state = done.datacenter_at(at_s)
        for one in done.moves:
            here = state.vms[one.vm].host
            assert here in (one.source, one.destination)
            assert one.vm not in state.moves or here == one.source
    end = done.datacenter_at(done.total_s + 1)
    assert end.vms == done.datacenter.vms
    assert end.moves == done.before.moves


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_is_that_of_the_strategy(order: str) -> None:
    done = evacuate(FOUR, ["esx03"], strategy=Strategy.of(1, order))
    begun = sorted(done.moves, key=lambda one: one.last.start_s or 0.0)
    vms = [done.before.vms[one.vm] for one in begun]
    sizes = [vm.memory_mib for vm in vms]
    rates = [vm.activity.dirty_pages_per_s for vm in vms]
    expected = {
        "placed": sizes == sorted(sizes, reverse=True),
        "smallest": sizes == sorted(sizes),
        "largest": sizes == sorted(sizes, reverse=True),
        "calmest": rates == sorted(rates),
        "busiest": rates == sorted(rates, reverse=True),
    }
    assert expected[order]
    assert [one.wave for one in begun] == list(range(1, len(begun) + 1))


def test_waves_hold_every_vm_once_and_follow_one_another() -> None:
    done = evacuate(FOUR, ["esx01", "esx02"], strategy=Strategy(4))
    assert sorted(vm for wave in done.waves for vm in wave.vms) == sorted(m.vm for m in done.moves)
    starts = [wave.start_s for wave in done.waves]
    assert starts == sorted(starts)
    assert len(done.waves) > 1
    assert starts[0] == 0


def test_a_destination_that_dies_sends_its_copies_back_and_they_go_elsewhere() -> None:
    done = evacuate(FOUR, ["esx01"], mishaps=[LOST])
    hold(done)
    struck = [one for one in done.moves if len(one.attempts) > 1]
    assert struck
    for one in struck:
        first, second = one.attempts
        assert first.destination == "esx03"
        assert first.end_s == pytest.approx(10)
        assert first.outcome == "rolled-back"
        assert second.destination != "esx03"
        assert second.ready_s == pytest.approx(30)
        assert one.arrived
    # Who had arrived there before, and who lived there, is down with it.
    assert "file01" in done.down
    assert done.exit_code == 4
    assert done.datacenter.hosts["esx03"].connection_state == "not-responding"
    assert not [one for one in done.moves if one.arrived and one.destination == "esx03"] or all(
        one.last.end_s is not None and one.last.end_s <= 10
        for one in done.moves
        if one.destination == "esx03"
    )


def test_what_was_before_a_loss_is_as_without_it() -> None:
    calm = {one.vm: one.last for one in evacuate(FOUR, ["esx01"]).moves}
    for one in evacuate(FOUR, ["esx01"], mishaps=[LOST]).moves:
        assert one.attempts[0].start_s == calm[one.vm].start_s
        if (calm[one.vm].end_s or 0.0) < LOST.at_s:
            assert one.last == calm[one.vm]


def test_a_source_that_dies_takes_its_vms_along() -> None:
    done = evacuate(FOUR, ["esx01"], mishaps=[HostLoss("esx01", 10.0)])
    hold(done)
    here = {vm.name for vm in done.before.vms.values() if vm.host == "esx01"}
    assert set(done.down) == {v for v in here if done.before.vms[v].power_state == "on"}
    assert {one.outcome for one in done.moves if one.kind == "vmotion"} == {"lost"}
    assert all(len(one.attempts) == 1 for one in done.moves)
    assert done.exit_code == 4


def test_a_loss_after_the_end_changes_no_move() -> None:
    calm = evacuate(FOUR, ["esx04"])
    late = evacuate(FOUR, ["esx04"], mishaps=[HostLoss("esx01", calm.total_s + 1)])
    assert late.moves == calm.moves
    assert set(late.down) >= {"db01", "scan01"}


def test_a_fault_that_ends_is_tried_again_and_one_that_stays_is_given_up() -> None:
    short = MoveMishap("web01", parse("link-down@pre-copy+30"))
    done = evacuate(FOUR, ["esx01"], mishaps=[short])
    hold(done)
    (one,) = [one for one in done.moves if one.vm == "web01"]
    assert [attempt.outcome for attempt in one.attempts] == ["rolled-back", "migrated"]
    for_good = MoveMishap("web01", parse("link-down@pre-copy"))
    for retries in (0, 1):
        done = evacuate(FOUR, ["esx02", "esx01"], mishaps=[for_good], retries=retries)
        hold(done)
        (one,) = [one for one in done.moves if one.vm == "web01"]
        assert {attempt.outcome for attempt in one.attempts} == {"rolled-back"}
        assert len(one.attempts) == retries + 1
        assert done.datacenter.vms["web01"].host == "esx01"
        assert done.exit_code == 3
        assert "web01" in dict(done.kept_out)["esx01"]


def test_what_fails_after_the_switch_over_has_arrived() -> None:
    late = MoveMishap("web01", parse("storage-lost@clean-up"))
    done = evacuate(FOUR, ["esx01"], mishaps=[late])
    hold(done)
    (one,) = [one for one in done.moves if one.vm == "web01"]
    assert one.outcome == "failed-after-switchover"
    assert len(one.attempts) == 1
    assert done.datacenter.vms["web01"].host == one.destination
    assert done.exit_code == 4


def test_connect_errors_that_no_check_sees_roll_back_and_keep_the_vm() -> None:
    edits = [set_to(("hosts", name, "closed_ports"), [8000]) for name in ("esx02", "esx03")]
    done = evacuate(apply(FOUR.datacenter, edits), ["esx01"], FOUR.profile)
    hold(done)
    tried = {attempt.destination for one in done.moves for attempt in one.attempts}
    failed = {a.destination for one in done.moves for a in one.attempts if a.outcome != "migrated"}
    assert failed
    assert failed <= {"esx02", "esx03"}
    assert "esx04" in tried


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(broken(), st.sampled_from(list(Profile)), st.data())
def test_whatever_is_wrong_the_invariants_hold(
    datacenter: Datacenter, profile: Profile, data: st.DataObject
) -> None:
    hosts = list(datacenter.hosts)
    emptied = data.draw(st.lists(st.sampled_from(hosts), min_size=1, max_size=2, unique=True))
    losses = st.builds(
        HostLoss, st.sampled_from(hosts), st.floats(0, 60), st.sampled_from([None, 5.0, 40.0])
    )
    faults = st.builds(
        MoveMishap,
        st.sampled_from(sorted(datacenter.vms)),
        st.sampled_from([parse("link-down"), parse("cancelled@5"), parse("destination-lost+30")]),
    )
    mishaps: list[Mishap] = data.draw(st.lists(st.one_of(losses, faults), max_size=3))
    at_once = data.draw(st.sampled_from([None, 1, 2]))
    hold(evacuate(datacenter, emptied, profile, strategy=Strategy(at_once), mishaps=mishaps))


def test_a_larger_fleet() -> None:
    datacenter = fleet(60, 8, seed=3)
    done = evacuate(datacenter, list(datacenter.hosts)[:3], Profile.VSPHERE_67)
    assert len(done.moves) > 10
    hold(done)


def test_nothing_on_a_host_is_nothing_to_do() -> None:
    bare = load("two-hosts")
    done = evacuate(bare, ["esx02"])
    assert done.moves == ()
    assert done.emptied == ("esx02",)
    assert done.total_s == 0
    assert done.exit_code == 0


def test_the_document_has_the_keys_of_the_contract() -> None:
    document = evacuate(FOUR, ["esx01"], mishaps=[LOST]).to_json()
    assert {"hosts", "total_s", "moves", "stays", "waves", "links", "limits"} <= set(document)
    row = {"vm", "source", "destination", "kind", "wave", "start_s", "end_s", "downtime_s"}
    row |= {"sent_bytes", "attempts", "outcome"}
    assert all(row <= set(one) for one in document["moves"])
    assert all({"vm", "host", "rule", "reason"} == set(one) for one in document["stays"])
    assert sum(one["moves"] for one in document["limits"]) == sum(
        one["attempts"] for one in document["moves"]
    )
    assert document["links"]
    assert all(0 <= one["use"] <= 1 + 1e-9 for one in document["links"])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("web01", "names no fault"),
        ("web01:nonsense", "is no fault"),
        ("nobody:lost@3", "'nobody'"),
        ("esx01:lost", "is no time"),
        ("esx01:lost@-4", "is no time"),
        ("esx01:lost@4+x", "is no time"),
        ("esx01:link-down@4", "befalls a host"),
    ],
)
def test_mishaps_that_make_no_sense_are_refused(text: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        parse_mishap(text, FOUR.datacenter)


def test_mishaps_are_read() -> None:
    assert parse_mishap("esx03:lost@10", FOUR.datacenter) == LOST
    assert parse_mishap(" esx03 : lost@2+5 ", FOUR.datacenter) == HostLoss("esx03", 2.0, 5.0)
    read = parse_mishap("web01:link-down@pre-copy+5", FOUR.datacenter)
    assert read == MoveMishap("web01", parse("link-down@pre-copy+5"))


@pytest.mark.parametrize(("at_once", "order"), [(0, "placed"), (2, "alphabetical")])
def test_strategies_that_make_no_sense_are_refused(at_once: int, order: str) -> None:
    with pytest.raises(InputError):
        Strategy.of(at_once, order)


def test_reports_belong_to_the_places_taken() -> None:
    placed = place(FOUR.datacenter, ["esx01", "esx02"], FOUR.profile)
    for move in placed.moves:
        report: Report = placed.reports[move.vm]
        assert report.move == move
