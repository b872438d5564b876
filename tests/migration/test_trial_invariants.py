"""Each invariant can fail: outcomes that are broken on purpose, and what catches them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import pytest

from support.kinds import ready
from vmlab.inventory import Edit, remove, set_to
from vmlab.migration import Entry, Outcome, Plan, Span, Stage, Timeline, parse, plan, run
from vmlab.migration.trials import INVARIANTS, violated

FREE = ("datastores", "nfs-01", "free_gib")
FOLDER = ("datastores", "nfs-01", "copies", "web01")


def post_copy() -> Plan:
    """The VM goes over before its memory."""
    calm = ready("vmotion")
    return plan(calm.datacenter, calm.move, calm.report.profile, algorithm="post-copy")


OUTCOMES: dict[str, Callable[[], Outcome]] = {
    "moved": lambda: run(ready("vmotion")),
    "moved with files": lambda: run(ready("both")),
    "moved at rest": lambda: run(ready("cold with files")),
    "rolled back": lambda: run(ready("both"), [parse("link-down@pre-copy")]),
    "paused, then back": lambda: run(ready("vmotion"), [parse("storage-lost@handshake")]),
    "lost": lambda: run(ready("vmotion"), [parse("source-lost@pre-copy")]),
    "lost late": lambda: run(ready("both"), [parse("destination-lost@clean-up")]),
    "late": lambda: run(ready("both"), [parse("storage-lost@clean-up")]),
    "off": lambda: run(ready("vmotion"), [parse("vm-powered-off@pre-copy")]),
    "locked out": lambda: run(
        ready("vmotion", edits=[
            set_to(("vms", "web01", "devices", "n"), {"kind": "nvdimm"}),
            set_to(("hosts", "esx02", "persistent_memory_gib"), 64),
        ]),
        [parse("pmem-unlicensed")],
    ),
    "orphaned": lambda: run(ready("vmotion"), [parse("vcenter-lost@pre-copy")]),
    "followed": lambda: run(post_copy(), [parse("postcopy-link-lost@switched-over+2")]),
    "torn": lambda: run(post_copy(), [parse("postcopy-link-lost@switched-over")]),
    "refused": lambda: run(
        ready("vmotion", edits=[set_to(("vms", "web01", "operation"), "snapshotting")])
    ),
}  # fmt: skip


def and_then(*edits: Edit) -> Callable[[Outcome], Outcome]:
    """Something more is done at the very end."""

    def mutate(outcome: Outcome) -> Outcome:
        last = Entry(outcome.journal[-1].at_s, outcome.journal[-1].stage, "", edits)
        return replace(outcome, journal=(*outcome.journal, last))

    return mutate


def without(wrong: Callable[[Entry], bool]) -> Callable[[Outcome], Outcome]:
    """Something is forgotten: its edits are never made."""

    def mutate(outcome: Outcome) -> Outcome:
        assert any(wrong(entry) and entry.edits for entry in outcome.journal)
        kept = [replace(one, edits=()) if wrong(one) else one for one in outcome.journal]
        return replace(outcome, journal=tuple(kept))

    return mutate


def said(**words: Any) -> Callable[[Outcome], Outcome]:
    """The outcome says something else."""
    return lambda outcome: replace(outcome, **words)


def spans(change: Callable[[list[Span]], Sequence[Span]]) -> Callable[[Outcome], Outcome]:
    """Another timeline, past the checks that timelines make of themselves."""

    def mutate(outcome: Outcome) -> Outcome:
        timeline: Timeline = copy(outcome.timeline)
        object.__setattr__(timeline, "spans", tuple(change(list(timeline.spans))))
        return replace(outcome, timeline=timeline)

    return mutate


def in_stage(stage: Stage, **facts: Any) -> Callable[[Outcome], Outcome]:
    """One span is different."""
    return spans(lambda old: [replace(s, **facts) if s.stage is stage else s for s in old])


def longer(stage: Stage, by_s: float) -> Callable[[Outcome], Outcome]:
    """A span takes longer, and all that follow come later."""

    def change(old: list[Span]) -> list[Span]:
        at = next(i for i, span in enumerate(old) if span.stage is stage)
        found = [*old[:at], replace(old[at], end_s=old[at].end_s + by_s)]
        later = old[at + 1 :]
        return found + [replace(s, start_s=s.start_s + by_s, end_s=s.end_s + by_s) for s in later]

    return spans(change)


def backwards(outcome: Outcome) -> Outcome:
    """What was undone is undone oldest first."""
    done = [entry for entry in outcome.journal if not entry.undoes]
    undone = [entry for entry in outcome.journal if entry.undoes]
    times = [entry.at_s for entry in undone]
    turned = [replace(e, at_s=t, edits=()) for e, t in zip(reversed(undone), times, strict=True)]
    return replace(outcome, journal=(*done, *turned))


MUTANTS: tuple[tuple[str, str, Callable[[Outcome], Outcome]], ...] = (
    ("one-place", "moved", in_stage(Stage.PRE_COPY, vm_runs_on="esx02")),
    ("one-place", "moved", in_stage(Stage.CHECKPOINT, vm_runs_on="esx01")),
    ("one-place", "moved", in_stage(Stage.PRE_COPY, vm_runs_on=None)),
    ("one-place", "moved", in_stage(Stage.CLEAN_UP, vm_runs_on=None)),
    ("one-place", "moved", and_then(set_to(("vms", "web01", "host"), "esx01"))),
    ("one-place", "moved", and_then(set_to(("vms", "web01", "power_state"), "off"))),
    ("one-place", "moved at rest", in_stage(Stage.CLEAN_UP, vm_runs_on="esx02")),
    ("one-place", "moved at rest", and_then(set_to(("vms", "web01", "power_state"), "on"))),
    ("one-place", "lost", said(outcome="rolled-back")),
    ("one-place", "rolled back", said(outcome="lost")),
    ("one-place", "lost", spans(lambda old: [*old, replace(old[-1], vm_runs_on="esx01")])),
    ("one-place", "torn", in_stage(Stage.SWITCHED_OVER, vm_runs_on="esx02")),
    ("one-place", "followed", in_stage(Stage.SWITCHED_OVER, vm_runs_on="esx01")),
    ("words-agree", "torn", said(disturbances=())),
    ("events-in-order", "torn", lambda o: replace(o, events=o.events[:-1])),
    ("nothing-else-touched", "torn", and_then(set_to(("vms", "web01", "vcpus"), 8))),
    ("no-second-copy", "rolled back", and_then(set_to(FOLDER, {"vm": "web01"}))),
    ("no-second-copy", "moved with files", and_then(set_to(FOLDER, {"vm": "web01"}))),
    ("no-second-copy", "late", said(left_behind=())),
    ("no-second-copy", "late", said(left_behind=("Old swap file of web01",))),
    ("no-second-copy", "moved", said(left_behind=("Old swap file of web01",))),
    ("no-second-copy", "moved", and_then(
        set_to(("vms", "web01 (2)"), {"host": "esx01", "home": "san-01"}))),
    ("no-second-copy", "moved with files", without(lambda e: e.stage is Stage.CLEAN_UP)),
    ("back-to-original", "rolled back", without(lambda e: e.undoes and "Files" in e.what)),
    ("back-to-original", "rolled back", without(lambda e: e.undoes and "Slot" in e.what)),
    ("back-to-original", "rolled back", without(lambda e: e.undoes and "writable" in e.what)),
    ("back-to-original", "moved", without(lambda e: e.stage is Stage.SWITCHED_OVER)),
    ("back-to-original", "off", without(lambda e: "powered off" in e.what)),
    ("back-to-original", "lost", without(lambda e: "does not answer" in e.what)),
    ("back-to-original", "refused", said(journal=(
        Entry(0.8, Stage.VALIDATE, "", (set_to(("vms", "web01", "vcpus"), 8),)),))),
    ("nothing-else-touched", "moved", and_then(set_to(("vms", "web01", "vcpus"), 8))),
    ("nothing-else-touched", "moved", and_then(set_to(("hosts", "esx01", "memory_mib"), 8))),
    ("nothing-else-touched", "lost late", without(lambda e: "does not answer" in e.what)),
    ("nothing-else-touched", "moved with files", and_then(
        remove(("datastores", "nfs-01", "mounts", "esx01")))),
    ("files-conserved", "moved with files", and_then(set_to(FREE, 200))),
    ("files-conserved", "late", and_then(remove(("datastores", "san-01", "copies", "web01")))),
    ("files-conserved", "rolled back", and_then(set_to(FREE, 199))),
    ("files-conserved", "moved at rest", and_then(
        set_to(("vms", "web01", "disks", "disk 1", "datastore"), "iscsi-01"))),
    ("files-conserved", "moved", and_then(
        set_to(("vms", "web01", "disks", "disk 1", "size_gib"), 1))),
    ("files-conserved", "moved", and_then(remove(("vms", "web01", "disks", "disk 1")))),
    ("files-conserved", "moved", and_then(set_to(("vms", "web01", "home"), "nfs-01"))),
    ("slots-released", "moved", without(lambda e: "Slot" in e.what and e.stage is Stage.CLEAN_UP)),
    ("slots-released", "rolled back", without(lambda e: e.undoes and "Slot" in e.what)),
    ("slots-released", "locked out", without(lambda e: "managed again" in e.what)),
    ("gap-free", "moved", in_stage(Stage.CONNECT, end_s=2.5)),
    ("gap-free", "moved", in_stage(Stage.CLEAN_UP, end_s=math.inf)),
    ("gap-free", "moved", spans(lambda old: old[1:])),
    ("gap-free", "moved", spans(lambda old: old[:-1])),
    ("gap-free", "moved", spans(lambda old: [*old[:3], old[3], *old[3:]])),
    ("gap-free", "moved", spans(lambda old: [s for s in old if s.stage is not Stage.HANDSHAKE])),
    ("gap-free", "rolled back", spans(lambda old: [*old, replace(old[-1], way_back=False)])),
    ("undone-newest-first", "rolled back", backwards),
    ("undone-newest-first", "moved", lambda o: replace(
        o, journal=(*o.journal[:-1], replace(o.journal[-1], at_s=0.0)))),
    ("undone-newest-first", "moved", lambda o: replace(
        o, journal=(*o.journal, replace(o.journal[-1], at_s=1e6, edits=())))),
    ("undone-newest-first", "moved", lambda o: replace(
        o, journal=tuple(
            replace(e, at_s=e.at_s + 0.01) if e.stage is Stage.SWITCHED_OVER else e
            for e in o.journal))),
    ("events-in-order", "moved", said(events=("VmBeingHotMigratedEvent",))),
    ("events-in-order", "moved", said(events=())),
    ("events-in-order", "moved", lambda o: replace(o, events=o.events[::-1])),
    ("events-in-order", "moved", lambda o: replace(
        o, events=(*o.events, "VmFailedMigrateEvent"))),
    ("events-in-order", "rolled back", lambda o: replace(o, events=o.events[:-1])),
    ("events-in-order", "rolled back", lambda o: replace(
        o, events=(*o.events[:-1], "VmMigratedEvent"))),
    ("events-in-order", "rolled back", lambda o: replace(
        o, events=(*o.events[:-1], "HostConnectionLostEvent", o.events[-1]))),
    ("events-in-order", "lost", lambda o: replace(
        o, events=tuple(e for e in o.events if e != "HostConnectionLostEvent"))),
    ("events-in-order", "orphaned", said(events=("VmMigratedEvent", "VmBeingHotMigratedEvent"))),
    ("words-agree", "moved", said(outcome="rolled-back")),
    ("words-agree", "moved", said(stage=Stage.PRE_COPY, code="F-DATA", reason="It failed.")),
    ("words-agree", "rolled back", said(outcome="migrated")),
    ("words-agree", "rolled back", said(outcome="refused")),
    ("words-agree", "rolled back", said(outcome="failed-after-switchover")),
    ("words-agree", "rolled back", said(stage=None)),
    ("words-agree", "rolled back", said(code="F-ELSE")),
    ("words-agree", "rolled back", said(fault="NoDiskSpace")),
    ("words-agree", "rolled back", said(disturbances=())),
    ("words-agree", "lost", said(disturbances=())),
    ("words-agree", "lost", said(outcome="failed-after-switchover")),
    ("words-agree", "late", said(outcome="rolled-back")),
    ("words-agree", "moved", lambda o: replace(o, report=OUTCOMES["refused"]().report)),
    ("words-agree", "rolled back", lambda o: replace(o, report=OUTCOMES["refused"]().report)),
    ("times-told", "moved", longer(Stage.CHECKPOINT, 120.0)),
    ("times-told", "moved", said(copied_s=None)),
    ("times-told", "rolled back", lambda o: replace(
        o, estimate=OUTCOMES["moved"]().estimate, copied_s=1.0)),
    ("clean-move-succeeds", "rolled back", said(disturbances=())),
    ("clean-move-succeeds", "late", said(disturbances=())),
    ("clean-move-succeeds", "rolled back", said(disturbances=(), code="F-CONVERGE")),
)  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_is_sound_breaks_none(name: str) -> None:
    assert violated(OUTCOMES[name]()) == []


@pytest.mark.parametrize("mutant", range(len(MUTANTS)), ids=lambda i: f"{i} {MUTANTS[i][0]}")
def test_what_is_broken_is_caught(mutant: int) -> None:
    invariant, name, mutate = MUTANTS[mutant]
    broken = mutate(OUTCOMES[name]())
    found = {one.invariant: one for one in violated(broken, 7)}
    assert invariant in found
    assert found[invariant].trial == 7
    assert found[invariant].what


def test_each_invariant_is_broken_and_says_what_it_is_for() -> None:
    assert {invariant for invariant, _, _ in MUTANTS} == set(INVARIANTS)
    for name, invariant in INVARIANTS.items():
        summary, _, more = (inspect.getdoc(invariant) or "").partition("\n\n")
        assert summary.endswith("."), name
        assert more.endswith("."), name
