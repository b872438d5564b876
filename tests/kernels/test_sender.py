"""Bytes on the wire for a byte of memory, and how fast: models.md 1.7 by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.sender import Sender, hit_share, most_wire_bytes_per_s, wire_share
from vmlab.kernels.workload import Span, Work

INF = math.inf
PLAIN = Sender(1.0, INF, INF, 0.0, 1.0, INF)


def test_plain_memory_is_what_is_sent() -> None:
    assert wire_share(0.0, PLAIN) == 1.0
    assert most_wire_bytes_per_s(1.0, True, PLAIN) == INF


@given(st.floats(1, 100), st.floats(1e6, 1e11), st.floats(1e6, 1e11))
def test_compression_goes_at_the_slower_of_wire_and_compressors(
    ratio: float, wire: float, packs: float
) -> None:
    """T = M / min(rho B, n c)."""
    sender = Sender(ratio, packs, INF, 0.0, 1.0, INF)
    share = wire_share(0.0, sender)
    rate = min(wire, most_wire_bytes_per_s(share, False, sender))
    assert rate / share == pytest.approx(min(ratio * wire, packs), rel=1e-12)


def test_a_cipher_bounds_what_is_on_the_wire() -> None:
    sender = Sender(4.0, 8e9, 1e9, 0.0, 1.0, INF)
    assert most_wire_bytes_per_s(0.25, False, sender) == 1e9
    assert most_wire_bytes_per_s(0.1, False, sender) == pytest.approx(0.8e9)


def test_deltas_by_hand() -> None:
    """V_wire = hits * delta + misses * page."""
    sender = Sender(1.0, INF, INF, 1e9, 100 / 4096, 2e9)
    assert wire_share(0.75, sender) * 4096 == pytest.approx(0.75 * 100 + 0.25 * 4096)
    assert most_wire_bytes_per_s(0.5, True, sender) == 1e9
    assert most_wire_bytes_per_s(0.5, False, sender) == INF


def test_a_delta_longer_than_its_page_is_not_sent() -> None:
    assert wire_share(1.0, Sender(1.0, INF, INF, 1e9, 1.5, 2e9)) == 1.0
    assert wire_share(1.0, Sender(4.0, INF, INF, 1e9, 0.5, 2e9)) == 0.25


def test_even_nothing_takes_time_to_find() -> None:
    sender = Sender(1.0, INF, INF, 1e9, 0.0, 2e9)
    share = wire_share(1.0, sender)
    assert share * 8e9 / most_wire_bytes_per_s(share, True, sender) == pytest.approx(4.0)


GUEST = Work((32e6,), (5.0,), (0.0,), (), ())


def test_hits_begin_with_the_third_pass() -> None:
    sender = Sender(1.0, INF, INF, 64e6, 0.1, 2e9)
    last = Span(10.0, 1.0, 1.0)
    assert hit_share(1, 0.0, 0.0, last, GUEST, sender) == 0.0
    assert hit_share(2, 0.0, 10.0, last, GUEST, sender) == 0.0
    assert hit_share(3, 0.0, 10.0, last, GUEST, sender) == pytest.approx(1.0)
    assert hit_share(3, 0.0, 10.0, last, GUEST, PLAIN) == 0.0
    assert hit_share(3, 0.0, 0.0, last, GUEST, sender) == 0.0


def test_a_small_cache_hits_in_proportion() -> None:
    """qemu.md: 8 MiB of cache for 32 MiB, 77 % misses measured."""
    sender = Sender(1.0, INF, INF, 8e6, 0.1, 2e9)
    found = hit_share(3, 0.0, 10.0, Span(10.0, 1.0, 1.0), GUEST, sender)
    assert 1 - found == pytest.approx(0.75)
