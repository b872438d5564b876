"""The slots that moves wait for: what each takes of hosts, VMotion networks and datastores.

The numbers are those of the rules of `vmlab.rules.capacity`; here they are only
asked for, era by era.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.rules.capacity import datastores, slots
from vmlab.rules.capacity.traffic import Resource
from vmlab.rules.rule import Rule

Group = Literal["host", "network", "datastore", "fleet"]
_Asked = Callable[[Datacenter, Move], Iterator[Resource]]

_GROUPS: tuple[tuple[Rule, Group, _Asked], ...] = (
    (slots.host_slots, "host", slots.hosts_of_5x),
    (slots.host_slots_70, "host", slots.hosts_of_70),
    (slots.host_slots_4x, "host", slots.hosts_of_4x),
    (slots.nic_slots, "network", slots.networks),
    (datastores.datastore_slots, "datastore", datastores.stores_of),
    (datastores.datastore_slots_40, "datastore", datastores.stores_of_40),
)


@dataclass(frozen=True)
class Claim:
    """What a move takes of something while it runs.

    Parameters
    ----------
    group : {"host", "network", "datastore", "fleet"}
        What it is: a network is the VMotion adapters of the host that it is
        named after; the fleet is all moves together.
    name : str
        Which.
    slots, cost : int
        What there is of it, and what the move takes.
    """

    group: Group
    name: str
    slots: int
    cost: int


def claims(
    datacenter: Datacenter, move: Move, profile: Profile, at_once: int | None = None
) -> tuple[Claim, ...]:
    """What a move needs before it starts: room on all of these, or all of it waits.

    Parameters
    ----------
    datacenter : Datacenter
        With its hosts and datastores.
    move : Move
        What is asked for.
    profile : Profile
        The era whose costs count.
    at_once : int, optional
        Moves that run at the same time at most.

    Returns
    -------
    tuple of Claim
        Only those that cost something.

    Examples
    --------
    >>> from vmlab.inventory import load
    >>> from vmlab.rules import request
    >>> two = load("two-hosts-vsphere-8").datacenter
    >>> for claim in claims(two, request(two, "web01", "esx02"), Profile.VSPHERE_67):
    ...     print(claim.group, claim.name, claim.cost, "of", claim.slots)
    host esx01 1 of 8
    host esx02 1 of 8
    network esx01 1 of 8
    network esx02 1 of 8
    datastore san-01 1 of 128
    """
    found = [
        Claim(group, resource.name, resource.slots, resource.cost(move))
        for rule, group, asked in _GROUPS
        if profile in rule.severity
        for resource in asked(datacenter, move)
    ]
    if at_once is not None:
        found.append(Claim("fleet", "moves at once", at_once, 1))
    return tuple(claim for claim in found if claim.cost > 0)


def admitted(
    datacenter: Datacenter, moves: Sequence[Move], profile: Profile
) -> tuple[tuple[Move, ...], tuple[tuple[Move, Claim], ...]]:
    """Which moves of a queue start at once, and what each of the others lacks first.

    Parameters
    ----------
    datacenter : Datacenter
        With its hosts and datastores. Its moves under way hold their slots,
        those of VMs in the queue aside.
    moves : sequence of Move
        In the order of the queue.
    profile : Profile
        The era whose costs count.

    Returns
    -------
    started : tuple of Move
        Those that find room everywhere.
    waiting : tuple of (Move, Claim)
        The others. They hold nothing while they wait, so that one behind them
        may start which needs other resources, or less of the same.
    """
    taken: dict[tuple[Group, str], int] = {}
    queued = {move.vm for move in moves}
    for other in datacenter.moves.values():
        if other.vm not in queued:
            for one in claims(datacenter, other, profile):
                taken[one.group, one.name] = taken.get((one.group, one.name), 0) + one.cost
    started, waiting = [], []
    for move in moves:
        needed = claims(datacenter, move, profile)
        lacking = next(
            (one for one in needed if taken.get((one.group, one.name), 0) + one.cost > one.slots),
            None,
        )
        if lacking is not None:
            waiting.append((move, lacking))
            continue
        started.append(move)
        for one in needed:
            taken[one.group, one.name] = taken.get((one.group, one.name), 0) + one.cost
    return tuple(started), tuple(waiting)
