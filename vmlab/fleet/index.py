"""A fleet as the kernels want it: a row of bits for each reason, a run of needs for each VM."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmlab.fleet.facts import Fleet, Indices
from vmlab.fleet.forms import blocks_of
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.profile import Profile
from vmlab.kernels.bits import Words, pack
from vmlab.kernels.matrix import Reasons, allow, reason
from vmlab.rules.catalogue import RULES
from vmlab.rules.rule import Rule


@dataclass(frozen=True, eq=False)
class Index:
    """What forbids which pair; the arrays are those of `vmlab.kernels.matrix`.

    Parameters
    ----------
    vms, hosts : tuple of str
        Names: VMs that are powered on, and all hosts.
    rules : tuple of Rule
        Those that can refuse under the profile, in the order of the catalogue.
    start, rule, atom : numpy.ndarray of int64
        The runs of needs.
    rows : numpy.ndarray of uint64
        Hosts that satisfy each atom.
    source : numpy.ndarray of int64
        The host that each VM is on.
    """

    vms: tuple[str, ...]
    hosts: tuple[str, ...]
    rules: tuple[Rule, ...]
    start: Indices
    rule: Indices
    atom: Indices
    rows: Words
    source: Indices

    def allowed(self) -> Words:
        """The hosts that each VM may go to, as bits."""
        allowed = np.zeros((len(self.vms), self.rows.shape[1]), np.uint64)
        allow(self.start, self.atom, self.rows, self.source, allowed, _threads())
        return allowed

    def reasons(self) -> tuple[Reasons, Indices, Indices]:
        """The first reason of each pair, and how many pairs each rule forbids, and it alone."""
        first: Reasons = np.zeros((len(self.vms), len(self.hosts)), np.uint16)
        blocks: NDArray[np.int64] = np.zeros(len(self.rules), np.int64)
        only = np.zeros_like(blocks)
        reason(
            self.start,
            self.rule,
            self.atom,
            self.rows,
            self.source,
            first,
            blocks,
            only,
            _threads(),
        )
        return first, blocks, only


def can_refuse(rule: Rule, profile: Profile) -> bool:
    """Whether a rule can keep a check from passing."""
    severities = (rule.severity.get(profile), rule.milder.get(profile))
    return rule.applies_to(profile) and rule.phase == "check" and "error" in severities


def build_index(
    datacenter: Datacenter,
    profile: Profile,
    rules: tuple[Rule, ...] = RULES,
) -> Index:
    """Find out what forbids each VMotion of a running VM to another host.

    Parameters
    ----------
    datacenter : Datacenter
        What exists.
    profile : Profile
        Whose eyes look.
    rules : tuple of Rule, optional
        The rules, in their order; the catalogue's where left out.

    Returns
    -------
    Index
        Each reason that forbids nothing is left out.
    """
    with without_collector():
        return _built(Fleet(datacenter, profile), rules)


def _built(fleet: Fleet, rules: tuple[Rule, ...]) -> Index:
    profile = fleet.profile
    refusing = tuple(rule for rule in rules if can_refuse(rule, profile))
    hosts = len(fleet.hosts)
    everyone = np.ones(hosts, np.bool_)
    rows = [everyone]
    atoms: dict[tuple[int, bytes], int] = {}
    needs: list[tuple[Indices, int, int]] = []
    for number, rule in enumerate(refusing):
        for block in blocks_of(fleet, rule):
            if not len(block.vms) or not block.hosts.any():
                continue
            # What forbids every host is a fact of the VM, and of this rule.
            own = number if block.hosts.all() else -1
            atom = atoms.setdefault((own, block.hosts.tobytes()), len(rows))
            if atom == len(rows):
                rows.append(~block.hosts)
            needs.append((block.vms, number, atom))
    sizes = [len(vms) for vms, _, _ in needs]
    vm = np.concatenate([vms for vms, _, _ in needs] or [np.zeros(0, np.int64)])
    by_rule = np.repeat(np.array([number for _, number, _ in needs], np.int64), sizes)
    by_atom = np.repeat(np.array([atom for _, _, atom in needs], np.int64), sizes)
    order = np.lexsort((by_atom, by_rule, vm))
    return Index(
        vms=tuple(fleet.vm_names),
        hosts=tuple(fleet.host_names),
        rules=refusing,
        start=np.searchsorted(vm[order], np.arange(len(fleet.vms) + 1)).astype(np.int64),
        rule=by_rule[order],
        atom=by_atom[order],
        rows=pack(np.array(rows)),
        source=fleet.source,
    )


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python from walking through a large inventory again and again, for cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _threads() -> int:
    return max(1, min(8, os.cpu_count() or 1))
