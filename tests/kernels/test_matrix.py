"""The matrix kernels: loops, NumPy forms and a naive twin agree bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.kernels import bits
from vmlab.kernels import matrix as kernels
from vmlab.kernels.compile import compiled

Case = dict[str, Any]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Needs of a few VMs on any number of hosts, rows of all and of none among them."""
    hosts, vms = draw(st.integers(1, 130) | st.just(1100)), draw(st.integers(0, 5))
    atoms, rules = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    flags = np.array([[True] * hosts, *draw(st.lists(_row(hosts), min_size=atoms, max_size=atoms))])
    need = st.tuples(st.integers(0, rules - 1), st.integers(0, atoms))
    needs = [sorted(draw(st.lists(need, max_size=6))) for _ in range(vms)]
    return {
        "hosts": hosts,
        "rules": rules,
        "flags": flags,
        "needs": needs,
        "start": np.cumsum([0, *map(len, needs)]).astype(np.int64),
        "rule": np.array([rule for run in needs for rule, _ in run], np.int64),
        "atom": np.array([atom for run in needs for _, atom in run], np.int64),
        "rows": bits.pack(flags),
        "source": np.array([draw(st.integers(0, hosts - 1)) for _ in needs], np.int64),
    }


def _row(hosts: int) -> st.SearchStrategy[list[bool]]:
    return st.one_of(
        st.just([True] * hosts),
        st.just([False] * hosts),
        st.integers(0, 2**hosts - 1).map(lambda bits: [bool(bits >> i & 1) for i in range(hosts)]),
    )


def naive(case: Case) -> tuple[Any, Any, Any, Any]:
    """The same, pair by pair."""
    allowed = np.zeros((len(case["needs"]), case["hosts"]), np.bool_)
    first = np.zeros(allowed.shape, np.uint16)
    blocks, only = np.zeros(case["rules"], np.int64), np.zeros(case["rules"], np.int64)
    for vm, needs in enumerate(case["needs"]):
        for host in range(case["hosts"]):
            if host == case["source"][vm]:
                continue
            refusing = sorted({rule for rule, atom in needs if not case["flags"][atom][host]})
            allowed[vm, host] = not refusing
            first[vm, host] = refusing[0] + 1 if refusing else 0
            blocks[refusing] += 1
            if len(refusing) == 1:
                only[refusing] += 1
    return allowed, first, blocks, only


def run(case: Case, allow: Callable[..., Any], reason: Callable[..., Any]) -> tuple[Any, ...]:
    vms, words = len(case["needs"]), case["rows"].shape[1]
    allowed = np.zeros((vms, words), np.uint64)
    allow(case["start"], case["atom"], case["rows"], case["source"], allowed)
    first = np.zeros((vms, case["hosts"]), np.uint16)
    blocks, only = np.zeros(case["rules"], np.int64), np.zeros(case["rules"], np.int64)
    scratch = np.zeros((3, words), np.uint64)
    given_ = (case["start"], case["rule"], case["atom"], case["rows"], case["source"])
    reason(*given_, scratch, first, blocks, only)
    return bits.unpack(allowed, case["hosts"]), first, blocks, only


def same(left: tuple[Any, ...], right: tuple[Any, ...]) -> None:
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(deadline=None)
@given(cases())
def test_numpy_is_the_naive_twin(case: Case) -> None:
    same(run(case, kernels.allow_array, kernels.reason_array), naive(case))


@settings(deadline=None, max_examples=30)
@given(cases())
def test_the_loops_uncompiled(case: Case) -> None:
    same(run(case, kernels.allow_loop, kernels.reason_loop), naive(case))


@settings(deadline=None)
@given(cases())
def test_the_loops_compiled(case: Case) -> None:
    forms = compiled(kernels.allow_loop), compiled(kernels.reason_loop)
    same(run(case, *forms), naive(case))


@settings(deadline=None, max_examples=30)
@given(cases(), st.integers(1, 4))
def test_any_number_of_threads_and_any_block(case: Case, threads: int) -> None:
    def allow(*arguments: Any) -> None:
        kernels.allow(*arguments, threads=threads)

    def reason(*arguments: Any) -> None:
        before, after = arguments[:5], arguments[6:]
        kernels.reason(*before, *after, threads=threads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "BLOCK", 2)
        same(run(case, allow, reason), naive(case))
        patch.setattr(kernels, "WORTH_COMPILING", 0)
        same(run(case, allow, reason), naive(case))


@given(st.lists(st.lists(st.integers(0, 4), max_size=4, unique=True), min_size=1, max_size=130))
def test_rows_of_offers(offers: list[list[int]]) -> None:
    start = np.cumsum([0, *map(len, offers)]).astype(np.int64)
    offer = np.array([atom for run in offers for atom in run], np.int64)
    expected = [[atom in run for run in offers] for atom in range(5)]
    for form in (bits.rows_loop, bits.rows_array, compiled(bits.rows_loop)):
        rows = np.zeros((5, -(-len(offers) // 64)), np.uint64)
        form(start, offer, rows)
        np.testing.assert_array_equal(bits.unpack(rows, len(offers)), expected)


@given(st.integers(0, 2**64 - 1))
def test_bits_in_a_word(word: int) -> None:
    assert bits.bits_in(np.uint64(word)) == word.bit_count()
