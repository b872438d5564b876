"""Four small pictures of the memory map: rounds 1 and 2, the pause, the end."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.models.film import REQUESTED, Film
from vmlab.views.png import PAGE_COLOURS, data_uri, png

_SIDE = 128
# A dot shows the last that one of its pages is: sent, not sent, asked for, dirty.
_RANK = np.array([1, 0, 3, 2], dtype=np.uint8)
_BACK = np.argsort(_RANK).astype(np.uint8)


def moments(film: Film) -> list[tuple[str, int]]:
    """What to show of a film: a caption and a frame each.

    Parameters
    ----------
    film : Film
        Any film; one that was cut early has fewer moments.

    Returns
    -------
    list of (str, int)
        In the order of the film, no frame twice.
    """
    found: dict[int, str] = {0: "Start of round 1"}
    for one in film.passes:
        begins = int(np.searchsorted(film.seconds, one.start_s))
        if begins < len(film.seconds) and not one.push and (one.round == 2 or one.paused):
            name = "Start of the pause" if one.paused else f"Start of round {one.round}"
            found.setdefault(begins, name)
        if one.push:
            middle = int(np.searchsorted(film.seconds, one.start_s + one.duration_s / 2))
            found[min(middle, len(film.seconds) - 1)] = "Halfway through the push"
    found.setdefault(len(film.seconds) - 1, "End of the copy" if film.moved else "When it was cut")
    return [(name, frame) for frame, name in sorted(found.items())]


def picture(frame: NDArray[np.uint8]) -> bytes:
    """A frame as a small PNG; a pixel shows the worst of the dots that it stands for.

    Parameters
    ----------
    frame : numpy.ndarray of uint8, shape (dots,)
        0 not sent, 1 sent, 2 dirty, 3 asked for and sent.

    Returns
    -------
    bytes
        A square of at most 128 x 128.
    """
    side = math.ceil(math.sqrt(len(frame)))
    each = -(-side // _SIDE)
    side = -(-side // each) * each
    square = np.zeros(side * side, dtype=np.uint8)
    square[: len(frame)] = _RANK[frame]
    blocks = square.reshape(side // each, each, side // each, each)
    dots = _BACK[blocks.max(axis=(1, 3))]
    return png(dots, PAGE_COLOURS[: 4 if (dots == REQUESTED).any() else 3])


def maps_html(film: Film, view: dict[str, Any]) -> str:
    """The moments side by side, with their counts in words."""
    figures = []
    for name, k in moments(film):
        unsent, sent, dirty, asked = (int(n) for n in np.bincount(film.frames[k], minlength=4))
        counts = f"{unsent:,} not sent, {sent:,} sent, {dirty:,} dirty"
        if asked:
            counts += f", {asked:,} asked for"
        figures.append(
            '<figure style="display:inline-block;margin:0 12px 8px 0">'
            f'<img src="{data_uri(picture(film.frames[k]))}" width="128" height="128"'
            f' style="image-rendering:pixelated;border:1px solid #868f9a"'
            f' alt="Memory map, {escape(name.lower())}: {counts}">'
            f"<figcaption>{escape(name)}<br><small>{counts}</small></figcaption></figure>"
        )
    asks = ", black: asked for by the guest" if film.asks else ""
    note = escape(f"{view['film']['dot']}; grey: not sent, blue: sent, orange: dirty{asks}.")
    return "".join(figures) + f"<p><small>{note}</small></p>"
