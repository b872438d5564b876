"""Shared storage: both hosts must see the same files, whatever the names say."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.storage import DatastoreKind
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, GUIDE_PAGE, Breach, Fault, everywhere, move_rule
from vmlab.rules.storage.places import cannot_access, files_stay

_WHY = (
    "In a VMotion the files stay where they are, so source and target must both reach them: "
    "on a Fibre Channel SAN, iSCSI or NAS."
)


@move_rule(
    "sto-disks-visible",
    title="Every disk is on storage that both hosts access",
    short="disks shared",
    why=_WHY,
    fix="Mount the datastore on both hosts, or move the disk to shared storage",
    source=f"{GUIDE_PAGE}; {API}.CannotAccessVmDisk",
    severity=everywhere("error"),
    scope="storage",
    fault="CannotAccessVmDisk",
    test_group="datastoreTests",
    era="compute-only move",
)
def disks_visible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A disk's datastore is not mounted on the destination."""
    for disk in datacenter.vms[move.vm].disks.values() if files_stay(move) else ():
        path = ("vms", move.vm, "disks", disk.name, "datastore")
        fault = cannot_access(disk.name, disk.datastore)
        whose = f"{disk.name} of {move.vm}"
        yield from _unseen(datacenter, move, disk.datastore, whose, path, fault)


@move_rule(
    "sto-config-visible",
    title="The VM's home is on storage that both hosts access",
    short="home shared",
    why="Configuration, NVRAM and logs are opened by the target when the VM resumes there.",
    fix="Mount the home datastore on both hosts, or move the home to shared storage",
    source=f"{GUIDE_PAGE}; {API}.CannotAccessVmConfig",
    severity=everywhere("error"),
    scope="storage",
    fault="CannotAccessVmConfig",
    test_group="datastoreTests",
    era="compute-only move",
)
def config_visible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM's home is not reachable from the destination."""
    if files_stay(move):
        home = datacenter.vms[move.vm].home
        path = ("vms", move.vm, "home")
        reason = {"fault": "InaccessibleDatastore", "fields": {"datastore": home, "name": home}}
        fault = Fault("CannotAccessVmConfig", {"reason": reason})
        yield from _unseen(datacenter, move, home, f"The home of {move.vm}", path, fault)


