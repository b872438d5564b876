"""How wide words are, and how they are cut to fit; cautious, since fonts differ."""

from __future__ import annotations

from typing import Final

ELLIPSIS: Final = "…"
# Advance widths of DejaVu Sans, the widest of the fallback fonts, in hundredths
# of the font's size, regular and bold; what is not listed is as wide as it is high.
_REGULAR: Final = {
    28: "'ijl",
    30: "IJ",
    32: " ,.·",
    34: "/:;\\|",
    36: "f-",
    40: "()[]t!r",
    46: '"',
    52: "sz*_`",
    56: "?cL",
    59: "Fkvxy",
    62: "PTYaoe",
    64: "ESbdghnpqu0123456789${}",
    66: "K",
    70: "AVBRXZC",
    75: "UHN",
    79: "DG▶&OQ",
    86: "w#+<=>^~M",
    100: "%mW@…",
}
_BOLD: Final = {
    34: "'ijl",
    38: " /IJ\\|,.",
    42: ":;·-",
    49: "f!()[]tr",
    52: '_`"*',
    60: "?zcs",
    65: "Lvxy",
    70: "akEFTeo0123456789$",
    73: "hnu{}SYbdgpqCPZ",
    77: "BAKRVX▶",
    85: "#+<=>HN^~UGDOQ",
    92: "&w",
    104: "%@M…m",
}
WIDEST: Final = 110
SIZES: Final = {"h": 14, "b": 12, "t": 12, "s": 11, "sb": 11}
BOLD_STYLES: Final = frozenset({"h", "b", "sb"})


def _by_letter(widths: dict[int, str]) -> dict[str, int]:
    return {letter: width for width, letters in widths.items() for letter in letters}


_WIDTHS: Final = {False: _by_letter(_REGULAR), True: _by_letter(_BOLD)}


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
    of = _WIDTHS[style in BOLD_STYLES]
    return sum(of.get(letter, WIDEST) for letter in words) / 100 * SIZES[style]


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
    ('Production', 'Production…')
    """
    if width(words, style) <= room:
        return words
    kept = words
    while kept and width(kept + ELLIPSIS, style) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS
