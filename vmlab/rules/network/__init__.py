"""Rules on the VMotion network and the networks of virtual machines."""

from vmlab.rules.network import machine, vmotion

_FILES = (
    vmotion,
    machine,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
