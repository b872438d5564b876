"""Invariants of courses: stages and times, events, words, and what must succeed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from vmlab.inventory.path import Edit
from vmlab.migration.catalogue import FAILURES
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome
from vmlab.migration.stages import ORDER, TABLES, Stage, after_switch_over
from vmlab.migration.telling import relocated
from vmlab.migration.timers import LONGEST_SWITCHOVER_S
from vmlab.migration.trials.accounts import most_gib
from vmlab.migration.trials.places import ends_down, may_stand_still
from vmlab.models.estimate import estimate

_EXIT_CODES = {
    "migrated": 0,
    "refused": 1,
    "rolled-back": 3,
    "failed-after-switchover": 4,
    "lost": 4,
}
#: How the model of a copy itself ends a run.
_OF_THE_COPY = frozenset({"F-CONVERGE", "F-SWITCHOVER", "F-CONNECT-10", "F-PROTECT"})
_S = 1e-6


def gap_free(outcome: Outcome) -> Iterator[str]:
    """Every instant from the call to the end belongs to one stage, in an order that is allowed.

    The way back is at the end, and begins where the run failed.
    """
    spans, table = outcome.timeline.spans, TABLES[outcome.move.kind]
    if spans[0].stage is not Stage.REQUESTED or spans[0].start_s != 0 or spans[0].way_back:
        yield "the timeline does not start with the request, at 0 s"
    if not math.isfinite(spans[-1].end_s):
        yield "the timeline has no end"
    for span in spans:
        if span.stage not in table:
            yield f"{outcome.move.kind} has no stage {span.stage}"
            return
        if not span.start_s <= span.end_s:
            yield f"{span.stage} ends before it starts"
    for before, after in pairwise(spans):
        if before.end_s != after.start_s:
            yield f"there is a gap between {before.stage} and {after.stage}"
        row = table[before.stage]
        if before.way_back:
            yield f"{after.stage} follows the way back"
        elif after.stage is before.stage:
            down = before.vm_runs_on is not None and after.vm_runs_on is None
            stands = may_stand_still(outcome, after.stage)
            if not after.way_back and not (down and ends_down(outcome)) and not stands:
                yield f"{after.stage} is there twice"
        elif after.way_back or after.stage not in (row.follows, row.or_follows):
            yield f"{after.stage} follows {before.stage}"
    last = outcome.stage or Stage.CLEAN_UP
    if spans[-1].stage is not last:
        yield f"the timeline ends in {spans[-1].stage}, not in {last}"


def undone_newest_first(outcome: Outcome) -> Iterator[str]:
    """The journal is in order of time, and its way back in the reverse order of what was done.

    Nothing is done once undoing has begun.
    """
    now_s, undoing = 0.0, None
    for entry in outcome.journal:
        if not now_s <= entry.at_s <= math.inf:
            yield f"{entry.what!r} is earlier than what stands before it"
        now_s = entry.at_s
        if not entry.undoes:
            continue
        # A lock-out ends where the task failed, long after the way back.
        unlocks = outcome.code == "F-PMEM" and entry.stage is outcome.stage
        if undoing is not None and ORDER[entry.stage] > ORDER[undoing] and not unlocks:
            yield f"{entry.stage} is undone after {undoing}"
        undoing = entry.stage
    if now_s > outcome.total_s + _S:
        yield f"the journal goes on until {now_s:.6g} s, after the end"
    over = [entry.at_s for entry in outcome.journal if _goes_over(outcome, entry.edits)]
    span = outcome.timeline.span_of(Stage.SWITCHED_OVER)
    expected = [span.start_s] if span and outcome.move.source != outcome.move.destination else []
    if over != expected:
        yield f"the VM changes its host at {over}, the switch-over is at {expected}"


def events_in_order(outcome: Outcome) -> Iterator[str]:
    """Events of vCenter: begun, then either done or failed; a refusal in the check has none.

    While vCenter Server is gone nobody records them: some may be missing, none is made up.
    """
    facts, events = KINDS[outcome.move.kind], list(outcome.events)
    hidden = any(one.kind.hides_events for one in outcome.disturbances)
    reached = {span.stage for span in outcome.timeline.spans}
    expected = list(facts.started) if Stage.PREPARE_SOURCE in reached else []
    if Stage.SWITCHED_OVER in reached:
        expected.append(facts.done)
    failed = outcome.stage
    lost = "HostConnectionLostEvent"
    if failed is not None and lost in events:
        if not any(one.kind.host_lost for one in outcome.disturbances):
            yield f"{lost}, and no host was lost"
        expected.append(lost)
    if outcome.code in {"F-POWER", "F-POSTCOPY"}:
        expected.append("VmPoweredOffEvent")
    if outcome.code == "F-NOTCONF" and outcome.fault == "LicenseExpired":
        expected.append("VMotionLicenseExpiredEvent")
    if (
        failed is not None
        and Stage.ASK_DESTINATION in _until(failed)
        and not after_switch_over(failed)
    ):
        expected.append(facts.failed)
    went_down = outcome.outcome == "lost" and outcome.code != "F-POSTCOPY"
    if went_down and lost not in events and not hidden:
        yield f"no {lost}, and the VM went down with its host"
    expected = [*relocated(outcome.move, expected)]
    if hidden:
        rest = iter(expected)
        if not all(event in rest for event in events):
            yield f"events are {events}, of {expected}"
    elif events != expected:
        yield f"events are {events}, not {expected}"


def words_agree(outcome: Outcome) -> Iterator[str]:
    """The word, the exit code, the stage, the catalogue's code and the cause go together.

    It protects from a failure that nobody caused, and from one that is called a success.
    """
    word, stage, code = outcome.outcome, outcome.stage, outcome.code
    if outcome.exit_code != _EXIT_CODES.get(word):
        yield f"{word} ends with {outcome.exit_code}"
    unset = {value is None for value in (stage, code, outcome.reason)}
    if unset != {word == "migrated"}:
        yield f"{word}, with stage {stage}, code {code}, reason {outcome.reason!r}"
    if word == "migrated" and outcome.fault is not None:
        yield f"migrated, and yet {outcome.fault}"
    if stage is None or code is None:
        if outcome.report.errors:
            yield "it was migrated though the check refuses it"
        return
    if code not in FAILURES:
        yield f"the catalogue has no {code}"
    late = after_switch_over(stage)
    if late != (word == "failed-after-switchover") and word != "lost":
        yield f"{word} in {stage}"
    if word == "refused" and stage is not Stage.VALIDATE:
        yield f"refused in {stage}"
    if outcome.report.errors and ORDER[stage] > ORDER[Stage.VALIDATE]:
        yield f"the check refuses it, and yet it came to {stage}"
    fault = outcome.fault
    causes = [one for one in outcome.disturbances if one.kind.shown_as(stage, code, fault)]
    torn = code == "F-POSTCOPY" and bool(causes)
    if word == "lost" and not torn and not any(one.kind.host_lost for one in causes):
        yield "it is lost, and no host was"
    late_errors = any(one.severity == "error" for one in outcome.report.findings)
    known = code in _OF_THE_COPY or late_errors or _no_room(outcome)
    if not causes and not known:
        yield f"{code} ({outcome.fault}) in {stage}: nothing injected shows like that"


def times_told(outcome: Outcome) -> Iterator[str]:
    """The pause is the sum of the paused spans, no longer than a switch-over may be.

    What was copied has a time, and a copy that was cut has no total.
    """
    forward = [span for span in outcome.timeline.spans if not span.way_back]
    paused_s = sum(span.end_s - span.start_s for span in forward if span.vm_runs_on is None)
    runs = outcome.timeline.spans[-1].vm_runs_on is not None
    told = outcome.downtime_s
    if (told is not None) != (runs and paused_s > 0):
        yield f"a downtime of {told}, where {paused_s:.6g} s were paused"
    if told is not None:
        if abs(told - paused_s) > _S:
            yield f"a downtime of {told}, where {paused_s:.6g} s were paused"
        follows_s = sum(
            span.end_s - span.start_s
            for span in forward
            if span.vm_runs_on is None and may_stand_still(outcome, span.stage)
        )
        if told - follows_s > LONGEST_SWITCHOVER_S + _S:
            yield f"a downtime of {told:.6g} s, longer than a switch-over may be"
    if (outcome.copied_s is None) != (outcome.estimate is None):
        yield "a copy without a time, or a time without a copy"
    cut = outcome.stage is not None and not after_switch_over(outcome.stage)
    if cut and outcome.estimate is not None and outcome.estimate.total_s is not None:
        yield "the copy was cut, and yet has a total"


def clean_move_succeeds(outcome: Outcome) -> Iterator[str]:
    """A move that no error stands against, that nothing disturbs and whose copy ends, is done.

    It protects from a lab that only knows failures.
    """
    errors = any(finding.severity == "error" for finding in outcome.report.findings)
    if errors or outcome.disturbances or outcome.outcome == "migrated":
        return
    if not _copy_never_ends(outcome) and not _no_room(outcome):
        yield f"nothing is wrong, and yet it is {outcome.outcome}: {outcome.reason}"


def _copy_never_ends(outcome: Outcome) -> bool:
    """Whether the model, asked again, finds no end that a switch-over may have."""
    if outcome.code not in {"F-CONVERGE", "F-SWITCHOVER"} or outcome.case is None:
        return False
    copy = estimate(outcome.case)
    return copy.total_s is None or (copy.downtime_s or 0.0) > LONGEST_SWITCHOVER_S


def _no_room(outcome: Outcome) -> bool:
    """Whether files may not have found room: no rule asks for that of a host-local swapfile."""
    if outcome.fault != "NoDiskSpace":
        return False
    stores = [store.free_gib for store in outcome.before.datastores.values()]
    free_gib = min((free for free in stores if free is not None), default=math.inf)
    return free_gib < most_gib(outcome.before, outcome.move.vm)


def _until(stage: Stage) -> frozenset[Stage]:
    return frozenset(one for one in Stage if ORDER[one] <= ORDER[stage])


def _goes_over(outcome: Outcome, edits: Iterable[Edit]) -> bool:
    path = ("vms", outcome.move.vm, "host")
    return any(edit.path == path for edit in edits)
