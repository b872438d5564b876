"""Ask a rule about one pair, and watch which facts of the pair it looks at.

A rule reads a datacenter through stand-ins that behave like its entities.
What it reads of the VM, the source or the destination is noted as a chain of
steps from the datacenter, with `HERE` in the place of the pair's own name;
what is the same for all pairs is not. A pair of which all noted facts are the
same gets the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from datetime import date
from enum import Enum
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import FunctionType
from typing import Any

from pydantic import BaseModel

from vmlab.fleet.names import HERE, NAME, Name, Names, Read, Role, Steps, plain_name
from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.rules.rule import Breach, Rule

PLACES: dict[Role, Steps] = {
    "vm": (("attr", "vms"), ("item", HERE)),
    "source": (("attr", "hosts"), ("item", HERE)),
    "destination": (("attr", "hosts"), ("item", HERE)),
}
_SCALARS = (
    type(None), bool, int, float, str, Enum, date, IPv4Address, IPv4Interface, IPv4Network,
)  # fmt: skip
#: Mappings whose entities are handed over as they are: rules scan them, and ask each for little.
_SCANNED = {(("attr", "vms"),), (("attr", "hosts"),), (("attr", "moves"),)}


class UnwatchableError(Exception):
    """A rule did something that the stand-ins cannot follow."""


def is_blocking(rule: Rule, profile: Profile, breach: object) -> bool:
    """Whether what a rule says of a pair refuses it."""
    if not isinstance(breach, Breach):
        return False
    severity = rule.severity[profile]
    return (rule.milder.get(profile, severity) if breach.milder else severity) == "error"


_MOVE = Move(vm="", source="", destination="")


def asked(vm: str, source: str, destination: str) -> Move:
    """A VMotion of a VM from one host to another, nothing else said."""
    ends = {"vm": vm, "source": source, "destination": destination}
    return _MOVE.model_copy(update=ends)


def judge(rule: Rule, profile: Profile, datacenter: Datacenter, move: Move) -> bool:
    """Whether a rule refuses a move, by its own function."""
    return any(is_blocking(rule, profile, said) for said in rule.judge(datacenter, move))


def watch(
    rule: Rule,
    profile: Profile,
    datacenter: Datacenter,
    vm: str,
    destination: str,
    sorts_names: bool = False,
) -> tuple[bool, list[Read]]:
    """Whether a rule refuses a VMotion, and the facts on which that depends.

    Parameters
    ----------
    rule : Rule
        Whom to ask.
    profile : Profile
        Whose eyes look.
    datacenter : Datacenter
        What exists.
    vm, destination : str
        The pair.
    sorts_names : bool, optional
        In sets and mappings of its own the rule keeps the pair's names among
        themselves, and learns nothing of them that way.

    Returns
    -------
    tuple of (bool, list)
        The verdict, and what was read, in order. Where the rule did something
        that cannot be followed: the names of both, so that it holds for this
        pair alone.
    """
    reads: dict[Read, None] = {}
    source = datacenter.vms[vm].host
    names: dict[Role, str] = {"vm": vm, "source": source, "destination": destination}
    ends = {role: Name(name, role, reads, sorts_names) for role, name in names.items()}
    move = asked(ends["vm"], ends["source"], ends["destination"])
    root: Any = _Facts(reads, ends, None, (), datacenter)
    try:
        return judge(rule, profile, root, move), list(reads)
    except Exception:
        verdict = judge(rule, profile, datacenter, asked(vm, source, destination))
        return verdict, [("vm", NAME), ("destination", NAME)]


@cache
def _fields(kind: type[BaseModel]) -> dict[str, Any]:
    """The type of each field; pydantic takes long to tell."""
    return {name: field.annotation for name, field in kind.model_fields.items()}


def _cluster(cluster: Cluster) -> Steps:
    return (("attr", "clusters"), ("item", cluster.name))


def _is_plain(value: Any) -> bool:
    if isinstance(value, _SCALARS):
        return True
    return isinstance(value, tuple | frozenset) and all(_is_plain(item) for item in value)


class _StandIn:
    """What facts and mappings share: where they stand, and whose they are."""

    __slots__ = ("_ends", "_reads", "_role", "_steps", "_value")

    def __init__(
        self,
        reads: dict[Read, None],
        ends: dict[Role, Name],
        role: Role | None,
        steps: Steps,
        value: Any,
    ) -> None:
        self._reads, self._ends, self._role = reads, ends, role
        self._steps, self._value = steps, value

    def _note(self, *step: Any) -> None:
        if self._role is not None:
            self._reads[self._role, (*self._steps, step)] = None

    def _wrap(self, role: Role | None, steps: Steps, value: Any) -> Any:
        """A stand-in for what stands deeper, or a plain value, noted."""
        if isinstance(value, FrozenMapping):
            return _Mapping(self._reads, self._ends, role, steps, value)
        if isinstance(value, BaseModel):
            return _Facts(self._reads, self._ends, role, steps, value)
        if not _is_plain(value):
            raise UnwatchableError
        if role is not None:
            self._reads[role, steps] = None
        return Names(value) if type(value) is tuple else value


class _Facts(_StandIn):
    """A stand-in for facts or an entity."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._value)

    def __getattr__(self, name: str) -> Any:
        value: BaseModel = self._value
        kind = type(value)
        steps = (*self._steps, ("attr", name))
        fields = _fields(kind)
        if name in fields:
            if name == "name" and self._role and self._steps == PLACES[self._role]:
                return self._ends[self._role]
            found = getattr(value, name)
            may_be_none = type(found) is not fields[name]
            if self._role is not None and may_be_none and isinstance(found, BaseModel):
                self._reads[self._role, (*steps, ("type",))] = None
            return self._wrap(self._role, steps, found)
        if name == "cluster_of" and kind is Datacenter:
            return self._cluster_of
        member = getattr(kind, name)
        if isinstance(member, property) and member.fget is not None:
            found = member.fget(value)
            if _is_plain(found):
                return self._wrap(self._role, steps, found)
            return member.fget(self)
        if isinstance(member, FunctionType):
            return partial(self._call, member)
        raise UnwatchableError

    def _cluster_of(self, host: str) -> Any:
        """The cluster of a host of the pair: a fact of that host."""
        cluster = self._value.cluster_of(str.__str__(host))
        if not isinstance(host, Name):
            return None if cluster is None else self._wrap(None, _cluster(cluster), cluster)
        steps: Steps = (("cluster", HERE),)
        self._reads[host.role, (*steps, ("type",))] = None
        return None if cluster is None else self._wrap(host.role, steps, cluster)

    def _call(self, member: FunctionType, *args: Any) -> Any:
        if all(_is_plain(arg) and not isinstance(arg, Name) for arg in args):
            found = member(self._value, *args)
            if _is_plain(found):
                return self._wrap(
                    self._role, (*self._steps, ("call", member.__name__, args)), found
                )
        return member(self, *args)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Facts):
            raise UnwatchableError
        if self._role == other._role and self._steps == other._steps:
            return True
        self._note("all")
        other._note("all")
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        self._note("all")
        return hash(self._value)


