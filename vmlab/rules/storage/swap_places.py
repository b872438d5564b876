"""Where a virtual machine's swapfile is: what policies say, and what hosts can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.rules.relocation import changes_host

Policy = Literal["vm-directory", "host-local"]


@dataclass(frozen=True)
class Swapfile:
    """Where a VM's swapfile is on a host: a datastore, and what the host has under its name."""

    store: str
    backing: str | None


def swap_policy(datacenter: Datacenter, vm: str, host: str) -> Policy:
    """The VM's own placement, else its cluster's, else the VM's directory."""
    own = datacenter.vms[vm].swap_placement
    if own != "inherit":
        return own
    cluster = datacenter.cluster_of(host)
    return cluster.swap_policy if cluster else "vm-directory"


def swaps_locally(datacenter: Datacenter, move: Move) -> bool:
    """Whether the VM, on another host, shall swap on what that host names."""
    return changes_host(move) and swap_policy(datacenter, move.vm, move.destination) == "host-local"


def swapfile(datacenter: Datacenter, vm: str, host: str) -> Swapfile:
    """Where a VM's swapfile is while it runs on a host."""
    home = datacenter.vms[vm].home
    name = datacenter.hosts[host].swap_datastore
    if (
        swap_policy(datacenter, vm, host) == "vm-directory"
        or name is None
        or not can_write(datacenter, host, name)
    ):
        # Whether both hosts see the home is asked by rules of its own.
        return Swapfile(home, None)
    return Swapfile(name, datacenter.datastores[name].backing_on(host))


def can_write(datacenter: Datacenter, host: str, store: str) -> bool:
    """Whether a host may write to a datastore, and reaches it."""
    mount = datacenter.datastores[store].mounts.get(host)
    return mount is not None and mount.accessible and not mount.read_only


def writable_store(datacenter: Datacenter, move: Move) -> str | None:
    """A datastore for the destination to swap on: the source's, else a local one, else any."""
    host, same = move.destination, datacenter.hosts[move.source].swap_datastore
    names = [name for name in datacenter.datastores if can_write(datacenter, host, name)]
    return min(
        names,
        key=lambda name: (name != same, datacenter.datastores[name].kind != "local"),
        default=None,
    )
