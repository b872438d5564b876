"""What files take up on datastores, counted anew from the inventory alone.

A second, plain count beside `vmlab.migration.files`: that one says what a move
changes, this one what is there.
"""

from __future__ import annotations

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import PowerState
from vmlab.units import mib_to_gib


def used_gib(datacenter: Datacenter, vm: str, power_state: PowerState) -> dict[str, float]:
    """What the files of a virtual machine take up, GiB, by datastore.

    Parameters
    ----------
    datacenter : Datacenter
        Where it is.
    vm : str
        Which one.
    power_state : {"on", "off", "suspended"}
        As if it were in this state: a swapfile belongs to one that is on, a
        suspend file to one that is suspended.

    Returns
    -------
    dict of str to float
        Without what is too small to count.
    """
    facts, used = datacenter.vms[vm], dict.fromkeys(datacenter.datastores, 0.0)
    for disk in facts.disks.values():
        if disk.rdm is None:
            written = disk.size_gib if disk.allocated_gib is None else disk.allocated_gib
            thin = disk.format == "thin"
            used[disk.datastore] += min(written, disk.size_gib) if thin else disk.size_gib
    for snapshot in facts.snapshots.values():
        memory_gib = mib_to_gib(facts.memory_mib) if snapshot.memory else 0.0
        used[snapshot.datastore or facts.home] += snapshot.size_gib + memory_gib
    if power_state == "suspended":
        used[facts.home] += mib_to_gib(facts.memory_mib)
    if power_state == "on":
        unreserved_mib = max(0.0, facts.memory_mib - facts.memory_reservation_mib)
        used[_swap_store(datacenter, vm)] += mib_to_gib(unreserved_mib)
    return used


def most_gib(datacenter: Datacenter, vm: str) -> float:
    """More than all files of a virtual machine can ever take up, GiB.

    Parameters
    ----------
    datacenter : Datacenter
        Where it is.
    vm : str
        Which one.

    Returns
    -------
    float
        Thick disks, every snapshot with memory, a suspend file and a swapfile.
    """
    facts = datacenter.vms[vm]
    memories = len(facts.snapshots) + 2
    disks_gib = sum(disk.size_gib for disk in facts.disks.values())
    snapshots_gib = sum(snapshot.size_gib for snapshot in facts.snapshots.values())
    return disks_gib + snapshots_gib + memories * mib_to_gib(facts.memory_mib)


def ledger(datacenter: Datacenter, vm: str, power_state: PowerState) -> dict[str, float]:
    """What is free and what a VM and folders without an owner take up, GiB, by datastore.

    Parameters
    ----------
    datacenter : Datacenter
        At any instant of a move.
    vm : str
        Which one moves.
    power_state : {"on", "off", "suspended"}
        Before the move.

    Returns
    -------
    dict of str to float
        A sum that no move may change; datastores that say what is free.
    """
    used = used_gib(datacenter, vm, power_state)
    return {
        name: store.free_gib + used[name] + sum(copy.size_gib for copy in store.copies.values())
        for name, store in datacenter.datastores.items()
        if store.free_gib is not None
    }


def _swap_store(datacenter: Datacenter, vm: str) -> str:
    """The VM's folder, or what its host names for swapfiles and can write to."""
    facts = datacenter.vms[vm]
    policy = facts.swap_placement
    if policy == "inherit":
        cluster = datacenter.cluster_of(facts.host)
        policy = cluster.swap_policy if cluster else "vm-directory"
    named = datacenter.hosts[facts.host].swap_datastore
    if policy != "host-local" or named is None:
        return facts.home
    mount = datacenter.datastores[named].mounts.get(facts.host)
    usable = mount is not None and mount.accessible and not mount.read_only
    return named if usable else facts.home
