"""Few moves at a time against many, small VMs first against large ones: a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import Mishap
from vmlab.fleet.strategy import Strategy
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario
from vmlab.tables import Cell, Column, Table
from vmlab.units import bytes_to_mib

if TYPE_CHECKING:
    import pandas as pd

#: What is compared unless told otherwise.
STRATEGIES: tuple[Strategy, ...] = (
    Strategy(1),
    Strategy(2),
    Strategy(4),
    Strategy(8),
    Strategy(),
    Strategy(2, "smallest"),
    Strategy(2, "calmest"),
    Strategy(2, "busiest"),
)

_COLUMNS = (
    Column("strategy"), Column("total_s", 1), Column("most_at_once"), Column("waves"),
    Column("longest_downtime_s", 3), Column("mean_move_s", 1), Column("sent_gib", 1),
    Column("not_moved"), Column("limited_by"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Comparison:
    """The same hosts emptied in several ways.

    Parameters
    ----------
    evacuations : tuple of Evacuation
        One for each strategy.
    """

    evacuations: tuple[Evacuation, ...]

    @property
    def fastest(self) -> Evacuation:
        """The one that ends first; of several, the first in the list."""
        return min(self.evacuations, key=lambda one: round(one.total_s, 6))

    def table(self) -> Table:
        """A row for each strategy, with what held up most of its moves."""
        return Table(_COLUMNS, [_row(one) for one in self.evacuations])

    def to_json(self) -> dict[str, Any]:
        """The same as plain data, with the name of the fastest."""
        names = [column.name for column in _COLUMNS]
        rows = [dict(zip(names, _row(one), strict=True)) for one in self.evacuations]
        return {"strategies": rows, "fastest": self.fastest.strategy.name}

    def to_frame(self) -> pd.DataFrame:
        """The same as a pandas frame."""
        return self.table().to_frame()

    def __repr__(self) -> str:
        return self.table().to_text()

    def _repr_html_(self) -> str:
        return self.table().to_html()


def compare(
    where: Datacenter | Scenario,
    hosts: Iterable[str],
    profile: Profile | str | None = None,
    *,
    strategies: Sequence[Strategy] = STRATEGIES,
    mishaps: Iterable[Mishap] = (),
) -> Comparison:
    """Empty the same hosts in several ways.

    Parameters
    ----------
    where : Datacenter or Scenario
        What exists.
    hosts : iterable of str
        To be emptied.
    profile : Profile or str, optional
        As in `evacuate`.
    strategies : sequence of Strategy, optional
        The ways.
    mishaps : iterable of Mishap, optional
        The same in each.

    Returns
    -------
    Comparison
        In the order of the strategies.
    """
    hosts, mishaps = tuple(hosts), tuple(mishaps)
    return Comparison(
        tuple(evacuate(where, hosts, profile, strategy=one, mishaps=mishaps) for one in strategies)
    )


def limit_words(evacuation: Evacuation) -> str:
    """What held up most moves, such as ``link esx01 sends (7 of 9)``."""
    held = Counter((one.last.limited_by, one.last.limit) for one in evacuation.moves)
    if not held:
        return "nothing"
    (by, which), count = min(held.items(), key=lambda item: (-item[1], item[0]))
    return f"{by} {which} ({count} of {len(evacuation.moves)})".replace("  ", " ")


def most_at_once(evacuation: Evacuation) -> int:
    """How many moves ran at the same time at most."""
    changes = [
        (at_s, step)
        for one in evacuation.moves
        for attempt in one.attempts
        if attempt.start_s is not None and attempt.end_s is not None
        for at_s, step in ((attempt.start_s, 1), (attempt.end_s, -1))
    ]
    running = most = 0
    for _, step in sorted(changes):
        running += step
        most = max(most, running)
    return most


def _row(evacuation: Evacuation) -> list[Cell]:
    moved = [one for one in evacuation.moves if one.arrived]
    downtimes = [one.downtime_s for one in moved if one.downtime_s is not None]
    lasted = [
        one.last.end_s - one.last.start_s
        for one in moved
        if one.last.end_s is not None and one.last.start_s is not None
    ]
    return [
        evacuation.strategy.name,
        evacuation.total_s,
        most_at_once(evacuation),
        evacuation.last_wave,
        max(downtimes, default=None),
        sum(lasted) / len(lasted) if lasted else None,
        bytes_to_mib(sum(one.sent_bytes for one in evacuation.moves)) / 1024,
        len(evacuation.moves) - len(moved) + len(evacuation.stays),
        limit_words(evacuation),
    ]
