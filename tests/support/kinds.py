"""A move of every kind that nothing refuses, and a naive count of what files take up."""

from __future__ import annotations

from collections.abc import Iterable

from vmlab.inventory import Datacenter, Edit, Move, Profile, VirtualMachine, apply, load, set_to
from vmlab.inventory.move import Kind
from vmlab.migration import Plan, plan

FREE_GIB = 200
BASE = apply(
    load("two-hosts-vsphere-8").datacenter,
    [
        *(
            set_to(("datastores", store, "free_gib"), FREE_GIB)
            for store in ("san-01", "iscsi-01", "nfs-01", "esx01-local", "esx02-local")
        ),
        set_to(("vms", "web01", "activity", "disk_write_mib_s"), 2),
    ],
)
AT_HOME = (
    set_to(("vms", "web01", "home"), "esx01-local"),
    set_to(("vms", "web01", "disks"), {"disk 1": {"datastore": "esx01-local", "size_gib": 20}}),
)
POWER = {"vmotion": "on", "storage": "on", "both": "on", "suspended": "suspended", "cold": "off"}

#: Kind, host, datastore, and what is different: a case of every path through the tables.
WAYS: dict[str, tuple[Kind, str, str | None, tuple[Edit, ...]]] = {
    "vmotion": ("vmotion", "esx02", None, ()),
    "storage": ("storage", "esx01", "nfs-01", ()),
    "both": ("both", "esx02", "nfs-01", ()),
    "both, nothing shared": ("both", "esx02", "esx02-local", AT_HOME),
    "suspended": ("suspended", "esx02", None, ()),
    "suspended with files": ("suspended", "esx02", "nfs-01", ()),
    "cold": ("cold", "esx02", None, ()),
    "cold with files": ("cold", "esx02", "esx02-local", ()),
    "cold, host stays": ("cold", "esx01", "nfs-01", ()),
    "cold, nothing shared": ("cold", "esx02", "esx02-local", AT_HOME),
}


def ready(
    way: str, profile: Profile = Profile.VSPHERE_80, edits: Iterable[Edit] = (), **wishes: object
) -> Plan:
    """A plan that the rules let through."""
    kind, host, store, different = WAYS[way]
    power = set_to(("vms", "web01", "power_state"), POWER[kind])
    move = Move.model_validate(
        {
            "vm": "web01",
            "source": "esx01",
            "destination": host,
            "kind": kind,
            "datastore": store,
            **wishes,
        }
    )
    return plan(apply(BASE, [power, *different, *edits]), move, profile)


def used_gib(datacenter: Datacenter, store: str) -> float:
    """What files of VMs and folders without an owner take up on a datastore."""
    copies = sum(copy.size_gib for copy in datacenter.datastores[store].copies.values())
    return copies + sum(_used_by(datacenter, vm, store) for vm in datacenter.vms.values())


def _used_by(datacenter: Datacenter, vm: VirtualMachine, store: str) -> float:
    used = 0.0
    for disk in vm.disks.values():
        if disk.datastore == store and disk.rdm is None:
            thin = disk.format == "thin" and disk.allocated_gib is not None
            used += min(disk.allocated_gib or 0.0, disk.size_gib) if thin else disk.size_gib
    for snapshot in vm.snapshots.values():
        if (snapshot.datastore or vm.home) == store:
            used += snapshot.size_gib + (vm.memory_mib / 1024 if snapshot.memory else 0)
    if vm.power_state == "suspended" and vm.home == store:
        used += vm.memory_mib / 1024
    if vm.power_state == "on" and _swap_store(datacenter, vm) == store:
        used += (vm.memory_mib - vm.memory_reservation_mib) / 1024
    return used


def _swap_store(datacenter: Datacenter, vm: VirtualMachine) -> str:
    policy = vm.swap_placement
    if policy == "inherit":
        cluster = next(c for c in datacenter.clusters.values() if vm.host in c.hosts)
        policy = cluster.swap_policy
    own = datacenter.hosts[vm.host].swap_datastore
    return own if policy == "host-local" and own else vm.home
