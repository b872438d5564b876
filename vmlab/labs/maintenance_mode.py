"""Lab 10: hosts are emptied; slots, queues, links that are shared, and VMs that stay."""

from __future__ import annotations

from vmlab.labs.emptied import Emptied, longest_pause_s
from vmlab.labs.evacuation_lab import EvacuationLab
from vmlab.labs.target import Target

SCENARIO, FIRST = "four-hosts", "esx01"
#: Of the first time: what the second target asks for.
FASTER = 0.5
#: Of the longest pause, and of the time: what the fourth target asks for.
SHORTER, HARDLY_LONGER = 0.9, 1.01


def in_maintenance(shown: Emptied) -> bool:
    """Whether esx01 is empty, with every guest where it may be."""
    return shown.same_guests and FIRST in shown.evacuation.emptied


def twice_as_fast(shown: Emptied) -> bool:
    """Whether all that could leave esx01 at first leaves it in half of the time."""
    done = shown.evacuation
    if not shown.same_guests or FIRST not in done.hosts:
        return False
    left = sum(one.source == FIRST and one.arrived for one in done.moves)
    there = sum(vm.host == FIRST for vm in shown.start.vms.values())
    return left >= there - 1 and done.total_s < FASTER * shown.first_total_s(FIRST)


def both_empty(shown: Emptied) -> bool:
    """Whether esx01 and esx02 are empty at the same time."""
    return shown.same_guests and {"esx01", "esx02"} <= set(shown.evacuation.emptied)


def few_at_a_time(shown: Emptied) -> bool:
    """Whether fewer moves at once made the longest pause shorter, and took hardly longer."""
    done = shown.evacuation
    if not shown.same_guests or FIRST not in done.hosts or done.strategy.at_once is None:
        return False
    many = shown.unhurried
    return (
        longest_pause_s(done) < SHORTER * longest_pause_s(many)
        and done.total_s <= HARDLY_LONGER * many.total_s
    )


TARGETS = (
    Target(
        "Put esx01 into maintenance mode",
        in_maintenance,
        (
            "One VM stays, and the panel says why.",
            "What it is connected to stays in the old host.",
            "Press the button beside it, or lab.fix('scan01').",
        ),
    ),
    Target(
        "Find what holds esx01 up, and empty it in less than half of the time",
        twice_as_fast,
        (
            "Play the film to its middle: which bar is full, and which is nearly empty?",
            "esx04 receives at 1 Gbit/s, and the largest VM goes there.",
            "Give the VMotion adapter of esx04 10 Gbit/s, in its box.",
        ),
    ),
    Target(
        "Empty esx01 and esx02 at the same time",
        both_empty,
        (
            "Two VMs stay: one has a drive, the other a rule of its cluster.",
            "mail01 must run on esx01 or esx02: the rule names no other host.",
            "Tick both hosts, and press the button beside each VM that stays.",
        ),
    ),
    Target(
        "Empty esx01 with a shorter longest pause than all slots give, and hardly longer",
        few_at_a_time,
        (
            "Moves that share a link take longer, and their guests write on meanwhile.",
            "Compare longest_downtime_s and total_s: lab.compare().",
            "Reset, and choose two moves at most.",
        ),
    ),
)


def open_lab() -> EvacuationLab:
    """Open the lab: four hosts, and esx01 is to be emptied."""
    return EvacuationLab("Maintenance mode", "lab 10", SCENARIO, [FIRST], TARGETS)
