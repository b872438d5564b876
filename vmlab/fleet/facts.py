"""A fleet's facts as columns of numbers: equal facts, equal numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vmlab.fleet.names import HERE, NAME, Role, Step, Steps
from vmlab.fleet.watch import PLACES
from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.path import look_up
from vmlab.inventory.profile import Profile

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
KeptT = TypeVar("KeptT")


#: A column is made for all where more than one in so many is asked for.
FEW = 4
#: Numbers of those that have a fact, ascending, None for all; and a value or code for each.
Column = tuple[Indices | None, list[Any]]
Codes = tuple[Indices | None, Indices]


class _Missing:
    """Stands where the chain of steps ends too early."""


MISSING = _Missing()

_STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "attr": getattr,
    "item": lambda value, key: value.get(key, MISSING),
    "in": lambda value, key: key in value,
    "keys": lambda value, _: tuple(value),
    "count": lambda value, _: len(value),
    "type": lambda value, _: type(value),
    "all": lambda value, _: value,
    "equals": lambda value, other: value == other,
    "among": lambda value, names: value in names,
}


class _Shelf:
    """Columns by the steps that lead there, made once."""

    def __init__(self) -> None:
        self.columns: dict[Steps, Column] = {}
        self.codes: dict[Steps, Codes | None] = {}
        self.holders: dict[Steps, dict[str, list[int]]] = {}


class Fleet:
    """VMs and hosts in order, and columns of their facts, each made when first asked for.

    Parameters
    ----------
    datacenter : Datacenter
        What exists.
    profile : Profile
        Whose eyes look.
    """

    def __init__(self, datacenter: Datacenter, profile: Profile) -> None:
        self.datacenter, self.profile = datacenter, profile
        self.hosts: list[Host] = list(datacenter.hosts.values())
        self.vms: list[VirtualMachine] = [
            vm for vm in datacenter.vms.values() if vm.power_state == "on"
        ]
        self.host_names = [host.name for host in self.hosts]
        self.vm_names = [vm.name for vm in self.vms]
        self._kept: dict[object, Any] = {}
        self._of_vms = _Shelf()
        self._of_hosts = _Shelf()

    @cached_property
    def host_index(self) -> dict[str, int]:
        """Number of each host."""
        return {name: i for i, name in enumerate(self.host_names)}

    @cached_property
    def vm_index(self) -> dict[str, int]:
        """Number of each VM."""
        return {name: i for i, name in enumerate(self.vm_names)}

    @cached_property
    def source(self) -> Indices:
        """Number of the host that each VM is on."""
        index = self.host_index
        return np.array([index[vm.host] for vm in self.vms], np.int64)

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """The cluster of each host that is in one."""
        found: dict[str, Cluster] = {}
        for cluster in self.datacenter.clusters.values():
            for host in cluster.hosts:
                found.setdefault(host, cluster)
        return found

    @cached_property
    def everyone(self) -> Indices:
        """Every VM's number."""
        return np.arange(len(self.vms))

    @cached_property
    def on_host(self) -> dict[str, list[VirtualMachine]]:
        """VMs that a host has made promises to: its own that run, and those that arrive."""
        arriving: dict[str, set[str]] = {}
        for move in self.datacenter.moves.values():
            if move.shell:
                arriving.setdefault(move.vm, set()).add(move.destination)
        found: dict[str, list[VirtualMachine]] = {}
        for vm in self.datacenter.vms.values():
            hosts = arriving.get(vm.name, set())
            for host in hosts | {vm.host} if vm.power_state == "on" else hosts:
                found.setdefault(host, []).append(vm)
        return found

    def kept(self, key: object, make: Callable[[], KeptT]) -> KeptT:
        """Something that several rules ask for, made once."""
        if key not in self._kept:
            self._kept[key] = make()
        found: KeptT = self._kept[key]
        return found

    def with_vms(self, vms: Iterable[VirtualMachine]) -> Fleet:
        """The same hosts with other VMs; what is known of the hosts stays known."""
        entities = FrozenMapping({vm.name: vm for vm in vms})
        other = Fleet(self.datacenter.model_copy(update={"vms": entities}), self.profile)
        other._of_hosts = self._of_hosts
        return other

    def codes(self, role: Role, steps: Steps, among: Indices) -> Indices | None:
        """One number for each VM or host, equal where what stands at a chain of steps is equal.

        Parameters
        ----------
        role : {"vm", "source", "destination"}
            Whose facts; those of the source are a host's.
        steps : tuple
            As `watch` notes them.
        among : numpy.ndarray of int64
            Numbers of the VMs or hosts that are asked for.

        Returns
        -------
        numpy.ndarray of int64 or None
            As long as `among`; None where all are equal.
        """
        of_vms = role == "vm"
        chosen = self.source[among] if role == "source" else among
        every = len(self.vms if of_vms else self.hosts)
        shelf = self._shelf(of_vms, steps)
        if steps not in shelf.codes:
            if len(chosen) * FEW < every and not _is_rare(steps):
                return _numbered(self._values(of_vms, steps, chosen.tolist()))
            shelf.codes[steps] = _coded(*self._column(of_vms, steps), every)
        codes = shelf.codes[steps]
        if codes is None:
            return None
        numbers, values = codes
        if numbers is None:
            return values[chosen]
        spread = np.zeros(every, np.int64)
        spread[numbers] = values
        return spread[chosen]

    def _shelf(self, of_vms: bool, steps: Steps) -> _Shelf:
        """Where columns are kept: those of hosts are shared among fleets of the same hosts."""
        return self._of_vms if of_vms or steps[0] == ("attr", "vms") else self._of_hosts

    def _column(self, of_vms: bool, steps: Steps) -> Column:
        """What stands there for every VM or host that has it, kept."""
        columns = self._shelf(of_vms, steps).columns
        if steps not in columns:
            columns[steps] = self._made(of_vms, steps)
        return columns[steps]

    def _made(self, of_vms: bool, steps: Steps) -> Column:
        step = steps[-1]
        if step == NAME[0] or step[-1] is HERE:
            return self._beginning(of_vms, steps)
        numbers, values = self._column(of_vms, steps[:-1])
        if numbers is not None or step[0] not in {"item", "in"}:
            return numbers, _stepped(values, step)
        holders = self._holders(of_vms, steps[:-1], values).get(step[1], [])
        if step[0] == "in":
            return np.array(holders, np.int64), [True] * len(holders)
        return np.array(holders, np.int64), [values[n][step[1]] for n in holders]

    def _beginning(self, of_vms: bool, steps: Steps) -> Column:
        """A column whose last step is to the VM or host itself."""
        kind, names = steps[-1][0], self.vm_names if of_vms else self.host_names
        if kind not in {"item", "in"} or steps == PLACES["vm" if of_vms else "source"]:
            return None, self._values(of_vms, steps, range(len(names)))
        mapping = look_up(self.datacenter, tuple(step[-1] for step in steps[:-1]))
        index = self.vm_index if of_vms else self.host_index
        numbers = sorted(index[name] for name in mapping if name in index)
        return np.array(numbers, np.int64), self._values(of_vms, steps, numbers)

    def _holders(self, of_vms: bool, steps: Steps, values: list[Any]) -> dict[str, list[int]]:
        """Who has an item of a name, for each name in a column of mappings."""
        holders = self._shelf(of_vms, steps).holders
        if steps not in holders:
            found: dict[str, list[int]] = {}
            for number, value in enumerate(values):
                if value is not MISSING and value is not None:
                    for key in value:
                        found.setdefault(key, []).append(number)
            holders[steps] = found
        return holders[steps]

    def _values(self, of_vms: bool, steps: Steps, numbers: Sequence[int]) -> list[Any]:
        """What stands there for some VMs or hosts."""
        at = next(i for i, step in enumerate(steps) if step == NAME[0] or step[-1] is HERE)
        kind = steps[at][0]
        names = self.vm_names if of_vms else self.host_names
        if kind == "name":
            values: list[Any] = [names[n] for n in numbers]
        elif kind == "cluster":
            values = [self.clusters.get(names[n]) for n in numbers]
        elif of_vms and steps[: at + 1] == PLACES["vm"]:
            values = [self.vms[n] for n in numbers]
        else:
            mapping = look_up(self.datacenter, tuple(step[-1] for step in steps[:at]))
            take = _STEPS[kind]
            values = [take(mapping, names[n]) for n in numbers]
        for step in steps[at + 1 :]:
            values = _stepped(values, step)
        return values


