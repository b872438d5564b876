"""Moves that a datacenter is busy with already: they hold slots and links before any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vmlab.fleet.fleet_run import FleetMove
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration.copy_case import case_for


def others_under_way(datacenter: Datacenter, moves: Sequence[Move]) -> Iterator[Move]:
    """Moves under way of VMs that a queue does not name.

    Parameters
    ----------
    datacenter : Datacenter
        With its moves under way.
    moves : sequence of Move
        The queue. A VM of it that is under way is not counted twice, as in the
        rules on slots.
    """
    queued = {move.vm for move in moves}
    return (move for move in datacenter.moves.values() if move.vm not in queued)


def ahead_of(
    datacenter: Datacenter, queue: Sequence[FleetMove], profile: Profile
) -> tuple[FleetMove, ...]:
    """What runs before a queue begins, to be put before its head.

    Parameters
    ----------
    datacenter : Datacenter
        With its moves under way.
    queue : sequence of FleetMove
        What is asked for.
    profile : Profile
        Decides how disks are copied.

    Returns
    -------
    tuple of FleetMove
        How far each has come is not known: this lab lets its copy begin with
        the queue. One without anything to copy is over at once.
    """
    running = others_under_way(datacenter, [one.move for one in queue])
    return tuple(FleetMove(move, case_for(datacenter, move, profile=profile)) for move in running)
