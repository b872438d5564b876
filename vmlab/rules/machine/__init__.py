"""Rules on the virtual machine itself: its state, its configuration, its devices."""

from vmlab.rules.machine import (
    availability,
    clustering,
    connections,
    drives,
    encryption,
    hardware,
    memory,
    passthrough,
    readiness,
    size,
    state,
    version,
    vgpu,
    vgpu_stun,
)

_FILES = (
    state,
    readiness,
    version,
    size,
    drives,
    connections,
    passthrough,
    clustering,
    vgpu,
    vgpu_stun,
    hardware,
    encryption,
    memory,
    availability,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
