"""Instants of a run as rows for the two hosts, for the widget and without one."""

from __future__ import annotations

from html import escape
from typing import Any

from vmlab.inventory.machine import VirtualMachine
from vmlab.migration.outcome import Outcome
from vmlab.tables import Column, Table
from vmlab.views.run_words import mib, seconds
from vmlab.views.whereabouts import Instant, instants, notifies, port_of

NOTHING = "–"
_IN_USE = "in use"


def instant_json(outcome: Outcome, one: Instant) -> dict[str, Any]:
    """An instant for the widget: its words, and a row for each thing that moves.

    Parameters
    ----------
    outcome : Outcome
        The run.
    one : Instant
        Of it.

    Returns
    -------
    dict
        Plain JSON; each row is what, at the source, at the target, and which
        of the two counts.
    """
    names = ("what", "source", "target", "counts")
    return {
        "at": seconds(one.at_s, 2),
        "title": one.title,
        "text": one.text,
        "beat": heartbeat(outcome, one),
        "beats": one.vm_runs_on is not None,
        "rows": [dict(zip(names, row, strict=True)) for row in rows(outcome, one)],
    }


def heartbeat(outcome: Outcome, one: Instant) -> str:
    """Whether a client that asks at that instant is answered."""
    vm = outcome.move.vm
    if one.vm_runs_on is not None:
        return f"{vm} answers, from {one.vm_runs_on}"
    if one.registers == "lost":
        return f"{vm} answers no more"
    return f"No answer: {vm} is paused, for {seconds(one.silent_s, 2)} by now"


def rows(outcome: Outcome, one: Instant) -> list[tuple[str, str, str, str]]:
    """What is where: memory, registers, connections, frames, disks, configuration."""
    move, datacenter = outcome.move, outcome.before
    vm = datacenter.vms[move.vm]
    side = {move.source: "source", move.destination: "target"}.get(one.vm_runs_on or "", "")
    ports = [port_of(datacenter, vm, host) for host in (move.source, move.destination)]
    here = one.frames_to == "source"
    frames = (f"go here: {ports[0]}", NOTHING) if here else (NOTHING, f"go here: {ports[1]}")
    return [
        ("Memory", *_memory(one), side),
        ("Registers, devices", *_registers(one), side),
        ("Network connections", *_connections(one), side),
        ("Frames for its MAC address", *frames, "source" if here else "target"),
        ("Disks", *_disks(vm, one), side),
        ("Configuration", "read-only" if one.read_only else "may be changed", NOTHING, ""),
    ]


def _memory(one: Instant) -> tuple[str, str]:
    whole = mib(one.memory_mib)
    if one.registers == "destination":
        return ("old copy, no longer needed" if not one.ended else NOTHING, f"all {whole}, in use")
    here = {"source": f"all {whole}, in use", "lost": "lost"}.get(
        one.registers, f"all {whole}, standing still"
    )
    if one.current_mib is not None:
        percent = f"{100 * one.current_mib / one.memory_mib:.0f} %"
        return here, f"{percent} current: {mib(one.current_mib)}"
    if one.stale_pages:
        return here, "copied pages, no longer needed"
    return here, "reserved, empty" if one.reserved else NOTHING


def _registers(one: Instant) -> tuple[str, str]:
    return {
        "source": (_IN_USE, NOTHING),
        "crossing": ("stopped, being sent", "arriving"),
        "arrived": ("stopped, kept until the acknowledgement", "arrived, not yet running"),
        "destination": (NOTHING, _IN_USE),
        "lost": ("lost", NOTHING),
    }[one.registers]


def _connections(one: Instant) -> tuple[str, str]:
    """They live in the guest's memory: they end where its registers run."""
    return {
        "source": ("open, answered", NOTHING),
        "crossing": ("open, nobody answers", NOTHING),
        "arrived": ("open, nobody answers", NOTHING),
        "destination": (NOTHING, "open, answered"),
        "lost": ("broken", NOTHING),
    }[one.registers]


def _disks(vm: VirtualMachine, one: Instant) -> tuple[str, str]:
    stores = ", ".join(dict.fromkeys(disk.datastore for disk in vm.disks.values()))
    opened = f"opened, on {stores}"
    return {
        "source": (opened, NOTHING),
        "crossing": (opened, NOTHING),
        "arrived": (NOTHING, f"being opened, on {stores}"),
        "destination": (NOTHING, opened),
        "lost": (f"intact, on {stores}", NOTHING),
    }[one.registers]


def whereabouts_table(outcome: Outcome) -> Table:
    """All instants of a run, a row each: what the target host has by then."""
    move = outcome.move
    names = (
        "as this begins", "at", "memory at the target", "registers", "clients", "frames go to",
    )  # fmt: skip
    found = []
    for one in instants(outcome):
        told = rows(outcome, one)
        found.append(
            (
                one.title.removesuffix(" begins"),
                seconds(one.at_s, 2),
                told[0][2],
                _where(one, move.source, move.destination),
                "answered" if one.vm_runs_on else "no answer",
                move.source if one.frames_to == "source" else move.destination,
            )
        )
    title = f"What is where: {outcome.verdict}"
    return Table([Column(name) for name in names], found, title)


def _where(one: Instant, source: str, target: str) -> str:
    return {
        "source": f"run on {source}",
        "crossing": f"stopped, on the way to {target}",
        "arrived": f"stopped, on {target} too",
        "destination": f"run on {target}",
        "lost": "lost",
    }[one.registers]


def port_note(outcome: Outcome) -> str:
    """How the switches hear of the new port, in a sentence."""
    move = outcome.move
    if not notifies(outcome):
        return (
            f"The port group on {move.destination} does not notify switches: they send frames to"
            f" {move.source} until {move.vm} itself sends one."
        )
    return (
        f"{move.destination} sends a RARP frame with the MAC address of {move.vm} once it runs"
        " there, and every switch on the way notes the port it came in by."
    )


def whereabouts_html(outcome: Outcome) -> str:
    """The table and its note as an HTML fragment."""
    return f"{whereabouts_table(outcome).to_html()}<p>{escape(port_note(outcome))}</p>"
