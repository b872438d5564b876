"""What the user must be allowed to do."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import moves_files
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule

HOT = "Resource.HotMigrate"
COLD = "Resource.ColdMigrate"
POOL = "Resource.AssignVMToPool"
SPACE = "Datastore.AllocateSpace"
NETWORK = "Network.Assign"


@move_rule(
    "perm-migrate",
    title="The user has the privileges that the move takes",
    short="privileges",
    why="vCenter Server asks for a privilege on each object that the move changes.",
    fix="Grant the missing privilege on the right object",
    source="vSphere Virtual Infrastructure JSON API, RelocateVM_Task, privileges; "
    f"{API}.NoPermission",
    severity=everywhere("error"),
    scope="licence",
    fault="NoPermission",
    test_group="sourceTests",
)
def privileges(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The user lacks a privilege that this move asks for."""
    held = datacenter.privileges
    if held is None:
        return
    asked = list(dict.fromkeys(_asked(datacenter, move)))
    missing = [(name, entity) for name, entity in asked if name not in held]
    if not missing:
        return
    names = list(dict.fromkeys(name for name, _ in missing))
    first, entity = missing[0]
    path: Path = ("privileges",)
    yield Breach(
        path,
        f"The user lacks {', '.join(f'{name} on {entity}' for name, entity in missing)}",
        f"Grant {', '.join(names)}",
        (set_to(path, [*held, *names]),),
        fault=Fault("NoPermission", {"object": entity, "privilegeId": first}),
    )


def _asked(datacenter: Datacenter, move: Move) -> Iterator[tuple[str, str]]:
    """Privileges, and the objects on which they are asked for."""
    vm = datacenter.vms[move.vm]
    yield HOT if vm.power_state == "on" else COLD, vm.name
    if move.resource_pool is not None and move.resource_pool != vm.resource_pool:
        yield POOL, move.resource_pool
    if move.datastore is not None and moves_files(datacenter, move):
        yield SPACE, move.datastore
    for adapter, network in move.networks.items():
        now = vm.vnics.get(adapter)
        before = (now.distributed_switch, now.port_group) if now else None
        if before != (network.distributed_switch, network.port_group):
            yield NETWORK, network.port_group


RULES = (privileges,)

_READ_ONLY = ("System.Anonymous", "System.Read", "System.View")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="read-only-user",
        story="The user may look at everything and change nothing.",
        rule="perm-migrate",
        path=("privileges",),
        edits=(set_to(("privileges",), list(_READ_ONLY)),),
    ),
    Misconfiguration(
        name="may-move-cold-only",
        story="The user may migrate virtual machines that are powered off, and web01 runs.",
        rule="perm-migrate",
        path=("privileges",),
        edits=(set_to(("privileges",), [*_READ_ONLY, COLD]),),
    ),
    Misconfiguration(
        name="may-not-fill-datastores",
        story="The user may migrate virtual machines, but allocate space on no datastore.",
        rule="perm-migrate",
        path=("privileges",),
        edits=(set_to(("privileges",), [*_READ_ONLY, HOT]),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
)
