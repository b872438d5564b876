"""Moves under way: what each costs, what is left, and who must finish first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.network import PhysicalNic
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.rules.rule import Breach

TEN_GBIT = 10_000
WAIT = "Wait until other moves are done"


@dataclass(frozen=True)
class Resource:
    """Something that moves share: its slots, and what a move takes of them."""

    name: str
    slots: int
    cost: Callable[[Move], int]


def others(datacenter: Datacenter, move: Move) -> tuple[Move, ...]:
    """Moves under way, this one left out."""
    return tuple(other for other in datacenter.moves.values() if other.vm != move.vm)


def charged(move: Move) -> tuple[str, ...]:
    """Hosts that a move is charged to: both, or the one that it stays on."""
    ends = (move.source,) if move.kind == "storage" else (move.source, move.destination)
    return tuple(dict.fromkeys(ends))


def by_kind(costs: dict[Kind, int], host: str) -> Callable[[Move], int]:
    """What a move costs a host."""
    return lambda move: costs.get(move.kind, 0) if host in charged(move) else 0


def queued(
    datacenter: Datacenter, move: Move, resources: Iterator[Resource], unit: str
) -> Iterator[Breach]:
    """A breach where a move finds no room, on any of the resources that it needs.

    Parameters
    ----------
    datacenter : Datacenter
        With the moves under way.
    move : Move
        What is asked for.
    resources : iterator of Resource
        All must have room; else the whole move waits.
    unit : str
        What is counted, in the message.

    Yields
    ------
    Breach
        One at most: it waits for the first moves whose end makes room everywhere.
    """
    running = others(datacenter, move)
    short: dict[Resource, int] = {}
    said = []
    for resource in resources:
        own, load = resource.cost(move), sum(map(resource.cost, running))
        if own and load + own > resource.slots:
            short[resource] = load + own - resource.slots
            said.append(f"{load} of {resource.slots} {unit} of {resource.name} are taken")
    if not short:
        return
    done: list[Move] = []
    for other in running:
        if any(left > 0 and resource.cost(other) for resource, left in short.items()):
            done.append(other)
            short = {r: left - r.cost(other) for r, left in short.items()}
    names = ", ".join(other.vm for other in done)
    needs = ", ".join(str(n) for n in dict.fromkeys(r.cost(move) for r in short))
    yield Breach(
        ("moves",),
        f"{move.vm} needs {needs}; {'; '.join(said)}",
        f"Wait until {names} {'is' if len(done) == 1 else 'are'} done",
        tuple(edit for other in done for edit in finished(datacenter, other)),
    )


def finished(datacenter: Datacenter, move: Move) -> tuple[Edit, ...]:
    """The edits that a move under way ends with, its files aside."""
    edits: tuple[Edit, ...] = (remove(("moves", move.vm)),)
    if datacenter.vms[move.vm].operation is not None:
        edits += (remove(("vms", move.vm, "operation")),)
    if move.kind != "storage":
        edits += (set_to(("vms", move.vm, "host"), move.destination),)
    return edits


def vmotion_nics(host: Host) -> tuple[PhysicalNic, ...]:
    """The adapters that carry a host's VMotion: the first of each VMkernel adapter, once."""
    nics: dict[str, PhysicalNic] = {}
    for adapter in host.vmotion_adapters:
        usable = host.path_of_frames(adapter.port_group) or host.uplinks(adapter.port_group)
        for nic in usable[:1]:
            nics[nic.name] = nic
    return tuple(nics.values())


def peers(names: range) -> tuple[Edit, ...]:
    """More hosts for a misconfiguration, with nothing wrong: both adapters in one bond."""
    nic = {"speed_mbit_s": TEN_GBIT, "cable": "lan", "vlans": [10, 20, 50]}
    features = ["vmotion", "storage-vmotion"]
    return tuple(
        set_to(
            ("hosts", f"esx{number:02}"),
            {
                "version": "8.0",
                "licence": {"edition": "Enterprise Plus", "features": features},
                "physical_nics": {"vmnic0": nic, "vmnic1": nic},
                "virtual_switches": {"vSwitch0": {"active": ["vmnic0", "vmnic1"]}},
                "port_groups": {
                    "Production": {"virtual_switch": "vSwitch0", "vlan": 20},
                    "Management": _kernel_group(10),
                    "VMotion": _kernel_group(50),
                },
                "vmkernel_adapters": {
                    "vmk0": _adapter("Management", f"192.168.10.{10 + number}", management=True),
                    "vmk1": _adapter("VMotion", f"10.0.50.{10 + number}", vmotion=True),
                },
            },
        )
        for number in names
    )


def _kernel_group(vlan: int) -> dict[str, Any]:
    return {"virtual_switch": "vSwitch0", "vlan": vlan, "kind": "vmkernel"}


def _adapter(port_group: str, ip: str, **roles: bool) -> dict[str, Any]:
    return {"port_group": port_group, "ip": ip, **roles}


def under_way(
    count: int,
    source: str,
    destination: str,
    *,
    kind: Kind = "vmotion",
    home: str = "san-01",
    prefix: str = "app",
) -> tuple[Edit, ...]:
    """Virtual machines that move right now, for a misconfiguration."""
    edits: list[Edit] = []
    for number in range(1, count + 1):
        name = f"{prefix}{number:02}"
        move = {"vm": name, "source": source, "destination": destination, "kind": kind}
        edits += [
            set_to(("vms", name), {"host": source, "home": home}),
            set_to(("moves", name), move),
        ]
    return tuple(edits)
