"""Nodes of guest clusters: shared SCSI buses, and two nodes on one host."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import disallowed, moves_powered_on
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, everywhere, move_rule, since

FIRST_RELEASE, FIRST_HARDWARE = (6, 0, 0), 11


@move_rule(
    "vm-bus-sharing",
    title="No SCSI controller of the running VM shares its bus",
    short="no bus sharing",
    why="The other node keeps its reservation on the shared disk; the target cannot take it over.",
    fix="Power the VM off, or cluster across hosts on physical raw device mappings from 6.0 on",
    source=f"{API}.SharedBusControllerNotSupported; vSphere 5.0 Setup for Failover Clustering, "
    "limitations; vSphere 6.5 Update 1 Setup for Failover Clustering, p. 12",
    severity=everywhere("error"),
    scope="vm",
    fault="DisallowedMigrationDeviceAttached",
    test_group="sourceTests",
)
def bus_sharing(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is on with bus sharing, and is not what vSphere 6.0 and later let move."""
    vm = datacenter.vms[move.vm]
    if vm.bus_sharing == "none" or not moves_powered_on(datacenter, move):
        return
    if _may_move(datacenter, move):
        return
    path = ("vms", move.vm, "bus_sharing")
    yield Breach(
        path,
        f"{move.vm} shares a SCSI bus ({vm.bus_sharing})",
        f"Power {move.vm} off, or take its disks off the shared bus",
        (set_to(path, "none"),),
        fault=disallowed("SharedBusControllerNotSupported", device="SCSI controller"),
    )


@move_rule(
    "vm-wsfc-same-host",
    title="The target has no other node of the VM's cluster",
    short="nodes apart",
    why="Two nodes on one host fail together, and clustered disks do not work between them.",
    fix="Choose another host, and keep the nodes apart by an anti-affinity rule",
    source="vSphere 8.0 Setup for Windows Server Failover Clustering, limits",
    severity=since(Profile.VSPHERE_80, "error"),
    scope="vm",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥7.0 clustered VMDK",
)
def wsfc_same_host(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The move would put two nodes of one cluster on the same host."""
    nodes = _nodes_on(datacenter, move, move.destination) if changes_host(move) else []
    for node in nodes:
        group = datacenter.vms[move.vm].cluster_group
        elsewhere = _host_without(datacenter, move)
        path = ("vms", node, "host")
        edits: tuple[Edit, ...] = (set_to(path, elsewhere),) if elsewhere else ()
        yield Breach(
            path,
            f"{move.vm} and {node} are nodes of {group}; {node} is on {move.destination}",
            f"Move {node} to {elsewhere} first" if elsewhere else None,
            edits,
        )


def _may_move(datacenter: Datacenter, move: Move) -> bool:
    """The exception of 6.0: physical mappings on a physical bus, nodes on several hosts."""
    vm = datacenter.vms[move.vm]
    hosts = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    mappings = [disk.rdm for disk in vm.disks.values() if disk.rdm is not None]
    return (
        move.kind == "vmotion"
        and all(host.release >= FIRST_RELEASE for host in hosts)
        and vm.hardware_version >= FIRST_HARDWARE
        and vm.bus_sharing == "physical"
        and bool(mappings)
        and all(mapping.mode == "physical" for mapping in mappings)
        and not _nodes_on(datacenter, move, move.source)
    )


def _nodes_on(datacenter: Datacenter, move: Move, host: str) -> list[str]:
    """Other nodes of the VM's cluster on a host."""
    group = datacenter.vms[move.vm].cluster_group
    return [
        vm.name
        for vm in datacenter.vms.values()
        if group and vm.cluster_group == group and vm.host == host and vm.name != move.vm
    ]


def _host_without(datacenter: Datacenter, move: Move) -> str | None:
    """A host that neither holds a node nor is part of the move."""
    taken = {move.source, move.destination}
    free = (name for name in datacenter.hosts if not _nodes_on(datacenter, move, name))
    return next((name for name in free if name not in taken), None)


RULES = (bus_sharing, wsfc_same_host)

_WEB01 = ("vms", "web01")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="shared-scsi-bus",
        story="web01 is a node of a cluster in one box; its SCSI bus is shared virtually.",
        rule="vm-bus-sharing",
        path=(*_WEB01, "bus_sharing"),
        edits=(set_to((*_WEB01, "bus_sharing"), "virtual"),),
    ),
    Misconfiguration(
        name="clustered-on-virtual-disks",
        story="web01 shares a physical bus, but its disks are no raw device mappings.",
        rule="vm-bus-sharing",
        path=(*_WEB01, "bus_sharing"),
        edits=(set_to((*_WEB01, "bus_sharing"), "physical"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="cluster-nodes-meet",
        story="web01 and web02 are nodes of one cluster, and esx02 has web02 already.",
        rule="vm-wsfc-same-host",
        path=("vms", "web02", "host"),
        edits=(
            set_to((*_WEB01, "cluster_group"), "sql"),
            set_to(("vms", "web02"), {"host": "esx02", "home": "san-01", "cluster_group": "sql"}),
            set_to(
                ("hosts", "esx03"),
                {"version": "8.0", "physical_nics": {"vmnic0": {}, "vmnic1": {}}},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
