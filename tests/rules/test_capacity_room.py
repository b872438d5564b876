"""Reservations: hosts, what moves under way have been promised, pools, failover."""

from __future__ import annotations

import pytest

from support.relocations import by_profile, findings
from vmlab.inventory import Edit, set_to

WEB01 = ("vms", "web01")
ESX02 = ("hosts", "esx02")
CLUSTER = ("clusters", "cluster-01")
MEMORY, CPU, POOL = "cap-dest-memory", "cap-dest-cpu", "cap-pool"
ERROR = ["error"] * 4


def reserves(memory: float = 0, overhead: float = 0, cpu: float = 0) -> tuple[Edit, ...]:
    return (
        set_to((*WEB01, "memory_reservation_mib"), memory),
        set_to((*WEB01, "memory_overhead_mib"), overhead),
        set_to((*WEB01, "cpu_reservation_mhz"), cpu),
    )


def db01(**facts: object) -> Edit:
    return set_to(("vms", "db01"), {"host": "esx02", "home": "san-01", **facts})


@pytest.mark.parametrize(
    ("memory", "overhead", "short"),
    [(3900, 196, False), (3901, 196, True), (4096, 0, False), (4096, 0.5, True), (0, 4097, True)],
)
def test_memory_with_overhead_must_fit(memory: float, overhead: float, short: bool) -> None:
    edits = (*reserves(memory, overhead), set_to((*ESX02, "memory_mib"), 4096))
    assert bool(findings(MEMORY, *edits)) is short
    assert bool(findings(MEMORY, *edits, kind="suspended")) is short
    assert findings(MEMORY, *edits, kind="cold") == []
    assert findings(MEMORY, *edits, kind="storage", datastore="nfs-01") == []


def test_what_others_have_reserved_is_taken() -> None:
    held = db01(memory_reservation_mib=32000, memory_overhead_mib=668)
    (finding,) = findings(MEMORY, *reserves(101), held)
    assert by_profile(MEMORY, *reserves(101), held) == ERROR
    assert finding.fault is not None
    assert finding.fault.name == "InsufficientHostMemoryCapacityFault"
    assert finding.fault.fields == {
        "host": "esx02",
        "unreserved": 100 * 1024**2,
        "requested": 101 * 1024**2,
    }
    assert finding.edits[0].value == 100
    assert findings(MEMORY, *reserves(100), held) == []
    # A VM that is off has been promised nothing.
    off = db01(memory_reservation_mib=32768, power_state="off")
    assert findings(MEMORY, *reserves(101), off) == []


def test_the_empty_vm_of_a_move_under_way_holds_its_room() -> None:
    coming = db01(host="esx01", memory_reservation_mib=32768)
    move = {"vm": "db01", "source": "esx01", "destination": "esx02"}
    early = set_to(("moves", "db01"), move)
    late = set_to(("moves", "db01"), {**move, "shell": True})
    assert findings(MEMORY, *reserves(1), coming, early) == []
    assert findings(MEMORY, *reserves(1), coming, late) != []


def test_cpu_must_fit() -> None:
    # Two sockets of four cores at 2900 MHz: 23,200 MHz.
    assert findings(CPU, *reserves(cpu=23_200)) == []
    (finding,) = findings(CPU, *reserves(cpu=23_201))
    assert finding.fault is not None
    assert finding.fault.name == "InsufficientHostCpuCapacityFault"
    assert finding.fault.fields["unreserved"] == 23_200
    assert findings(CPU, *reserves(cpu=201), db01(cpu_reservation_mhz=23_000)) != []
    assert by_profile(CPU, *reserves(cpu=23_201)) == ERROR


def pool(**left: float) -> Edit:
    return set_to(("resource_pools", "gold"), left)


def test_a_pool_must_have_what_the_vm_reserves() -> None:
    asks = {"resource_pool": "gold"}
    small = pool(unreserved_memory_mib=1024, unreserved_cpu_mhz=500)
    both = findings(POOL, *reserves(1025, 0, 501), small, **asks)
    assert [f.fault.name for f in both if f.fault] == [
        "InsufficientMemoryResourcesFault",
        "InsufficientCpuResourcesFault",
    ]
    assert findings(POOL, *reserves(1024, 0, 500), small, **asks) == []
    assert findings(POOL, *reserves(9999, 0, 9999), pool(), **asks) == []
    # The pool stays: it has promised already.
    assert findings(POOL, *reserves(1025), small) == []
    stays = set_to((*WEB01, "resource_pool"), "gold")
    assert findings(POOL, *reserves(1025), small, stays, **asks) == []
    assert findings(POOL, *reserves(1025), small, kind="cold", **asks) == []


def test_the_failover_level_of_a_cluster_that_the_vm_joins() -> None:
    ha = (set_to((*CLUSTER, "ha"), True), set_to((*CLUSTER, "failover_hosts"), 1))
    alone = set_to((*CLUSTER, "hosts"), ["esx02"])
    (finding,) = findings(POOL, *reserves(1024), *ha, alone)
    assert finding.fault is not None
    assert finding.fault.name == "InsufficientFailoverResourcesFault"
    # It is in the cluster already, or there is no HA, or nothing is reserved.
    assert findings(POOL, *reserves(1024), *ha) == []
    assert findings(POOL, *reserves(1024), ha[1], alone) == []
    assert findings(POOL, *ha, alone) == []
