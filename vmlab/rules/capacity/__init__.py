"""Rules on capacity, queues and placement."""

from vmlab.rules.capacity import datastores, pace, placement, pools, room, slots

_FILES = (slots, datastores, room, pools, pace, placement)
RULES = tuple(rule for file in _FILES for rule in file.RULES)
MISCONFIGURATIONS = tuple(puzzle for file in _FILES for puzzle in file.MISCONFIGURATIONS)
