"""What is wrong with a run, put on its clock: breaches of rules, and what is injected."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault, Symptom
from vmlab.migration.faults import NET_TIMEOUT_S
from vmlab.migration.plan import Plan
from vmlab.migration.schedule import Schedule, schedule
from vmlab.migration.stages import Stage, nominal_s
from vmlab.migration.trouble import Trouble
from vmlab.rules.report import Finding
from vmlab.rules.rule import Phase

# Where a breach shows that the check lets pass, and how.
_AT_RUN_TIME: tuple[tuple[Phase, Stage, str], ...] = (
    ("connect", Stage.CONNECT, "F-CONNECT-10"),
    ("transfer", Stage.PRE_COPY, "F-DATA"),
    ("switch-over", Stage.HANDSHAKE, "F-RESUME-72"),
)


def breaches(plan: Plan) -> list[Trouble]:
    """The check's errors, as faults that are there from the start."""
    report = plan.report
    found = [
        _breach(
            finding, Stage.VALIDATE, "F-PRECHECK", nominal_s(Stage.VALIDATE), finding.rule.fault
        )
        for finding in report.errors[:1]
    ]
    for phase, stage, code in _AT_RUN_TIME:
        found += [
            # No page pairs these with a fault: silence ends in Timedout.
            _breach(finding, stage, code, NET_TIMEOUT_S, finding.rule.fault or "Timedout")
            for finding in report.at_phase(phase)[:1]
        ]
    return found


def _breach(
    finding: Finding, stage: Stage, code: str, patience_s: float, fault: str | None
) -> Trouble:
    message = finding.message.rstrip(".").replace("{", "{{").replace("}", "}}")
    symptom = Symptom(code, fault, f"{message}.", patience_s)
    rule = finding.rule
    return Trouble(Fault(rule.id, rule.title, {stage: symptom}, stage, "", ""), 0.0)


def on_the_clock(plan: Plan, disturbances: Sequence[Disturbance]) -> list[Trouble]:
    """Disturbances with their places found in the run as it would be undisturbed."""
    calm: Schedule | None = None
    found = []
    for disturbance in disturbances:
        at = disturbance.kind.default_at if disturbance.at is None else disturbance.at
        if isinstance(at, Stage):
            calm = calm or schedule(plan)
            leg = calm.leg_of(at)
            at = math.inf if leg is None else (leg.start_s + leg.end_s) / 2
        lasts_s = math.inf if disturbance.lasts_s is None else disturbance.lasts_s
        found.append(Trouble(disturbance.kind, at, at + lasts_s, disturbance))
    return found
