"""One export, two hosts: it must be mounted by the same words and with the same version."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.storage import Mount
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, since
from vmlab.rules.storage.places import cannot_access, files_stay, is_shared, stores_of

_GUIDELINES = "vSphere 6.5 Storage, guidelines for NFS storage"
_WORDS = (("nfs_server", "server"), ("nfs_folder", "folder"))


@move_rule(
    "sto-nfs3-identity",
    title="Both hosts mount an NFS 3 export by the same words",
    short="same NFS words",
    why="With NFS 3 a datastore is known by server and folder as they were typed: "
    "a name here and an address there make two.",
    fix="Remount with identical server and folder",
    source=f"{_GUIDELINES}; {API}.CannotAccessVmDisk",
    severity=everywhere("error"),
    scope="storage",
    fault="CannotAccessVmDisk",
    test_group="datastoreTests",
    era="NFS 3",
)
def nfs3_identity(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The same export is mounted with another server or folder string on each host."""
    for name, here, there in _exports(datacenter, move):
        if "4.1" in {here.nfs_version, there.nfs_version}:
            continue
        edits: list[Edit] = []
        told: list[str] = []
        mount = ("datastores", name, "mounts", there.name)
        for field, word in _WORDS:
            mine, other = getattr(here, field), getattr(there, field)
            # Where a host's words are left out, nothing is known of them.
            if mine and other and mine != other:
                edits.append(set_to((*mount, field), mine))
                told.append(
                    f"{word} {_quoted(mine)} on {here.name}, {_quoted(other)} on {there.name}"
                )
        if edits:
            words = " and ".join(f"{edit.path[-1][4:]} {_quoted(edit.value)}" for edit in edits)
            yield Breach(
                edits[0].path if len(edits) == 1 else mount,
                f"{name} is mounted from {'; '.join(told)}: to vCenter Server these are two",
                f"Remount {name} on {there.name} with {words}",
                tuple(edits),
                fault=_no_access(datacenter, move, name),
            )


@move_rule(
    "sto-nfs-version",
    title="Both hosts mount an export with the same version of NFS",
    short="same NFS version",
    why="NFS 3 and NFS 4.1 lock files differently: used side by side they corrupt them.",
    fix="Use one version of NFS everywhere",
    source=_GUIDELINES,
    severity=since(Profile.VSPHERE_67, "error"),
    scope="storage",
    fault=None,
    test_group="datastoreTests",
    tier="ext",
    era="≥6.0",
)
def nfs_version(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """One export is mounted with NFS 3 on one host and with NFS 4.1 on the other."""
    for name, here, there in _exports(datacenter, move):
        mine, other = here.nfs_version or "3", there.nfs_version or "3"
        if mine != other:
            path = ("datastores", name, "mounts", there.name, "nfs_version")
            yield Breach(
                path,
                f"{name} is mounted with NFS {mine} on {here.name}, NFS {other} on {there.name}",
                f"Remount {name} on {there.name} with NFS {mine}",
                (set_to(path, mine),),
            )


def _exports(datacenter: Datacenter, move: Move) -> Iterator[tuple[str, Mount, Mount]]:
    """Exports that hold files of the VM and must be the same on both hosts."""
    for name in stores_of(datacenter.vms[move.vm]) if files_stay(move) else ():
        store = datacenter.datastores[name]
        if store.kind == "NAS" and is_shared(store, move.source, move.destination):
            yield name, store.mounts[move.source], store.mounts[move.destination]


def _quoted(words: str) -> str:
    return f"“{words}”"


def _no_access(datacenter: Datacenter, move: Move, store: str) -> Fault:
    disks = datacenter.vms[move.vm].disks.values()
    disk = next((disk.name for disk in disks if disk.datastore == store), None)
    return cannot_access(disk or move.vm, store)


RULES = (nfs3_identity, nfs_version)

_ON_NAS = set_to(("vms", "web01", "disks", "disk 2", "datastore"), "nfs-01")


def _mount(host: str) -> tuple[str, ...]:
    return ("datastores", "nfs-01", "mounts", host)


def _words(host: str, server: str, folder: str = "/export/vmlab") -> Edit:
    return set_to(_mount(host), {"nfs_server": server, "nfs_folder": folder})


MISCONFIGURATIONS = (
    Misconfiguration(
        name="nfs-by-name-and-by-address",
        story="The NAS was mounted by its name on esx01 and by its address on esx02.",
        rule="sto-nfs3-identity",
        path=(*_mount("esx02"), "nfs_server"),
        edits=(_ON_NAS, _words("esx01", "nas.lab"), _words("esx02", "10.0.60.5")),
    ),
    Misconfiguration(
        name="nfs-trailing-slash",
        story="On esx02 the folder of the export was typed with a slash at its end.",
        rule="sto-nfs3-identity",
        path=(*_mount("esx02"), "nfs_folder"),
        edits=(
            _ON_NAS,
            _words("esx01", "nas.lab"),
            _words("esx02", "nas.lab", "/export/vmlab/"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="nfs-by-other-words",
        story="On esx02 neither server nor folder of the export was typed as on esx01.",
        rule="sto-nfs3-identity",
        path=_mount("esx02"),
        edits=(_ON_NAS, _words("esx01", "nas.lab"), _words("esx02", "nas", "/export/vmlab/")),
    ),
    Misconfiguration(
        name="nfs-3-and-4-1",
        story="esx02 was reinstalled, and the export was mounted there with NFS 4.1.",
        rule="sto-nfs-version",
        path=(*_mount("esx02"), "nfs_version"),
        edits=(
            _ON_NAS,
            set_to((*_mount("esx01"), "nfs_version"), "3"),
            set_to((*_mount("esx02"), "nfs_version"), "4.1"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
)
