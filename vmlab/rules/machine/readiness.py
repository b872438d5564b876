"""Whether anything holds a virtual machine back: a question, a backup, its age, its guest."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.capability import release
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.machine.moved import moves_powered_on
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, only_guide

ESX2 = 2


@move_rule(
    "vm-question-pending",
    title="The VM is not waiting for an answer to a question",
    short="no question",
    why="A VM that has asked something stands still until somebody answers; so does its move.",
    fix="Answer the question",
    source=f"{API}.QuestionPending",
    severity=everywhere("error"),
    scope="vm",
    fault="QuestionPending",
    test_group="sourceTests",
    tier="ext",
)
def question_pending(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM waits for an answer to a question."""
    if datacenter.vms[move.vm].question_pending:
        path = ("vms", move.vm, "question_pending")
        yield Breach(
            path,
            f"{move.vm} waits for an answer",
            f"Answer the question of {move.vm}",
            (set_to(path, False),),
            fault=Fault("QuestionPending", {"text": f"{move.vm} waits for an answer"}),
        )


@move_rule(
    "vm-migration-disabled",
    title="No backup or other solution has disabled the VM's migration",
    short="migration enabled",
    why="A solution that reads the VM's files disables the method until its job has ended.",
    fix="End the job, or let the solution enable migration again",
    source=f"{API}.MigrationDisabled",
    severity=everywhere("error"),
    scope="vm",
    fault="MigrationDisabled",
    test_group="sourceTests",
    tier="ext",
)
def migration_disabled(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A solution (backup, appliance) has disabled the migrate method."""
    solution = datacenter.vms[move.vm].migration_disabled_by
    if solution:
        path = ("vms", move.vm, "migration_disabled_by")
        yield Breach(
            path,
            f"{solution} has disabled the migration of {move.vm}",
            f"End the job of {solution} on {move.vm}",
            (set_to(path, ""),),
        )


@move_rule(
    "vm-esx2-origin",
    title="A VM that ESX 2.x made is powered off when it moves",
    short="ESX 2 origin",
    why="The state of a machine that ESX 2.x made fits no later host: only its files can move.",
    fix="Power the VM off first",
    source="vSphere 4.0 Basic System Administration, p. 184; vSphere 4.0 Update 1 Basic System "
    "Administration, migrating a suspended virtual machine",
    severity=only_guide("error"),
    scope="vm",
    fault="SuspendedRelocateNotSupported",
    test_group="sourceTests",
    tier="ext",
    era="≤4.0",
)
def esx2_origin(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM was created on ESX 2.x and is not powered off."""
    vm = datacenter.vms[move.vm]
    made_by_esx = vm.created_on.strip().upper().startswith("ESX")
    if made_by_esx and release(vm.created_on)[0] == ESX2 and vm.power_state != "off":
        path = ("vms", move.vm, "power_state")
        state = "on" if vm.power_state == "on" else "suspended"
        yield Breach(
            path,
            f"{move.vm} was made on {vm.created_on} and is {state}",
            f"Power {move.vm} off, and move it cold",
            (set_to(path, "off"),),
        )


@move_rule(
    "vm-guest-heartbeat",
    title="The guest's VMware Tools send a heartbeat",
    short="guest heartbeat",
    why="Tools are there but silent: the guest may hang, and nobody could tell after the move.",
    fix="Look into the guest, and restart VMware Tools",
    source=f"{API}.NoGuestHeartbeat",
    severity=everywhere("warning"),
    scope="vm",
    fault="NoGuestHeartbeat",
    test_group="sourceTests",
    tier="ext",
)
def guest_heartbeat(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Tools are installed but give no valid heartbeat."""
    if moves_powered_on(datacenter, move) and datacenter.vms[move.vm].tools == "silent":
        path = ("vms", move.vm, "tools")
        yield Breach(
            path,
            f"VMware Tools of {move.vm} send no heartbeat",
            f"Restart VMware Tools in {move.vm}",
            (set_to(path, "running"),),
            fault=Fault("NoGuestHeartbeat"),
        )


RULES = (question_pending, migration_disabled, esx2_origin, guest_heartbeat)

_WEB01 = ("vms", "web01")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="unanswered-question",
        story="web01 asks whether it was moved or copied, and nobody has answered.",
        rule="vm-question-pending",
        path=(*_WEB01, "question_pending"),
        edits=(set_to((*_WEB01, "question_pending"), True),),
    ),
    Misconfiguration(
        name="backup-running",
        story="A backup of web01 is running; it has disabled migration until it ends.",
        rule="vm-migration-disabled",
        path=(*_WEB01, "migration_disabled_by"),
        edits=(set_to((*_WEB01, "migration_disabled_by"), "Nightly backup"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="suspended-since-esx-2",
        story="web01 was made on ESX 2.5 and is suspended; a cold migration is asked for.",
        rule="vm-esx2-origin",
        path=(*_WEB01, "power_state"),
        edits=(
            set_to((*_WEB01, "created_on"), "ESX 2.5"),
            set_to((*_WEB01, "power_state"), "suspended"),
        ),
        also=(("vm-power-state-match", (*_WEB01, "power_state")),),
        kind="cold",
    ),
    Misconfiguration(
        name="silent-tools",
        story="The guest of web01 hangs; its VMware Tools are silent.",
        rule="vm-guest-heartbeat",
        path=(*_WEB01, "tools"),
        edits=(set_to((*_WEB01, "tools"), "silent"),),
    ),
)
