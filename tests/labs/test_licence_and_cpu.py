"""Lab 04, finished; and the ladder of EVC modes as a table."""

from __future__ import annotations

from support.puzzles import finish
from vmlab.labs.licence_and_cpu import fleet, ladder, open_lab


def test_finished() -> None:
    finish(open_lab())


def test_ladder_of_intel() -> None:
    # EVC mode keys: the reference on rules, section 4.2.
    rows = ladder("L").rows
    assert rows[0][0] == "intel-merom"
    assert rows[-1][0] == "intel-sapphirerapids"
    assert len(rows) == 12
    penryn = rows[1]
    assert penryn[1] == "SSE4.1"
    assert penryn[3] != "recalled"
    assert {row[3] for row in rows if row is not penryn} == {"recalled"}


def test_the_fork_of_amd() -> None:
    first, second = ladder("A").rows, ladder("B").rows
    assert first[-1][0] == "amd-greyhound"
    assert first[-1][1] == "3DNow!"
    assert second[0][0] == "amd-greyhound-no3dnow"
    assert "amd-greyhound" not in {row[0] for row in second}
    zen = next(row for row in second if row[0] == "amd-zen")
    assert str(zen[1]).endswith("drops FMA4 TBM XOP")


def test_no_vm_of_the_fleet_leaves_its_generation() -> None:
    found = fleet().matrix
    generation = {host.name: host.cpu.max_evc_mode for host in found.datacenter.hosts.values()}
    for vm in found.vms:
        at = generation[found.datacenter.vms[vm].host]
        assert {generation[host] for host in found.hosts if found.allowed(vm, host)} <= {at}
    assert found.helps_most is not None
    assert any(edit.path[-1] == "evc_mode" for edit in found.helps_most.edits)
