"""A datastore that is mounted is not yet one that can be used."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.rules.storage.places import host_after, stores_after, stores_of


@move_rule(
    "sto-writable",
    title="The target may write to the VM's datastores",
    short="writable",
    why="The target opens the disks, the log and the configuration for writing.",
    fix="Remount the datastore for reading and writing",
    source=f"{API}.DatastoreNotWritableOnHost",
    severity=everywhere("error"),
    scope="storage",
    fault="DatastoreNotWritableOnHost",
    test_group="datastoreTests",
)
def writable(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A datastore that the VM will be on is mounted read-only on the destination."""
    host = host_after(move)
    for name in stores_after(datacenter, move):
        mount = datacenter.datastores[name].mounts.get(host)
        if mount is None or not mount.read_only:
            continue
        path = ("datastores", name, "mounts", host, "read_only")
        fields = {"datastore": name, "name": name, "host": host}
        yield Breach(
            path,
            f"{host} has mounted {name} read-only",
            f"Remount {name} on {host} for reading and writing",
            (set_to(path, False),),
            fault=Fault("DatastoreNotWritableOnHost", fields),
        )


@move_rule(
    "sto-accessible",
    title="The VM's datastores are accessible wherever they are mounted",
    short="accessible",
    why="A host that has lost every path still lists the datastore, but reads and writes nothing.",
    fix="Restore the paths",
    source=f"{API}.InaccessibleDatastore",
    severity=everywhere("error"),
    scope="storage",
    fault="InaccessibleDatastore",
    test_group="datastoreTests",
    tier="ext",
)
def accessible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A datastore that the VM leaves or goes to has no path left on the host that needs it."""
    needed = [(move.source, name) for name in stores_of(datacenter.vms[move.vm])]
    needed += [(host_after(move), name) for name in stores_after(datacenter, move)]
    for host, name in dict.fromkeys(needed):
        mount = datacenter.datastores[name].mounts.get(host)
        if mount is None or mount.accessible:
            continue
        path = ("datastores", name, "mounts", host, "accessible")
        fields = {"datastore": name, "name": name, "detail": "all paths down"}
        yield Breach(
            path,
            f"{name} is mounted on {host}, but all paths to it are down",
            f"Restore the paths from {host} to {name}",
            (set_to(path, True),),
            fault=Fault("InaccessibleDatastore", fields),
        )


RULES = (writable, accessible)

_ASKS = {"destination": "esx01", "datastore": "nfs-01"}


def _mount(store: str, host: str, fact: str) -> tuple[str, ...]:
    return ("datastores", store, "mounts", host, fact)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="mounted-read-only",
        story="san-01 was mounted read-only on esx02 while a snapshot of the LUN was examined.",
        rule="sto-writable",
        path=_mount("san-01", "esx02", "read_only"),
        edits=(set_to(_mount("san-01", "esx02", "read_only"), True),),
    ),
    Misconfiguration(
        name="read-only-export",
        story="The NAS exports nfs-01 to esx01 for reading only, and the files shall go there.",
        rule="sto-writable",
        path=_mount("nfs-01", "esx01", "read_only"),
        edits=(set_to(_mount("nfs-01", "esx01", "read_only"), True),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
    Misconfiguration(
        name="all-paths-down",
        story="Both fibres from esx02 to the SAN were pulled.",
        rule="sto-accessible",
        path=_mount("san-01", "esx02", "accessible"),
        edits=(set_to(_mount("san-01", "esx02", "accessible"), False),),
    ),
    Misconfiguration(
        name="nas-is-down",
        story="esx01 has lost the NAS to which the files shall go.",
        rule="sto-accessible",
        path=_mount("nfs-01", "esx01", "accessible"),
        edits=(set_to(_mount("nfs-01", "esx01", "accessible"), False),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="storage",
        asks=_ASKS,
    ),
)
