"""A picture as an image that carries its own paper.

Of HTML that it does not trust, JupyterLab keeps the words inside an SVG and
drops the shapes; an image it keeps, with the words as its alternative.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

INK, PAPER = "#1b1f24", "#ffffff"  # an image knows no theme
_SAFE = " /:;=,()'"  # what an address may hold inside double quotes


def image(svg: str, alt: str, width: float) -> str:
    """An SVG as an image.

    Parameters
    ----------
    svg : str
        An SVG element that needs no style sheet; ``currentColor`` becomes ink.
    alt : str
        What it says, for readers without pictures.
    width : float
        In pixels, at most.

    Returns
    -------
    str
        An ``img`` element; the same picture gives the same bytes.
    """
    inked = svg.replace("<svg ", f'<svg color="{INK}" ', 1)
    return (
        f'<img alt="{escape(alt)}" width="{width:g}"'
        f' style="max-width:100%;height:auto;background:{PAPER}"'
        f' src="data:image/svg+xml,{quote(inked, safe=_SAFE)}"/>'
    )
