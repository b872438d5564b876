"""Rules on the VMotion network and the networks of virtual machines."""

from vmlab.rules.network import (
    isolation,
    machine,
    mtu,
    multinic,
    multinic_set,
    reach,
    vmotion,
)

_FILES = (
    vmotion,
    reach,
    mtu,
    isolation,
    multinic,
    multinic_set,
    machine,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
