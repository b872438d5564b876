"""The copy inside a move, as a case for the models."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.profile import Profile
from vmlab.migration.algorithm import SENDS_MEMORY, Algorithm
from vmlab.migration.files import Files, files_of
from vmlab.migration.kinds import KINDS
from vmlab.migration.stages import Stage, nominal_s
from vmlab.models.case import Case, Disk, DiskCopy, DiskWrites, Link, Policy, Uniform, Workload
from vmlab.rules.relocation import changes_host
from vmlab.rules.storage.places import disks_moved, is_converted
from vmlab.units import BYTES_PER_KIB, BYTES_PER_MIB

#: Configuration, NVRAM and logs together: this lab's figure.
HOME_FILES_MIB = 1.0
#: What a guest writes to its disks at once: this lab's figure.
WRITE_KIB = 4.0
#: What a copy in passes follows at once: this lab's figure.
TRACKED_KIB = 64.0
#: Files between hosts cross their management network, as fast as a host's
#: adapter; where none is known, this lab's figure.
NFC_MBIT_S = 1000.0


def case_for(
    datacenter: Datacenter,
    move: Move,
    *,
    seed: int = 1,
    profile: Profile = Profile.GUIDE_40,
    algorithm: Algorithm = "pre-copy",
) -> Case | None:
    """The copy of a move as a case for the model.

    Parameters
    ----------
    datacenter : Datacenter
        Where both hosts and the VM are.
    move : Move
        What moves.
    seed : int, optional
        The case's.
    profile : Profile, optional
        In the eyes of the guide of 2009 Storage VMotion copies changed blocks;
        from vSphere 5.0 on it mirrors writes.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        ESX copies in rounds first; another algorithm is copied as by an ideal
        sender, a hybrid after one pass.

    Returns
    -------
    Case or None
        Memory goes over the slower of the two hosts' VMotion uplinks. None
        where a host has none, or nothing is copied.
    """
    vm, link, facts = datacenter.vms[move.vm], None, KINDS[move.kind]
    if move.kind in SENDS_MEMORY:
        link = _vmotion_link(datacenter, move)
        if link is None:
            return None
    files = files_of(datacenter, move)
    storage = disk_copy(files, profile) if files.target else None
    if storage is None and link is None:
        return None
    nonzero_mib = min(vm.activity.nonzero_mib or vm.memory_mib, vm.memory_mib)
    busy = Uniform(
        working_set_mib=min(vm.activity.working_set_mib, nonzero_mib),
        dirty_pages_per_s=vm.activity.dirty_pages_per_s,
    )
    resume_ms = 1000 * nominal_s(Stage.HANDSHAKE, move.kind) if facts.runs else 0.0
    # A VM in the wrong power state is refused; its case is that of the kind.
    guest = "running" if facts.runs else "suspended" if move.kind == "suspended" else "off"
    return Case.model_validate(
        {
            "memory_mib": vm.memory_mib,
            "nonzero_mib": nonzero_mib,
            "workload": Workload(uniform=busy),
            "link": link,
            "algorithm": algorithm,
            "policy": Policy(
                hypervisor="esx" if algorithm == "pre-copy" else "ideal", resume_ms=resume_ms
            ),
            "guest": guest,
            "storage": storage,
            "seed": seed,
        }
    )


def disk_copy(files: Files, profile: Profile) -> DiskCopy:
    """Disks and files that go to another datastore.

    Parameters
    ----------
    files : Files
        With a target.
    profile : Profile
        Decides between changed blocks and mirrored writes.

    Returns
    -------
    DiskCopy
        Read as fast as the slowest datastore that a file comes from.
    """
    datacenter, move = files.datacenter, files.move
    vm, stores = datacenter.vms[move.vm], datacenter.datastores
    target = stores[files.target or vm.home]
    disks = tuple(_disks(files))
    sources = {item.source for item in files.items if item.what != "swapfile"}
    holds = any(disk.used_gib or disk.snapshots_gib for disk in disks)
    writes_per_s = vm.activity.disk_write_mib_s * BYTES_PER_MIB / (WRITE_KIB * BYTES_PER_KIB)
    guide = profile is Profile.GUIDE_40 and move.kind == "storage"
    memory_files_mib = sum(
        vm.memory_mib
        for snapshot in vm.snapshots.values()
        if snapshot.memory and (snapshot.datastore or vm.home) != target.name
    )
    return DiskCopy(
        disks=disks,
        files_mib=(HOME_FILES_MIB if vm.home != target.name else 0.0) + memory_files_mib,
        home_moves=vm.home != target.name or memory_files_mib > 0,
        method="changed-block" if guide else "mirror",
        block_kib=TRACKED_KIB if guide else 1024,
        read_mib_s=min((stores[name].read_mib_s for name in sources), default=target.read_mib_s),
        write_mib_s=target.write_mib_s,
        network=network_of(files),
        writes=DiskWrites(writes_per_s=writes_per_s if holds else 0.0, write_kib=WRITE_KIB),
        host="stays" if move.kind == "storage" else "changes",
    )


def network_of(files: Files) -> float | str | None:
    """What lies between the datastores: the VMotion link, the management network, or nothing.

    Parameters
    ----------
    files : Files
        With a target.

    Returns
    -------
    "link", float or None
        A rate in Mbit/s; None where one of the hosts reaches both datastores,
        or nothing is copied.
    """
    move, target = files.move, files.target
    if target is None or not changes_host(move):
        return None
    sources = {item.source for item in files.items if item.what != "swapfile"}
    sources.add(files.datacenter.vms[move.vm].home)
    for host in (move.source, move.destination):
        if all(_reaches(files, host, store) for store in (*sources, target)):
            return None
    if KINDS[move.kind].runs:
        return "link"
    ends = (files.datacenter.hosts[move.source], files.datacenter.hosts[move.destination])
    return min(_management_mbit_s(host) for host in ends)


def _reaches(files: Files, host: str, store: str) -> bool:
    facts = files.datacenter.datastores[store]
    mount = facts.mounts.get(host)
    return mount is not None and mount.accessible and mount.backing in {None, facts.backing}


def _management_mbit_s(host: Host) -> float:
    labels = [adapter.port_group for adapter in host.service_console_adapters.values()]
    labels += [a.port_group for a in host.vmkernel_adapters.values() if a.management]
    rates = [
        nic.speed_mbit_s
        for label in labels
        for nic in host.uplinks_in_use(label) or host.uplinks(label)
    ]
    return max(rates, default=NFC_MBIT_S)


def _vmotion_link(datacenter: Datacenter, move: Move) -> Link | None:
    ends = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    rates = [nic.speed_mbit_s for host in ends if (nic := host.vmotion_uplink)]
    return Link(mbit_s=min(rates)) if len(rates) == len(ends) else None


def _disks(files: Files) -> Iterator[Disk]:
    datacenter, move = files.datacenter, files.move
    vm = datacenter.vms[move.vm]
    forms = {"thin": "thin", "thick": "lazy", "same": "same"}
    deltas = _deltas(vm, files.target)
    for disk in disks_moved(datacenter, move):
        if disk.rdm is not None and not is_converted(datacenter, move, disk):
            continue
        yield Disk.model_validate(
            {
                "size_gib": disk.size_gib,
                "used_gib": disk.written_gib,
                "source": forms[disk.format],
                "target": forms[move.disk_format],
                "snapshots_gib": deltas,
            }
        )
        deltas = ()
    if deltas:
        yield Disk(size_gib=0, used_gib=0, snapshots_gib=deltas)


def _deltas(vm: VirtualMachine, target: str | None) -> tuple[float, ...]:
    """Delta disks of the snapshots that move; of their sum the order does not matter."""
    return tuple(
        snapshot.size_gib
        for snapshot in vm.snapshots.values()
        if snapshot.size_gib and (snapshot.datastore or vm.home) != target
    )


def crosses_network(files: Files, kind: Kind) -> bool:
    """Whether the hosts connect with one another for the copy."""
    return kind in {"vmotion", "both"} or network_of(files) is not None


def goes_encrypted(datacenter: Datacenter, move: Move) -> bool:
    """Whether memory must cross the VMotion network encrypted: the move's wish, else the VM's."""
    vm = datacenter.vms[move.vm]
    wished = vm.encrypted_vmotion == "required" if move.encrypted is None else move.encrypted
    return move.kind in {"vmotion", "both"} and (vm.encrypted or wished)
