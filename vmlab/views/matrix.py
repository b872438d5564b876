"""A fleet's matrix as a heat map: VMs down, hosts across, as static SVG, HTML and text."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.fleet.matrix import Matrix
from vmlab.views.svg import FAMILY, SEVERITY, TONE
from vmlab.views.text import SIZES

MOST_ROWS, MOST_COLUMNS = 40, 60
CELL, GAP, MARGIN, LEGEND = 12, 1, 8, 24
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
        only a VM's own host; `said` sums it up.
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
    w = max(len(view["columns"]) * step, 320) + 2 * MARGIN
    h = len(view["rows"]) * step + LEGEND + 2 * MARGIN
    cells = [
        _cell(MARGIN + c * step, MARGIN + LEGEND + r * step, shade, f"{vm} to {host}")
        for r, (vm, shades) in enumerate(zip(view["rows"], view["shade"], strict=True))
        for c, (host, shade) in enumerate(zip(view["columns"], shades, strict=True))
        if shade is not None
    ]
    keys = []
    for shade, word in enumerate(WORDS):
        x = MARGIN + shade * 60
        keys.append(_cell(x, MARGIN, shade, ""))
        keys.append(
            f'<text x="{x + CELL + 4}" y="{MARGIN + 10}" font-size="{SIZES["s"]}" '
            f'fill="currentColor">{word}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" '
        f'style="max-width:100%;height:auto" font-family="{FAMILY}">'
        f"<title>{escape(view['said'])}</title>{''.join(keys)}{''.join(cells)}</svg>"
    )


def heat_map_text(view: dict[str, Any]) -> str:
    """A heat map in characters, a line for each run of VMs."""
    wide = max((len(name) for name in view["rows"]), default=0)
    lines = [
        f"{name:<{wide}} " + "".join(" " if s is None else SHADES[s] for s in shades)
        for name, shades in zip(view["rows"], view["shade"], strict=True)
    ]
    key = ", ".join(f"{letter} {word}" for letter, word in zip(SHADES, WORDS, strict=True))
    return "\n".join([*lines, f"Hosts {' … '.join(view['ends'])}; may go: {key}"])


def matrix_html(matrix: Matrix) -> str:
    """The heat map, and below it the rules that forbid moves."""
    counts = matrix.counts().to_html()
    said = escape(repr(matrix))
    return f"<div>{heat_map_svg(heat_map(matrix))}<p>{said}</p>{counts}</div>"


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
