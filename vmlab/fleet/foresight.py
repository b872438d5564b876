"""What an evacuation is warned of: copies that shrink slowly among others, or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from vmlab.fleet.fleet_run import FleetResult
from vmlab.fleet.placement import Placement
from vmlab.rules.capacity.pace import precopy_convergence

#: So many passes over memory are many: this lab's figure. A copy that shrinks
#: needs about ten.
MANY_ROUNDS = 30


def warnings(placed: Placement, results: Iterable[FleetResult]) -> tuple[str, ...]:
    """What to know before an evacuation begins.

    Parameters
    ----------
    placed : Placement
        With the checks of its moves.
    results : iterable of FleetResult
        All attempts, as they would go.

    Returns
    -------
    tuple of str
        First the VMs that write faster than the link alone sends, then those
        that do so beside the others.
    """
    hot = {
        move.vm: finding.message
        for move in placed.moves
        for finding in placed.reports[move.vm].findings
        if finding.rule is precopy_convergence
    }
    said = [
        f"{message}; the copy holds its slots in vain until it gives up" for message in hot.values()
    ]
    rounds: dict[str, int] = {}
    for one in results:
        if one.rounds >= MANY_ROUNDS and one.vm not in hot:
            rounds[one.vm] = max(one.rounds, rounds.get(one.vm, 0))
    said += [
        f"{vm} writes about as fast as its share of the links sends, and holds its slots "
        f"for {n} rounds: move fewer at once"
        for vm, n in rounds.items()
    ]
    return tuple(said)
