"""Published figures as they were typed in, and what an estimate says in their place."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from vmlab import units
from vmlab.models.result import Estimate
from vmlab.resources import resource
from vmlab.tables import Cell, Column, Table

__all__ = ["COLUMNS", "Published", "comparison", "error_percent", "measured", "published"]

COLUMNS: Sequence[Column] = (
    Column("what"),
    Column("quantity"),
    Column("unit"),
    Column("predicted"),
    Column("measured"),
    Column("error_percent", 1),
)


@dataclass(frozen=True)
class Published:
    """One published figure, and how a model comes to say it.

    Parameters
    ----------
    id, what, quantity, unit : str
        What was measured; rows of one experiment share an id.
    measured : float or None
        The figure; None where a row stands for several that no model can say.
    by : str
        Name of a case that comes with vmlab, or ``=`` and an entry of
        `vmlab.models.arithmetic` with its arguments; empty where the models
        cannot express it, and then `note` says why.
    fitted : bool or None
        Whether a number of the model or the case was taken from this row or
        from the same runs.
    demand : str
        How near the model must come: ``exact``, ``5 %``, ``factor 2``; or empty.
    note, source : str
        Why it misses; where it stands.
    """

    id: str
    what: str
    quantity: str
    unit: str
    measured: float | None
    by: str
    fitted: bool | None
    demand: str
    note: str
    source: str

    def of(self, found: Estimate) -> float | None:
        """What an estimate of the row's case says, in the figure's unit."""
        return _QUANTITIES[self.quantity, self.unit](found)

    def cells(self, predicted: float | None) -> tuple[Cell, ...]:
        """A row of `COLUMNS` for what a model says."""
        error = error_percent(predicted, self.measured)
        shown = None if error is None else round(error, 1) + 0.0  # + 0.0: no -0.0
        return (self.what, self.quantity, self.unit, predicted, self.measured, shown)


@cache
def published() -> tuple[Published, ...]:
    """The rows of ``data/measurements/validation.csv``, in order.

    Returns
    -------
    tuple of Published
        Those that no model can express too.
    """
    path = resource("data", "measurements") / "validation.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Published(
                id=row["id"],
                what=row["what"],
                quantity=row["quantity"],
                unit=row["unit"],
                measured=float(row["measured"]) if row["measured"] else None,
                by=row["by"],
                fitted={"yes": True, "no": False, "": None}[row["fitted"]],
                demand=row["demand"],
                note=row["note"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


def error_percent(predicted: float | None, measured: float | None) -> float | None:
    """Relative error of a prediction; None where one of the two is not known."""
    if predicted is None or not measured:
        return None
    return (predicted / measured - 1) * 100


def comparison(rows: Sequence[tuple[Published, float | None]]) -> Table:
    """Predicted against measured.

    Parameters
    ----------
    rows : sequence of (Published, float or None)
        Figures, and what the models say.

    Returns
    -------
    Table
        A row for each.
    """
    columns = (Column("id"), *COLUMNS, Column("fitted"), Column("note"), Column("source"))
    cells = [(one.id, *one.cells(value), one.fitted, one.note, one.source) for one, value in rows]
    return Table(columns, cells, "Predicted and measured")


def measured(case: str, found: Estimate) -> Table:
    """What was measured of a case that comes with vmlab, beside an estimate of it.

    Parameters
    ----------
    case : str
        Its name.
    found : Estimate
        The estimate.

    Returns
    -------
    Table
        Its rows of `vmlab.models.validation.validation`; none where nothing was measured.
    """
    return comparison([(one, one.of(found)) for one in published() if one.by == case])


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _throughput_gbit_s(found: Estimate) -> float | None:
    return found.sent_bytes * 8e-9 / found.total_s if found.total_s else None


def _left_mib(found: Estimate) -> float | None:
    moved = found.downtime_s is not None
    return units.bytes_to_mib(found.rounds[-1].sent_bytes) if moved else None


def _settled_round_s(found: Estimate) -> float | None:
    """Mean of rounds 3 to 5, as it was measured."""
    settled = [one.duration_s for one in found.rounds[2:5]]
    return sum(settled) / len(settled) if settled else None


_QUANTITIES: dict[tuple[str, str], Callable[[Estimate], float | None]] = {
    ("total", "s"): lambda found: found.total_s,
    ("total", "ms"): lambda found: _ms(found.total_s),
    ("ideal total", "s"): lambda found: found.total_s,
    ("downtime", "s"): lambda found: found.downtime_s,
    ("downtime", "ms"): lambda found: _ms(found.downtime_s),
    ("sent", "MiB"): lambda found: units.bytes_to_mib(found.sent_bytes),
    ("sent", "MB"): lambda found: found.sent_bytes / 1e6,
    ("rounds", ""): lambda found: float(len(found.rounds)),
    ("stop phase", "s"): lambda found: found.rounds[-1].duration_s,
    ("throughput", "Gbit/s"): _throughput_gbit_s,
    ("left at the stop", "MiB"): _left_mib,
    # QEMU synchronises once more after stopping.
    ("dirty syncs", ""): lambda found: len(found.rounds) + 1.0,
    ("ends by itself", ""): lambda found: float(found.converged),
    ("one round", "s"): _settled_round_s,
    ("faults", ""): lambda found: found.postcopy_faults,
}
