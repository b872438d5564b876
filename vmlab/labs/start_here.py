"""Lab 00: a first migration that succeeds, then one that fails and comes home."""

from __future__ import annotations

from vmlab.labs.lab import Lab
from vmlab.labs.objective import Objective, migrated, rolled_back

OBJECTIVES = (
    Objective(
        "Move web01 to the other host",
        migrated,
        ("Every clause of the checklist is met.", "Press Migrate."),
    ),
    Objective(
        "Let a fault strike, and watch the VM come home",
        rolled_back,
        (
            "Choose a fault beside the Migrate button.",
            "“VMotion link lost” in “Pre-copy” strikes while memory is being copied.",
        ),
    ),
)


def open_lab() -> Lab:
    """Open the lab on two hosts that are ready for VMotion."""
    return Lab("Start here", "lab 00", "two-hosts", OBJECTIVES)
