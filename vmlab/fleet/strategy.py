"""In which order VMs leave their hosts, and how many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move

Order = Literal["placed", "smallest", "largest", "calmest", "busiest"]

_KEYS: Mapping[Order, Callable[[VirtualMachine], float]] = {
    "placed": lambda vm: 0.0,
    "smallest": lambda vm: float(vm.memory_mib),
    "largest": lambda vm: -float(vm.memory_mib),
    "calmest": lambda vm: vm.activity.dirty_pages_per_s,
    "busiest": lambda vm: -vm.activity.dirty_pages_per_s,
}
#: The orders, as on the command line.
ORDERS: tuple[Order, ...] = tuple(_KEYS)


@dataclass(frozen=True)
class Strategy:
    """How the queue of an evacuation is made.

    Parameters
    ----------
    at_once : int or None, optional
        Moves that run at the same time at most; None leaves it to the slots.
    order : {"placed", "smallest", "largest", "calmest", "busiest"}, optional
        Which VMs go first: by memory, or by pages written a second. Placed
        is the order in which they found their place, the largest first.

    Raises
    ------
    InputError
        There is no such order, or nothing may run.
    """

    at_once: int | None = None
    order: Order = "placed"

    def __post_init__(self) -> None:
        problems = []
        if self.order not in _KEYS:
            problems.append(_unknown(self.order))
        if self.at_once is not None and self.at_once < 1:
            problems.append(Problem(f"{self.at_once} at once move nothing", "Write 1 or more"))
        if problems:
            raise InputError("strategy", problems)

    @classmethod
    def of(cls, at_once: int | None, order: str) -> Strategy:
        """A strategy by the words of the command line."""
        known = next((one for one in ORDERS if one == order), None)
        if known is None:
            raise InputError("strategy", [_unknown(order)])
        return cls(at_once, known)

    @property
    def name(self) -> str:
        """In words.

        >>> Strategy(at_once=2, order="smallest").name, Strategy().name
        ('2 at once, smallest first', 'as many as the slots allow')
        """
        many = "as many as the slots allow" if self.at_once is None else f"{self.at_once} at once"
        return many if self.order == "placed" else f"{many}, {self.order} first"

    def sorted(self, datacenter: Datacenter, moves: Sequence[Move]) -> list[Move]:
        """Moves in the order of the queue; running VMs before those that are off.

        Parameters
        ----------
        datacenter : Datacenter
            With their VMs.
        moves : sequence of Move
            In the order of their placement, which decides between equals.
        """
        key = _KEYS[self.order]
        vms = datacenter.vms
        return sorted(moves, key=lambda m: (vms[m.vm].power_state != "on", key(vms[m.vm])))


def _unknown(order: str) -> Problem:
    return Problem(f"there is no order {order!r}", f"Known: {', '.join(ORDERS)}")
