"""Invariants of places: where the VM is, where its files are, what is left."""

from __future__ import annotations

import math
from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.machine import VirtualMachine
from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import TABLES, Stage, after_switch_over
from vmlab.migration.trials.accounts import ledger

#: What of a VM a move may change.
_MOVED = frozenset(
    {"host", "home", "disks", "snapshots", "resource_pool", "vnics", "old_registration"}
)
#: What of a datastore it may change.
_STORED = frozenset({"free_gib", "copies"})
_GIB = 1e-6


def ends_down(outcome: Outcome) -> bool:
    """Whether the outcome says that the VM is down: lost with its host, or powered off."""
    return outcome.outcome == "lost" or outcome.code == "F-POWER"


def may_stand_still(outcome: Outcome, stage: Stage) -> bool:
    """Whether the VM may wait there for memory that follows it, and go on again."""
    return outcome.algorithm != "pre-copy" and stage is Stage.SWITCHED_OVER


def past_no_return(outcome: Outcome) -> bool:
    """Whether the switch-over was reached, or the new registration."""
    return outcome.stage is None or after_switch_over(outcome.stage)


def one_place(outcome: Outcome) -> Iterator[str]:
    """A VM that is on runs on exactly one host, or is paused, or is down and that is said.

    It protects from two VMs that both run, and from a VM that is gone in silence.
    """
    move, spans = outcome.move, outcome.timeline.spans
    vm = outcome.before.vms[move.vm]
    if vm.power_state != "on":
        if any(span.vm_runs_on is not None for span in spans):
            yield f"{move.vm} is {vm.power_state}, and yet it runs"
        if outcome.datacenter.vms[move.vm].power_state != vm.power_state:
            yield f"{move.vm} was {vm.power_state}, and is so no more"
        return
    hosts = {"source": move.source, "destination": move.destination, None: None}
    table, down = TABLES[move.kind], False
    for span in spans:
        row = table[span.stage]
        host = move.source if span.way_back or not _runs(outcome) else hosts[row.vm_runs_on]
        if span.vm_runs_on is None and may_stand_still(outcome, span.stage):
            continue
        if span.vm_runs_on is None and ends_down(outcome) and span.stage is outcome.stage:
            down = True
        elif down:
            yield f"{move.vm} was down, and runs again in {span.stage}"
        elif span.vm_runs_on != host:
            yield f"in {span.stage} {move.vm} runs on {span.vm_runs_on}, not on {host}"
    last, after = spans[-1].vm_runs_on, outcome.datacenter.vms[move.vm]
    if (last is None) != ends_down(outcome):
        yield f"in the end {move.vm} runs on {last}, which {outcome.outcome} does not say"
    if last is not None and (after.host, after.power_state) != (last, "on"):
        yield f"{move.vm} runs on {last}, the inventory has it on {after.host}"


def no_second_copy(outcome: Outcome) -> Iterator[str]:
    """No second VM, and no second set of files that nobody has told of.

    It protects from an empty VM that keeps its memory, and from files that fill a datastore.
    """
    vm, before, after = outcome.move.vm, outcome.before, outcome.datacenter
    if set(after.vms) != set(before.vms):
        yield "there are other VMs than before"
    for name, store in after.datastores.items():
        for folder, copy in store.copies.items():
            if folder in before.datastores[name].copies:
                continue
            told = any(name in sentence for sentence in outcome.left_behind)
            if copy.state != "old" or not past_no_return(outcome) or not told:
                yield f"{copy.state} files of {vm} stay on {name}"
    failed_late = outcome.stage is not None and after_switch_over(outcome.stage)
    if bool(outcome.left_behind) != failed_late:
        yield f"left behind is {list(outcome.left_behind)}"


def back_to_original(outcome: Outcome) -> Iterator[str]:
    """After a refusal or a way back the datacenter is what it was, to the last fact.

    What befell it from outside stays: a VM that was powered off, a host that is lost.
    """
    move, before, after = outcome.move, outcome.before, outcome.datacenter
    if past_no_return(outcome):
        if after.vms[move.vm].host != move.destination:
            yield f"{move.vm} belongs to {after.vms[move.vm].host} after the switch-over"
        if outcome.undone:
            yield "something was undone after the switch-over"
        if outcome.reverted_to_original:
            yield "it is said to be as before, after the switch-over"
        return
    expected = before
    if outcome.code == "F-POWER":
        expected = _with_vm(before, before.vms[move.vm].model_copy(update={"power_state": "off"}))
        # Its swapfile goes with it: what that gives back is `files_conserved`'s to judge.
        stores = {
            name: store.model_copy(update={"free_gib": after.datastores[name].free_gib})
            for name, store in before.datastores.items()
        }
        expected = expected.model_copy(update={"datastores": FrozenMapping(stores)})
    elif outcome.outcome == "lost":
        expected = _without_host(before, move.source)
    if after is not expected and after != expected:
        yield "the datacenter is not what it was"
    if outcome.reverted_to_original != (not ends_down(outcome)):
        yield f"reverted to the original is {outcome.reverted_to_original}"


