"""Every published figure beside what the models say of it, and where they miss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vmlab.models.arithmetic import ARITHMETIC
from vmlab.models.case import load_case
from vmlab.models.estimate import Estimate, estimate
from vmlab.models.published import COLUMNS, Published, comparison, error_percent, published
from vmlab.tables import Column, Table

__all__ = ["EXACT_PERCENT", "Fact", "facts", "misses", "targets", "validation"]

#: What counts as exact: published figures have six digits at most.
EXACT_PERCENT = 0.001


@dataclass(frozen=True)
class Fact(Published):
    """A published figure with what the models say of it."""

    @property
    def predicted(self) -> float | None:
        """What the model says, in the figure's unit."""
        if not self.by:
            return None
        if self.by.startswith("="):
            name, *arguments = self.by[1:].split()
            return ARITHMETIC[name](*arguments)
        return self.of(_estimated(self.by))

    @property
    def error_percent(self) -> float | None:
        """Relative error of the prediction; None where one of the two is not known."""
        return error_percent(self.predicted, self.measured)

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
    return tuple(Fact(**vars(one)) for one in published())


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
    return comparison([(one, one.predicted) for one in facts() if case is None or one.by == case])


def targets() -> Table:
    """The figures that the models must meet, and how nearly.

    Returns
    -------
    Table
        The rows of `validation` that have a demand.
    """
    columns = (*COLUMNS, Column("fitted"), Column("demand"), Column("met"))
    rows = [
        (*one.cells(one.predicted), one.fitted, one.demand, one.met)
        for one in facts()
        if one.demand
    ]
    return Table(columns, rows, "What the models must meet")


def misses() -> Table:
    """Where the models miss, or a figure contradicts others of its own row, and why.

    Returns
    -------
    Table
        The rows of `validation` whose note says so.
    """
    rows = [(*one.cells(one.predicted), one.note) for one in facts() if one.note.startswith(_TOLD)]
    return Table((*COLUMNS, Column("note")), rows, "Where they miss")


#: How the note of such a row begins.
_TOLD = ("misses", "contradicts itself")


@cache
def _estimated(case: str) -> Estimate:
    return estimate(load_case(case))
