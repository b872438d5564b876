"""A datacenter's queue: alone as estimated, together by shares, and what held each up."""

from __future__ import annotations

import json
import math

import pytest

from vmlab.documents import InputError
from vmlab.fleet.fleet_run import FleetMove
from vmlab.fleet.sharing import run_fleet
from vmlab.fleet.under_way import ahead_of
from vmlab.inventory import Datacenter, Profile, apply, load, set_to
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.move import Move
from vmlab.migration.copy_case import case_for
from vmlab.models.case import Case
from vmlab.models.estimate import estimate
from vmlab.rules.capacity.traffic import under_way

P67 = Profile.VSPHERE_67


def fleet(n: int, **update: object) -> tuple[Datacenter, list[FleetMove]]:
    """So many equal VMs from esx01 to esx02, over 10 GbE; nothing is under way."""
    busy = apply(load("two-hosts-vsphere-8").datacenter, under_way(n, "esx01", "esx02"))
    queued = []
    for move in busy.moves.values():
        case = case_for(busy, move, profile=P67)
        assert case is not None
        queued.append(FleetMove(move, Case.model_validate(case.model_dump() | update)))
    return busy.model_copy(update={"moves": FrozenMapping({})}), queued


def test_one_alone_takes_what_is_estimated() -> None:
    datacenter, queued = fleet(1)
    (case,) = (one.case for one in queued)
    assert case is not None
    alone, (found,) = estimate(case), run_fleet(datacenter, queued, P67).moves
    assert found.end_s == pytest.approx(alone.total_s, rel=1e-9)
    assert found.downtime_s == pytest.approx(alone.downtime_s, rel=1e-9)
    assert found.sent_bytes == pytest.approx(alone.sent_bytes, rel=1e-6)
    assert found.rounds == len(alone.rounds)
    assert (found.limited_by, found.limit) == ("link", "esx01 sends")


@pytest.mark.parametrize(
    "workload",
    [
        {"curve": {"seconds": [1.0, 30.0], "distinct_mib": [300.0, 900.0]}},
        {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000, "order": "sequential"}},
        {"classes": [{"pages": 1000, "writes_per_page_per_s": 2.0}]},
    ],
)
def test_other_workloads_likewise(workload: dict[str, object]) -> None:
    datacenter, queued = fleet(1, workload=workload)
    (case,) = (one.case for one in queued)
    assert case is not None
    (found,) = run_fleet(datacenter, queued, P67).moves
    assert found.end_s == pytest.approx(estimate(case).total_s, rel=1e-9)


def test_two_share_the_link_and_eight_do_not_fit_on_four_slots() -> None:
    datacenter, queued = fleet(2, workload={"classes": []})
    one = run_fleet(datacenter, queued[:1], P67)
    two = run_fleet(datacenter, queued, P67)
    resume_s = estimate(queued[0].case).downtime_s if queued[0].case else None
    assert resume_s is not None
    assert two.total_s - resume_s == pytest.approx(2 * (one.total_s - resume_s))
    carried = {link.name: link.sent_bytes for link in two.links}
    sent = sum(found.sent_bytes for found in two.moves)
    assert carried == pytest.approx({"esx01 sends": sent, "esx02 receives": sent})


def test_stages_before_and_after_the_copy_hold_the_slots() -> None:
    datacenter, queued = fleet(1)
    plain = run_fleet(datacenter, queued, P67).moves[0]
    (one,) = queued
    framed = FleetMove(one.move, one.case, 5.0, setup_s=2.0, clean_up_s=3.0)
    (found,) = run_fleet(datacenter, [framed], P67).moves
    assert plain.end_s is not None
    assert found.start_s == 5.0
    assert found.end_s == pytest.approx(5.0 + 2.0 + plain.end_s + 3.0)
    assert found.downtime_s == pytest.approx(plain.downtime_s)


def test_storage_alone_takes_what_is_estimated_and_shares_datastores() -> None:
    data = load("two-hosts-vsphere-8").datacenter
    disk = {"disk 1": {"datastore": "san-01", "size_gib": 20}}
    disks = [set_to(("vms", name, "disks"), disk) for name in ("app01", "app02")]
    busy = apply(data, [*under_way(2, "esx01", "esx01", kind="storage"), *disks])
    queued = []
    for move in busy.moves.values():
        named = Move.model_validate(move.model_dump() | {"datastore": "nfs-01"})
        case = case_for(busy, named, profile=P67)
        assert case is not None
        queued.append(FleetMove(named, case))
    case = queued[0].case
    assert case is not None
    alone = run_fleet(busy, queued[:1], P67)
    assert alone.total_s == pytest.approx(estimate(case).total_s, rel=1e-9)
    assert alone.total_s > 10.0
    both = run_fleet(busy, queued, P67)
    assert both.total_s == pytest.approx(2 * alone.total_s, rel=0.01)
    assert {link.name for link in both.links} == {"san-01 is read", "nfs-01 is written"}


