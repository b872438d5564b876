"""The topology as one static SVG: no style sheet, no script, readable on light and dark."""

from __future__ import annotations

from html import escape

from vmlab.views.parts import Json
from vmlab.views.text import SIZES

# Dark enough for white paper, light enough for a dark page: 3:1 or better on both.
LINE = "#868f9a"
SEVERITY = {"error": "#d9480f", "warning": "#a86f00", "advice": "#2b7fc4", "queue": "#2b7fc4"}
TONE = {"vm": "#0a9468", "vmotion": "#2b8fce", "console": "#8a8f98", "": LINE}
GLYPH = {"error": "✕", "warning": "!", "advice": "i", "queue": "i"}
MARGIN = 8  # for outlines and badges at the edge
FAMILY = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"


def topology_svg(view: Json) -> str:
    """Draw a topology.

    Parameters
    ----------
    view : dict
        From `topology`.

    Returns
    -------
    str
        An SVG element; the same view gives the same bytes.
    """
    w, h = view["width"] + 2 * MARGIN, view["height"] + MARGIN
    nics = [p for p in view["parts"] if p["shape"] == "nic"]
    taken = {(p["x"], p["y"]) for p in view["parts"] if p["shape"] == "vm"}
    body = [
        *(_rack(r, nics) for r in view["racks"]),
        *(_frame(f) for f in view["frames"]),
        *(_wire(x) for x in view["wires"]),
        *(_mount(x) for x in view["mounts"]),
        *(_cable(x) for x in view["cables"]),
        *(_slot(s) for s in view["slots"].values() if (s["x"], s["y"]) not in taken),
        *(_text(t) for t in view["notes"]),
        *(_part(p) for p in view["parts"]),
        *(_finding(p) for p in view["parts"] if p["finding"]),
    ]
    title = " ".join(p["label"] + "." for p in view["parts"] if p["shape"] in ("host", "vm"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="{-MARGIN} {-MARGIN} {w} {_n(h)}" '
        f'width="{w}" style="max-width:100%;height:auto" font-family="{FAMILY}" fill="none">'
        f"<title>{escape(title)}</title>" + "".join(body) + "</svg>"
    )


def _n(number: float) -> str:
    return f"{number:.6g}"


def _box(box: Json, stroke: str, *, radius: int = 5, width: float = 1, more: str = "") -> str:
    place = " ".join(f'{k}="{_n(v)}"' for k, v in _place(box).items())
    return f'<rect {place} rx="{radius}" stroke="{stroke}" stroke-width="{_n(width)}"{more}/>'


def _place(box: Json) -> dict[str, float]:
    return {"x": box["x"], "y": box["y"], "width": box["w"], "height": box["h"]}


def _path(d: str, stroke: str, width: float, dashed: str = "") -> str:
    dash = f' stroke-dasharray="{dashed}"' if dashed else ""
    return f'<path d="{d}" stroke="{stroke}" stroke-width="{_n(width)}"{dash}/>'


def _rack(rack: Json, nics: list[Json]) -> str:
    """A frame that is open where adapters look out of it."""
    x, y, w, h = rack["x"], rack["y"], rack["w"], rack["h"]
    left = x < 100
    inner, outer, turn = (x + w, x, 8) if left else (x, x + w, -8)
    edge = f"M{_n(inner)} {_n(y + 8)}"
    for nic in sorted(nics, key=lambda n: float(n["y"])):
        if nic["x"] < inner < nic["x"] + nic["w"]:
            edge += f"V{_n(nic['y'])}M{_n(inner)} {_n(nic['y'] + nic['h'])}"
    edge += f"V{_n(y + h - 8)}q0 8 {-turn} 8H{_n(outer + turn)}q{-turn} 0 {-turn} -8"
    edge += f"V{_n(y + 8)}q0 -8 {turn} -8H{_n(inner - turn)}q{turn} 0 {turn} 8"
    return _path(edge, LINE, 1, "6 4" if rack["dim"] else "")


def _frame(frame: Json) -> str:
    return _box(frame, LINE, radius=6, more=' stroke-dasharray="4 4"' if frame["empty"] else "")


def _wire(wire: Json) -> str:
    return _path(wire["d"], TONE[wire["tone"]], wire["width"], "3 3" if wire["dashed"] else "")


def _mount(mount: Json) -> str:
    dot = f'<circle cx="{_n(mount["x"])}" cy="{_n(mount["y"])}" r="3" fill="{LINE}"/>'
    return _path(mount["d"], LINE, 2.5 if mount["own"] else 1.5) + dot


def _cable(cable: Json) -> str:
    stroke = SEVERITY["error"] if cable["down"] else TONE[cable["tone"]]
    return _path(cable["d"], stroke, 3.5, "3 7" if cable["down"] else "") + _text(cable["line"])


def _slot(slot: Json) -> str:
    middle = {"x": slot["x"] + slot["w"] / 2, "y": slot["y"] + slot["h"] / 2 + 4}
    words = {"text": "free slot", "style": "s", "anchor": "middle"}
    return _box(slot, LINE, radius=7, more=' stroke-dasharray="4 4"') + _text(middle | words)


def _text(line: Json) -> str:
    style = line["style"]
    weight = ' font-weight="600"' if style in ("h", "b", "sb") else ""
    faint = ' fill-opacity="0.8"' if style in ("s", "sb") else ""
    anchor = "" if line["anchor"] == "start" else f' text-anchor="{line["anchor"]}"'
    full = f"<title>{escape(line['full'])}</title>" if "full" in line else ""
    return (
        f'<text x="{_n(line["x"])}" y="{_n(line["y"])}" font-size="{SIZES[style]}"'
        f'{weight}{faint}{anchor} fill="currentColor">{escape(line["text"])}{full}</text>'
    )


def _part(part: Json) -> str:
    shape, drawn = part["shape"], ""
    if shape == "vm":
        drawn = _box(part, TONE["vm"], radius=7, width=2)
    elif shape not in ("host", "switch", "heading"):
        drawn = _box(part, LINE)
    if part.get("tone"):
        bar = {"x": part["x"], "y": part["y"] + 1, "w": 5, "h": part["h"] - 2}
        place = " ".join(f'{k}="{_n(v)}"' for k, v in _place(bar).items())
        drawn += f'<rect {place} rx="2" fill="{TONE[part["tone"]]}"/>'
    if "icon" in part:
        x, y = part["icon"]
        d = f"M{_n(x)} {_n(y + 3)}v8c0 4 13 4 13 0v-8c0-4-13-4-13 0c0 4 13 4 13 0"
        drawn += _path(d, LINE, 1.3)
    if "dot" in part:
        dot = part["dot"]
        colour = TONE["vm"] if dot["up"] else LINE
        drawn += f'<circle cx="{_n(dot["x"])}" cy="{_n(dot["y"])}" r="4" fill="{colour}"/>'
    return drawn + "".join(_text(line) for line in part["lines"])


def _finding(part: Json) -> str:
    """An outline, and a badge whose sign differs, not only its colour."""
    severity = part["finding"]["severity"]
    colour = SEVERITY[severity]
    x, y, w, h = (part[k] for k in "xywh")
    box = {"x": x - 2.5, "y": y - 2.5, "w": w + 5, "h": h + 5}
    cx, cy = _n(x + w), _n(y)
    return (
        _box(box, colour, radius=7, width=2)
        + f'<circle cx="{cx}" cy="{cy}" r="8" fill="{colour}"/>'
        + f'<text x="{cx}" y="{_n(y + 4)}" font-size="11" font-weight="700" text-anchor="middle" '
        f'fill="#fff">{GLYPH[severity]}<title>{escape(part["finding"]["message"])}</title></text>'
    )
