"""Rules on licences and privileges."""

from vmlab.rules.licence import privileges, reach, storage, vmotion

_FILES = (vmotion, storage, reach, privileges)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
