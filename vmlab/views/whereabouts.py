"""What is where at each instant of a VMotion: memory, registers, connections, the port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.migration.effects import Effect, effects_of
from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import ORDER, Side, Stage
from vmlab.views.run import run_view

#: Where the processor's registers and the virtual devices are.
Registers = Literal["source", "crossing", "arrived", "destination", "lost"]


@dataclass(frozen=True)
class Instant:
    """What is where as a stretch of a run begins.

    Parameters
    ----------
    at_s : float
        Seconds from the start of the task.
    title, text : str
        Which stretch begins, and what happens in it.
    vm_runs_on : str or None
        The host that runs the VM, None where none does.
    silent_s : float
        So long nobody has answered by then.
    stage : Stage
        The stage; on the way back the one whose effect is undone next.
    way_back : bool
        The run has failed, and what was done is being undone.
    ended : bool
        The task is over.
    memory_mib : float
        All of the VM's memory.
    current_mib : float or None
        How much of it the target host holds as it is now; None where it holds
        none, or only copies that nobody needs any more.
    stale_pages : bool
        The target host holds pages of a copy that was given up.
    reserved : bool
        The target host has made an empty VM.
    registers : str
        Where registers and devices are.
    frames_to : {"source", "destination"}
        The host to whose port the switches send frames for the VM.
    read_only : bool
        Nobody may change the VM's configuration.
    """

    at_s: float
    title: str
    text: str
    vm_runs_on: str | None
    silent_s: float
    stage: Stage
    way_back: bool
    ended: bool
    memory_mib: float
    current_mib: float | None
    stale_pages: bool
    reserved: bool
    registers: Registers
    frames_to: Side
    read_only: bool


def instants(outcome: Outcome) -> tuple[Instant, ...]:
    """The instants of a run at which something begins, and its end.

    Parameters
    ----------
    outcome : Outcome
        Of a VMotion.

    Returns
    -------
    tuple of Instant
        In order of time; short rounds of a long copy share one.
    """
    view = run_view(outcome)
    spans = view["spans"]
    told = {
        effect.did: effect for effect in effects_of(outcome.before, outcome.move, outcome.algorithm)
    }
    found = []
    for number, span in enumerate(spans):
        if span["kind"] == "stage" and span["end_s"] <= span["start_s"]:
            continue
        before = spans[:number]
        past = span["kind"] != "stage"
        standing = _standing(outcome, told, span["start_s"], ended=span["kind"] == "end")
        pages = _is_there(standing, Stage.PRE_COPY, "destination")
        found.append(
            Instant(
                at_s=span["start_s"],
                title=_title(span, past),
                text=span["text"],
                vm_runs_on=span["vm_runs_on"],
                silent_s=span["down_s"][0],
                stage=Stage(span["stage"]),
                way_back=span["kind"] in {"fault", "undo"}
                or (span["kind"] == "end" and outcome.outcome != "migrated"),
                ended=span["kind"] == "end",
                memory_mib=view["memory_mib"],
                current_mib=_current_mib(view["memory_mib"], span, pages, past),
                stale_pages=pages and span["kind"] in {"fault", "undo"},
                reserved=_is_there(standing, Stage.CREATE_SHELL, "destination"),
                registers=_registers(outcome, span, before),
                frames_to=_frames_to(outcome, span),
                read_only=_is_there(standing, Stage.PREPARE_SOURCE, "source"),
            )
        )
    return tuple(found)


def _title(span: dict[str, object], past: bool) -> str:
    return str(span["title"]) if past else f"{span['title']} begins"


def _standing(
    outcome: Outcome, told: dict[str, Effect], at_s: float, *, ended: bool
) -> tuple[Effect, ...]:
    """Effects that have been done by an instant and not undone."""
    kept: list[Effect] = []
    for entry in outcome.journal:
        if entry.at_s > at_s and not ended:
            continue
        if not entry.undoes and entry.what in told:
            kept.append(told[entry.what])
        elif entry.undoes and kept:  # newest first, what was lost with a host included
            kept.pop()
    return tuple(kept)


def _is_there(standing: Sequence[Effect], stage: Stage, on: Side) -> bool:
    arrived = any(effect.stage is Stage.SWITCHED_OVER for effect in standing)
    if arrived:  # nothing waits any more, and the configuration is free
        return False
    return any(effect.stage is stage and effect.on == on for effect in standing)


def _current_mib(
    memory_mib: float, span: dict[str, object], pages: bool, past: bool
) -> float | None:
    if span["phase"] == "arrived":
        return memory_mib
    left = span["left_mib"]
    if not pages or past or not isinstance(left, list):
        return None
    return max(0.0, memory_mib - float(left[0]))


def _registers(
    outcome: Outcome, span: dict[str, object], before: Sequence[dict[str, object]]
) -> Registers:
    if span["phase"] == "lost":
        return "lost"
    if span["vm_runs_on"] is not None:
        return "source" if span["vm_runs_on"] == outcome.move.source else "destination"
    if outcome.vm_runs_on is None and span["kind"] == "end":
        return "lost"
    crossed = any(one["stage"] == "handshake" for one in (*before, span))
    return "arrived" if crossed else "crossing"


def _frames_to(outcome: Outcome, span: dict[str, object]) -> Side:
    """The port that the switches know; they hear of the other one after the switch-over."""
    stage = Stage(str(span["stage"]))
    heard = ORDER[stage] > ORDER[Stage.SWITCHED_OVER] or (
        span["kind"] == "end" and outcome.outcome == "migrated"
    )
    return "destination" if heard and notifies(outcome) else "source"


def notifies(outcome: Outcome) -> bool:
    """Whether the target's port groups tell the switches that the VM has come."""
    there = outcome.before.hosts[outcome.move.destination]
    plugs = outcome.before.vms[outcome.move.vm].vnics.values()
    groups = [there.port_groups.get(plug.port_group or "") for plug in plugs]
    return all(group is None or group.notify_switches for group in groups)


def port_of(datacenter: Datacenter, vm: VirtualMachine, host: str) -> str:
    """The physical switch's port behind a VM's adapter on a host, in words."""
    there = datacenter.hosts[host]
    for plug in vm.vnics.values():
        group = there.port_groups.get(plug.port_group or "")
        switch = group and there.virtual_switches.get(group.virtual_switch)
        uplinks = (group.active if group and group.active is not None else None) or (
            switch.uplinks if switch else ()
        )
        for uplink in uplinks:
            nic = there.physical_nics.get(uplink)
            if nic is not None and nic.cable is not None:
                return f"port of {nic.cable} to {uplink}"
    return f"a port to {host}"
