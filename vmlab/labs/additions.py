"""What a learner can add, and what it looks like when it is new."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, Path, look_up, set_to

Facts = dict[str, Any]


@dataclass(frozen=True)
class Addition:
    """How one kind of thing is added.

    Parameters
    ----------
    mapping : callable
        From the part it is added to, to the path of the mapping it goes in.
    name : str
        Name with ``{}`` for the first free number.
    first : int
        The number to begin with.
    facts : callable
        From the datacenter and the part it is added to, to its facts.
    """

    mapping: Callable[[Path], Path]
    name: str
    first: int
    facts: Callable[[Datacenter, Path], Facts]


def _in_host(field: str) -> Callable[[Path], Path]:
    return lambda parent: ("hosts", parent[1], field)


def _top(field: str) -> Callable[[Path], Path]:
    return lambda parent: (field,)


def _below(field: str) -> Callable[[Path], Path]:
    return lambda parent: (*parent, field)


def _group(datacenter: Datacenter, parent: Path) -> Facts:
    switches = datacenter.hosts[parent[1]].virtual_switches
    if len(parent) == 4:
        return {"virtual_switch": parent[3]}
    if not switches:
        raise _needs("a port group", f"a virtual switch on {parent[1]}")
    return {"virtual_switch": next(iter(switches))}


def _adapter(kind: str) -> Callable[[Datacenter, Path], Facts]:
    def facts(datacenter: Datacenter, parent: Path) -> Facts:
        groups = datacenter.hosts[parent[1]].port_groups
        if len(parent) == 4:
            return {"port_group": parent[3]}
        own = [group.name for group in groups.values() if group.kind == kind] or list(groups)
        if not own:
            raise _needs("an adapter", f"a port group on {parent[1]}")
        return {"port_group": own[0]}

    return facts


def _machine(datacenter: Datacenter, parent: Path) -> Facts:
    host = parent[1] if parent[:1] == ("hosts",) else next(iter(datacenter.hosts), None)
    store = next(iter(datacenter.datastores), None)
    if host is None or store is None:
        raise _needs("a virtual machine", "a host and a datastore")
    return {"host": host, "home": store, "disks": {"disk 1": {"datastore": store}}}


def _disk(datacenter: Datacenter, parent: Path) -> Facts:
    return {"datastore": datacenter.vms[parent[1]].home}


def _vnic(datacenter: Datacenter, parent: Path) -> Facts:
    groups = datacenter.hosts[datacenter.vms[parent[1]].host].port_groups.values()
    labels = [group.name for group in groups if group.kind == "vm"]
    return {"port_group": labels[0] if labels else "VM Network"}


def _plain(**facts: Any) -> Callable[[Datacenter, Path], Facts]:
    return lambda datacenter, parent: dict(facts)


def _everywhere(datacenter: Datacenter, parent: Path) -> Facts:
    return {"kind": "FC SAN", "mounts": {host: {} for host in datacenter.hosts}}


ADDITIONS: dict[str, Addition] = {
    "hosts": Addition(_top("hosts"), "esx{:02d}", 1, _plain(kind="ESX", version="4.0")),
    "physical_nics": Addition(_in_host("physical_nics"), "vmnic{}", 0, _plain()),
    "virtual_switches": Addition(_in_host("virtual_switches"), "vSwitch{}", 0, _plain()),
    "port_groups": Addition(_in_host("port_groups"), "Network {}", 1, _group),
    "vmkernel_adapters": Addition(_in_host("vmkernel_adapters"), "vmk{}", 0, _adapter("vmkernel")),
    "service_console_adapters": Addition(
        _in_host("service_console_adapters"), "vswif{}", 0, _adapter("console")
    ),
    "physical_switches": Addition(_top("physical_switches"), "switch{}", 1, _plain()),
    "subnets": Addition(_top("subnets"), "subnet {}", 1, _plain(cidr="192.168.30.0/24", vlan=30)),
    "datastores": Addition(_top("datastores"), "datastore{}", 1, _everywhere),
    "vms": Addition(_top("vms"), "vm{:02d}", 1, _machine),
    "disks": Addition(_below("disks"), "disk {}", 1, _disk),
    "vnics": Addition(_below("vnics"), "nic {}", 1, _vnic),
    "devices": Addition(_below("devices"), "device {}", 1, _plain()),
}
KIND_OF_GROUP = {"vmkernel_adapters": "vmkernel", "service_console_adapters": "console"}


def addition(datacenter: Datacenter, what: str, parent: Path) -> tuple[Path, tuple[Edit, ...]]:
    """Edits that add something new.

    Parameters
    ----------
    datacenter : Datacenter
        Where to.
    what : str
        A key of `ADDITIONS`.
    parent : tuple of str
        The part it is added to; empty for the datacenter itself.

    Returns
    -------
    tuple
        The new thing's path and the edits.

    Raises
    ------
    InputError
        It cannot be added there, or needs something that is missing.
    """
    try:
        kind = ADDITIONS[what]
        mapping = kind.mapping(parent)
        taken = look_up(datacenter, mapping)
    except (KeyError, IndexError):
        problem = Problem(f"{what} cannot be added to {'.'.join(parent) or 'it'}", "Choose a part")
        raise InputError("add", [problem]) from None
    name = _free(kind, taken)
    path = (*mapping, name)
    edits = [set_to(path, kind.facts(datacenter, parent))]
    role = KIND_OF_GROUP.get(what)
    if role and len(parent) == 4 and parent[2] == "port_groups":
        edits.insert(0, set_to((*parent, "kind"), role))
    return path, tuple(edits)


def _free(kind: Addition, taken: Container[str]) -> str:
    number = kind.first
    while kind.name.format(number) in taken:
        number += 1
    return kind.name.format(number)


def _needs(what: str, lacking: str) -> InputError:
    return InputError("add", [Problem(f"{what} needs {lacking}", f"Add {lacking} first")])
