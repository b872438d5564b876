"""Rules on the VMotion network and the networks of virtual machines."""

from vmlab.rules.network import (
    distributed,
    identity,
    isolation,
    machine,
    mtu,
    multinic,
    multinic_set,
    policy,
    reach,
    uplinks,
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
    distributed,
    uplinks,
    policy,
    identity,
)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
