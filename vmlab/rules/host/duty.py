"""What a host is busy with: a cluster's high availability, maintenance of the source."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host, moves_files
from vmlab.rules.rule import API, Breach, everywhere, move_rule


@move_rule(
    "host-ha-errors-at-dest",
    title="High availability is healthy where the VM goes",
    short="HA healthy",
    why="After the move nobody would restart the VM; within a cluster HA may even miss the move.",
    fix="Repair HA before the move",
    source=f"{API}.HAErrorsAtDest, which leaves the severity open",
    severity=everywhere("warning"),
    scope="host",
    fault="HAErrorsAtDest",
    test_group="hostTests",
    tier="ext",
    era="≥2.5",
)
def ha_errors(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination's cluster has HA, and HA is not healthy there."""
    cluster = datacenter.cluster_of(move.destination)
    if changes_host(move) and cluster and cluster.ha and not cluster.ha_healthy:
        path = ("clusters", cluster.name, "ha_healthy")
        yield Breach(
            path,
            f"HA of {cluster.name}, to which {move.destination} belongs, has errors",
            f"Repair HA of {cluster.name}",
            (set_to(path, True),),
        )


@move_rule(
    "host-source-maintenance-files",
    title="Files stay while the source is in maintenance mode",
    short="files in maintenance",
    why="A host in maintenance mode gives virtual machines away, but does not copy their files.",
    fix="Leave maintenance mode, or move compute only",
    source=f"{API}.MaintenanceModeFileMove",
    severity=everywhere("error"),
    scope="host",
    fault="MaintenanceModeFileMove",
    test_group="sourceTests",
    tier="ext",
    era="≥2.5",
)
def source_maintenance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The source is in maintenance mode, and files of the VM would move."""
    if datacenter.hosts[move.source].maintenance_mode and moves_files(datacenter, move):
        path = ("hosts", move.source, "maintenance_mode")
        yield Breach(
            path,
            f"{move.source} is in maintenance mode, and files of {move.vm} would go to "
            f"{move.datastore}",
            f"Exit maintenance mode on {move.source}",
            (set_to(path, False),),
        )


RULES = (ha_errors, source_maintenance)

_CLUSTER = ("clusters", "cluster-01")
_MAINTENANCE = ("hosts", "esx01", "maintenance_mode")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="ha-is-unwell",
        story="HA is enabled in cluster-01, and its agents report errors.",
        rule="host-ha-errors-at-dest",
        path=(*_CLUSTER, "ha_healthy"),
        edits=(set_to((*_CLUSTER, "ha"), True), set_to((*_CLUSTER, "ha_healthy"), False)),
    ),
    Misconfiguration(
        name="files-leave-a-host-in-maintenance",
        story="esx01 entered maintenance mode, and web01 shall leave it together with its files.",
        rule="host-source-maintenance-files",
        path=_MAINTENANCE,
        edits=(set_to(_MAINTENANCE, True),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
)
