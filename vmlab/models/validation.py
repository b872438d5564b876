"""Every published figure beside what the models say of it, and where they miss."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from vmlab import units
from vmlab.models.arithmetic import ARITHMETIC
from vmlab.models.case import load_case
from vmlab.models.estimate import Estimate, estimate
from vmlab.resources import resource
from vmlab.tables import Cell, Column, Table

__all__ = ["EXACT_PERCENT", "Fact", "facts", "misses", "targets", "validation"]

#: What counts as exact: published figures have six digits at most.
EXACT_PERCENT = 0.001


@dataclass(frozen=True)
class Fact:
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

    @property
    def predicted(self) -> float | None:
        """What the model says, in the figure's unit."""
        if not self.by:
            return None
        if self.by.startswith("="):
            name, *arguments = self.by[1:].split()
            return ARITHMETIC[name](*arguments)
        return _QUANTITIES[self.quantity, self.unit](_estimated(self.by))

    @property
    def error_percent(self) -> float | None:
        """Relative error of the prediction; None where one of the two is not known."""
        return _error_percent(self.predicted, self.measured)

    @property
    def met(self) -> bool | None:
        """Whether the demand is met; None where there is none."""
        predicted, measured, error = self.predicted, self.measured, self.error_percent
        if not self.demand or predicted is None or measured is None:
            return None
        if error is None:
            return predicted == measured
        if self.demand == "exact":
            return abs(error) <= EXACT_PERCENT
        if self.demand == "factor 2":
            return measured / 2 <= predicted <= measured * 2
        return abs(error) <= float(self.demand.removesuffix(" %"))


@cache
def facts() -> tuple[Fact, ...]:
    """The rows of ``data/measurements/validation.csv``, in order.

    Returns
    -------
    tuple of Fact
        Those that no model can express too.
    """
    path = resource("data", "measurements") / "validation.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Fact(
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


def validation(case: str | None = None) -> Table:
    """Predicted against measured.

    Parameters
    ----------
    case : str, optional
        Only what was measured of a case that comes with vmlab.

    Returns
    -------
    Table
        A row for each published figure; a dash is a prediction that the
        models cannot make, and its note says why. Fitted are those of which a
        number went into the model or the case: they show that the form fits,
        and only the others that it predicts.
    """
    columns = (
        Column("id"),
        *_COLUMNS,
        Column("fitted"),
        Column("note"),
        Column("source"),
    )
    rows = [
        (one.id, *_cells(one), one.fitted, one.note, one.source)
        for one in facts()
        if case is None or one.by == case
    ]
    return Table(columns, rows, "Predicted and measured")


def targets() -> Table:
    """The figures that the models must meet, and how nearly.

    Returns
    -------
    Table
        The rows of `validation` that have a demand.
    """
    columns = (*_COLUMNS, Column("fitted"), Column("demand"), Column("met"))
    rows = [(*_cells(one), one.fitted, one.demand, one.met) for one in facts() if one.demand]
    return Table(columns, rows, "What the models must meet")


def misses() -> Table:
    """Where the models miss, or a figure contradicts others of its own row, and why.

    Returns
    -------
    Table
        The rows of `validation` whose note says so.
    """
    rows = [(*_cells(one), one.note) for one in facts() if one.note.startswith(_TOLD)]
    return Table((*_COLUMNS, Column("note")), rows, "Where they miss")


#: How the note of such a row begins.
_TOLD = ("misses", "contradicts itself")

_COLUMNS: Sequence[Column] = (
    Column("what"),
    Column("quantity"),
    Column("unit"),
    Column("predicted"),
    Column("measured"),
    Column("error_percent", 1),
)


def _cells(fact: Fact) -> tuple[Cell, ...]:
    error = fact.error_percent
    shown = None if error is None else round(error, 1) + 0.0  # + 0.0: no -0.0
    return (fact.what, fact.quantity, fact.unit, fact.predicted, fact.measured, shown)


@cache
def _estimated(case: str) -> Estimate:
    return estimate(load_case(case))


def _error_percent(predicted: float | None, measured: float | None) -> float | None:
    if predicted is None or not measured:
        return None
    return (predicted / measured - 1) * 100


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
