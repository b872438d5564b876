"""How wide words are, and how they are cut to fit; cautious, since fonts differ."""

from __future__ import annotations

from typing import Final

ELLIPSIS: Final = "…"
# Advance widths of DejaVu Sans, the widest of the fallback fonts, in hundredths
# of the font's size; what is not listed is as wide as it is high.
_WIDTHS: Final = {
    34: "'ijlIJ ,.·/:;\\|",
    40: "f-()[]t!",
    50: 'r"*_`sz',
    60: "?cLFkvxyPTYa",
    66: "oeESbdghnpqu0123456789${}K",
    70: "AVBRXZC",
    79: "UHNDG▶&OQ",
    84: "w#+<=>^~",
    100: "M%mW@…",
}
_WIDTH_OF: Final = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_BOLD: Final = 1.12
SIZES: Final = {"h": 14, "b": 12, "t": 12, "s": 11, "sb": 11}
_BOLD_STYLES: Final = frozenset({"h", "b", "sb"})


def width(words: str, style: str = "t") -> float:
    """How wide words are at most, in units of the picture.

    Parameters
    ----------
    words : str
        One line.
    style : {"h", "b", "t", "s", "sb"}, optional
        Heading, bold, text, small, small bold.

    Returns
    -------
    float
        An upper estimate.
    """
    hundredths = sum(_WIDTH_OF.get(letter, 100) for letter in words)
    return hundredths / 100 * SIZES[style] * (_BOLD if style in _BOLD_STYLES else 1)


def fit(words: str, room: float, style: str = "t") -> str:
    """Words cut with an ellipsis so that they fit.

    Parameters
    ----------
    words : str
        One line.
    room : float
        What there is, in units of the picture.
    style : str, optional
        As in `width`.

    Returns
    -------
    str
        The words themselves where they fit.

    Examples
    --------
    >>> fit("Production", 100, "b"), fit("Production network of the east wing", 100, "b")
    ('Production', 'Production n…')
    """
    if width(words, style) <= room:
        return words
    kept = words
    while kept and width(kept + ELLIPSIS, style) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS
