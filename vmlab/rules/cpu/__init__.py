"""Rules on processors and EVC."""

from vmlab.rules.cpu import admission, cluster, features, guest, machine, mask

_FILES = (features, mask, guest, machine, cluster, admission)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
