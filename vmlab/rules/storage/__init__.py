"""Rules on shared storage, swap, snapshots and moves of files."""

from vmlab.rules.storage import (
    access,
    nfs,
    shared,
)

_FILES = (
    shared,
    access,
    nfs,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
