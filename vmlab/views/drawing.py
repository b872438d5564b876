"""A small chart as plain data: shapes with a meaning each, drawn alike by widget and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from vmlab.views.image import image

Json = dict[str, Any]

FAMILY = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
# 3:1 or better on white paper and on a dark page; text is the page's own.
TONES = {
    "axis": "#868f9a",
    "sent": "#2b8fce",
    "dirty": "#c77c00",
    "limit": "#d9480f",
    "now": "#0a9468",
    "pinned": "#868f9a",
    "words": "currentColor",
}


@dataclass(frozen=True)
class Drawing:
    """A chart that a notebook shows without a script.

    Parameters
    ----------
    chart : dict
        From `chart`.
    text : str
        What it says, for readers without pictures.
    """

    chart: Json
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return drawing_img(self.chart)


def chart(width: float, height: float, label: str, shapes: Sequence[Json]) -> Json:
    """A chart: its size, what it says in words, and its shapes, the last on top."""
    return {"width": width, "height": height, "label": label, "shapes": list(shapes)}


def bar(x: float, y: float, w: float, h: float, tone: str) -> Json:
    """A filled rectangle."""
    return {"kind": "bar", "x": six(x), "y": six(y), "w": six(w), "h": six(h), "tone": tone}


def line(points: Sequence[tuple[float, float]], tone: str, *, dashed: bool = False) -> Json:
    """Straight lines from point to point."""
    d = "M" + "L".join(f"{x:.6g} {y:.6g}" for x, y in points)
    return {"kind": "line", "d": d, "tone": tone, "dashed": dashed}


def mark(x: float, y: float, sign: str, tone: str) -> Json:
    """A small sign: ``cross`` where a run never ends, ``dot`` or ``ring`` at a point."""
    return {"kind": "mark", "x": six(x), "y": six(y), "sign": sign, "tone": tone}


def words(x: float, y: float, text: str, anchor: str = "start") -> Json:
    """A line of text; the anchor is start, middle or end."""
    return {"kind": "words", "x": six(x), "y": six(y), "text": text, "anchor": anchor}


def shade(x: float, y: float, w: float, h: float, opacity: float) -> Json:
    """A rectangle of a grid: the fuller, the more."""
    place = {"x": six(x), "y": six(y), "w": six(w), "h": six(h)}
    return {"kind": "shade", **place, "tone": "sent", "opacity": six(opacity)}


def six(number: float) -> float:
    """Six digits, which are the same on every machine."""
    return float(f"{number:.6g}")


def drawing_svg(view: Json) -> str:
    """Draw a chart.

    Parameters
    ----------
    view : dict
        From `chart`.

    Returns
    -------
    str
        An SVG element without style sheet or script; the same chart gives the
        same bytes.
    """
    w, h = view["width"], view["height"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w:g} {h:g}"'
        f' width="{w:g}" style="max-width:100%;height:auto" font-family="{FAMILY}"'
        f' font-size="11" fill="none"><title>{escape(view["label"])}</title>'
        + "".join(_shape(shape) for shape in view["shapes"])
        + "</svg>"
    )


def drawing_img(view: Json) -> str:
    """Draw a chart as an image that carries its own paper.

    Of HTML that it does not trust, JupyterLab keeps the words inside an SVG
    and drops the shapes; an image it keeps, with the words as its alternative.

    Parameters
    ----------
    view : dict
        From `chart`.

    Returns
    -------
    str
        An ``img`` element; the same chart gives the same bytes.
    """
    return image(drawing_svg(view), view["label"], view["width"])


def _shape(shape: Json) -> str:
    if shape["kind"] == "words":
        return (
            f'<text x="{shape["x"]:g}" y="{shape["y"]:g}" text-anchor="{shape["anchor"]}"'
            f' fill="currentColor">{escape(shape["text"])}</text>'
        )
    colour = TONES[shape["tone"]]
    if shape["kind"] in ("bar", "shade"):
        place = f'x="{shape["x"]:g}" y="{shape["y"]:g}" width="{shape["w"]:g}"'
        faint = f' fill-opacity="{shape["opacity"]:g}"' if "opacity" in shape else ""
        return f'<rect {place} height="{shape["h"]:g}" fill="{colour}"{faint}/>'
    if shape["kind"] == "line":
        dash = ' stroke-dasharray="4 4"' if shape["dashed"] else ""
        return f'<path d="{shape["d"]}" stroke="{colour}" stroke-width="1.6"{dash}/>'
    x, y = shape["x"], shape["y"]
    if shape["sign"] == "cross":
        d = f"M{x - 3:g} {y - 3:g}l6 6m0-6l-6 6"
        return f'<path d="{d}" stroke="{colour}" stroke-width="1.6"/>'
    fill = colour if shape["sign"] == "dot" else "none"
    return f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