class _Mapping(_StandIn, Mapping[Any, Any]):
    """A stand-in for a mapping of entities."""

    __slots__ = ()

    def _has(self, key: object) -> tuple[Role | None, Any]:
        """Whose item it would be, and the key as steps tell it; noted."""
        if isinstance(key, Name):
            if self._role is not None:
                raise UnwatchableError  # a fact of two
            if (*self._steps, ("item", HERE)) != PLACES[key.role]:
                self._reads[key.role, (*self._steps, ("in", HERE))] = None
            return key.role, HERE
        if not isinstance(key, str):
            raise UnwatchableError
        self._note("in", key)
        return self._role, key

    def __contains__(self, key: object) -> bool:
        self._has(key)
        return self._plain(key) in self._value

    def __getitem__(self, key: str) -> Any:
        role, told = self._has(key)
        value = self._value[self._plain(key)]
        if role is None and self._steps in _SCANNED:
            return value
        return self._wrap(role, (*self._steps, ("item", told)), value)

    @staticmethod
    def _plain(key: Any) -> str:
        return plain_name(key) if isinstance(key, Name) else key

    def __iter__(self) -> Iterator[str]:
        self._note("keys")
        return iter(self._value)

    def __len__(self) -> int:
        self._note("count")
        return len(self._value)

    def values(self) -> ValuesView[Any]:
        """All entities: themselves where they are only scanned."""
        if self._role is None and self._steps in _SCANNED:
            found: ValuesView[Any] = self._value.values()
            return found
        return super().values()
