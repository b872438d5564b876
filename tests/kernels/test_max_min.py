"""Max-min shares: what must hold of them, and that a change is followed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.naive_fleets import fair_rates
from vmlab.kernels.fleet_space import lists_for, net_of, records, runs
from vmlab.kernels.flows import FLOW, OWN, Routes, join, leave, note_links
from vmlab.kernels.max_min import share_out

Ways = list[list[int]]
NEAR = 1e-9


class Shared:
    """Flows over links, with the kernel's bookkeeping."""

    def __init__(
        self, capacity: Sequence[float], ways: Ways, own: Sequence[float] | None = None
    ) -> None:
        self.ways, self.capacity = ways, np.array(capacity, np.float64)
        self.routes = Routes(self.capacity, *runs(ways))
        self.net, self.lists = net_of(self.routes), lists_for(len(ways), len(capacity))
        self.flows = records(len(ways), np.dtype(FLOW))
        self.flows.route = np.arange(len(ways))
        self.flows.own_bytes_per_s = np.inf if own is None else own
        self.there: set[int] = set()
        self.turn = 0

    def change(self, comers: Sequence[int] = (), leavers: Sequence[int] = ()) -> None:
        """Let flows come and go at one instant."""
        self.turn += 1
        changes = 0
        for flow in (*leavers, *comers):
            begin, end = self.net.start[flow], self.net.start[flow + 1]
            changes = note_links(
                begin, end, self.turn, changes, self.net.entries, self.net.links,
                self.lists.changed,
            )  # fmt: skip
            if flow in leavers:
                leave(begin, end, self.net.entries, self.net.members, self.net.links)
                self.there.discard(flow)
            else:
                self.flows[flow].bytes_per_s = 0.0
                join(flow, begin, end, self.net.entries, self.net.members, self.net.links)
                self.there.add(flow)
        looked_at, _ = share_out(changes, self.net, self.flows, self.lists)
        for flow in self.lists.flows[:looked_at]:
            self.flows[flow].bytes_per_s = self.flows[flow].next_bytes_per_s

    @property
    def rates(self) -> dict[int, float]:
        """Of the flows that are there."""
        return {flow: float(self.flows[flow].bytes_per_s) for flow in sorted(self.there)}

    def use(self, link: int) -> float:
        """What a link carries."""
        return sum(rate for flow, rate in self.rates.items() if link in self.ways[flow])


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    links = draw(st.integers(1, 6))
    capacity = draw(st.lists(st.integers(1, 50).map(float), min_size=links, max_size=links))
    way = st.lists(st.integers(0, links - 1), min_size=1, max_size=3, unique=True)
    ways = draw(st.lists(way, min_size=1, max_size=12))
    own = draw(
        st.lists(
            st.one_of(st.just(np.inf), st.integers(1, 30).map(float)),
            min_size=len(ways),
            max_size=len(ways),
        )
    )
    return {"capacity": capacity, "ways": ways, "own": own}


def settled(network: dict[str, Any]) -> Shared:
    shared = Shared(**network)
    shared.change(comers=range(len(network["ways"])))
    return shared


@given(networks())
def test_no_link_carries_more_than_it_can(network: dict[str, Any]) -> None:
    shared = settled(network)
    for link, capacity in enumerate(network["capacity"]):
        assert shared.use(link) <= capacity * (1 + NEAR)


@given(networks())
def test_every_flow_has_a_bottleneck(network: dict[str, Any]) -> None:
    shared = settled(network)
    for flow, rate in shared.rates.items():
        entry = int(shared.flows[flow].bottleneck)
        if entry == OWN:
            assert rate == network["own"][flow]
            continue
        link = int(shared.net.entries[entry].link)
        assert link in network["ways"][flow]
        assert shared.use(link) == pytest.approx(network["capacity"][link], rel=NEAR)
        others = [r for f, r in shared.rates.items() if link in network["ways"][f]]
        assert rate >= max(others) * (1 - NEAR)


@given(networks(), st.floats(0.01, 100))
def test_twice_the_links_are_twice_the_rates(network: dict[str, Any], by: float) -> None:
    wide = {
        "capacity": [by * one for one in network["capacity"]],
        "ways": network["ways"],
        "own": [by * one for one in network["own"]],
    }
    before, after = settled(network).rates, settled(wide).rates
    for flow, rate in before.items():
        assert after[flow] == pytest.approx(by * rate, rel=NEAR)


@given(networks())
def test_flows_alike_get_alike(network: dict[str, Any]) -> None:
    twin = dict(network, ways=[*network["ways"], network["ways"][0]])
    twin["own"] = [*network["own"], network["own"][0]]
    rates = settled(twin).rates
    assert rates[len(network["ways"])] == pytest.approx(rates[0], rel=NEAR)


@given(networks(), st.lists(st.sets(st.integers(0, 11), max_size=4), max_size=12))
def test_changes_are_followed_as_if_all_were_worked_out_anew(
    network: dict[str, Any], changes: list[set[int]]
) -> None:
    shared = Shared(**network)
    for wanted in changes:
        flows = {flow for flow in wanted if flow < len(network["ways"])}
        shared.change(sorted(flows - shared.there), sorted(flows & shared.there))
        there = sorted(shared.there)
        own = np.array([network["own"][flow] for flow in there])
        routes = shared.routes
        anew = fair_rates(
            routes.link_bytes_per_s, routes.start, routes.link, np.array(there, np.int64), own
        )
        assert list(shared.rates.values()) == pytest.approx(anew.tolist(), rel=NEAR)


def test_the_textbook_case() -> None:
    """One flow over two links beside one on each: Bertsekas and Gallager, 1992, section 6.5.2."""
    shared = settled({"capacity": [1.0, 2.0], "ways": [[0, 1], [0], [1]], "own": [np.inf] * 3})
    assert shared.rates == {0: 0.5, 1: 0.5, 2: 1.5}


def test_what_one_cannot_use_the_others_get() -> None:
    shared = settled({"capacity": [10.0], "ways": [[0]] * 3, "own": [1.0, np.inf, np.inf]})
    assert shared.rates == {0: 1.0, 1: 4.5, 2: 4.5}


@given(networks())
def test_who_leaves_hurts_nobody_on_the_same_link(network: dict[str, Any]) -> None:
    assume(len(network["ways"]) > 1)
    single = dict(network, ways=[way[:1] for way in network["ways"]])
    shared = settled(single)
    before = shared.rates
    shared.change(leavers=[0])
    for flow, rate in shared.rates.items():
        assert rate >= before[flow] * (1 - NEAR)
