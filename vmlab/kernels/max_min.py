"""Max-min fair rates of flows over links, brought up to date where something changed."""

from __future__ import annotations

import math

from vmlab.kernels.compile import kernel
from vmlab.kernels.flows import OWN, Filling, Flows, Indices, Members, Routes

#: Rates, and what is left of a link, are as good as equal when they differ by less than this share.
NEAR = 1e-12


@kernel
def share_out(
    changed: Indices,
    changes: int,
    routes: Routes,
    members: Members,
    flows_out: Flows,
    filling_out: Filling,
) -> tuple[int, int]:
    """Work out the rates after flows have come to some links or left them.

    Parameters
    ----------
    changed : numpy.ndarray of int64
        Those links, ...
    changes : int
        ... so many of them.
    routes : Routes
        Links and ways.
    members : Members
        Who is on each link now.
    flows_out : Flows
        ``next_bytes_per_s`` and ``bottleneck`` are filled for the flows looked at;
        the others keep their rates.
    filling_out : Filling
        Its ``flows`` and ``links`` say what was looked at.

    Returns
    -------
    flows, links : int
        How many were looked at.

    Notes
    -----
    Rates are max-min fair if each flow goes at its own rate or has a
    bottleneck: a link that is full, and on which no flow is faster.

    1. Only flows on the changed links may change; all others stay as they are.
    2. Progressive filling: of all links the one with the least
       ``left / unfixed`` fills up first; its flows get that share.
    3. Wherever one of the others has lost its bottleneck, or is faster than
       a flow solved for on the link that holds that one back, it joins those
       that may change, and filling begins anew.

    References
    ----------
    Bertsekas and Gallager, Data Networks, 2nd edition, 1992, section 6.5.2:
    max-min flow control, the bottleneck condition and progressive filling.
    """
    mark, rate = flows_out.mark, flows_out.bytes_per_s
    some = filling_out.flows
    filling_out.marks[0] += 1
    turn = filling_out.marks[0]
    n = 0
    for i in range(changes):
        begin = members.begin[changed[i]]
        for at in range(begin, begin + members.number[changed[i]]):
            flow = members.flow[at]
            if mark[flow] != turn:
                mark[flow] = turn
                some[n] = flow
                n += 1
    while True:
        links = _gather(n, turn, routes, members, flows_out, filling_out)
        _fill(n, links, turn, routes, members, flows_out, filling_out)
        more = n
        for i in range(links):
            link = filling_out.links[i]
            if filling_out.solved[link] == members.number[link]:
                continue
            begin = members.begin[link]
            level = filling_out.level_bytes_per_s[link]
            full = filling_out.left_bytes_per_s[link] <= NEAR * routes.link_bytes_per_s[link]
            least = filling_out.most_bytes_per_s[link] if full else math.inf
            for at in range(begin, begin + members.number[link]):
                flow = members.flow[at]
                if mark[flow] == turn:
                    continue
                lost = flows_out.bottleneck[flow] == members.entry[at]
                lost = lost and rate[flow] < least * (1.0 - NEAR)
                if lost or (level >= 0.0 and rate[flow] > level * (1.0 + NEAR)):
                    mark[flow] = turn
                    some[more] = flow
                    more += 1
        if more == n:
            return n, links
        n = more


@kernel
def _gather(
    n: int, turn: int, routes: Routes, members: Members, flows_out: Flows, filling_out: Filling
) -> int:
    """List the links of the flows solved for, and what the others leave of them."""
    seen, solved, unfixed = filling_out.mark, filling_out.solved, filling_out.unfixed
    left, listed = filling_out.left_bytes_per_s, filling_out.links
    filling_out.marks[1] += 1
    now = filling_out.marks[1]
    links = 0
    for i in range(n):
        flow = filling_out.flows[i]
        flows_out.next_bytes_per_s[flow] = -1.0
        route = flows_out.route[flow]
        for entry in range(routes.start[route], routes.start[route + 1]):
            link = routes.link[entry]
            if seen[link] != now:
                seen[link] = now
                solved[link] = 0
                listed[links] = link
                links += 1
            solved[link] += 1
    for i in range(links):
        link = listed[i]
        filling_out.open_links[i] = link
        filling_out.level_bytes_per_s[link] = -1.0
        filling_out.most_bytes_per_s[link] = 0.0
        unfixed[link] = solved[link]
        rest = routes.link_bytes_per_s[link]
        if solved[link] < members.number[link]:
            begin = members.begin[link]
            for at in range(begin, begin + members.number[link]):
                flow = members.flow[at]
                if flows_out.mark[flow] != turn:
                    rest -= flows_out.bytes_per_s[flow]
        left[link] = max(rest, 0.0)
    return links


@kernel
def _fill(
    n: int,
    links: int,
    turn: int,
    routes: Routes,
    members: Members,
    flows_out: Flows,
    filling_out: Filling,
) -> None:
    """Raise all rates together; what meets its own rate or a full link stops rising."""
    left, unfixed, opened = (
        filling_out.left_bytes_per_s,
        filling_out.unfixed,
        filling_out.open_links,
    )
    own, found = flows_out.own_bytes_per_s, flows_out.next_bytes_per_s
    rising = n
    least_own = math.inf
    for i in range(n):
        least_own = min(least_own, own[filling_out.flows[i]])
    while rising > 0:
        level = math.inf
        tightest = -1
        i = 0
        while i < links:
            link = opened[i]
            if unfixed[link] == 0:
                links -= 1
                opened[i] = opened[links]
                continue
            each = left[link] / unfixed[link]
            if each < level:
                level = each
                tightest = link
            i += 1
        if least_own <= level:
            bound = level
            least_own = math.inf
            for i in range(n):
                flow = filling_out.flows[i]
                if found[flow] >= 0.0:
                    continue
                if own[flow] <= bound:
                    flows_out.bottleneck[flow] = OWN
                    _fix(flow, own[flow], routes, flows_out, filling_out)
                    rising -= 1
                else:
                    least_own = min(least_own, own[flow])
            continue
        begin = members.begin[tightest]
        for at in range(begin, begin + members.number[tightest]):
            flow = members.flow[at]
            if flows_out.mark[flow] == turn and found[flow] < 0.0:
                flows_out.bottleneck[flow] = members.entry[at]
                _fix(flow, level, routes, flows_out, filling_out)
                rising -= 1
        left[tightest] = 0.0
        filling_out.level_bytes_per_s[tightest] = level


@kernel
def _fix(
    flow: int, bytes_per_s: float, routes: Routes, flows_out: Flows, filling_out: Filling
) -> None:
    flows_out.next_bytes_per_s[flow] = bytes_per_s
    route = flows_out.route[flow]
    for entry in range(routes.start[route], routes.start[route + 1]):
        link = routes.link[entry]
        filling_out.unfixed[link] -= 1
        rest = filling_out.left_bytes_per_s[link] - bytes_per_s
        filling_out.left_bytes_per_s[link] = max(rest, 0.0)
        if bytes_per_s > filling_out.most_bytes_per_s[link]:
            filling_out.most_bytes_per_s[link] = bytes_per_s
