"""Rules on hosts and their adapters."""

from vmlab.rules.host import adapters, console, layout, state, vmotion

_FILES = (state, vmotion, adapters, console, layout)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
