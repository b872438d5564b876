"""What would help most: the edits of one finding that free the most pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vmlab.documents import InputError
from vmlab.fleet.facts import Indices
from vmlab.fleet.index import Index, build_index, without_collector
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, apply
from vmlab.inventory.profile import Profile
from vmlab.kernels.bits import Words, unpack
from vmlab.rules.check import check, request
from vmlab.rules.report import Finding

#: Candidates that are tried out; of a large fleet only the most promising one is.
TRIED, LARGE_PAIRS = 3, 1_000_000


@dataclass(frozen=True)
class Help:
    """A fix, and what it is worth.

    Parameters
    ----------
    edits : tuple of Edit
        What to change.
    frees : int
        How many more pairs may go then, counted after making the edits.
    fix : str
        The same in words.
    """

    edits: tuple[Edit, ...]
    frees: int
    fix: str

    def to_json(self) -> dict[str, Any]:
        """The fix as plain data."""
        edits = [edit.to_json() for edit in self.edits]
        return {"edits": edits, "frees": self.frees, "fix": self.fix}


def helps_most(datacenter: Datacenter, profile: Profile, index: Index) -> Help | None:
    """The mechanical fix that frees the most pairs.

    Parameters
    ----------
    datacenter : Datacenter
        What exists.
    profile : Profile
        Whose eyes look.
    index : Index
        What forbids each pair of it.

    Returns
    -------
    Help or None
        None where no single fix frees any.

    Notes
    -----
    Pairs that one fact alone forbids are counted by fact: of the VM, of the
    destination for those that need it, or of a host at either end. A check of
    one such pair names the edits; the most promising are made, and the
    matrix built again, so that the number is what they really free.
    """
    before = _pairs(index)
    tries = TRIED if len(index.vms) * len(index.hosts) <= LARGE_PAIRS else 1
    best: Help | None = None
    for promised, finding in _findings(datacenter, profile, index):
        if tries == 0 or (best and promised <= best.frees):
            break
        try:
            with without_collector():
                mended = apply(datacenter, finding.edits)
        except InputError:
            continue
        tries -= 1
        frees = _pairs(build_index(mended, profile)) - before
        if frees > (best.frees if best else 0):
            best = Help(finding.edits, frees, finding.fix)
    return best


def _findings(
    datacenter: Datacenter, profile: Profile, index: Index
) -> Iterator[tuple[int, Finding]]:
    """Findings that promise to free pairs, and how many; each edit once."""
    seen: set[str] = set()
    for promised, vm, host in candidates(index):
        for finding in check(datacenter, request(datacenter, vm, host), profile).errors:
            if finding.edits and repr(finding.edits) not in seen:
                seen.add(repr(finding.edits))
                yield promised, finding


def candidates(index: Index) -> Iterator[tuple[int, str, str]]:
    """Facts that alone forbid pairs: how many, and one of the pairs; the best first.

    Parameters
    ----------
    index : Index
        What forbids each pair.

    Yields
    ------
    tuple of (int, str, str)
        Pairs that the fact alone forbids, and the VM and the host of one.
    """
    hosts = len(index.hosts)
    owner = np.repeat(np.arange(len(index.vms)), np.diff(index.start))
    facts = np.unique(np.stack([owner, index.atom], axis=1), axis=0)
    alone = _alone(index, facts[:, 0], facts[:, 1])
    forbids_all = np.bitwise_or.reduce(index.rows, axis=1) == 0
    ends: dict[tuple[int, int], tuple[int, int, int]] = {}
    found: list[tuple[int, int, int]] = []
    rule_of = dict(zip(index.atom.tolist(), index.rule.tolist(), strict=True))
    by_source = {rule_of[atom] for atom in np.flatnonzero(forbids_all) if atom in rule_of}
    order = np.argsort(facts[:, 1], kind="stable")
    cuts = np.flatnonzero(np.diff(facts[order, 1])) + 1
    for run in np.split(order, cuts) if len(order) else ():
        atom = int(facts[run[0], 1])
        vms: Indices = facts[run, 0]
        freed = unpack(alone[vms] & (index.rows[0] & ~index.rows[atom]), hosts)
        rule = rule_of[atom]
        if forbids_all[atom]:
            by_vm, one = freed.sum(1, np.int64), freed.argmax(axis=1)
            for i in np.flatnonzero(by_vm).tolist():
                vm, host = int(vms[i]), int(one[i])
                found.append((int(by_vm[i]), vm, host))
                _add(ends, (rule, int(index.source[vm])), int(by_vm[i]), vm, host)
            continue
        by_host, one = freed.sum(0, np.int64), freed.argmax(axis=0)
        for host in np.flatnonzero(by_host).tolist():
            vm = int(vms[one[host]])
            found.append((int(by_host[host]), vm, host))
            if rule in by_source:
                _add(ends, (rule, host), int(by_host[host]), vm, host)
    found += ends.values()
    for promised, vm, host in sorted(found, key=lambda entry: (-entry[0], *entry[1:])):
        yield promised, index.vms[vm], index.hosts[host]


def _add(
    ends: dict[tuple[int, int], tuple[int, int, int]],
    key: tuple[int, int],
    count: int,
    vm: int,
    host: int,
) -> None:
    before, *pair = ends.get(key, (0, vm, host))
    ends[key] = (before + count, pair[0], pair[1])


def _alone(index: Index, owner: Any, atom: Any) -> Words:
    """Pairs that exactly one fact forbids, as bits."""
    once = np.zeros((len(index.vms), index.rows.shape[1]), np.uint64)
    twice = np.zeros_like(once)
    turn = np.arange(len(owner)) - np.searchsorted(owner, owner)
    for now in range(int(turn.max(initial=-1)) + 1):
        mine = turn == now
        blocked = index.rows[0] & ~index.rows[atom[mine]]
        twice[owner[mine]] |= once[owner[mine]] & blocked
        once[owner[mine]] |= blocked
    alone = once & ~twice
    own = np.uint64(1) << (index.source.astype(np.uint64) & np.uint64(63))
    alone[np.arange(len(alone)), index.source >> 6] &= ~own
    return alone


def _pairs(index: Index) -> int:
    return int(np.bitwise_count(index.allowed()).sum())
