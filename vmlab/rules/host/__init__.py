"""Rules on hosts and their adapters."""

from vmlab.rules.host import (
    adapters,
    console,
    duty,
    layout,
    link,
    ports,
    protocol,
    stack,
    state,
    subnet,
    vmotion,
)

_FILES = (
    state,
    protocol,
    vmotion,
    link,
    adapters,
    console,
    layout,
    subnet,
    stack,
    ports,
    duty,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
