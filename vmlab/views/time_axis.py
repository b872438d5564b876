"""A straight scale of seconds, under charts of what happened when."""

from __future__ import annotations

import math

from vmlab.views.drawing import Json, line, words

#: Whole steps of a scale, s: they read as seconds, minutes and hours.
_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST = 8


def ticks(total_s: float) -> list[float]:
    """Round times from 0 on, nine at most.

    Parameters
    ----------
    total_s : float
        The end of the scale.

    Returns
    -------
    list of float
        The first is 0.

    Examples
    --------
    >>> ticks(95)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    >>> ticks(0.25)
    [0.0, 0.05, 0.1, 0.15, 0.2, 0.25]
    """
    if total_s <= 0:
        return [0.0]
    if total_s < _STEPS_S[0] * 2:
        power = 10.0 ** math.floor(math.log10(total_s))
        steps = (power * part for part in (0.1, 0.2, 0.5, 1, 2))
        step = next(one for one in steps if total_s < one * _MOST)
    else:
        whole = (float(one) for one in _STEPS_S if total_s <= one * (_MOST - 1))
        step = next(whole, _STEPS_S[-1] * math.ceil(total_s / _STEPS_S[-1] / (_MOST - 1)))
    count = math.floor(total_s / step + 1e-9)
    return [float(f"{n * step:.6g}") for n in range(count + 1)]


def tick_words(at_s: float, total_s: float) -> str:
    """A tick as it is read: seconds, from ten minutes on minutes, from six hours on hours.

    >>> tick_words(40, 95), tick_words(1200, 3000), tick_words(7200, 90000)
    ('40 s', '20 min', '2 h')
    """
    if total_s >= 6 * 3600:
        return f"{at_s / 3600:.3g} h"
    return f"{at_s / 60:.3g} min" if total_s >= 600 else f"{at_s:.3g} s"


def time_axis(left: float, width: float, y: float, total_s: float) -> list[Json]:
    """The scale as shapes: a line, and a word at each tick.

    Parameters
    ----------
    left, width : float
        Where 0 and `total_s` are.
    y : float
        Of the line.
    total_s : float
        The end of the scale.

    Returns
    -------
    list of dict
        Shapes of a chart.
    """
    shapes = [line([(left, y), (left + width, y)], "axis")]
    for at_s in ticks(total_s):
        x = left + (at_s / total_s * width if total_s > 0 else 0)
        shapes.append(line([(x, y), (x, y + 4)], "axis"))
        shapes.append(words(x, y + 16, tick_words(at_s, total_s), "middle"))
    return shapes
