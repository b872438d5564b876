"""What students and administrators get wrong: each known mistake is a named puzzle."""

from __future__ import annotations

import pytest

from vmlab.rules import MISCONFIGURATIONS, Misconfiguration, check

PUZZLES = {puzzle.name: puzzle for puzzle in MISCONFIGURATIONS}

# The reference on rules, section 9: the mistakes by number, the puzzle that shows
# each, and the rule that must catch it.
MISTAKES = {
    1: ("vmotion-not-enabled", "host-vmotion-vmk-present"),
    2: ("cloned-address", "net-vmotion-duplicate-ip"),
    3: ("vmotion-and-management-in-one-subnet", "host-vmk-subnet-overlap"),
    4: ("jumbo-on-the-adapter-only", "net-vmotion-mtu-path"),
    5: ("local-iso-connected", "vm-image-device"),
    6: ("client-cd-connected", "vm-client-device"),
    7: ("label-differs-by-case", "net-pg-label"),
    8: ("internal-switch-for-the-lab", "net-virtual-intranet"),
    9: ("nfs-by-name-and-by-address", "sto-nfs3-identity"),
    10: ("two-backings-local", "sto-identity-not-name"),
    11: ("mixed-cpu-generations", "cpu-feature-missing"),
    12: ("evc-raised-and-rebooted", "cpu-evc-raise-needs-power-cycle"),
    13: ("vt-off-in-an-evc-cluster", "evc-bios-features"),
    14: ("affinity-left-from-a-test", "cpu-affinity"),
    15: ("snapshot-left-behind", "snap-hot-relocate"),
    16: ("right-label-wrong-vlan", "net-vlan-behind-label"),
    17: ("ten-moves-on-one-gigabit", "cap-nic-slots"),
    18: ("reservation-too-big", "cap-dest-memory"),
    19: ("multi-nic-on-one-uplink", "net-multinic-teaming"),
    20: ("policy-on-one-host-only", "net-security-policy"),
    21: ("backup-running", "vm-migration-disabled"),
    22: ("vmotion-named-differently", "net-vmotion-name-match"),  # a warning is no block
}
# What the mistaken sees: the check refuses, or it passes.
PASSES = {2, 4, 12, 16, 17, 19, 22, 3}


@pytest.mark.parametrize("number", MISTAKES)
def test_a_known_mistake_is_a_puzzle(number: int) -> None:
    name, rule = MISTAKES[number]
    puzzle: Misconfiguration = PUZZLES[name]
    assert puzzle.rule == rule
    report = check(puzzle.datacenter(), puzzle.move(), puzzle.profile)
    assert rule in {finding.rule.id for finding in report.findings}
    if number != 13:  # shows when EVC is enabled; a move need not be refused by it
        assert report.ok is (number in PASSES), report.findings


def test_ten_moves_over_one_gigabit_wait_in_a_queue() -> None:
    puzzle = PUZZLES["ten-moves-on-one-gigabit"]
    report = check(puzzle.datacenter(), puzzle.move(), puzzle.profile)
    assert {finding.severity for finding in report.findings} == {"queue"}
