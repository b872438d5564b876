"""What is wrong with a run, put on its clock: breaches of rules, and what is injected."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vmlab.migration.disturbances import Disturbance
from vmlab.migration.fault import Fault, Sign, Symptom
from vmlab.migration.plan import Plan
from vmlab.migration.schedule import calm
from vmlab.migration.setting import Setting
from vmlab.migration.stages import Stage, nominal_s
from vmlab.migration.timers import NET_TIMEOUT_S
from vmlab.migration.trouble import Trouble
from vmlab.rules.report import Finding
from vmlab.rules.rule import Phase

#: Its breach is no silence of the network, and locks the VM out.
PMEM_RULE = "lic-pmem-destination"
#: A link that flaps does so for five minutes at most, so that every run ends.
MOST_FLAPS = 30

# Where a breach shows that the check lets pass, and how.
_AT_RUN_TIME: tuple[tuple[Phase, Stage, str], ...] = (
    ("connect", Stage.CONNECT, "F-CONNECT-10"),
    ("transfer", Stage.PRE_COPY, "F-DATA"),
    ("switch-over", Stage.HANDSHAKE, "F-RESUME-72"),
)


def setting_of(plan: Plan) -> Setting:
    """What of a plan faults care for.

    Parameters
    ----------
    plan : Plan
        What is to run.

    Returns
    -------
    Setting
        The same object for the same facts.
    """
    return plan.setting


def breaches(plan: Plan) -> list[Trouble]:
    """The check's errors, and files that do not fit, as faults that are there from the start."""
    report = plan.report
    setting = setting_of(plan)
    crowded = _crowded(plan)
    if not report.findings:
        return crowded
    wait_s = nominal_s(Stage.VALIDATE)
    found = [
        _breach(finding, Stage.VALIDATE, "F-PRECHECK", wait_s, finding.rule.fault, setting)
        for finding in report.errors[:1]
    ]
    for phase, stage, code in _AT_RUN_TIME:
        later = report.at_phase(phase)
        found += [
            # The page tells the lock-out, not the stage: that it is this one is inferred.
            _breach(finding, Stage.ASK_DESTINATION, "F-PMEM", 0.0, None, setting)
            for finding in later
            if finding.rule.id == PMEM_RULE
        ]
        found += [
            # No page pairs these with a fault: silence ends in Timedout.
            _breach(finding, stage, code, NET_TIMEOUT_S, finding.rule.fault or "Timedout", setting)
            for finding in [one for one in later if one.rule.id != PMEM_RULE][:1]
        ]
    return found + crowded


def _crowded(plan: Plan) -> list[Trouble]:
    """A datastore too small for what is made there: no rule asks where a host-local swapfile goes.

    That the target host notices as it makes the files is this lab's assumption.
    """
    for store, gib in plan.files.gib_at_target.items():
        free_gib = plan.datacenter.datastores[store].free_gib
        if free_gib is not None and free_gib < gib:
            reason = f"{store} has {free_gib:.6g} GiB free, the files of {{vm}} take {gib:.6g} GiB."
            stage = Stage.CREATE_SHELL
            signs = (Sign((stage,), Symptom("F-DISK-COPY", "NoDiskSpace", reason)),)
            fault = Fault("no-room", "No room for files", signs, stage, "", "")
            return [Trouble(fault, 0.0, setting=plan.setting)]
    return []


def _breach(
    finding: Finding,
    stage: Stage,
    code: str,
    patience_s: float,
    fault: str | None,
    setting: Setting,
) -> Trouble:
    message = finding.message.rstrip(".").replace("{", "{{").replace("}", "}}")
    symptom = Symptom(code, fault, f"{message}.", patience_s)
    rule = finding.rule
    signs = (Sign((stage,), symptom),)
    return Trouble(Fault(rule.id, rule.title, signs, stage, "", ""), 0.0, setting=setting)


def on_the_clock(plan: Plan, disturbances: Sequence[Disturbance]) -> list[Trouble]:
    """Disturbances with their places found in the run as it would be undisturbed.

    Parameters
    ----------
    plan : Plan
        What is to run.
    disturbances : sequence of Disturbance
        What happens meanwhile.

    Returns
    -------
    list of Trouble
        One each; a link that flaps is one for every silence.
    """
    if not disturbances:
        return []
    setting = setting_of(plan)
    found: list[Trouble] = []
    for disturbance in disturbances:
        fault = disturbance.kind
        at = fault.begins_at(setting) if disturbance.at is None else disturbance.at
        if isinstance(at, Stage):
            leg = calm(plan).leg_of(at)
            at = math.inf if leg is None else (leg.start_s + leg.end_s) / 2
        lasts_s = math.inf if disturbance.lasts_s is None else disturbance.lasts_s
        found += [
            Trouble(fault, begins_s, ends_s, disturbance, setting)
            for begins_s, ends_s in _times(fault, at, at + lasts_s)
        ]
    return found


def _times(fault: Fault, begins_s: float, ends_s: float) -> list[tuple[float, float]]:
    """When a fault is there: once, or in turns."""
    if fault.flaps_s is None or begins_s == math.inf:
        return [(begins_s, ends_s)]
    there_s, gone_s = fault.flaps_s
    starts = [begins_s + turn * (there_s + gone_s) for turn in range(MOST_FLAPS)]
    return [(start, min(start + there_s, ends_s)) for start in starts if start < ends_s] or [
        (begins_s, ends_s)
    ]