def nothing_else_touched(outcome: Outcome) -> Iterator[str]:
    """A move changes its VM's place and datastores' room, and nothing else.

    It protects the other VMs, hosts and networks from a slip of an edit.
    """
    before, after, move = outcome.before, outcome.datacenter, outcome.move
    if after is before or not past_no_return(outcome):
        return
    expected = before
    for host in _hosts_gone(outcome):
        expected = _without_host(expected, host)
    for name, value in after.__dict__.items():
        was = expected.__dict__[name]
        if name not in {"vms", "datastores"} and value is not was and value != was:
            yield f"{name} of the datacenter changed"
    for name, vm in after.vms.items():
        allowed = _MOVED if name == move.vm else frozenset()
        if name == move.vm and outcome.code == "F-POSTCOPY":
            allowed |= {"power_state"}
        yield from _changed(name, before.vms.get(name, vm), vm, allowed)
    for name, store in after.datastores.items():
        yield from _changed(name, before.datastores[name], store, _STORED)


def files_conserved(outcome: Outcome) -> Iterator[str]:
    """What is free and what is used add up to the same, before the end and at the end.

    It protects from files counted twice, or not at all; a VM's disks stay together.
    """
    move, before = outcome.move, outcome.before
    state = before.vms[move.vm].power_state
    expected = ledger(before, move.vm, state)
    turn_s = outcome.timeline.spans[-1].start_s
    for when, now in (
        ("at the end", outcome.datacenter),
        ("before", outcome.datacenter_at(turn_s)),
    ):
        if now is before:
            continue
        for name, gib in ledger(now, move.vm, now.vms[move.vm].power_state).items():
            if not math.isclose(gib, expected[name], rel_tol=1e-9, abs_tol=_GIB):
                yield f"{when} {name} has {gib - expected[name]:+.6g} GiB"
    was, vm = before.vms[move.vm], outcome.datacenter.vms[move.vm]
    if vm.disks is not was.disks:
        if set(vm.disks) != set(was.disks):
            yield f"disks of {move.vm} are {', '.join(vm.disks)}"
        for name, disk in vm.disks.items():
            old = was.disks.get(name, disk)
            if disk.size_gib != old.size_gib:
                yield f"{name} of {move.vm} changed its size"
            if disk.datastore not in {old.datastore, move.datastore}:
                yield f"{name} of {move.vm} is on {disk.datastore}"
    homes = {move.datastore or was.home} if past_no_return(outcome) else {was.home}
    if vm.home not in homes:
        yield f"the home of {move.vm} is {vm.home}"


def slots_released(outcome: Outcome) -> Iterator[str]:
    """The task has given back its slot and its reservation; tasks of others keep theirs.

    A VM can be managed as before once the task is over, and after a lock-out too.
    """
    before, after, vm = outcome.before, outcome.datacenter, outcome.move.vm
    if after.moves != before.moves:
        yield f"moves under way are {', '.join(after.moves) or 'none'}"
    if after.vms[vm].operation != before.vms[vm].operation:
        yield f"{vm} is {after.vms[vm].operation}"


def _hosts_gone(outcome: Outcome) -> Iterator[str]:
    """Hosts that took the VM with them; memory that never comes does so without one, too."""
    if outcome.outcome != "lost":
        return
    if outcome.code != "F-POSTCOPY":
        yield outcome.move.destination
        return
    hosts = {"source": outcome.move.source, "destination": outcome.move.destination}
    lost = {one.kind.host_lost for one in outcome.disturbances}
    for side, host in hosts.items():
        if side in lost and outcome.datacenter.hosts[host].connection_state != "connected":
            yield host


def _runs(outcome: Outcome) -> bool:
    """Whether the kind is one of a VM that runs; others are refused, and it runs on."""
    return any(row.vm_runs_on is not None for row in TABLES[outcome.move.kind].values())


def _changed(name: str, before: object, after: object, allowed: frozenset[str]) -> Iterator[str]:
    if after is before:
        return
    was = before.__dict__
    for field, value in after.__dict__.items():
        if field not in allowed and value is not was[field] and value != was[field]:
            yield f"{field} of {name} changed"


def _with_vm(datacenter: Datacenter, vm: VirtualMachine) -> Datacenter:
    vms = FrozenMapping({**datacenter.vms, vm.name: vm})
    return datacenter.model_copy(update={"vms": vms})


def _without_host(datacenter: Datacenter, host: str) -> Datacenter:
    gone = datacenter.hosts[host].model_copy(update={"connection_state": "not-responding"})
    hosts = FrozenMapping({**datacenter.hosts, host: gone})
    return datacenter.model_copy(update={"hosts": hosts})
