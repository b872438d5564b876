"""Columns and rows, shown as text, as HTML or as a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Heading; a quantity's name ends in its unit.
    digits : int, optional
        Digits after the point for floats. Six significant digits where
        left out.
    """

    name: str
    digits: int | None = None

    def text(self, value: Cell) -> str:
        """One cell as text; an unknown value is a dash."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return f"{value:,}"
        if isinstance(value, float):
            return f"{value:,.{self.digits}f}" if self.digits is not None else f"{value:.6g}"
        return value


@dataclass(frozen=True)
class Table:
    """A small table of results.

    Parameters
    ----------
    columns : sequence of Column
        Headings, one for each cell of a row.
    rows : sequence of sequences
        Cells; None is shown as a dash.
    title : str, optional
        A caption.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str = ""

    def cells(self) -> list[list[str]]:
        """Every cell as text, row by row."""
        return [
            [column.text(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    def is_number(self, index: int) -> bool:
        """Whether a column holds numbers, and so stands to the right."""
        values = [row[index] for row in self.rows if row[index] is not None]
        return bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )

    def to_text(self) -> str:
        """The table in fixed-width characters, numbers to the right.

        >>> print(Table([Column("round"), Column("sent_mib", 1)], [[1, 4096.0], [2, 640.25]]))
        round  sent_mib
            1   4,096.0
            2     640.2
        """
        names = [column.name for column in self.columns]
        lines = [names, *self.cells()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
        right = [self.is_number(i) for i in range(len(names))]
        text = [
            "  ".join(
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(line, widths, right, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *text] if self.title else text)

    def to_html(self) -> str:
        """The table as an HTML fragment; every side is named, since JupyterLab sets all right."""
        sides = [
            f' style="text-align:{"right" if self.is_number(i) else "left"}"'
            for i in range(len(self.columns))
        ]
        head = "".join(
            f'<th scope="col"{style}>{escape(column.name)}</th>'
            for column, style in zip(self.columns, sides, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{style}>{escape(cell)}</td>" for cell, style in zip(cells, sides, strict=True)
            )
            + "</tr>"
            for cells in self.cells()
        )
        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_frame(self) -> pd.DataFrame:
        """The table as a pandas frame, one row a row."""
        import pandas as pd

        return pd.DataFrame(
            [list(row) for row in self.rows], columns=[column.name for column in self.columns]
        )

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()
