"""What a move takes along: files to another datastore, a VM to another vCenter Server."""

from __future__ import annotations

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move


def moves_files(datacenter: Datacenter, move: Move) -> bool:
    """Whether a file of the VM goes to another datastore.

    Parameters
    ----------
    datacenter : Datacenter
        Where the files are now.
    move : Move
        A VMotion alone leaves them; so does a move that names no datastore.

    Returns
    -------
    bool
        False too where all files are on the named datastore already.
    """
    if move.kind == "vmotion" or move.datastore is None:
        return False
    vm = datacenter.vms[move.vm]
    return any(
        store != move.datastore
        for store in (vm.home, *(disk.datastore for disk in vm.disks.values()))
    )


def changes_host(move: Move) -> bool:
    """Whether the VM goes to another host: Storage VMotion leaves it where it is."""
    return move.kind != "storage" and move.source != move.destination


def crosses_vcenters(datacenter: Datacenter, move: Move) -> bool:
    """Whether the target belongs to another vCenter Server."""
    hosts = datacenter.hosts
    return changes_host(move) and hosts[move.source].vcenter != hosts[move.destination].vcenter
