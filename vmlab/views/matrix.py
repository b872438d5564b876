"""A fleet's matrix as a heat map: VMs down, hosts across, as static SVG, HTML and text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.fleet.matrix import Matrix
from vmlab.views.svg import FAMILY, SEVERITY, TONE
from vmlab.views.text import SIZES, fit, width

MOST_ROWS, MOST_COLUMNS = 40, 60
CELL, GAP, MARGIN, BESIDE = 12, 1, 8, 5
LEGEND, LEGEND_WIDTH = 24, 352
#: Room for a name beside the map.
LONGEST = 150
#: From nowhere to everywhere; a letter tells what a shade does.
SHADES = "·░▒▓█"
WORDS = ("none", "few", "half", "most", "all")


def heat_map(matrix: Matrix, rows: int = MOST_ROWS, columns: int = MOST_COLUMNS) -> dict[str, Any]:
    """Which part of the moves is allowed, by runs of VMs and of hosts.

    Parameters
    ----------
    matrix : Matrix
        Of any size.
    rows, columns : int, optional
        Cells at most; neighbours share one where there are more.

    Returns
    -------
    dict
        `rows` and `columns` name the first and last of each run; `shade` is
        0 (no move) to 4 (every move) for each cell, None where a cell holds
        only a VM's own host; `shared` where a cell holds several moves;
        `said` sums it up.
    """
    vms, hosts = len(matrix.vms), len(matrix.hosts)
    down, across = _cuts(vms, rows), _cuts(hosts, columns)
    moves = np.ones((vms, hosts), np.int64)
    moves[np.arange(vms), matrix.index.source] = 0
    allowed = _summed(matrix.flags.astype(np.int64), down, across)
    asked = _summed(moves, down, across)
    return {
        "rows": _names(matrix.vms, down),
        "columns": _names(matrix.hosts, across),
        "shade": [
            [_shade(a, n) for a, n in zip(some, of, strict=True)]
            for some, of in zip(allowed.tolist(), asked.tolist(), strict=True)
        ],
        "shared": vms > rows or hosts > columns,
        "ends": [matrix.hosts[0], matrix.hosts[-1]] if hosts else [],
        "said": repr(matrix),
    }


def heat_map_svg(view: dict[str, Any]) -> str:
    """Draw a heat map.

    Parameters
    ----------
    view : dict
        From `heat_map`.

    Returns
    -------
    str
        An SVG element; the same view gives the same bytes. A cell's size
        tells what its colour does: a dot is no move, a full square all.
    """
    step = CELL + GAP
    rows, columns = ([fit(name, LONGEST, "s") for name in view[k]] for k in ("rows", "columns"))
    left = MARGIN + _widest(rows) + BESIDE
    top = MARGIN + LEGEND + _widest(columns) + BESIDE
    w = max(left + len(columns) * step + MARGIN, LEGEND_WIDTH)
    h = top + len(rows) * step + MARGIN
    names = [_name(left - BESIDE, top + r * step + 10, name, "end") for r, name in enumerate(rows)]
    for c, name in enumerate(columns):
        turned = f"rotate(-90 {left + c * step + 10} {top - BESIDE})"
        names.append(_name(left + c * step + 10, top - BESIDE, name, "start", turned))
    cells = [
        _cell(left + c * step, top + r * step, shade, f"{vm} to {host}")
        for r, (vm, shades) in enumerate(zip(view["rows"], view["shade"], strict=True))
        for c, (host, shade) in enumerate(zip(view["columns"], shades, strict=True))
        if shade is not None
    ]
    keys = [_name(MARGIN, MARGIN + 10, "may go:", "start")]
    single = [0, len(WORDS) - 1]  # a cell of one move knows nothing in between
    shades = list(range(len(WORDS))) if view["shared"] else single
    for place, shade in enumerate(shades):
        x, word = MARGIN + 56 + place * 56, WORDS[shade]
        keys += [_cell(x, MARGIN, shade, ""), _name(x + CELL + 4, MARGIN + 10, word, "start")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" '
        f'style="max-width:100%;height:auto" font-family="{FAMILY}" font-size="{SIZES["s"]}">'
        f"<title>{escape(view['said'])}</title>{''.join(keys + names + cells)}</svg>"
    )


def heat_map_text(view: dict[str, Any]) -> str:
    """A heat map in characters, a line for each run of VMs."""
    wide = max((len(name) for name in view["rows"]), default=0)
    lines = [
        f"{name:<{wide}} " + "".join(" " if s is None else SHADES[s] for s in shades)
        for name, shades in zip(view["rows"], view["shade"], strict=True)
    ]
    pairs = list(zip(SHADES, WORDS, strict=True))
    key = ", ".join(f"{a} {word}" for a, word in (pairs if view["shared"] else pairs[::4]))
    return "\n".join([*lines, f"Hosts {' … '.join(view['ends'])}; may go: {key}"])


def matrix_html(matrix: Matrix) -> str:
    """The heat map, and below it the rules that forbid moves, and what would help most."""
    counts = matrix.counts().to_html()
    said = "<br>".join(escape(line) for line in _said(matrix))
    return f"<div>{heat_map_svg(heat_map(matrix))}<p>{said}</p>{counts}</div>"


def matrix_text(matrix: Matrix) -> str:
    """The same as text."""
    parts = [heat_map_text(heat_map(matrix)), *_said(matrix), matrix.counts().to_text()]
    return "\n".join(parts)


@dataclass(frozen=True, eq=False)
class HeatMap:
    """A matrix that shows itself as a heat map, with what forbids moves and what would help.

    Parameters
    ----------
    matrix : Matrix
        Of any size.
    """

    matrix: Matrix

    def __repr__(self) -> str:
        return matrix_text(self.matrix)

    def _repr_html_(self) -> str:
        return matrix_html(self.matrix)


def _said(matrix: Matrix) -> list[str]:
    best = matrix.helps_most
    if best is None:
        return [repr(matrix)]
    noun = "moves" if best.frees > 1 else "move"
    return [repr(matrix), f"Helps most, {best.frees:,} {noun}: {best.fix}"]


def _widest(names: list[str]) -> int:
    return ceil(max((width(name, "s") for name in names), default=0))


def _name(x: int, y: int, words: str, anchor: str, turned: str = "") -> str:
    turn = f' transform="{turned}"' if turned else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="currentColor"{turn}>'
        f"{escape(words)}</text>"
    )


def _cell(x: int, y: int, shade: int, title: str) -> str:
    """A square as large as its shade."""
    side = 4 + 2 * shade
    off = (CELL - side) / 2
    colour = TONE["vm"] if shade else SEVERITY["error"]
    told = f"<title>{escape(title)}: {WORDS[shade]}</title>" if title else ""
    return (
        f'<rect x="{x + off:g}" y="{y + off:g}" width="{side}" height="{side}" '
        f'fill="{colour}">{told}</rect>'
    )


def _shade(allowed: int, asked: int) -> int | None:
    if not asked:
        return None
    if allowed == asked:
        return 4
    return min(3, 1 + 3 * allowed // asked) if allowed else 0


def _cuts(count: int, most: int) -> NDArray[np.int64]:
    """Where runs begin, and the end of the last; sizes differ by one at most."""
    runs = min(count, most)
    return np.array([count * i // runs for i in range(runs + 1)] if runs else [0], np.int64)


def _summed(
    numbers: NDArray[np.int64], down: NDArray[np.int64], across: NDArray[np.int64]
) -> NDArray[np.int64]:
    if len(down) < 2 or len(across) < 2:
        return np.zeros((len(down) - 1, len(across) - 1), np.int64)
    by_row = np.add.reduceat(numbers, down[:-1], axis=0)
    summed: NDArray[np.int64] = np.add.reduceat(by_row, across[:-1], axis=1)
    return summed


def _names(names: tuple[str, ...], cuts: NDArray[np.int64]) -> list[str]:
    runs = zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    return [names[a] if b - a == 1 else f"{names[a]} … {names[b - 1]}" for a, b in runs]
