"""Lab 02: the VMotion network and the networks of virtual machines, mistake by mistake."""

from __future__ import annotations

from vmlab.labs.puzzle import PuzzleLab

PUZZLES = (
    "vmotion-not-enabled",
    "vmotion-without-address",
    "cloned-address",
    "another-subnet",
    "vmotion-in-another-vlan",
    "trunk-drops-vmotion",
    "label-differs-by-case",
    "right-label-wrong-vlan",
    "physical-switch-drops-jumbo",
)


def open_lab() -> PuzzleLab:
    """Open the lab at its first puzzle."""
    return PuzzleLab("VMotion network", "lab 02", PUZZLES)