@move_rule(
    "sto-identity-not-name",
    title="Equal names mean the same storage",
    short="same storage",
    why="A name is only a name: two disks called datastore1 are still two disks.",
    fix="Compare what stands behind the name, and use storage that is really shared",
    source="vSphere 6.5 Storage, guidelines for NFS storage; recalled for block storage",
    severity=everywhere("error"),
    scope="storage",
    fault="CannotAccessVmDisk",
    test_group="datastoreTests",
    recalled=True,
)
def identity_not_name(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Two hosts share a datastore's name but not what stands behind it."""
    vm = datacenter.vms[move.vm]
    if not files_stay(move):
        return
    for name in dict.fromkeys([vm.home, *(disk.datastore for disk in vm.disks.values())]):
        store = datacenter.datastores[name]
        here, there = store.backing_on(move.source), store.backing_on(move.destination)
        # A local disk is in one host, whatever is said of it.
        if here is None or there is None or (here == there and store.kind != "local"):
            continue
        path = ("datastores", name, "mounts", move.destination, "backing")
        message = (
            f"{name} is {here} on {move.source}, but {there} on {move.destination}: "
            "one name, two storages"
            if here != there
            else f"{name} is a local disk: {move.source} and {move.destination} each have their own"
        )
        shared = _shared_datastore(datacenter, move)
        first = next((disk.name for disk in vm.disks.values() if disk.datastore == name), vm.name)
        fault = cannot_access(first, name)
        if store.kind == "local":
            fix = f"Move the files to {shared}" if shared else None
            edits = _move_files(datacenter, move, name, shared) if shared else ()
            yield Breach(path, message, fix, edits, fault=fault)
        else:
            fix = f"Present {here} to {move.destination} as {name}"
            yield Breach(path, message, fix, (set_to(path, here),), fault=fault)


def _unseen(
    datacenter: Datacenter, move: Move, name: str, whose: str, path: Path, fault: Fault
) -> Iterator[Breach]:
    """A breach where the destination has nothing under a datastore's name."""
    store = datacenter.datastores[name]
    if store.is_mounted_on(move.destination):
        return
    message = f"{whose} is on {name}; {move.destination} cannot access it"
    if store.kind != "local":
        mount = ("datastores", name, "mounts", move.destination)
        fix = f"Mount {name} on {move.destination}"
        here = store.backing_on(move.source)
        same = {} if here in {None, store.backing} else {"backing": here}
        yield Breach(mount, message, fix, (set_to(mount, same),), fault=fault)
        return
    shared = _shared_datastore(datacenter, move)
    if shared:
        yield Breach(path, message, f"Move it to {shared}", (set_to(path, shared),), fault=fault)
    else:
        yield Breach(path, message, fault=fault)


def _shared_datastore(datacenter: Datacenter, move: Move) -> str | None:
    for name, store in datacenter.datastores.items():
        here, there = store.backing_on(move.source), store.backing_on(move.destination)
        if store.kind != "local" and here is not None and here == there:
            return name
    return None


def _move_files(datacenter: Datacenter, move: Move, name: str, to: str) -> tuple[Edit, ...]:
    vm = datacenter.vms[move.vm]
    edits = [
        set_to(("vms", move.vm, "disks", disk.name, "datastore"), to)
        for disk in vm.disks.values()
        if disk.datastore == name
    ]
    if vm.home == name:
        edits.append(set_to(("vms", move.vm, "home"), to))
    return tuple(edits)


RULES = (disks_visible, config_visible, identity_not_name)


def _two_backings(name: str, kind: DatastoreKind, here: str, there: str) -> Misconfiguration:
    """One disk of web01 on a datastore that is something else on each host."""
    store = {
        "kind": kind,
        "mounts": {"esx01": {"backing": here}, "esx02": {"backing": there}},
    }
    return Misconfiguration(
        name=f"two-backings-{kind.lower().replace(' ', '-')}",
        story=f"{name} is {here} on esx01 and {there} on esx02.",
        rule="sto-identity-not-name",
        path=("datastores", name, "mounts", "esx02", "backing"),
        edits=(
            set_to(("datastores", name), store),
            set_to(("vms", "web01", "disks", "disk 2", "datastore"), name),
        ),
    )


MISCONFIGURATIONS = (
    Misconfiguration(
        name="disk-on-local-datastore",
        story="The second disk of web01 was put on a local disk of esx01.",
        rule="sto-disks-visible",
        path=("vms", "web01", "disks", "disk 2", "datastore"),
        edits=(set_to(("vms", "web01", "disks", "disk 2", "datastore"), "esx01-local"),),
    ),
    Misconfiguration(
        name="iscsi-not-mounted",
        story="The second disk of web01 is on iSCSI storage that esx02 never mounted.",
        rule="sto-disks-visible",
        path=("datastores", "iscsi-01", "mounts", "esx02"),
        edits=(
            remove(("datastores", "iscsi-01", "mounts", "esx02")),
            set_to(("vms", "web01", "disks", "disk 2", "datastore"), "iscsi-01"),
        ),
    ),
    Misconfiguration(
        name="home-on-local-datastore",
        story="The home of web01 was created on a local disk of esx01.",
        rule="sto-config-visible",
        path=("vms", "web01", "home"),
        edits=(set_to(("vms", "web01", "home"), "esx01-local"),),
    ),
    Misconfiguration(
        name="home-not-mounted",
        story="The home of web01 is on a NAS export that esx02 never mounted.",
        rule="sto-config-visible",
        path=("datastores", "nfs-01", "mounts", "esx02"),
        edits=(
            remove(("datastores", "nfs-01", "mounts", "esx02")),
            set_to(("vms", "web01", "home"), "nfs-01"),
        ),
    ),
    _two_backings("san-02", "FC SAN", "lun-0a", "lun-0b"),
    _two_backings("iscsi-02", "iSCSI", "iqn.2009-08.lab:a", "iqn.2009-08.lab:b"),
    _two_backings("nfs-02", "NAS", "nas.lab:/export/vms", "10.0.60.5:/export/vms"),
    _two_backings("datastore1", "local", "a disk of esx01", "a disk of esx02"),
)
