"""Who refers to whom by name: one table for checking, renaming and removing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from vmlab.documents import Place, Problem
from vmlab.inventory.network import split_names

OnRemoval = Literal["drop", "cascade", "restrict"]
ANY = "*"  # every name of a mapping, or every item of a list
KEY = "@"  # the names of a mapping are themselves the references


@dataclass(frozen=True)
class Reference:
    """A place whose value is the name of something else.

    Parameters
    ----------
    place : str
        Dotted; ``*`` stands for any name, ``@`` for names that refer.
    target : str
        Dotted place of the mapping that must hold the name; ``{0}`` is what
        the first ``*`` of `place` stood for.
    what : str
        What is referred to, in words.
    on_removal : {"drop", "cascade", "restrict"}
        When the target goes: drop the name, remove what refers, or refuse.
    """

    place: str
    target: str
    what: str
    on_removal: OnRemoval = "drop"


_SWITCH, _GROUP = "hosts.*.virtual_switches.*", "hosts.*.port_groups.*"
_NICS, _GROUPS = "hosts.{0}.physical_nics", "hosts.{0}.port_groups"

REFERENCES = (
    Reference(f"{_SWITCH}.active.*", _NICS, "physical NIC"),
    Reference(f"{_SWITCH}.standby.*", _NICS, "physical NIC"),
    Reference(f"{_GROUP}.active.*", _NICS, "physical NIC"),
    Reference(f"{_GROUP}.standby.*", _NICS, "physical NIC"),
    Reference("hosts.*.physical_nics.*.cable", "physical_switches", "physical switch"),
    Reference(
        f"{_GROUP}.virtual_switch", "hosts.{0}.virtual_switches", "virtual switch", "cascade"
    ),
    Reference("hosts.*.vmkernel_adapters.*.port_group", _GROUPS, "port group", "cascade"),
    Reference("hosts.*.service_console_adapters.*.port_group", _GROUPS, "port group", "cascade"),
    Reference("datastores.*.mounts.@", "hosts", "host"),
    Reference("clusters.*.hosts.*", "hosts", "host"),
    Reference("vms.*.host", "hosts", "host", "restrict"),
    Reference("vms.*.home", "datastores", "datastore", "restrict"),
    Reference("vms.*.disks.*.datastore", "datastores", "datastore", "restrict"),
    Reference("hosts.*.swap_datastore", "datastores", "datastore"),
    Reference("vms.*.devices.*.datastore", "datastores", "datastore"),
    Reference("vms.*.snapshots.*.datastore", "datastores", "datastore"),
    Reference("vms.*.resource_pool", "resource_pools", "resource pool"),
    Reference("vms.*.fault_tolerance_partner", "hosts", "host"),
    Reference("vms.*.old_registration", "hosts", "host"),
    Reference("vms.*.vnics.*.distributed_switch", "distributed_switches", "distributed switch"),
    Reference("distributed_switches.*.members.*", "hosts", "host"),
    Reference("clusters.*.joining.*", "hosts", "host"),
    Reference("clusters.*.rules.*.vms.*", "vms", "virtual machine"),
    Reference("clusters.*.rules.*.hosts.*", "hosts", "host"),
    Reference("moves.@", "vms", "virtual machine", "restrict"),
    Reference("moves.*.vm", "vms", "virtual machine", "restrict"),
    Reference("moves.*.source", "hosts", "host", "restrict"),
    Reference("moves.*.destination", "hosts", "host", "restrict"),
    Reference("moves.*.datastore", "datastores", "datastore", "restrict"),
)


def uses(data: dict[str, Any]) -> Iterator[tuple[Reference, Place, str, Place]]:
    """Every reference in a datacenter's plain data.

    Parameters
    ----------
    data : dict
        A datacenter as plain data; what has the wrong shape is passed over.

    Yields
    ------
    tuple
        The reference, its place, the name it refers to, and the place of the
        mapping that must hold the name.
    """
    for reference in REFERENCES:
        for place, name, stars in _matches(data, tuple(reference.place.split(".")), (), ()):
            target = tuple(part.format(*stars) for part in reference.target.split("."))
            yield reference, place, name, target


def dangling(data: dict[str, Any]) -> list[Problem]:
    """References that lead to nothing, as problems.

    Parameters
    ----------
    data : dict
        A datacenter as plain data.

    Returns
    -------
    list of Problem
        One for each, with the names that exist.
    """
    problems = []
    for reference, place, name, target in uses(data):
        known = _at(data, target)
        if name not in known:
            names = ", ".join(map(str, known)) or "none"
            message = f"there is no {reference.what} named {name!r}"
            problems.append(Problem(message, f"Known: {names}", place))
    return problems


def _matches(
    node: Any, pattern: Place, place: Place, stars: Place
) -> Iterator[tuple[Place, str, Place]]:
    if not pattern:
        if isinstance(node, str):
            yield place, node, stars
        return
    part, rest = pattern[0], pattern[1:]
    if part == ANY and isinstance(node, str):
        node = split_names(node)
    if part == KEY and isinstance(node, dict):
        for name in node:
            yield (*place, name), name, stars
    elif part == ANY and isinstance(node, dict):
        for name, child in node.items():
            yield from _matches(child, rest, (*place, name), (*stars, name))
    elif part == ANY and isinstance(node, list):
        for index, child in enumerate(node):
            yield from _matches(child, rest, (*place, str(index)), (*stars, str(index)))
    elif isinstance(node, dict) and part in node:
        yield from _matches(node[part], rest, (*place, part), stars)


def _at(data: Any, place: Place) -> dict[str, Any]:
    for name in place:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
