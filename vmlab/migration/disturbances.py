"""A timed change to the world of a migration."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vmlab.documents import InputError, Problem
from vmlab.migration.fault import Fault
from vmlab.migration.faults import FAULTS
from vmlab.migration.stages import Stage

#: No migration takes three years, s.
LATEST_S = 1e8


@dataclass(frozen=True)
class Disturbance:
    """A fault, when it begins and how long it lasts.

    Parameters
    ----------
    fault : str
        A name of `FAULTS`.
    at : Stage or float, optional
        The middle of a stage as it would be undisturbed, or seconds from the
        start of the task; the fault's own place where left out.
    lasts_s : float, optional
        How long, s; for good where left out.

    Raises
    ------
    InputError
        The fault is unknown, or a time is no time.
    """

    fault: str
    at: Stage | float | None = None
    lasts_s: float | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise _unknown("fault", self.fault, FAULTS)
        if isinstance(self.at, Stage):
            times = [self.lasts_s]
        elif isinstance(self.at, str):
            raise _unknown("stage", self.at, Stage)
        else:
            times = [self.at, self.lasts_s]
        for time in times:
            if time is not None and not 0 <= time <= LATEST_S:
                raise _refused(f"{time} is no time", f"Write seconds from 0 to {LATEST_S:,.0f}")

    @property
    def kind(self) -> Fault:
        """What is known of its fault."""
        return FAULTS[self.fault]

    def __str__(self) -> str:
        at = "" if self.at is None else f"@{self.at}"
        lasts = "" if self.lasts_s is None else f"+{self.lasts_s:g}"
        return f"{self.fault}{at}{lasts}"


def parse(text: str) -> Disturbance:
    """Read ``NAME[@STAGE|@SECONDS][+SECONDS]``.

    Parameters
    ----------
    text : str
        Such as ``link-down@pre-copy+5``.

    Returns
    -------
    Disturbance
        What it says.

    Raises
    ------
    InputError
        With the names that are known.

    Examples
    --------
    >>> parse("link-down@pre-copy+5")
    Disturbance(fault='link-down', at=<Stage.PRE_COPY: 'pre-copy'>, lasts_s=5.0)
    """
    head, plus, lasts = text.strip().partition("+")
    name, with_place, place = head.partition("@")
    at: Stage | float | None = None
    if with_place:
        try:
            at = Stage(place)
        except ValueError:
            at = _seconds(place)
            if at is None:
                raise _unknown("stage", place, Stage, " or seconds") from None
    lasts_s = _seconds(lasts)
    if plus and lasts_s is None:
        raise _refused(f"{lasts!r} is no time", "Write seconds after the +, such as +5")
    return Disturbance(name, at, lasts_s)


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unknown(what: str, name: str, known: Iterable[str], also: str = "") -> InputError:
    names = [str(each) for each in known]
    near = difflib.get_close_matches(name, names, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return _refused(f"{name!r} is no {what}", f"{hint}Known{also}: {', '.join(names)}")


def _refused(message: str, remedy: str) -> InputError:
    return InputError("--fault", [Problem(message, remedy)])
