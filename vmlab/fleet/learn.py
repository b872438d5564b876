"""A rule's verdict on every pair, learned from the few that differ in what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vmlab.fleet.facts import Flags, Fleet, Indices
from vmlab.fleet.watch import watch
from vmlab.rules.rule import Rule


@dataclass(frozen=True)
class Block:
    """A rule refuses each of some VMs on each of some hosts.

    Parameters
    ----------
    vms : numpy.ndarray of int64
        Numbers of the VMs.
    hosts : numpy.ndarray of bool
        True for the hosts that it refuses.
    """

    vms: Indices
    hosts: Flags


def learned(
    fleet: Fleet, rule: Rule, sorts_names: bool = False, among: Indices | None = None
) -> Iterator[Block]:
    """Ask a rule about one pair, and take its answer for all pairs with the same facts.

    Parameters
    ----------
    fleet : Fleet
        VMs and hosts.
    rule : Rule
        Any rule whose answer depends on the datacenter alone.
    sorts_names : bool, optional
        As `watch` explains.
    among : numpy.ndarray of int64, optional
        The VMs to ask about, ascending; all where left out.

    Yields
    ------
    Block
        Every pair that it refuses, once.

    Notes
    -----
    All pairs are a rectangle of VMs by hosts. A pair of it is asked about, and
    each fact that the rule read cuts the rectangle: those with the same fact
    stay, the others wait for their turn. What is left shares the verdict. A
    fact is always of the VM's side or of the destination, so that what is cut
    off is a rectangle too.
    """
    waiting = [(fleet.everyone if among is None else among, np.arange(len(fleet.hosts)))]
    while waiting:
        vms, hosts = waiting.pop()
        pair = _pair(fleet, vms, hosts)
        if pair is None:
            continue
        vm, host = pair
        names = fleet.vm_names[vm], fleet.host_names[host]
        refused, reads = watch(rule, fleet.profile, fleet.datacenter, *names, sorts_names)
        for role, steps in reads:
            of_vm = role != "destination"
            mine, one = (vms, vm) if of_vm else (hosts, host)
            codes = fleet.codes(role, steps, mine) if len(mine) > 1 else None
            if codes is None:
                continue
            same = codes == codes[np.searchsorted(mine, one)]
            if same.all():
                continue
            if of_vm:
                waiting.append((vms[~same], hosts))
                vms = vms[same]
            else:
                waiting.append((vms, hosts[~same]))
                hosts = hosts[same]
        if refused:
            flags = np.zeros(len(fleet.hosts), np.bool_)
            flags[hosts] = True
            yield Block(vms, flags)


def _pair(fleet: Fleet, vms: Indices, hosts: Indices) -> tuple[int, int] | None:
    """A VM and a host that is not its own, None where there is none."""
    if not len(vms) or not len(hosts):
        return None
    vm = int(vms[0])
    for host in hosts[:2]:
        if host != fleet.source[vm]:
            return vm, int(host)
    # The one host left is this VM's own.
    others = vms[fleet.source[vms] != hosts[0]]
    return (int(others[0]), int(hosts[0])) if len(others) else None
