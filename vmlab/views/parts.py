"""The pieces that a picture of the topology is made of, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab.inventory import Path
from vmlab.views.text import fit, width
from vmlab.views.words import key

CANVAS_WIDTH = 860
Json = dict[str, Any]


def line(
    x: float,
    y: float,
    words: str,
    style: str = "t",
    *,
    room: float | None = None,
    anchor: str = "start",
) -> Json:
    """A line of text.

    Parameters
    ----------
    x, y : float
        Where its baseline starts, ends or has its middle.
    words : str
        What it says.
    style : {"h", "b", "t", "s", "sb"}, optional
        Heading, bold, text, small, small bold.
    room : float, optional
        What it may take; cut with an ellipsis where it is longer.
    anchor : {"start", "middle", "end"}, optional
        Which point of it x is.

    Returns
    -------
    dict
        x, y, text, style, anchor; full where the text was cut.
    """
    shown = words if room is None else fit(words, room, style)
    cut = {} if shown == words else {"full": words}
    return {"x": x, "y": y, "text": shown, "style": style, "anchor": anchor, **cut}


def part(
    path: Path,
    shape: str,
    box: tuple[float, float, float, float],
    lines: list[Json],
    what: str,
    **more: Any,
) -> Json:
    """Something that can be selected.

    Parameters
    ----------
    path : tuple of str
        Where it stands in the datacenter.
    shape : str
        How it is drawn: host, switch, group, adapter, nic, network, datastore, vm.
    box : tuple of float
        x, y, width, height.
    lines : list of dict
        What is written in it.
    what : str
        Kind and place, for its accessible name, which starts with what is seen.
    **more
        Anything else the picture of the shape needs.

    Returns
    -------
    dict
        The part as plain data.
    """
    x, y, w, h = box
    seen = " ".join(text["text"] for text in lines if text["text"])
    full = ", ".join(text["full"] for text in lines if "full" in text)
    label = ". ".join(words for words in (seen, full, what) if words)
    return {
        "key": key(path),
        "path": list(path),
        "shape": shape,
        "x": x,
        "y": y,
        "w": w,
        "h": h,
        "lines": lines,
        "label": label,
        "finding": None,
        **more,
    }


@dataclass
class Drawing:
    """A picture while it is being made: parts on top of what joins them."""

    parts: list[Json] = field(default_factory=list)
    frames: list[Json] = field(default_factory=list)
    wires: list[Json] = field(default_factory=list)
    cables: list[Json] = field(default_factory=list)
    mounts: list[Json] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)

    def wire(self, d: str, tone: str = "", *, thick: float = 1.5, dashed: bool = False) -> None:
        """A line between parts."""
        self.wires.append({"d": d, "tone": tone, "width": thick, "dashed": dashed})


@dataclass(frozen=True)
class Side:
    """Left or right half of the picture; the right one is the left one mirrored."""

    mirrored: bool

    def x(self, x: float, w: float = 0) -> float:
        """Where something of the left half stands in this one."""
        return CANVAS_WIDTH - x - w if self.mirrored else x


def stacked(wanted: list[float], start: float, distance: float) -> list[float]:
    """Places near the wanted ones, in their order, not too near to each other.

    >>> stacked([50, 60, 200], start=62, distance=42)
    [62, 104, 200]
    """
    places: list[float] = []
    for want in wanted:
        places.append(max(want, places[-1] + distance if places else start))
    return places


def beside(room: float, words: str, style: str, gap: float = 10) -> float:
    """Room that is left beside some words."""
    return room - width(words, style) - gap