def test_a_failure_in_a_fleet_is_tried_again() -> None:
    datacenter, queued = fleet(2)
    queued[0] = FleetMove(queued[0].move, queued[0].case, fails_after_s=(1.0,))
    lost = run_fleet(datacenter, queued, P67)
    assert [one.outcome for one in lost.moves] == ["failed", "moved"]
    again = run_fleet(datacenter, queued, P67, attempts=2, retry_after_s=2.0)
    assert [one.outcome for one in again.moves] == ["moved", "moved"]
    assert (again.moves[0].attempts, again.moves[0].start_s) == (2, 3.0)
    assert again.moved == 2


@pytest.mark.parametrize("queue", [1, 3, 6])
def test_moves_under_way_go_before_the_queue(queue: int) -> None:
    """As if they had been asked for first: same slots, same links, same ends."""
    datacenter, queued = fleet(9)
    moves = {one.move.vm: one.move for one in queued[:-queue]}
    busy = datacenter.model_copy(update={"moves": FrozenMapping(moves)})
    found, whole = run_fleet(busy, queued[-queue:], P67), run_fleet(datacenter, queued, P67)
    assert found.moves == whole.moves[-queue:]
    assert found.under_way == whole.moves[:-queue]
    assert found.total_s == max(one.end_s or 0.0 for one in found.moves)
    carried = {link.name: link.sent_bytes for link in found.links}
    assert carried["esx01 sends"] <= sum(one.sent_bytes for one in whole.moves) * (1 + 1e-9)


def test_what_is_under_way_is_not_queued_twice() -> None:
    datacenter, queued = fleet(2)
    busy = datacenter.model_copy(update={"moves": FrozenMapping({"app01": queued[0].move})})
    assert [one.move.vm for one in ahead_of(busy, queued[1:], P67)] == ["app01"]
    assert run_fleet(busy, queued, P67) == run_fleet(datacenter, queued, P67)


def test_what_never_converges_is_said() -> None:
    busy_guest = {"classes": [{"pages": 900_000, "writes_per_page_per_s": 50.0}]}
    datacenter, queued = fleet(1, workload=busy_guest)
    (found,) = run_fleet(datacenter, queued, P67).moves
    assert (found.outcome, found.pause_s, found.downtime_s) == ("never", None, None)


def test_its_forms() -> None:
    datacenter, queued = fleet(6)
    run = run_fleet(datacenter, queued, P67, at_once=2)
    document = json.loads(json.dumps(run.to_json(), allow_nan=False))
    assert [one["vm"] for one in document["moves"]] == [one.vm for one in run.moves]
    assert document["moves"][0]["waited_s"] == 0.0
    assert len(run.to_frame()) == 6
    assert "Not shown: 4 more moves" in run.table(2).to_text()
    assert repr(run).startswith("6 of 6 moves done after")
    assert "<table" in run._repr_html_()
    assert sum(int(str(row[2])) for row in run.limits().rows) == 6


def test_a_fleet_without_a_trace_is_the_same() -> None:
    datacenter, queued = fleet(5)
    traced, untraced = (run_fleet(datacenter, queued, P67, trace=t) for t in (True, False))
    assert traced.moves == untraced.moves
    assert not untraced.links


def test_any_number_at_once_above_that_of_the_moves_is_the_same() -> None:
    datacenter, queued = fleet(3)
    assert run_fleet(datacenter, queued, P67, at_once=10**30).moves == (
        run_fleet(datacenter, queued, P67, at_once=3).moves
    )


def test_nothing_to_move() -> None:
    datacenter, _ = fleet(1)
    run = run_fleet(datacenter, [], P67)
    assert (run.moves, run.total_s, run.events) == ((), 0.0, 0)


@pytest.mark.parametrize(
    "asked", [{"at_once": 0}, {"attempts": 0}, {"retry_after_s": -1.0}, {"retry_after_s": math.inf}]
)
def test_numbers_out_of_range_are_refused(asked: dict[str, float]) -> None:
    datacenter, queued = fleet(1)
    with pytest.raises(InputError):
        run_fleet(datacenter, queued, P67, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "update",
    [
        {"algorithm": "post-copy"},
        {"link": {"profile": [[0, 100], [5, 10]]}},
        {"workload": {"phases": [{"from_s": 0, "classes": []}]}},
    ],
)
def test_what_a_fleet_does_not_know_is_refused(update: dict[str, object]) -> None:
    datacenter, queued = fleet(1, **update)
    with pytest.raises(InputError):
        run_fleet(datacenter, queued, P67)
