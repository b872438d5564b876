"""Drawn bitmaps: loop, NumPy form and a twin in plain integers agree; the bits are random."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.kernels import bitmaps, guest_pages
from vmlab.kernels.bitmap_arrays import draw_array
from vmlab.kernels.compile import compiled
from vmlab.kernels.guest_pages import Pages
from vmlab.kernels.pages import key

WORD = 2**64 - 1
STEP = 0x9E3779B97F4A7C15
WHOLE = 2**53


def mixed(word: int) -> int:
    word &= WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def rotated(word: int, by: int) -> int:
    return (word << by | word >> (64 - by)) & WORD


def naive(seed: int, stream: int, sizes: Sequence[int], limits: Sequence[int]) -> list[int]:
    """Addresses of the pages below their threshold, each number put together bit by bit."""
    stream_key, tail_key = int(key(seed, 2 * stream)), int(key(seed, 2 * stream + 1))
    words = [(size, limit, i) for size, limit in zip(sizes, limits, strict=True)
             for i in range(-(-size // 64))]  # fmt: skip
    lanes: dict[tuple[int, int], tuple[int, int]] = {}
    found = []
    for w, (size, limit, i) in enumerate(words):
        chunk, lane = w // 4096, w % 512
        a, b = lanes.get((chunk, lane)) or (
            mixed(stream_key + (chunk * 1024 + lane + 1) * STEP),
            mixed(stream_key + (chunk * 1024 + lane + 513) * STEP),
        )
        planes = []
        for _ in range(5):
            plus = (a + b) & WORD
            planes += [plus, (rotated(plus, 17) + a) & WORD]
            b ^= a
            a = rotated(a, 24) ^ b ^ (b << 16 & WORD)
            b = rotated(b, 37)
        lanes[chunk, lane] = a, b
        for page in range(min(64, size - 64 * i)):
            high = sum((planes[j] >> page & 1) << j for j in range(10))
            number = high << 43 | mixed(tail_key + (w * 64 + page + 1) * STEP) >> 21
            if number < limit:
                found.append(w * 64 + page)
    return found


def drawn(seed: int, stream: int, sizes: Sequence[int], limits: Sequence[int]) -> list[int]:
    pages = Pages(sizes)
    bitmap = pages.bitmap()
    count = pages.draw(seed, stream, limits, bitmap)
    found = np.flatnonzero(np.unpackbits(bitmap.view(np.uint8), bitorder="little")).tolist()
    assert count == len(found) == pages.count(bitmap, 1.0)
    return found


@pytest.fixture(params=["arrays", "compiled"])
def form(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    least = 0 if request.param == "compiled" else 10**15
    monkeypatch.setattr(guest_pages, "WORTH_COMPILING", least)
    return str(request.param)


SIZES = [[1], [64], [65], [0], [130, 0, 64, 7], [64 * 511, 64 * 2, 3], [64 * 4100 + 5]]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_it_is_the_naive_twin(form: str, sizes: list[int]) -> None:
    limits = [(0x13579BDF02468A >> i) % WHOLE for i in range(len(sizes))]
    assert drawn(5, 2, sizes, limits) == naive(5, 2, sizes, limits)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, WHOLE)), min_size=1, max_size=6),
    st.integers(0, 2**63 - 1),
)
def test_any_sizes_and_thresholds(classes: list[tuple[int, int]], seed: int) -> None:
    sizes, limits = [n for n, _ in classes], [limit for _, limit in classes]
    assert drawn(seed, 1, sizes, limits) == naive(seed, 1, sizes, limits)


def test_the_loop_as_plain_python() -> None:
    """What a compiler is given runs without one, bit for bit."""
    sizes, limits = [200, 64 * 7], [WHOLE // 3, WHOLE // 1000]
    pages = Pages(sizes)
    state = (key(1, 2), key(1, 3), 0, 1, pages.class_from, pages.class_pages)
    loop, array = pages.bitmap(), pages.bitmap()
    room = [*np.zeros((3, 512), np.uint64), np.zeros(513, np.int64)]
    with np.errstate(over="ignore"):
        count = bitmaps.draw_chunks(*state, np.array(limits, np.uint64), loop, *room)
    assert count == draw_array(*state, np.array(limits, np.uint64), array)
    assert (loop == array).all()


@pytest.mark.parametrize(("limit", "share"), [(0, 0.0), (WHOLE, 1.0)])
def test_none_and_all_are_certain(form: str, limit: int, share: float) -> None:
    assert len(drawn(3, 1, [64 * 1000 + 9], [limit])) == share * (64 * 1000 + 9)


def test_a_threshold_counts_to_its_last_bit(form: str) -> None:
    """Raising a threshold never clears a page; equal keys give equal numbers."""
    limits = [WHOLE // 2**10 * k + extra for k in (0, 1, 511, 1023) for extra in (0, 1, 2**42)]
    found = [set(drawn(8, 4, [50_000], [limit])) for limit in sorted(limits)]
    assert all(one <= after for one, after in itertools.pairwise(found))


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_threads_change_nothing(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_pages, "WORTH_COMPILING", 0)
    monkeypatch.setattr(guest_pages, "WORTH_SHARING", 1)
    sizes, limits = [64 * 4096 * 9 + 77, 64 * 5000], [WHOLE // 5, WHOLE // 77]
    pages, alone = Pages(sizes, threads=threads), Pages(sizes)
    one, other = pages.bitmap(), alone.bitmap()
    for stream in range(3):
        counts = pages.draw(2, stream, limits, one), alone.draw(2, stream, limits, other)
        assert counts[0] == counts[1]
        assert (one == other).all()
    pages.close()


SCRIPT = """
import hashlib, sys
import vmlab.kernels.guest_pages as g
g.WORTH_COMPILING = 0
pages = g.Pages([64 * 5000 + 3, 999])
bitmap = pages.bitmap()
count = pages.draw(11, 5, [2**51 + 12345, 2**40], bitmap)
print(count, hashlib.sha256(bitmap.tobytes()).hexdigest(), sys.modules.get("numba") is not None)
"""
BLOCKED = "import sys\nsys.modules['numba'] = None\n"


def test_the_same_without_a_compiler() -> None:
    found = []
    for code, environment in (
        (SCRIPT, {}),
        (SCRIPT, {"NUMBA_DISABLE_JIT": "1"}),
        (SCRIPT, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}),
        (BLOCKED + SCRIPT, {}),
    ):
        env = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"} | environment
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert len({tuple(one[:2]) for one in found}) == 1
    assert [one[2] for one in found] == ["True", "False", "True", "False"]


CHANCES = [0.5, 0.3, 0.013, 1 / 1024 + 1e-5]


@pytest.mark.parametrize("chance", CHANCES)
def test_pages_are_independent_and_equally_likely(chance: float) -> None:
    """400 draws of 38,400 pages: total, spread, each page, neighbours, lanes and passes.

    Each figure is a sum of many, so nearly normal; the bounds are five standard errors.
    """
    n, draws = 64 * 600, 400
    pages = Pages([n])
    bitmap, limit = pages.bitmap(), [round(chance * WHOLE)]
    hits, totals = np.zeros(n), []
    products = {"page": 0.0, "word": 0.0, "lane": 0.0, "pass": 0.0}
    before = np.zeros(n)
    for seed in range(draws):
        totals.append(pages.draw(seed * STEP, 1, limit, bitmap))
        flags = np.unpackbits(bitmap[:600].view(np.uint8), bitorder="little")
        hits += flags
        z = (flags.astype(float) - chance) / np.sqrt(chance * (1 - chance))
        products["page"] += float(np.einsum("i,i", z[:-1], z[1:]))
        products["word"] += float(np.einsum("i,i", z[:-64], z[64:]))
        products["lane"] += float(np.einsum("i,i", z[: -64 * 512], z[64 * 512 :]))
        products["pass"] += float(np.einsum("i,i", z, before))
        before = z
    z_total = (np.array(totals) - n * chance) / np.sqrt(n * chance * (1 - chance))
    assert abs(z_total.mean()) < 5 / np.sqrt(draws)
    assert abs((z_total**2).mean() - 1) < 5 * np.sqrt(2 / draws)
    each = (hits - draws * chance) ** 2 / (draws * chance * (1 - chance))
    kurtosis = 2 + (1 - 6 * chance * (1 - chance)) / (draws * chance * (1 - chance))
    assert abs(each.mean() - 1) < 5 * np.sqrt(kurtosis / n)
    for name, product in products.items():
        pairs = draws * (n - {"page": 1, "word": 64, "lane": 64 * 512, "pass": 0}[name])
        assert abs(product) < 5 * np.sqrt(pairs), name


def test_known_first_words() -> None:
    """From the state (1, 2) xoroshiro128+ gives 3 first, xoroshiro128++ 3 * 2^17 + 1; the state
    that follows is (2^24 ^ 3 ^ 3 * 2^16, 3 * 2^37), by hand."""
    one, two, none = np.uint64(1), np.uint64(2), np.uint64(0)
    with np.errstate(over="ignore"):
        a, b, less, equal = compiled(bitmaps.compared)(one, two, none, ~none, ~none, none)
    assert (int(a), int(b)) == (2**24 ^ 3 ^ (3 << 16), 3 << 37)
    # Below a threshold of binary 01, high bit first, is what has 0 and 0; equal what has 0 and 1.
    assert int(less) == ~(3 * 2**17 + 1) & ~3 & WORD
    assert int(equal) == ~(3 * 2**17 + 1) & 3
