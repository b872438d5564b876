"""The wheel without a kernel or JavaScript: an image, lists, lines of text."""

from __future__ import annotations

from html import escape
from typing import Any

from vmlab.views.image import INK, image
from vmlab.views.wheel import HEIGHT, WIDTH

_FAMILY = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
_LINE, _FILL, _CHOSEN, _ERROR = "#868f9a", "#f3f5f7", "#d3e6f5", "#b3310b"
_GUIDE = {1: "#dfe3e8", 2: "#bcd9ee", 3: "#bfe3d5"}
_SIGNS = {"right": "✓", "wrong": "✕", "": ""}


def wheel_svg(view: dict[str, Any]) -> str:
    """Draw a wheel.

    Parameters
    ----------
    view : dict
        From `vmlab.views.wheel.wheel`.

    Returns
    -------
    str
        An SVG element that needs no style sheet.
    """
    body = [
        *(f'<path d="{arc["d"]}" fill="{_GUIDE[arc["number"]]}"/>' for arc in view["arcs"]),
        *(_text(arc, anchor=arc["anchor"], bold=True) for arc in view["arcs"]),
        *(_sector(sector) for sector in view["sectors"]),
        f'<path d="{view["no_return"]["d"]}" stroke="{_ERROR}" stroke-width="3"/>',
        _text(view["no_return"], anchor="end", colour=_ERROR, bold=True),
        *(_text(line, bold=True, size=13) for line in view["middle"]),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
        f' width="{WIDTH:g}" font-family="{_FAMILY}" font-size="11" fill="none">'
        + "".join(body)
        + "</svg>"
    )


def _sector(sector: dict[str, Any]) -> str:
    fill = _CHOSEN if sector["chosen"] else _FILL
    dash = ' stroke-dasharray="3 3"' if sector["absent"] else ""
    width = 2.5 if sector["chosen"] else 1
    number = {"x": sector["x"], "y": sector["y"] - 8, "text": str(sector["number"])}
    name = {"x": sector["x"], "y": sector["y"] + 6, "text": sector["name"]}
    sign = {"x": sector["x"], "y": sector["y"] + 20, "text": _SIGNS[sector["mark"]]}
    return (
        f'<path d="{sector["d"]}" fill="{fill}" stroke="{_LINE}" stroke-width="{width}"{dash}/>'
        + _text(number)
        + _text(name, bold=sector["chosen"])
        + (_text(sign, bold=True) if sign["text"] else "")
    )


def _text(
    line: dict[str, Any],
    anchor: str = "middle",
    colour: str = INK,
    *,
    bold: bool = False,
    size: int = 11,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{line["x"]:g}" y="{line["y"]:g}" text-anchor="{anchor}" font-size="{size}"'
        f'{weight} fill="{colour}">{escape(line["text"])}</text>'
    )


def wheel_words(view: dict[str, Any]) -> str:
    """What the picture says, in a sentence or two."""
    chosen = next(sector for sector in view["sectors"] if sector["chosen"])
    tried = [
        f"{sector['name']} {_SIGNS[sector['mark']]}" for sector in view["sectors"] if sector["mark"]
    ]
    marks = f" Tried: {', '.join(tried)}." if tried else ""
    return (
        f"A wheel of {len(view['sectors'])} stages, clockwise from the top; the line of no return"
        f" stands before Switched. Chosen: {chosen['number']} {chosen['name']}."
        f" {' '.join(line['text'] for line in view['middle'])}.{marks}"
    )


def board_html(state: dict[str, Any]) -> str:
    """The lab's board as an HTML fragment.

    Parameters
    ----------
    state : dict
        What the widget draws: wheel, question, score and result.

    Returns
    -------
    str
        The same bytes for the same state.
    """
    view, result = state["wheel"], state["result"]
    parts = [
        image(wheel_svg(view), wheel_words(view), WIDTH),
        f"<p><strong>{escape(state['question'])}</strong><br>{escape(state['score'])}</p>",
    ]
    if result:
        items = "".join(
            f"<li>{escape(frame['at'])}, {escape(frame['word'])}: {escape(frame['text'])}</li>"
            for frame in result["frames"]
        )
        parts.append(
            f"<p><strong>{escape(result['verdict'])}</strong><br>{escape(result['told'])}</p>"
            f"<ol>{items}</ol>"
        )
        parts += [
            f"<p>{escape(heading)}: {escape('; '.join(result[key]))}</p>"
            for heading, key in (("Left behind", "left_behind"), ("Notes", "notes"))
            if result[key]
        ]
    return f'<div class="vmlab-wheel">{"".join(parts)}</div>'


def board_text(state: dict[str, Any]) -> str:
    """The lab's board in a few lines."""
    lines = [wheel_words(state["wheel"]), state["question"], state["score"]]
    if state["result"]:
        lines += [state["result"]["verdict"], state["result"]["told"]]
    return "\n".join(lines)
