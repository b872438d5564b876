"""Which VM may go to which host: needs of VMs against rows of hosts, bit by bit.

Everything that can forbid a pair is an **atom**: a row of bits, one for each
host, set where a VM that needs the atom may go. A VM's needs are a run of
atoms, sorted by the rule that asks for them; a pair is allowed where the rows
of all needs are set. Hosts are packed 64 to a word, host 0 in the lowest bit;
row 0 is all hosts. All numbers are integers, so the loops and the NumPy forms
beside them agree bit for bit, and VMs may be cut among threads at will.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.bits import Indices, Words, bits_in, unpack
from vmlab.kernels.compile import can_compile, compiled, kernel

Reasons = NDArray[np.uint16]

#: From so many needs times words on the loops are compiled; that takes about a second.
WORTH_COMPILING = 2**26
#: VMs that the NumPy forms take at a time: their needs' rows stay in the cache.
BLOCK = 1024

_ONE, _NONE, _LOW = np.uint64(1), np.uint64(0), np.uint64(63)


@kernel
def allow_loop(
    start: Indices, atom: Indices, rows: Words, source: Indices, allowed_out: Words
) -> None:
    """Which hosts have all that each VM needs.

    Parameters
    ----------
    start : numpy.ndarray of int64, shape (vms + 1,)
        Where each VM's run of needs begins, and the end of the last.
    atom : numpy.ndarray of int64
        The runs.
    rows : numpy.ndarray of uint64, shape (atoms, words)
        Hosts that satisfy each atom; row 0 is all hosts.
    source : numpy.ndarray of int64, shape (vms,)
        The host that each VM is on, to which it does not go.
    allowed_out : numpy.ndarray of uint64, shape (vms, words)
        Filled with the hosts that a VM may go to.
    """
    words = rows.shape[1]
    for vm in range(len(source)):
        begin, end = start[vm], start[vm + 1]
        w = 0
        # Eight words at a time stay in registers: twice as fast as one by one.
        while w + 8 <= words:
            a, b, c, d = rows[0, w], rows[0, w + 1], rows[0, w + 2], rows[0, w + 3]
            e, f, g, h = rows[0, w + 4], rows[0, w + 5], rows[0, w + 6], rows[0, w + 7]
            for i in range(begin, end):
                row = atom[i]
                a &= rows[row, w]
                b &= rows[row, w + 1]
                c &= rows[row, w + 2]
                d &= rows[row, w + 3]
                e &= rows[row, w + 4]
                f &= rows[row, w + 5]
                g &= rows[row, w + 6]
                h &= rows[row, w + 7]
            allowed_out[vm, w], allowed_out[vm, w + 1] = a, b
            allowed_out[vm, w + 2], allowed_out[vm, w + 3] = c, d
            allowed_out[vm, w + 4], allowed_out[vm, w + 5] = e, f
            allowed_out[vm, w + 6], allowed_out[vm, w + 7] = g, h
            w += 8
        while w < words:
            word = rows[0, w]
            for i in range(begin, end):
                word &= rows[atom[i], w]
            allowed_out[vm, w] = word
            w += 1
        own = _ONE << (np.uint64(source[vm]) & _LOW)
        allowed_out[vm, source[vm] >> 6] &= ~own


def allow_array(
    start: Indices, atom: Indices, rows: Words, source: Indices, allowed_out: Words
) -> None:
    """`allow_loop` in NumPy."""
    for low in range(0, len(source), BLOCK):
        high = min(low + BLOCK, len(source))
        begin, end = start[low:high], start[low + 1 : high + 1]
        allowed_out[low:high] = rows[0]
        some = np.flatnonzero(begin < end)
        if len(some):
            needed = rows[atom[begin[0] : end[-1]]]
            allowed_out[low + some] &= np.bitwise_and.reduceat(needed, begin[some] - begin[0])
    allowed_out[np.arange(len(source)), source >> 6] &= ~_bit(source)


@kernel
def reason_loop(
    start: Indices,
    rule: Indices,
    atom: Indices,
    rows: Words,
    source: Indices,
    scratch_out: Words,
    first_out: Reasons,
    blocks_out: Indices,
    only_out: Indices,
) -> None:
    """The first rule that forbids each pair, and how many pairs each rule forbids.

    Parameters
    ----------
    start : numpy.ndarray of int64, shape (vms + 1,)
        As for `allow_loop`.
    rule : numpy.ndarray of int64
        The rule that asks for each need, ascending within a VM.
    atom, rows, source : numpy.ndarray
        As for `allow_loop`.
    scratch_out : numpy.ndarray of uint64, shape (3, words)
        Space to work in.
    first_out : numpy.ndarray of uint16, shape (vms, hosts)
        1 + the first rule that forbids the pair, 0 where none does.
    blocks_out, only_out : numpy.ndarray of int64, shape (rules,)
        Raised by the pairs that each rule forbids, and by those that it alone does.
    """
    words = rows.shape[1]
    blocked, once, twice = scratch_out[0], scratch_out[1], scratch_out[2]
    for vm in range(len(source)):
        own_word, own = source[vm] >> 6, _ONE << (np.uint64(source[vm]) & _LOW)
        first_out[vm, :] = 0
        once[:] = _NONE
        twice[:] = _NONE
        for turn in range(2):
            i = start[vm]
            while i < start[vm + 1]:
                now = rule[i]
                blocked[:] = _NONE
                while i < start[vm + 1] and rule[i] == now:
                    for w in range(words):
                        blocked[w] |= rows[0, w] & ~rows[atom[i], w]
                    i += 1
                blocked[own_word] &= ~own
                for w in range(words):
                    word = blocked[w]
                    if word == _NONE:
                        continue
                    if turn == 1:
                        only_out[now] += bits_in(word & once[w] & ~twice[w])
                        continue
                    blocks_out[now] += bits_in(word)
                    new = word & ~once[w]
                    twice[w] |= once[w] & word
                    once[w] |= word
                    host = w << 6
                    while new != _NONE:
                        # The lowest bit that is set: those below it are ones in `new ^ rest`.
                        rest = new & (new - _ONE)
                        lowest = host + bits_in((new ^ rest) - _ONE)
                        first_out[vm, lowest] = now + 1
                        new = rest


def reason_array(
    start: Indices,
    rule: Indices,
    atom: Indices,
    rows: Words,
    source: Indices,
    scratch_out: Words,
    first_out: Reasons,
    blocks_out: Indices,
    only_out: Indices,
) -> None:
    """`reason_loop` in NumPy; it needs no scratch."""
    hosts = first_out.shape[1]
    for low in range(0, len(source), BLOCK):
        high = min(low + BLOCK, len(source))
        here = np.arange(high - low)
        first = np.zeros((high - low, hosts), np.uint16)
        once = np.zeros((high - low, rows.shape[1]), np.uint64)
        twice = np.zeros_like(once)
        groups: list[tuple[int, Indices, Words]] = []
        span = slice(start[low], start[high])
        vm = np.repeat(here, np.diff(start[low : high + 1]))
        for now in np.unique(rule[span]):
            mine = rule[span] == now
            who, begin = np.unique(vm[mine], return_index=True)
            met = np.bitwise_and.reduceat(rows[atom[span][mine]], begin)
            blocked = rows[0] & ~met
            blocked[np.arange(len(who)), source[low + who] >> 6] &= ~_bit(source[low + who])
            groups.append((int(now), who, blocked))
            blocks_out[now] += int(np.bitwise_count(blocked).sum())
            new = unpack(blocked & ~once[who], hosts)
            first[who] += new * np.uint16(now + 1)
            twice[who] |= once[who] & blocked
            once[who] |= blocked
        for now, who, blocked in groups:
            alone = blocked & once[who] & ~twice[who]
            only_out[now] += int(np.bitwise_count(alone).sum())
        first_out[low:high] = first


def _bit(host: Indices) -> Words:
    return _ONE << (host.astype(np.uint64) & _LOW)


def allow(
    start: Indices,
    atom: Indices,
    rows: Words,
    source: Indices,
    allowed_out: Words,
    threads: int = 1,
) -> None:
    """`allow_array`, or for many needs `allow_loop`, compiled: equal bit for bit."""
    fast = _worth_compiling(len(atom), rows)
    form: Callable[..., Any] = compiled(allow_loop) if fast else allow_array

    def part(low: int, high: int) -> None:
        form(start[low : high + 1], atom, rows, source[low:high], allowed_out[low:high])

    _share(part, len(source), threads if fast else 1)


def reason(
    start: Indices,
    rule: Indices,
    atom: Indices,
    rows: Words,
    source: Indices,
    first_out: Reasons,
    blocks_out: Indices,
    only_out: Indices,
    threads: int = 1,
) -> None:
    """`reason_array`, or for many needs `reason_loop`, compiled: equal bit for bit."""
    fast = _worth_compiling(len(atom), rows)
    form: Callable[..., Any] = compiled(reason_loop) if fast else reason_array
    parts: list[tuple[Indices, Indices]] = []

    def part(low: int, high: int) -> None:
        blocks, only = np.zeros_like(blocks_out), np.zeros_like(only_out)
        scratch = np.zeros((3, rows.shape[1]), np.uint64)
        runs = start[low : high + 1]
        form(runs, rule, atom, rows, source[low:high], scratch, first_out[low:high], blocks, only)
        parts.append((blocks, only))

    _share(part, len(source), threads if fast else 1)
    for blocks, only in parts:
        blocks_out += blocks
        only_out += only


def _share(part: Callable[[int, int], None], vms: int, threads: int) -> None:
    """Cut the VMs among threads: compiled loops let go of Python's lock."""
    cuts = [vms * i // threads for i in range(threads + 1)]
    if threads == 1:
        part(0, vms)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, cuts[:-1], cuts[1:]))


def _worth_compiling(needs: int, rows: Words) -> bool:
    return needs * rows.shape[1] >= WORTH_COMPILING and can_compile()