def _stepped(values: list[Any], step: Step) -> list[Any]:
    """One step further, where there is anything to go from."""
    kind, *arguments = step
    if kind == "call":
        name, args = arguments
        return [
            MISSING if value is MISSING or value is None else getattr(value, name)(*args)
            for value in values
        ]
    take, argument = _STEPS[kind], arguments[0] if arguments else None
    if kind in {"type", "all", "equals", "among"}:
        return [MISSING if value is MISSING else take(value, argument) for value in values]
    return [
        MISSING if value is MISSING or value is None else take(value, argument) for value in values
    ]


def _numbered(values: list[Any]) -> Indices | None:
    numbers: dict[Any, int] = {}
    # True and 1 are equal, and not the same fact.
    codes = [numbers.setdefault((type(value), value), len(numbers)) for value in values]
    return np.array(codes, np.int64) if len(numbers) > 1 else None


def _coded(numbers: Indices | None, values: list[Any], every: int) -> Codes | None:
    """Numbers for values, from 1 where some have none; None where all are equal."""
    codes = _numbered(values)
    if numbers is None:
        return None if codes is None else (None, codes)
    if not values or (codes is None and len(values) == every):
        return None
    return numbers, np.ones(len(values), np.int64) if codes is None else codes + 1


def _is_rare(steps: Steps) -> bool:
    """Whether steps lead through an item of a name, which few have: a column of it is short."""
    return any(step[0] in {"item", "in"} and step[1] is not HERE for step in steps)
