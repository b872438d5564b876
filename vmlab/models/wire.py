"""What one migration gets of a link, and what a switch-over takes besides its bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vmlab import units
from vmlab.models.case import Case

#: Payload of a full TCP segment on Ethernet: 1,500 less 20 of IP and 20 of TCP.
SEGMENT_BYTES = 1460.0
#: Hypervisors that send over all network cards at once; the others take a
#: connection a channel, and a connection is one card's.
_ALL_CARDS = frozenset({"ideal", "esx"})


@dataclass(frozen=True)
class Rates:
    """A link as `vmlab.kernels.transfer` takes it, shared and capped."""

    from_s: tuple[float, ...]
    bytes_per_s: tuple[float, ...]


def rates(case: Case) -> Rates:
    """What one migration gets of the link: an equal share, what loss leaves, the sender's cap.

    Parameters
    ----------
    case : Case
        Without a link, its `max_bandwidth_mbit_s` is the rate.

    Returns
    -------
    Rates
        Of new data, bytes/s from times on.

    Notes
    -----
    ``min(cards * rate / parallel * (1 - loss), connections * mathis, cap)``.
    A lost packet is sent again, so new data is the share ``1 - loss`` of what
    is on the wire; `Estimate.sent_bytes` counts it once. See `mathis_bytes_per_s`.
    """
    policy, link = case.policy, case.link
    cap = units.mbit_s_to_bytes_per_s(policy.max_bandwidth_mbit_s or math.inf)
    if link is None:
        if cap == math.inf:
            raise ValueError("a case without a link and without a cap has no rate")
        return Rates((0.0,), (cap,))
    cards, connections = link.nics, max(policy.channels, link.nics)
    if policy.hypervisor not in _ALL_CARDS:
        cards, connections = min(link.nics, policy.channels), policy.channels
    bound = min(cap, connections * mathis_bytes_per_s(link.loss, units.ms_to_s(link.latency_ms)))
    steps = link.profile or ((0.0, link.mbit_s or 0.0),)
    shares = (
        units.mbit_s_to_bytes_per_s(cards * mbit_s / policy.parallel) * (1.0 - link.loss)
        for _, mbit_s in steps
    )
    return Rates(tuple(t for t, _ in steps), tuple(min(share, bound) for share in shares))


def mathis_bytes_per_s(loss: float, latency_s: float) -> float:
    """What one TCP connection reaches at most over a path that loses packets.

    Parameters
    ----------
    loss : float
        Share of packets lost, 0 to 1.
    latency_s : float
        One way, s.

    Returns
    -------
    float
        Bytes/s; infinity without loss or without latency.

    Notes
    -----
    ``segment / round trip * sqrt(3 / 2) / sqrt(loss)``: congestion avoidance
    alone, halved at each loss, an acknowledgement for every segment. An upper
    bound: time-outs, which loss of more than some percent brings, are left out.

    References
    ----------
    Mathis, Semke, Mahdavi, Ott: The Macroscopic Behavior of the TCP Congestion
    Avoidance Algorithm, ACM CCR 27(3), 1997, equation 3.
    """
    if loss <= 0.0 or latency_s <= 0.0:
        return math.inf
    return SEGMENT_BYTES / (2.0 * latency_s) * math.sqrt(1.5 / loss)


def handshake_s(case: Case) -> float:
    """What a switch-over takes besides its bytes: one latency, and the resume.

    A pass is followed at once by the next, so latency costs nothing there; the
    guest resumes when the last byte of the stop phase has arrived.
    """
    latency_ms = case.link.latency_ms if case.link else 0.0
    return units.ms_to_s(latency_ms + case.policy.resume_ms)
