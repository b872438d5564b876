"""Resource pools, and the hosts that HA keeps in reserve."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.rules.capacity.room import UNIT, What, demand, needs_room
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.units import mib_to_bytes


@move_rule(
    "cap-pool",
    title="The target's pool and HA can keep their promises to the VM",
    short="pool",
    why="A pool hands out what it was given; HA holds back room for the VMs of hosts that fail.",
    fix="Grow the pool",
    source=f"{API}.InsufficientMemoryResourcesFault, InsufficientCpuResourcesFault and "
    "InsufficientFailoverResourcesFault",
    severity=everywhere("error"),
    scope="capacity",
    fault="InsufficientMemoryResourcesFault",
    test_group="resourcePoolTests",
    tier="ext",
)
def pool(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The new pool has too little unreserved, or the cluster loses its failover level."""
    if datacenter.vms[move.vm].power_state == "off":
        return
    yield from _pool_too_small(datacenter, move)
    yield from _failover_lost(datacenter, move)


def _pool_too_small(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    vm = datacenter.vms[move.vm]
    name = move.resource_pool
    target = datacenter.resource_pools.get(name) if name else None
    if name is None or target is None or name == vm.resource_pool:
        return
    left: dict[What, float | None] = {
        "memory": target.unreserved_memory_mib,
        "cpu": target.unreserved_cpu_mhz,
    }
    for what, free in left.items():
        wanted = demand(vm, what)
        if free is None or wanted <= free:
            continue
        field = "unreserved_memory_mib" if what == "memory" else "unreserved_cpu_mhz"
        path = ("resource_pools", name, field)
        scale = mib_to_bytes if what == "memory" else float
        yield Breach(
            path,
            f"{name} has {free:.12g} {UNIT[what]} unreserved; {vm.name} needs {wanted:.12g} "
            f"{UNIT[what]}",
            f"Grow {name} by {wanted - free:.12g} {UNIT[what]}",
            (set_to(path, wanted),),
            fault=Fault(
                f"Insufficient{what.capitalize()}ResourcesFault",
                {"unreserved": int(scale(free)), "requested": int(scale(wanted))},
            ),
        )


def _failover_lost(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is new to an HA cluster whose reserve it would eat."""
    cluster = datacenter.cluster_of(move.destination)
    if cluster is None or not cluster.ha or not cluster.failover_hosts:
        return
    if move.source in cluster.hosts or not needs_room(datacenter, move):
        return
    holds = _failures_survived(datacenter, cluster, move.vm)
    if holds >= cluster.failover_hosts:
        return
    path = ("clusters", cluster.name, "failover_hosts")
    yield Breach(
        path,
        f"With {move.vm} {cluster.name} survives the failure of {holds} hosts, not of "
        f"{cluster.failover_hosts}",
        f"Add a host to {cluster.name}, or let it tolerate {holds} failures",
        (set_to(path, holds),),
        fault=Fault("InsufficientFailoverResourcesFault"),
    )


def _failures_survived(datacenter: Datacenter, cluster: Cluster, vm: str) -> int:
    """How many of the largest hosts may fail while every reservation is still kept."""
    hosts = [
        host
        for name in dict.fromkeys(cluster.hosts)
        if (host := datacenter.hosts[name]).connection_state == "connected"
        and not host.maintenance_mode
    ]
    vms = [
        other
        for other in datacenter.vms.values()
        if other.name == vm or (other.host in cluster.hosts and other.power_state == "on")
    ]
    sizes: dict[What, list[float]] = {
        "memory": sorted(host.memory_mib for host in hosts),
        "cpu": sorted(host.cpu.total_mhz for host in hosts),
    }
    survived = len(hosts)
    for what, capacities in sizes.items():
        wanted = sum(demand(other, what) for other in vms)
        while survived and sum(capacities[: len(capacities) - survived]) < wanted:
            survived -= 1
    return survived


RULES = (pool,)

_CLUSTER = ("clusters", "cluster-01")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="pool-too-small",
        story="web01 shall move into a pool that has 1 GiB left for its reservation of 2 GiB.",
        rule="cap-pool",
        path=("resource_pools", "gold", "unreserved_memory_mib"),
        edits=(
            set_to(("resource_pools", "gold"), {"unreserved_memory_mib": 1024}),
            set_to(("vms", "web01", "memory_reservation_mib"), 2048),
        ),
        asks={"resource_pool": "gold"},
    ),
    Misconfiguration(
        name="pool-short-of-cpu",
        story="web01 shall move into a pool that has 500 MHz left for its reservation of 1 GHz.",
        rule="cap-pool",
        path=("resource_pools", "gold", "unreserved_cpu_mhz"),
        edits=(
            set_to(("resource_pools", "gold"), {"unreserved_cpu_mhz": 500}),
            set_to(("vms", "web01", "cpu_reservation_mhz"), 1000),
        ),
        asks={"resource_pool": "gold"},
    ),
    Misconfiguration(
        name="failover-level-lost",
        story="web01 would join an HA cluster of one host that must survive the loss of one.",
        rule="cap-pool",
        path=(*_CLUSTER, "failover_hosts"),
        edits=(
            set_to((*_CLUSTER, "hosts"), ["esx02"]),
            set_to((*_CLUSTER, "ha"), True),
            set_to((*_CLUSTER, "failover_hosts"), 1),
            set_to(("vms", "web01", "memory_reservation_mib"), 1024),
        ),
    ),
)
