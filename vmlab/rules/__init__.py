"""What must hold before a virtual machine may move."""

from vmlab.rules.catalogue import MISCONFIGURATIONS, RULES, find_rule
from vmlab.rules.check import check, request
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.report import Finding, Passed, Report
from vmlab.rules.rule import Breach, Note, Rule

__all__ = [
    "MISCONFIGURATIONS",
    "RULES",
    "Breach",
    "Finding",
    "Misconfiguration",
    "Note",
    "Passed",
    "Report",
    "Rule",
    "check",
    "find_rule",
    "request",
]
