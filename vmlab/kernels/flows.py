"""Flows over links: their routes, who is on each link, and what a solution notes of them.

Records stand side by side in memory: a flow or a link is one place, not many.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Records = np.recarray[Any, Any]

#: The bottleneck of a flow that goes at its own rate.
OWN = -1

#: A link: what it carries at most; where its members stand, and how many there
#: are; what it has left, the rate at which it filled up (-1: it did not) and the
#: fastest flow of those solved for; flows still rising and flows solved for;
#: when a pass looked at it last, and when flows came to it or left it.
LINK = np.dtype(
    [
        ("bytes_per_s", "f8"),
        ("begin", "i8"),
        ("number", "i8"),
        ("left_bytes_per_s", "f8"),
        ("level_bytes_per_s", "f8"),
        ("most_bytes_per_s", "f8"),
        ("unfixed", "i8"),
        ("solved", "i8"),
        ("mark", "i8"),
        ("changed", "i8"),
    ]
)
#: An entry of a route: its link, where it stands among the link's members, and
#: how long it was its flow's bottleneck.
ENTRY = np.dtype([("link", "i8"), ("place", "i8"), ("held_s", "f8")])
#: A member of a link: which flow, and which entry of its route.
MEMBER = np.dtype([("flow", "i8"), ("entry", "i8")])
#: A flow: its route, its own rate (finite where its route is empty), its rate,
#: the one being worked out, the entry that holds it back (or ``OWN``), and the
#: last solution that looked at it.
FLOW = [
    ("route", "i8"),
    ("own_bytes_per_s", "f8"),
    ("bytes_per_s", "f8"),
    ("next_bytes_per_s", "f8"),
    ("bottleneck", "i8"),
    ("mark", "i8"),
]


class Routes(NamedTuple):
    """Links and the ways over them.

    Parameters
    ----------
    link_bytes_per_s : numpy.ndarray of float64, shape (links,)
        What each link carries at most.
    start : numpy.ndarray of int64, shape (routes + 1,)
        Where each route's run of links begins.
    link : numpy.ndarray of int64, shape (entries,)
        The runs; no link twice in one.
    """

    link_bytes_per_s: Floats
    start: Indices
    link: Indices


class Net(NamedTuple):
    """`Routes` with who is on them.

    Parameters
    ----------
    start : numpy.ndarray of int64, shape (routes + 1,)
        Where each route's run of entries begins.
    entries, members, links : numpy.recarray
        Of ``ENTRY``, ``MEMBER`` and ``LINK``.
    """

    start: Indices
    entries: Records
    members: Records
    links: Records


class Lists(NamedTuple):
    """What is being solved.

    Parameters
    ----------
    flows : numpy.ndarray of int64, shape (flows,)
        Flows that may change.
    links, open_links, changed : numpy.ndarray of int64, shape (links,)
        Their links, those not yet full, and those that flows have come to or left.
    marks : numpy.ndarray of int64, shape (2,)
        Solutions and passes so far.
    """

    flows: Indices
    links: Indices
    open_links: Indices
    changed: Indices
    marks: Indices


@kernel
def join(
    flow: int, begin: int, end: int, entries_out: Records, members_out: Records, links_out: Records
) -> None:
    """Enter a flow on the links of its route.

    Parameters
    ----------
    flow, begin, end : int
        Its number, and its route's entries, from one to before the other.
    entries_out, members_out, links_out : numpy.recarray
        As in `Net`.
    """
    for i in range(begin, end):
        entry = entries_out[i]
        link = links_out[entry.link]
        at = link.begin + link.number
        link.number += 1
        member = members_out[at]
        member.flow = flow
        member.entry = i
        entry.place = at


@kernel
def leave(
    begin: int, end: int, entries_out: Records, members_out: Records, links_out: Records
) -> None:
    """Strike a flow off the links of its route.

    Parameters
    ----------
    begin, end : int
        The route's entries.
    entries_out, members_out, links_out : numpy.recarray
        As in `Net`.
    """
    for i in range(begin, end):
        entry = entries_out[i]
        link = links_out[entry.link]
        link.number -= 1
        last = members_out[link.begin + link.number]
        freed = members_out[entry.place]
        freed.flow = last.flow
        freed.entry = last.entry
        entries_out[last.entry].place = entry.place


@kernel
def note_links(
    begin: int,
    end: int,
    turn: int,
    changes: int,
    entries: Records,
    links_out: Records,
    changed_out: Indices,
) -> int:
    """Note the links of a route as changed.

    Parameters
    ----------
    begin, end : int
        The route's entries.
    turn, changes : int
        Number of the instant, and how many links have changed.
    entries, links_out : numpy.recarray
        As in `Net`.
    changed_out : numpy.ndarray of int64
        The list.

    Returns
    -------
    int
        How many have changed now.
    """
    for i in range(begin, end):
        link = links_out[entries[i].link]
        if link.changed != turn:
            link.changed = turn
            changed_out[changes] = entries[i].link
            changes += 1
    return changes
