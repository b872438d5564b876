"""Rules on licences and privileges."""

from vmlab.rules.licence import vmotion

_FILES = (vmotion,)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
