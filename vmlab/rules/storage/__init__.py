"""Rules on shared storage, swap, snapshots and moves of files."""

from vmlab.rules.storage import (
    access,
    nfs,
    rdm,
    rdm_support,
    shared,
    snapshot_moves,
    snapshots,
    swap,
    swapfile,
)

_FILES = (
    shared,
    access,
    nfs,
    rdm,
    rdm_support,
    swap,
    swapfile,
    snapshots,
    snapshot_moves,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
