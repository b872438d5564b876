"""Lab 03: storage that both hosts share, and storage that only seems so."""

from __future__ import annotations

from vmlab.labs.puzzle import PuzzleLab

PUZZLES = (
    "disk-on-local-datastore",
    "iscsi-not-mounted",
    "home-not-mounted",
    "two-backings-fc-san",
    "two-backings-local",
    "nfs-by-name-and-by-address",
    "mounted-read-only",
    "swap-on-local-disks",
    "snapshot-on-a-local-disk",
)


def open_lab() -> PuzzleLab:
    """Open the lab at its first puzzle."""
    return PuzzleLab("Shared storage", "lab 03", PUZZLES)
