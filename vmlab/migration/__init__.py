"""One virtual machine's migration: plan, stages, timeline, faults, outcome."""

from vmlab.migration.algorithm import Algorithm, table_for
from vmlab.migration.disturbances import Disturbance, parse
from vmlab.migration.fault import Fault, Symptom
from vmlab.migration.faults import FAULTS
from vmlab.migration.journal import Entry
from vmlab.migration.kinds import KINDS, KindFacts
from vmlab.migration.outcome import Outcome
from vmlab.migration.plan import Plan, case_for, plan
from vmlab.migration.run import migrate, run
from vmlab.migration.stages import GUIDE_STAGES, STAGES, TABLES, Row, Stage, succession
from vmlab.migration.timeline import Span, Timeline

__all__ = [
    "FAULTS",
    "GUIDE_STAGES",
    "KINDS",
    "STAGES",
    "TABLES",
    "Algorithm",
    "Disturbance",
    "Entry",
    "Fault",
    "KindFacts",
    "Outcome",
    "Plan",
    "Row",
    "Span",
    "Stage",
    "Symptom",
    "Timeline",
    "case_for",
    "migrate",
    "parse",
    "plan",
    "run",
    "succession",
    "table_for",
]
