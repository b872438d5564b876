"""Stage 1 of the guide: is the virtual machine in a stable state with its host."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import PowerState
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, GUIDE_PAGE, Breach, Fault, everywhere, move_rule

# Which power states each kind accepts (guide, p. 184). A cold migration may
# also take files along; Storage VMotion moves the files of a running machine.
POWER_STATES: dict[Kind, tuple[PowerState, ...]] = {
    "vmotion": ("on",),
    "storage": ("on",),
    "both": ("on",),
    "suspended": ("suspended",),
    "cold": ("off",),
}
KIND_NAMES: dict[Kind, str] = {
    "vmotion": "VMotion",
    "storage": "Storage VMotion",
    "both": "VMotion with storage",
    "suspended": "Migration of a suspended VM",
    "cold": "Cold migration",
}
#: Power states as the API calls them.
API_STATES: dict[PowerState, str] = {
    "on": "poweredOn",
    "off": "poweredOff",
    "suspended": "suspended",
}
POWER_VERBS: dict[PowerState, str] = {"on": "Power on", "off": "Power off", "suspended": "Suspend"}


@move_rule(
    "vm-stable-state",
    title="The VM is in a stable state with its host",
    short="stable",
    why="Stage 1 of the move verifies that nothing else is changing the virtual machine.",
    fix="Wait for the operation to end",
    source=f"{GUIDE_PAGE}; {API}.MigrationNotReady",
    severity=everywhere("error"),
    scope="vm",
    fault="MigrationNotReady",
    test_group="sourceTests",
)
def stable_state(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM is powering on, resuming, being snapshotted, or otherwise mid-operation."""
    operation = datacenter.vms[move.vm].operation
    if operation is not None or move.vm in datacenter.moves:
        path = ("vms", move.vm, "operation")
        doing = operation or "migrating"
        edits = (remove(path),) if move.vm not in datacenter.moves else ()
        yield Breach(
            path,
            f"{move.vm} is {doing}",
            f"Wait until {move.vm} is no longer {doing}",
            edits,
            fault=Fault("MigrationNotReady", {"reason": doing}),
        )


@move_rule(
    "vm-power-state-match",
    title="The VM's power state fits the kind of migration",
    short="power state",
    why="Each kind of migration is for one power state: VMotion moves a VM that is on.",
    fix="Power the VM on or off, or choose another kind",
    source="vSphere 4.0 Basic System Administration, p. 184; " + f"{API}.InvalidPowerState",
    severity=everywhere("error"),
    scope="vm",
    fault="InvalidPowerState",
    test_group="sourceTests",
)
def power_state_match(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The requested kind does not match the power state."""
    wanted = POWER_STATES[move.kind]
    state = datacenter.vms[move.vm].power_state
    if state not in wanted:
        path = ("vms", move.vm, "power_state")
        yield Breach(
            path,
            f"{KIND_NAMES[move.kind]} moves a VM that is {wanted[0]}; {move.vm} is {state}",
            f"{POWER_VERBS[wanted[0]]} {move.vm}",
            (set_to(path, wanted[0]),),
            fault=Fault(
                "InvalidPowerState",
                {"existingState": API_STATES[state], "requestedState": API_STATES[wanted[0]]},
            ),
        )


RULES = (stable_state, power_state_match)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="snapshot-running",
        story="A backup takes a snapshot of web01 right now.",
        rule="vm-stable-state",
        path=("vms", "web01", "operation"),
        edits=(set_to(("vms", "web01", "operation"), "snapshotting"),),
    ),
    Misconfiguration(
        name="powered-off-vm",
        story="web01 was shut down, and VMotion is asked for.",
        rule="vm-power-state-match",
        path=("vms", "web01", "power_state"),
        edits=(set_to(("vms", "web01", "power_state"), "off"),),
    ),
    Misconfiguration(
        name="cold-move-of-running-vm",
        story="A cold migration is asked for while web01 runs.",
        rule="vm-power-state-match",
        path=("vms", "web01", "power_state"),
        edits=(),
        kind="cold",
    ),
)
