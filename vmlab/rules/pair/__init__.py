"""Rules on a pair of hosts, or of vCenter Servers."""

from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
MISCONFIGURATIONS: tuple[Misconfiguration, ...] = ()
