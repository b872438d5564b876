"""What troubles leave of a link: its rate over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmlab.models.case import Link

#: A link's least rate that is not 0, Mbit/s.
LEAST_MBIT_S = 0.001


def dead(_: float) -> float:
    """Nothing is left of a rate."""
    return 0.0


@dataclass(frozen=True)
class Spell:
    """A while in which a link carries less.

    Parameters
    ----------
    from_s, to_s : float
        On the clock of the copy, s; infinity is for good.
    left : callable, optional
        From a rate to what is left of it, Mbit/s; nothing by default.
    """

    from_s: float
    to_s: float
    left: Callable[[float], float] = dead


def under(link: Link, spells: Sequence[Spell]) -> Link:
    """A link as it is under troubles.

    Parameters
    ----------
    link : Link
        Undisturbed.
    spells : sequence of Spell
        In any order; where they overlap the one that leaves least counts.

    Returns
    -------
    Link
        The same where nothing changes, otherwise a profile.

    Examples
    --------
    >>> under(Link(mbit_s=1000), [Spell(5, 7), Spell(6, 9)]).profile
    ((0.0, 1000.0), (5.0, 0.0), (9.0, 1000.0))
    """
    spells = [one for one in spells if max(one.from_s, 0.0) < one.to_s]
    if not spells:
        return link
    base = link.profile or ((0.0, link.mbit_s or 0.0),)
    times = {t for t, _ in base}
    times |= {max(one.from_s, 0.0) for one in spells}
    times |= {one.to_s for one in spells if one.to_s < math.inf}
    steps: list[tuple[float, float]] = []
    for t in sorted(times):
        rate = [mbit_s for from_s, mbit_s in base if from_s <= t][-1]
        rate = min([rate, *(one.left(rate) for one in spells if one.from_s <= t < one.to_s)])
        rate = max(rate, LEAST_MBIT_S) if rate else 0.0
        if not steps or steps[-1][1] != rate:
            steps.append((float(t), rate))
    return link.model_copy(update={"mbit_s": None, "profile": tuple(steps)})
