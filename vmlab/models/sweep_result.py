"""What a sweep found: a row a point, held as columns."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmlab import units
from vmlab.documents import InputError, Problem, refuse_to_lose
from vmlab.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: The contract's words, by the number that stands for each in a column.
STOPPED_BY = (
    *("downtime-limit", "max-rounds", "timeout", "never", "post-copy", "paused"),
    "max-rate",
)
#: The columns of results, in their order.
RESULTS = ("total_s", "downtime_s", "sent_bytes", "rounds", "converged", "stopped_by")
_SHOWN = 24
_CSV_ROWS = 1 << 16


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Estimates of many points.

    Parameters
    ----------
    inputs : mapping of str to numpy.ndarray, each of shape (n,)
        What the points differ in, by dotted name.
    total_s, downtime_s : numpy.ndarray of float64, shape (n,)
        NaN where the VM did not move.
    sent_bytes : numpy.ndarray of int64, shape (n,)
        On the wire for memory.
    rounds : numpy.ndarray of int32, shape (n,)
        Passes that sent something, the stop phase included.
    converged : numpy.ndarray of bool, shape (n,)
        As in an estimate.
    stops : numpy.ndarray of int8, shape (n,)
        Index into `STOPPED_BY`.
    """

    inputs: Mapping[str, NDArray[Any]]
    total_s: NDArray[np.float64]
    downtime_s: NDArray[np.float64]
    sent_bytes: NDArray[np.int64]
    rounds: NDArray[np.int32]
    converged: NDArray[np.bool_]
    stops: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.rounds)

    @property
    def stopped_by(self) -> NDArray[Any]:
        """The contract's word for how each point ended."""
        return np.array(STOPPED_BY, dtype=object)[self.stops]

    def column(self, name: str) -> NDArray[Any]:
        """A column of inputs or results by its name."""
        found: NDArray[Any] = self.inputs[name] if name in self.inputs else getattr(self, name)
        return found

    def columns(self) -> list[str]:
        """The names of all columns, inputs first."""
        return [*self.inputs, *RESULTS]

    def counts(self) -> dict[str, int]:
        """How many points ended in which way."""
        counts = np.bincount(self.stops, minlength=len(STOPPED_BY))
        return {word: int(n) for word, n in zip(STOPPED_BY, counts, strict=True) if n}

    def to_frame(self) -> pd.DataFrame:
        """The points as a pandas frame; ``stopped_by`` is categorical."""
        return self._frame(slice(None))

    def _frame(self, rows: slice) -> pd.DataFrame:
        import pandas as pd

        data: dict[str, Any] = {name: self.column(name)[rows] for name in self.columns()[:-1]}
        data["stopped_by"] = pd.Categorical.from_codes(
            self.stops[rows], categories=pd.Index(STOPPED_BY)
        )
        return pd.DataFrame(data)

    def to_csv(self, path: str | Path, *, force: bool = False) -> None:
        """Write the points as CSV, whole or not at all; what is unknown is empty.

        Parameters
        ----------
        path : str or Path
            Where to.
        force : bool, optional
            Replace an existing file.

        Raises
        ------
        InputError
            The file exists, or cannot be written.
        """
        target = Path(path)
        refuse_to_lose(target, force=force)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as stream:
            for low in range(0, max(len(self), 1), _CSV_ROWS):
                part = self._frame(slice(low, low + _CSV_ROWS))
                part.to_csv(stream, index=False, header=low == 0, lineterminator="\n")
            stream.flush()
            _put(Path(stream.name), target)

    def to_json(self) -> dict[str, Any]:
        """Columns of plain values, None for what did not happen."""
        columns = {name: _plain(self.column(name)) for name in self.columns()}
        return {"points": len(self), "counts": self.counts(), "columns": columns}

    def table(self) -> Table:
        """The points, a row each, up to 24 of them."""
        names = self.columns()
        rows = [
            [_cell(self.column(name)[point]) for name in names]
            for point in range(min(len(self), _SHOWN))
        ]
        more = f", the first {_SHOWN}" if len(self) > _SHOWN else ""
        return Table([Column(name) for name in names], rows, f"{len(self):,} points{more}")

    def summary(self) -> Table:
        """Least, middle and greatest of each result, and how the points ended."""
        ends = ", ".join(f"{word} {n:,}" for word, n in self.counts().items())
        rows: list[list[Cell]] = []
        for name, values in (
            ("total_s", self.total_s),
            ("downtime_s", self.downtime_s),
            ("sent_mib", units.bytes_to_mib(1) * self.sent_bytes),
            ("rounds", self.rounds),
        ):
            known = values[~np.isnan(values)]
            spread: list[Cell] = [None] * 3
            if len(known):
                spread = [float(of(known)) for of in (np.min, np.median, np.max)]
            rows.append([name, *spread])
        columns = [Column("result"), Column("least"), Column("median"), Column("greatest")]
        return Table(columns, rows, f"{len(self):,} points: {ends}")

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _cell(value: Any) -> Cell:
    plain = value.item() if isinstance(value, np.generic) else value
    found: Cell = None if isinstance(plain, float) and np.isnan(plain) else plain
    return found


def _plain(values: NDArray[Any]) -> list[Any]:
    return [None if value != value else value for value in values.tolist()]


def _put(source: Path, target: Path) -> None:
    """Copy a finished file beside its place, then put it there in one step."""
    beside = target.resolve().with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, beside)
        beside.replace(target.resolve())
    except OSError as error:
        problem = Problem(f"it cannot be written ({error.strerror})", "Choose another place")
        raise InputError(str(target), [problem]) from None
    finally:
        beside.unlink(missing_ok=True)
