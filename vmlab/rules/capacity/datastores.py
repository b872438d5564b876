"""Slots of datastores: how many moves may touch the same storage at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.storage import Datastore
from vmlab.rules.capacity.slots import LIMITS, MANUAL_60
from vmlab.rules.capacity.traffic import WAIT, Resource, peers, queued, under_way
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, move_rule, only_guide, since

DATASTORE_SLOTS = 128
DATASTORE_COSTS: dict[Kind, int] = {"vmotion": 1, "storage": 16, "both": 16}
ACCESSES_VMFS3, ACCESSES_NFS = 8, 4
ACCESSES: dict[Kind, int] = {"vmotion": 1, "storage": 1, "both": 1}


@move_rule(
    "cap-datastore-slots",
    title="Every datastore that the move touches has room for it",
    short="datastore slots",
    why="Moves of files load a datastore far more than moves of memory; too many would starve VMs.",
    fix=WAIT,
    source=f"{LIMITS}; {MANUAL_60}",
    severity=since(Profile.VSPHERE_55, "queue"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    era="≥5.0",
)
def datastore_slots(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The costs of a datastore's moves add up to more than 128."""
    yield from queued(datacenter, move, stores_of(datacenter, move), "slots")


def stores_of(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The datastores that a move touches, by the costs of 5.0 and later."""
    for name in _touched(datacenter, move):
        yield Resource(name, DATASTORE_SLOTS, _by_store(datacenter, DATASTORE_COSTS, name))


@move_rule(
    "cap-datastore-slots-40",
    title="No datastore has all the accesses that vSphere 4.0 allows",
    short="datastore accesses",
    why="4.0 lets eight moves use a VMFS3 datastore at once, and four one of NFS or VMFS2.",
    fix=WAIT,
    source="Limits of vSphere 4.0 on simultaneous migrations, recalled",
    severity=only_guide("queue"),
    scope="capacity",
    fault=None,
    test_group="runtime only",
    tier="ext",
    era="4.0",
    recalled=True,
)
def datastore_slots_40(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """More than 8 accesses to a VMFS3 datastore, or than 4 to one of NFS or VMFS2."""
    yield from queued(datacenter, move, stores_of_40(datacenter, move), "accesses")


def stores_of_40(datacenter: Datacenter, move: Move) -> Iterator[Resource]:
    """The same in vSphere 4.0."""
    stores = (datacenter.datastores.get(name) for name in _touched(datacenter, move))
    for store in stores:
        if store is not None and store.kind != "vVol":
            yield Resource(
                store.name, _accesses(store), _by_store(datacenter, ACCESSES, store.name)
            )


def _accesses(store: Datastore) -> int:
    few = store.kind == "NAS" or store.file_system == "VMFS2"
    return ACCESSES_NFS if few else ACCESSES_VMFS3


def _touched(datacenter: Datacenter, move: Move) -> tuple[str, ...]:
    """Datastores of a VM's files, and the one that they go to."""
    vm = datacenter.vms[move.vm]
    names = [vm.home, *(disk.datastore for disk in vm.disks.values())]
    if move.datastore is not None and move.kind != "vmotion":
        names.append(move.datastore)
    return tuple(dict.fromkeys(names))


def _by_store(datacenter: Datacenter, costs: dict[Kind, int], store: str) -> Callable[[Move], int]:
    """What a move costs a datastore, as its source or its target."""
    return lambda move: costs.get(move.kind, 0) if store in _touched(datacenter, move) else 0


RULES = (datastore_slots, datastore_slots_40)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="ninth-storage-vmotion-off-a-datastore",
        story="Eight Storage vMotions of four other hosts read san-01; that of web01 is the ninth.",
        rule="cap-datastore-slots",
        path=("moves",),
        edits=(
            *peers(range(3, 7)),
            *(
                edit
                for host in ("esx03", "esx04", "esx05", "esx06")
                for edit in under_way(2, host, host, kind="storage", prefix=f"{host}-")
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="storage",
        asks={"destination": "esx01", "datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="fifth-access-to-an-nfs-datastore",
        story="web01 is on NFS, where four VMs of other hosts are on the move already.",
        rule="cap-datastore-slots-40",
        path=("moves",),
        edits=(
            *peers(range(3, 7)),
            *under_way(2, "esx03", "esx04", home="nfs-01", prefix="app"),
            *under_way(2, "esx05", "esx06", home="nfs-01", prefix="db"),
            set_to(("vms", "web01", "home"), "nfs-01"),
        ),
    ),
)
