"""Flows over links: their routes, who is on each link, and room to share it out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

#: The bottleneck of a flow that goes at its own rate.
OWN = -1


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


class Flows(NamedTuple):
    """What flows, by number.

    Parameters
    ----------
    route : numpy.ndarray of int64, shape (n,)
        The route that each takes.
    own_bytes_per_s : numpy.ndarray of float64, shape (n,)
        Its own rate, which it never exceeds; finite where its route is empty.
    bytes_per_s, next_bytes_per_s : numpy.ndarray of float64, shape (n,)
        Its rate, and the one that is being worked out.
    bottleneck : numpy.ndarray of int64, shape (n,)
        The entry of its route that holds it back, or ``OWN``.
    mark : numpy.ndarray of int64, shape (n,)
        The last solution that looked at it.
    """

    route: Indices
    own_bytes_per_s: Floats
    bytes_per_s: Floats
    next_bytes_per_s: Floats
    bottleneck: Indices
    mark: Indices


class Members(NamedTuple):
    """Who is on each link.

    Parameters
    ----------
    begin : numpy.ndarray of int64, shape (links + 1,)
        Where the link's members stand; there is room for all entries.
    number : numpy.ndarray of int64, shape (links,)
        How many there are.
    flow, entry : numpy.ndarray of int64, shape (entries,)
        Which flow, and which entry of its route.
    place : numpy.ndarray of int64, shape (entries,)
        Where an entry stands.
    """

    begin: Indices
    number: Indices
    flow: Indices
    entry: Indices
    place: Indices


class Filling(NamedTuple):
    """Space to work in, by link and by flow.

    Parameters
    ----------
    flows, links, open_links : numpy.ndarray of int64
        Lists of what is being solved, and of links not yet full.
    left_bytes_per_s, level_bytes_per_s, most_bytes_per_s : numpy.ndarray of float64
        What a link has left, the rate at which it filled up (-1: it did not),
        and the fastest flow of those solved for.
    unfixed, solved, mark : numpy.ndarray of int64
        Flows still rising, flows solved for, and the last pass that looked.
    marks : numpy.ndarray of int64, shape (2,)
        Solutions and passes so far.
    """

    flows: Indices
    links: Indices
    open_links: Indices
    left_bytes_per_s: Floats
    level_bytes_per_s: Floats
    most_bytes_per_s: Floats
    unfixed: Indices
    solved: Indices
    mark: Indices
    marks: Indices


@kernel
def join(flow: int, routes: Routes, flows: Flows, members_out: Members) -> None:
    """Enter a flow on the links of its route."""
    begin, number, place = members_out.begin, members_out.number, members_out.place
    for entry in range(routes.start[flows.route[flow]], routes.start[flows.route[flow] + 1]):
        link = routes.link[entry]
        at = begin[link] + number[link]
        number[link] += 1
        members_out.flow[at] = flow
        members_out.entry[at] = entry
        place[entry] = at


@kernel
def leave(flow: int, routes: Routes, flows: Flows, members_out: Members) -> None:
    """Strike a flow off the links of its route."""
    begin, number, place = members_out.begin, members_out.number, members_out.place
    for entry in range(routes.start[flows.route[flow]], routes.start[flows.route[flow] + 1]):
        link = routes.link[entry]
        number[link] -= 1
        last = begin[link] + number[link]
        at = place[entry]
        members_out.flow[at] = members_out.flow[last]
        members_out.entry[at] = members_out.entry[last]
        place[members_out.entry[last]] = at
