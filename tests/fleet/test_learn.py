"""Rules that have a form of their own, rules that are learned, and rules nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from support.fleets import fleet
from vmlab.fleet.facts import Fleet
from vmlab.fleet.forms import FORMS, blocks_of
from vmlab.fleet.index import build_index, can_refuse
from vmlab.fleet.learn import learned
from vmlab.fleet.names import NAME
from vmlab.fleet.watch import judge, watch
from vmlab.inventory import Datacenter, Move, Profile, load
from vmlab.inventory.path import plain
from vmlab.rules import RULES, Breach, Rule, find_rule
from vmlab.rules.rule import everywhere, move_rule

PROFILE = Profile.VSPHERE_80
Judge = Callable[[Datacenter, Move], Iterator[Breach]]


def new_rule(judgement: Judge) -> Rule:
    made: Rule = move_rule(
        "new-rule", title="t", short="s", why="w", fix="f", source="s", scope="pair", fault=None,
        test_group="hostTests", severity=everywhere("error"),
    )(judgement)  # fmt: skip
    return made


def beside_its_name(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A new rule that compares the pair's names with whatever it likes."""
    if move.destination.endswith("7") or move.vm < "vm00010":
        yield Breach((), f"{move.vm} to {move.destination}")


def in_a_set(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A new rule that looks a name up where nobody can watch."""
    crowded = {vm.host for vm in datacenter.vms.values() if vm.vcpus > 4}
    if move.destination in crowded:
        yield Breach((), "crowded")


def by_numbers(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A new rule on both ends: a property, a method, a mapping, a cluster."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    vm = datacenter.vms[move.vm]
    together = datacenter.cluster_of(here.name) == datacenter.cluster_of(there.name)
    if not together or there.cpu.logical_cpus < here.cpu.logical_cpus or there.name == here.name:
        yield Breach((), "smaller")
    if any(not there.port_groups.get(nic.port_group) for nic in vm.vnics.values()):
        yield Breach((), "label")
    if len(there.vmkernel_adapters) != 2 or not there.active_uplinks("VMotion"):
        yield Breach((), "adapters")


def dumps(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A new rule that does what no stand-in can do."""
    if "connection_state" in plain(datacenter)["hosts"][str(move.destination)]:
        yield Breach((), "gone")


@pytest.mark.parametrize("judgement", [beside_its_name, in_a_set, by_numbers, dumps])
def test_a_rule_that_nobody_knows_yet_is_learned(judgement: Judge) -> None:
    rule = new_rule(judgement)
    datacenter = fleet(14, 20, seed=3)
    index = build_index(datacenter, PROFILE, (rule,))
    assert rule.id not in FORMS
    flags = np.unpackbits(index.allowed().view(np.uint8), axis=1, bitorder="little")
    seen = set()
    for r, vm in enumerate(index.vms):
        for c, host in enumerate(index.hosts):
            source = datacenter.vms[vm].host
            move = Move(vm=vm, source=source, destination=host)
            expected = host != source and not judge(rule, PROFILE, datacenter, move)
            assert bool(flags[r, c]) is expected
            seen.add(expected)
    assert seen == {True, False}


def test_every_form_is_of_a_rule_that_can_refuse() -> None:
    refusing = {rule.id for rule in RULES for p in Profile if can_refuse(rule, p)}
    assert set(FORMS) <= refusing


def test_which_rules_are_learned() -> None:
    """The others: a new rule joins them by itself, and needs no mention here."""
    refusing = {rule.id for rule in RULES for p in Profile if can_refuse(rule, p)}
    assert {"vm-stable-state", "vm-hardware-version", "cpu-feature-missing"} <= refusing - set(
        FORMS
    )
    assert {"net-pg-label", "sto-disks-visible", "cap-dest-memory", "host-connected"} <= set(FORMS)


@pytest.mark.parametrize("rule", [r for r in RULES if can_refuse(r, PROFILE)], ids=lambda r: r.id)
def test_a_form_refuses_what_is_learned(rule: Rule) -> None:
    small = Fleet(fleet(25, 20, seed=4), PROFILE)

    def refused(blocks: Iterator[object]) -> set[tuple[int, int]]:
        found = {
            (int(vm), int(host))
            for block in blocks
            for vm in block.vms  # type: ignore[attr-defined]
            for host in np.flatnonzero(block.hosts)  # type: ignore[attr-defined]
        }
        return {(vm, host) for vm, host in found if small.source[vm] != host}

    assert refused(blocks_of(small, rule)) == refused(learned(small, rule))


def test_what_a_rule_looks_at() -> None:
    datacenter = load("two-hosts").datacenter
    verdict, reads = watch(
        find_rule("host-not-in-maintenance"), PROFILE, datacenter, "web01", "esx02"
    )
    assert verdict is False
    assert [(role, steps[-1]) for role, steps in reads] == [
        ("destination", ("attr", "maintenance_mode"))
    ]


def test_names_in_a_message_are_not_looked_at() -> None:
    def talkative(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
        yield Breach(("hosts", move.destination), f"{move.vm} {datacenter.hosts[move.source].name}")

    datacenter = load("two-hosts").datacenter
    assert watch(new_rule(talkative), PROFILE, datacenter, "web01", "esx02") == (True, [])
    unfollowed = [("vm", NAME), ("destination", NAME)]
    said = watch(new_rule(dumps), PROFILE, datacenter, "web01", "esx02")
    assert said == (False, unfollowed)
