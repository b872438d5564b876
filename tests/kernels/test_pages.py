"""The page kernels: loop and NumPy form agree bit for bit; the draws are random."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vmlab.kernels import pages
from vmlab.kernels.compile import compiled

ADDRESS = np.arange(0, 4000, 3, dtype=np.int64)
N = len(ADDRESS)


def drawn(seed: int, stream: int, n: int = N) -> np.ndarray:
    out = np.empty(n, dtype=np.uint64)
    pages.draw_array(pages.key(seed, stream), np.arange(n, dtype=np.int64), out)
    return out


@pytest.mark.parametrize("form", [pages.draw_loop, compiled(pages.draw_loop)])
def test_draw_forms_agree(form) -> None:
    key, loop, array = pages.key(7, 3), np.empty(N, np.uint64), np.empty(N, np.uint64)
    with np.errstate(over="ignore"):
        form(key, ADDRESS, loop)
    pages.draw_array(key, ADDRESS, array)
    assert (loop == array).all()
    assert int(array.max()) < 2**pages.DRAW_BITS


def test_a_known_draw() -> None:
    """SplitMix64 started at 0 gives 0xE220A8397B1DCDAF first (its authors' test value)."""
    out = np.empty(1, np.uint64)
    pages.draw_array(np.uint64(0), np.zeros(1, np.int64), out)
    assert int(out[0]) == 0xE220A8397B1DCDAF >> 11


@pytest.mark.parametrize("form", [pages.write_loop, compiled(pages.write_loop)])
def test_write_forms_agree(form) -> None:
    draw, kind = drawn(1, 1), ADDRESS % 3
    threshold = np.array([0, 2**52, 2**53], dtype=np.uint64)
    loop, array = np.empty(N, np.bool_), np.empty(N, np.bool_)
    assert form(draw, kind, threshold, loop) == pages.write_array(draw, kind, threshold, array)
    assert (loop == array).all()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("cursor", [0, 1, 1600, 2003, 4001])
@pytest.mark.parametrize("form", [pages.paint_loop, compiled(pages.paint_loop)])
def test_paint_forms_agree(form, first: bool, cursor: int) -> None:
    pending, dirty = drawn(1, 2) < 2**52, drawn(1, 3) < 2**50
    loop, array = np.empty(251, np.uint8), np.empty(251, np.uint8)
    state = (first, cursor, 4001, 16, ADDRESS, pending, dirty)
    assert form(*state, loop) == pages.paint_array(*state, array)
    assert (loop == array).all()


def test_paint_shows_the_worst() -> None:
    """Four dots of two pages: current, current and dirty, dirty and unsent, unsent."""
    dots, address = np.empty(4, np.uint8), np.array([3, 4, 7])
    count = pages.paint(
        True, 5, 8, 2, address, np.ones(3, np.bool_), np.array([True, True, True]), dots
    )
    assert dots.tolist() == [pages.SENT, pages.DIRTY, pages.DIRTY, pages.NOT_SENT]
    assert count == 2


@pytest.mark.parametrize("step", [1, 0x9E3779B97F4A7C15])
def test_streams_of_near_seeds_do_not_overlap(step: int) -> None:
    """performance.md: seeds that were multiples of the counter's step did overlap."""
    n = 20_000
    streams = [drawn(seed * step, 1, n) / 2.0**pages.DRAW_BITS for seed in range(1, 5)]
    for i, one in enumerate(streams):
        assert abs(one.mean() - 0.5) < 5 / math.sqrt(12 * n)
        for other in streams[i + 1 :]:
            assert len(np.intersect1d(one, other)) == 0
            assert abs(np.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(n)


def test_passes_are_independent() -> None:
    a, b = drawn(1, 1, 20_000), drawn(1, 2, 20_000)
    assert abs(np.corrcoef(a.astype(float), b.astype(float))[0, 1]) < 5 / math.sqrt(20_000)
