"""Max-min fair rates of flows over links, brought up to date where something changed."""

from __future__ import annotations

import math

from vmlab.kernels.compile import kernel
from vmlab.kernels.flows import OWN, Lists, Net, Records

#: Rates, and what is left of a link, are as good as equal when they differ by less than this share.
NEAR = 1e-12


@kernel
def share_out(changes: int, net_out: Net, flows_out: Records, lists_out: Lists) -> tuple[int, int]:
    """Work out the rates after flows have come to some links or left them.

    Parameters
    ----------
    changes : int
        So many links of ``lists_out.changed``.
    net_out : Net
        Links and who is on them now.
    flows_out : numpy.recarray
        With the fields of ``FLOW``: ``next_bytes_per_s`` and ``bottleneck`` are
        filled for the flows looked at; the others keep their rates.
    lists_out : Lists
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
    members, links = net_out.members, net_out.links
    some, listed = lists_out.flows, lists_out.links
    lists_out.marks[0] += 1
    turn = lists_out.marks[0]
    n = 0
    for i in range(changes):
        link = links[lists_out.changed[i]]
        for at in range(link.begin, link.begin + link.number):
            flow = members[at].flow
            if flows_out[flow].mark != turn:
                flows_out[flow].mark = turn
                some[n] = flow
                n += 1
    while True:
        found = _gather(n, turn, net_out, flows_out, lists_out)
        _fill(n, found, turn, net_out, flows_out, lists_out)
        more = n
        for i in range(found):
            link = links[listed[i]]
            if link.solved == link.number:
                continue
            level = link.level_bytes_per_s
            full = link.left_bytes_per_s <= NEAR * link.bytes_per_s
            least = link.most_bytes_per_s * (1.0 - NEAR) if full else math.inf
            most = level * (1.0 + NEAR) if level >= 0.0 else math.inf
            for at in range(link.begin, link.begin + link.number):
                member = members[at]
                flow = flows_out[member.flow]
                if flow.mark == turn:
                    continue
                lost = flow.bottleneck == member.entry and flow.bytes_per_s < least
                if lost or flow.bytes_per_s > most:
                    flow.mark = turn
                    some[more] = member.flow
                    more += 1
        if more == n:
            return n, found
        n = more


@kernel
def _gather(n: int, turn: int, net_out: Net, flows_out: Records, lists_out: Lists) -> int:
    """List the links of the flows solved for, and what the others leave of them."""
    start, entries, members, links = net_out.start, net_out.entries, net_out.members, net_out.links
    some, listed, opened = lists_out.flows, lists_out.links, lists_out.open_links
    lists_out.marks[1] += 1
    now = lists_out.marks[1]
    found = 0
    for i in range(n):
        flow = flows_out[some[i]]
        flow.next_bytes_per_s = -1.0
        for entry in range(start[flow.route], start[flow.route + 1]):
            link = links[entries[entry].link]
            if link.mark != now:
                link.mark = now
                link.solved = 0
                listed[found] = entries[entry].link
                found += 1
            link.solved += 1
    for i in range(found):
        opened[i] = listed[i]
        link = links[listed[i]]
        link.level_bytes_per_s = -1.0
        link.most_bytes_per_s = 0.0
        link.unfixed = link.solved
        rest = link.bytes_per_s
        if link.solved < link.number:
            for at in range(link.begin, link.begin + link.number):
                flow = flows_out[members[at].flow]
                if flow.mark != turn:
                    rest -= flow.bytes_per_s
        link.left_bytes_per_s = max(rest, 0.0)
    return found


@kernel
def _fill(
    n: int, found: int, turn: int, net_out: Net, flows_out: Records, lists_out: Lists
) -> None:
    """Raise all rates together; what meets its own rate or a full link stops rising."""
    start, entries, members, links = net_out.start, net_out.entries, net_out.members, net_out.links
    some, opened = lists_out.flows, lists_out.open_links
    rising = n
    least_own = math.inf
    for i in range(n):
        least_own = min(least_own, flows_out[some[i]].own_bytes_per_s)
    while rising > 0:
        level = math.inf
        tightest = -1
        i = 0
        while i < found:
            link = links[opened[i]]
            if link.unfixed == 0:
                found -= 1
                opened[i] = opened[found]
                continue
            each = link.left_bytes_per_s / link.unfixed
            if each < level:
                level = each
                tightest = opened[i]
            i += 1
        if least_own <= level:
            least_own = math.inf
            for i in range(n):
                flow = flows_out[some[i]]
                if flow.next_bytes_per_s >= 0.0:
                    continue
                own = flow.own_bytes_per_s
                if own <= level:
                    flow.bottleneck = OWN
                    flow.next_bytes_per_s = own
                    _fix(own, start[flow.route], start[flow.route + 1], entries, links)
                    rising -= 1
                else:
                    least_own = min(least_own, own)
            continue
        tight = links[tightest]
        for at in range(tight.begin, tight.begin + tight.number):
            member = members[at]
            flow = flows_out[member.flow]
            if flow.mark == turn and flow.next_bytes_per_s < 0.0:
                flow.bottleneck = member.entry
                flow.next_bytes_per_s = level
                _fix(level, start[flow.route], start[flow.route + 1], entries, links)
                rising -= 1
        tight.left_bytes_per_s = 0.0
        tight.level_bytes_per_s = level


@kernel
def _fix(bytes_per_s: float, begin: int, end: int, entries: Records, links_out: Records) -> None:
    """Take a flow's rate from the links of its route."""
    for entry in range(begin, end):
        link = links_out[entries[entry].link]
        link.unfixed -= 1
        link.left_bytes_per_s = max(link.left_bytes_per_s - bytes_per_s, 0.0)
        link.most_bytes_per_s = max(link.most_bytes_per_s, bytes_per_s)
