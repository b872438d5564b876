"""Rules on the virtual machine itself: its state, its devices."""

from vmlab.rules.machine import state

_FILES = (state,)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
