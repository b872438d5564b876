"""Rules on processors and EVC."""

from vmlab.rules.cpu import admission, cluster, features, guest, machine, mask, readiness

_FILES = (features, mask, guest, machine, cluster, readiness, admission)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
