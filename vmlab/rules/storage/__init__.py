"""Rules on shared storage, swap, snapshots and moves of files."""

from vmlab.rules.storage import (
    access,
    conversions,
    moving_disks,
    nfs,
    rdm,
    rdm_support,
    running,
    shared,
    snapshot_moves,
    snapshots,
    swap,
    swapfile,
    target,
    together,
)

_FILES = (
    shared,
    access,
    nfs,
    rdm,
    rdm_support,
    swapfile,
    swap,
    snapshots,
    snapshot_moves,
    target,
    moving_disks,
    conversions,
    running,
    together,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
