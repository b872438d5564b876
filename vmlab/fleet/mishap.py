"""What goes wrong while many VMs move: with one of the moves, or with a host."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.migration.disturbances import Disturbance, parse

#: The word for a host that is gone; on a VM any fault of the catalogue may be named.
LOST = "lost"


@dataclass(frozen=True)
class MoveMishap:
    """A disturbance of a VM's moves.

    Parameters
    ----------
    vm : str
        Whose.
    disturbance : Disturbance
        Its seconds count from the start of the VM's move, timed as if that
        moved alone. One that ends strikes the first attempt only.
    """

    vm: str
    disturbance: Disturbance

    def strikes(self, attempt: int) -> bool:
        """Whether it is there at an attempt, the first being 1."""
        return attempt == 1 or self.disturbance.lasts_s is None


@dataclass(frozen=True)
class HostLoss:
    """A host that is gone for a while, or for good.

    Parameters
    ----------
    host : str
        Which.
    at_s : float
        From the start of the evacuation, s.
    lasts_s : float or None, optional
        How long, s; for good where left out. VMs on it are down all the same.
    """

    host: str
    at_s: float
    lasts_s: float | None = None

    @property
    def ends_s(self) -> float:
        """When it is back."""
        return math.inf if self.lasts_s is None else self.at_s + self.lasts_s


Mishap = MoveMishap | HostLoss


def parse_mishap(text: str, datacenter: Datacenter) -> Mishap:
    """Read ``VM:NAME[@STAGE|@SECONDS][+SECONDS]`` or ``HOST:lost@SECONDS[+SECONDS]``.

    Parameters
    ----------
    text : str
        Such as ``web01:link-down@pre-copy+5`` or ``esx03:lost@20``.
    datacenter : Datacenter
        With the VM or the host.

    Returns
    -------
    MoveMishap or HostLoss
        What it says.

    Raises
    ------
    InputError
        With what could have been meant.
    """
    who, colon, what = text.partition(":")
    who, what = who.strip(), what.strip()
    if not colon or not what:
        raise _refused(f"{text!r} names no fault", "Write VM:FAULT, or HOST:lost@SECONDS")
    if who in datacenter.vms:
        return MoveMishap(who, parse(what))
    if who not in datacenter.hosts:
        known = ", ".join([*datacenter.hosts, *list(datacenter.vms)[:20]])
        raise _refused(f"there is no VM or host named {who!r}", f"Known: {known}")
    head, plus, lasts = what.partition("+")
    word, _, at = head.partition("@")
    if word != LOST:
        raise _refused(f"{word!r} is nothing that befalls a host", f"Write {who}:lost@SECONDS")
    return HostLoss(who, _seconds(at), _seconds(lasts) if plus else None)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise _refused(f"{text!r} is no time", "Write seconds, such as esx03:lost@20")
    return seconds


def _refused(message: str, remedy: str) -> InputError:
    return InputError("--fault", [Problem(message, remedy)])
