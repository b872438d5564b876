"""Rules on processors and EVC."""

from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
MISCONFIGURATIONS: tuple[Misconfiguration, ...] = ()
