"""Host and files change in one move, or the datacenter does."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import (
    API,
    Breach,
    Fault,
    everywhere,
    move_rule,
    moves_running,
    since,
    until,
)
from vmlab.rules.storage.mappings import (
    LUN,
    is_readable,
    mapped,
    mappings_kept,
    unseen_lun,
)
from vmlab.rules.storage.places import HOSTS_60, cannot_access, missing_store, mount_on

_PAGES = f"{HOSTS_60}, pp. 122–127"


@move_rule(
    "xvm-capability",
    title="Both hosts can change a running VM's host and files at once",
    short="both at once",
    why="Before 5.1 a running VM moves either to another host or to another datastore.",
    fix="Move in two steps, or upgrade the hosts",
    source=f"{_PAGES}; {API}.FullStorageVMotionNotSupported",
    severity=everywhere("error"),
    scope="pair",
    fault="FullStorageVMotionNotSupported",
    test_group="datastoreTests",
    era="<5.1",
)
def capability(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A VM that is on changes host and datastore together, and a host cannot do that."""
    if move.kind != "both" or not changes_host(move) or not moves_running(datacenter, move):
        return
    for name in (move.source, move.destination):
        host = datacenter.hosts[name]
        if host.can("vmotion_with_storage"):
            continue
        path: Path = ("hosts", name, "version")
        edits: tuple[Edit, ...] = ()
        if host.release >= (5, 1, 0):
            path = ("hosts", name, "capabilities", "vmotion_with_storage")
            edits = (remove(path),)
        fields = {
            "atSourceHost": name == move.source,
            "failedHostName": name,
            "failedHost": name,
        }
        yield Breach(
            path,
            f"{name} ({host.kind} {host.version}) cannot change host and datastore of {move.vm} "
            "together",
            f"Move {move.vm} in two steps, or upgrade {name}",
            edits,
            fault=Fault("FullStorageVMotionNotSupported", fields),
        )


@move_rule(
    "xvm-dest-storage",
    title="The target sees the datastore and the LUNs of a VM that comes with its files",
    short="target sees storage",
    why="The target writes the files, and opens what is not converted on the way.",
    fix="Mount the datastore, or convert the mapping",
    source=f"{_PAGES}; {API}.CannotAccessVmDisk",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="storage",
    fault="CannotAccessVmDisk",
    test_group="datastoreTests",
    tier="ext",
    era="≥5.1",
)
def dest_storage(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination does not see the target datastore, or the LUN of a mapping that stays."""
    if not changes_host(move) or move.kind == "vmotion" or move.datastore is None:
        return
    name, host = move.datastore, move.destination
    store = datacenter.datastores.get(name)
    if store is None:
        yield missing_store(move)
    elif not store.is_mounted_on(host):
        edits = mount_on(store, host, move.source)
        device = next(iter(datacenter.vms[move.vm].disks), move.vm)
        yield Breach(
            ("datastores", name, "mounts", host),
            f"{host} does not see {name}, which the files of {move.vm} go to",
            f"Mount {name} on {host}" if edits else f"Choose a datastore that {host} sees",
            edits,
            fault=cannot_access(device, name),
        )
    for disk, rdm in mappings_kept(datacenter, move) if move.kind == "both" else ():
        if is_readable(datacenter, move, disk):
            yield from unseen_lun(datacenter, move, disk, rdm, "CannotAccessVmDisk")


@move_rule(
    "dc-same-datacenter",
    title="A running VM stays in its datacenter",
    short="same datacenter",
    why="Before 6.0 networks and datastores are known within one datacenter only.",
    fix="Move the VM cold, or use 6.0 or later",
    source="Study notes for VCP4 and features of vSphere 6.0 by edition, p. 20; "
    f"{API}.DatacenterMismatch",
    severity=until(Profile.VSPHERE_55, "error"),
    scope="pair",
    fault="DatacenterMismatch",
    test_group="hostTests",
    era="≤5.x",
)
def same_datacenter(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A VM that is on goes to a host in another datacenter of the inventory."""
    here = datacenter.hosts[move.source].datacenter
    there = datacenter.hosts[move.destination].datacenter
    if here == there or not moves_running(datacenter, move):
        return
    path = ("hosts", move.destination, "datacenter")
    yield Breach(
        path,
        f"{move.source} is in {here}, {move.destination} in {there}; {move.vm} is on",
        f"Move {move.vm} cold, or bring {move.destination} into {here}",
        (set_to(path, here),),
        fault=Fault(
            "DatacenterMismatch",
            {
                "invalidArgument": [{"entity": move.destination, "inputDatacenter": there}],
                "expectedDatacenter": here,
            },
        ),
    )


RULES = (capability, dest_storage, same_datacenter)

_FEATURES = {"edition": "Enterprise", "features": ["vmotion", "storage-vmotion"]}
_ESX02_CAPABILITY = ("hosts", "esx02", "capabilities", "vmotion_with_storage")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="both-at-once-too-early",
        story="On two 4.0 hosts web01 shall change host and datastore in one move.",
        rule="xvm-capability",
        path=("hosts", "esx01", "version"),
        edits=tuple(set_to(("hosts", host, "licence"), _FEATURES) for host in ("esx01", "esx02")),
        also=(("xvm-capability", ("hosts", "esx02", "version")),),
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="both-at-once-refused",
        story="The software of esx02 was built without moves of host and files together.",
        rule="xvm-capability",
        path=_ESX02_CAPABILITY,
        edits=(set_to(_ESX02_CAPABILITY, False),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="target-does-not-see-the-datastore",
        story="web01 shall take its files along to an export that esx02 has not mounted.",
        rule="xvm-dest-storage",
        path=("datastores", "nfs-01", "mounts", "esx02"),
        edits=(remove(("datastores", "nfs-01", "mounts", "esx02")),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="lun-stays-behind",
        story="web01 takes its files along, but esx02 does not see its raw LUN.",
        rule="xvm-dest-storage",
        path=("hosts", "esx02", "luns", LUN),
        edits=mapped(there=None),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        kind="both",
        asks={"datastore": "iscsi-01"},
    ),
    Misconfiguration(
        name="another-datacenter",
        story="esx02 was registered under a datacenter of its own.",
        rule="dc-same-datacenter",
        path=("hosts", "esx02", "datacenter"),
        edits=(set_to(("hosts", "esx02", "datacenter"), "Annexe"),),
        # Both datacenters have a network of that name.
        also=(("net-cross-datacenter-names", ("hosts", "esx02", "port_groups", "Production")),),
    ),
)
