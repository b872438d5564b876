"""What many moves ask for, and how they went: one row a move, one curve a link."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from vmlab.inventory.move import Move
from vmlab.models.case import Case
from vmlab.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["moved", "failed", "never", "given-up", "waiting"]
Limit = Literal["host", "network", "datastore", "fleet", "link", "own rate", "nothing"]

#: What a table shows of a large fleet.
SHOWN_MOVES = 40


@dataclass(frozen=True)
class FleetMove:
    """A move that waits in the queue.

    Parameters
    ----------
    move : Move
        What moves, from where, to where.
    case : Case or None
        Its copy, as `vmlab.migration.plan.case_for` makes it; None where
        nothing is copied.
    ready_s : float, optional
        When it is asked for.
    fails_after_s : tuple of float, optional
        The first attempt ends failed so long after its start, the second after
        the second number, and so on; infinity lets one pass.
    setup_s, clean_up_s : float, optional
        Stages before and after the copy, besides the case's own set-up and
        resumption: the move holds its slots all the while.
    """

    move: Move
    case: Case | None
    ready_s: float = 0.0
    fails_after_s: tuple[float, ...] = ()
    setup_s: float = 0.0
    clean_up_s: float = 0.0


@dataclass(frozen=True)
class FleetResult:
    """How one move went.

    Parameters
    ----------
    vm, source, destination, kind : str
        The move's.
    outcome : {"moved", "failed", "never", "given-up", "waiting"}
        Failed: its last attempt was made to fail. Never: its memory changes
        faster than it is sent. Given up: the pause would be too long. Waiting:
        it asks for more slots than there are.
    attempts : int
        How often it was started.
    ready_s : float
        When it was asked for.
    start_s, pause_s, resumed_s, end_s : float or None
        When its last attempt found its slots, the guest was paused and ran
        again, and all was done; None where that did not happen.
    sent_bytes : float
        By all attempts.
    rounds : int
        Passes over memory of the last attempt, the stop phase among them.
    waited_for : str
        The resource that made room last; empty where it did not wait.
    limited_by : {"host", "network", "datastore", "fleet", "link", "own rate", "nothing"}
        What took most of its time: slots of that kind, a link that it shared
        or filled, or its own rate.
    limit : str
        Which resource or link that was.
    """

    vm: str
    source: str
    destination: str
    kind: str
    outcome: Outcome
    attempts: int
    ready_s: float
    start_s: float | None
    pause_s: float | None
    resumed_s: float | None
    end_s: float | None
    sent_bytes: float
    rounds: int
    waited_for: str
    limited_by: Limit
    limit: str

    @property
    def waited_s(self) -> float | None:
        """From the request to the start of the last attempt, s."""
        return None if self.start_s is None else self.start_s - self.ready_s

    @property
    def downtime_s(self) -> float | None:
        """How long the guest was paused, s; None where it did not move, or was not running."""
        if self.pause_s is None or self.resumed_s is None:
            return None
        return self.resumed_s - self.pause_s


@dataclass(frozen=True)
class LinkUse:
    """What a link carried.

    Parameters
    ----------
    name : str
        ``esx01 sends``, ``esx02 receives``, ``san-01 is read``, ``san-02 is written``.
    bytes_per_s : float
        What it can carry.
    sent_bytes : float
        What it did carry.
    times_s, rates_bytes_per_s : tuple of float
        From each time on this rate; empty where no trace was asked for.
    """

    name: str
    bytes_per_s: float
    sent_bytes: float
    times_s: tuple[float, ...] = ()
    rates_bytes_per_s: tuple[float, ...] = ()


_COLUMNS = (
    Column("vm"),
    Column("source"),
    Column("destination"),
    Column("kind"),
    Column("outcome"),
    Column("attempts"),
    Column("ready_s", 1),
    Column("start_s", 1),
    Column("end_s", 1),
    Column("downtime_s", 3),
    Column("sent_bytes", 0),
    Column("rounds"),
    Column("waited_for"),
    Column("limited_by"),
    Column("limit"),
)


@dataclass(frozen=True)
class FleetRun:
    """How a queue of moves went.

    Parameters
    ----------
    moves : tuple of FleetResult
        In the order of the queue.
    links : tuple of LinkUse
        Those that any move uses.
    total_s : float
        When the last one of the queue ended.
    events : int
        Instants at which something changed.
    under_way : tuple of FleetResult, optional
        What the datacenter was busy with before, as it went beside the queue.
    """

    moves: tuple[FleetResult, ...]
    links: tuple[LinkUse, ...]
    total_s: float
    events: int
    under_way: tuple[FleetResult, ...] = ()

    @property
    def moved(self) -> int:
        """How many arrived."""
        return sum(one.outcome == "moved" for one in self.moves)

    def table(self, most: int | None = SHOWN_MOVES) -> Table:
        """A row a move, in the order of the queue.

        Parameters
        ----------
        most : int or None, optional
            How many to show; None for all.
        """
        rows: list[list[Cell]] = [
            [getattr(one, column.name) for column in _COLUMNS] for one in self.moves[:most]
        ]
        left = len(self.moves) - len(rows)
        return Table(_COLUMNS, rows, f"Not shown: {left:,} more moves" if left else "")

    def limits(self) -> Table:
        """How many moves each thing held up most."""
        found: dict[tuple[str, str], int] = {}
        for one in self.moves:
            found[one.limited_by, one.limit] = found.get((one.limited_by, one.limit), 0) + 1
        order = sorted(found, key=lambda key: (-found[key], key))
        rows: list[list[Cell]] = [[by, which, found[by, which]] for by, which in order]
        return Table([Column("limited_by"), Column("limit"), Column("moves")], rows)

    def to_frame(self) -> pd.DataFrame:
        """All moves as a pandas frame."""
        return self.table(None).to_frame()

    def to_json(self) -> dict[str, Any]:
        """The run as plain data."""
        moves = [
            asdict(one) | {"waited_s": one.waited_s, "downtime_s": one.downtime_s}
            for one in self.moves
        ]
        return {
            "total_s": self.total_s,
            "events": self.events,
            "moved": self.moved,
            "moves": moves,
            "links": [
                asdict(link)
                | {"times_s": list(link.times_s)}
                | {"rates_bytes_per_s": list(link.rates_bytes_per_s)}
                for link in self.links
            ],
        }

    def __repr__(self) -> str:
        return (
            f"{self.moved:,} of {len(self.moves):,} moves done after {self.total_s:,.1f} s "
            f"({self.events:,} events)"
        )

    def _repr_html_(self) -> str:
        return self.table().to_html() + self.limits().to_html()
