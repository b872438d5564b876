"""Rules on a pair of hosts, or of vCenter Servers."""

from vmlab.rules.pair import puzzles, vcenter

RULES = vcenter.RULES
MISCONFIGURATIONS = puzzles.MISCONFIGURATIONS
