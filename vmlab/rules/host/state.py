"""Whether the hosts can be asked, and may take the virtual machine."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, hosts_judged, move_rule, rule


@rule(
    "host-connected",
    title="Both hosts are connected",
    short="connected",
    why="vCenter Server can only direct hosts that it reaches.",
    fix="Reconnect the host",
    source=f"{API}.HostNotConnected",
    severity=everywhere("error"),
    scope="host",
    fault="HostNotConnected",
    test_group="hostTests",
)
def connected(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host is disconnected or does not respond."""
    for name in hosts_judged(datacenter, move):
        state = datacenter.hosts[name].connection_state
        if state != "connected":
            path = ("hosts", name, "connection_state")
            words = state.replace("-", " ")
            yield Breach(
                path, f"{name} is {words}", f"Reconnect {name}", (set_to(path, "connected"),)
            )


@move_rule(
    "host-not-in-maintenance",
    title="The target is not in maintenance mode",
    short="not in maintenance",
    why="A host in maintenance mode takes no virtual machines.",
    fix="Exit maintenance mode, or choose another host",
    source=f"{API}.InvalidHostState",
    severity=everywhere("error"),
    scope="host",
    fault="InvalidHostState",
    test_group="hostTests",
)
def not_in_maintenance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination is in, or entering, maintenance mode."""
    name = move.destination
    # A VM that stays is no newcomer; its files are host-source-maintenance-files' affair.
    if changes_host(move) and datacenter.hosts[name].maintenance_mode:
        path = ("hosts", name, "maintenance_mode")
        yield Breach(
            path,
            f"{name} is in maintenance mode",
            f"Exit maintenance mode on {name}",
            (set_to(path, False),),
            fault=Fault("InvalidHostState", {"host": name}),
        )


RULES = (connected, not_in_maintenance)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="disconnected-target",
        story="esx02 lost its connection to vCenter Server.",
        rule="host-connected",
        path=("hosts", "esx02", "connection_state"),
        edits=(set_to(("hosts", "esx02", "connection_state"), "disconnected"),),
    ),
    Misconfiguration(
        name="target-in-maintenance",
        story="esx02 was put into maintenance mode to add memory.",
        rule="host-not-in-maintenance",
        path=("hosts", "esx02", "maintenance_mode"),
        edits=(set_to(("hosts", "esx02", "maintenance_mode"), True),),
    ),
)
