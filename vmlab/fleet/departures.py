"""How a VM left its host: its attempts, and the wave that it went in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vmlab.fleet.fleet_run import FleetResult
from vmlab.fleet.traces import NO_TRACES, Traces
from vmlab.fleet.tries import SAME_S, Ended, Try
from vmlab.inventory.move import Kind
from vmlab.migration.outcome import Word

#: Outcomes that leave the VM where it was to go.
ARRIVED: tuple[Word, ...] = ("migrated", "failed-after-switchover")
#: Ends and beginnings this close are one instant, s.
_INSTANT_S = 1e-6


@dataclass(frozen=True)
class Attempt:
    """One attempt of a VM to leave its host.

    Parameters
    ----------
    destination : str
        Where to.
    ready_s : float
        When it was queued.
    start_s, copies_s, pause_s, resumed_s, end_s : float or None
        When it found its slots, the copy began, the guest was paused and went
        on, and all was done or undone; None where that did not happen.
    sent_bytes : float
        What it sent.
    outcome : str
        As of a single migration.
    reason : str or None
        Why it failed.
    waited_for : str
        What had to become free; empty where it did not wait.
    limited_by, limit : str
        What took most of its time, and which one that was.
    traces : Traces, optional
        What it left beside its VM, where it arrived.
    """

    destination: str
    ready_s: float
    start_s: float | None
    copies_s: float | None
    pause_s: float | None
    resumed_s: float | None
    end_s: float | None
    sent_bytes: float
    outcome: Word
    reason: str | None
    waited_for: str
    limited_by: str
    limit: str
    traces: Traces = NO_TRACES


@dataclass(frozen=True)
class Departure:
    """A VM that left its host, or tried to.

    Parameters
    ----------
    vm, source : str
        Which, and from where.
    kind : str
        Of its moves.
    wave : int or None
        1 where it began at once; one more than the wave of the move whose end
        let it begin. None where it never began.
    attempts : tuple of Attempt
        In order; the last one counts.
    """

    vm: str
    source: str
    kind: Kind
    wave: int | None
    attempts: tuple[Attempt, ...]

    @property
    def last(self) -> Attempt:
        """The attempt that counts."""
        return self.attempts[-1]

    @property
    def destination(self) -> str:
        """Where it went, or tried to go last."""
        return self.last.destination

    @property
    def outcome(self) -> Word:
        """How its last attempt ended."""
        return self.last.outcome

    @property
    def arrived(self) -> bool:
        """Whether the VM has left its host."""
        return self.outcome in ARRIVED

    @property
    def downtime_s(self) -> float | None:
        """How long the guest was paused, s; None where it was not, or did not run."""
        pause_s, resumed_s = self.last.pause_s, self.last.resumed_s
        if not self.arrived or pause_s is None or resumed_s is None:
            return None
        return resumed_s - pause_s

    @property
    def sent_bytes(self) -> float:
        """What all attempts sent."""
        return sum(one.sent_bytes for one in self.attempts)

    def to_json(self) -> dict[str, Any]:
        """The contract's row."""
        return {
            "vm": self.vm,
            "source": self.source,
            "destination": self.destination,
            "kind": self.kind,
            "wave": self.wave,
            "start_s": self.last.start_s,
            "end_s": self.last.end_s,
            "downtime_s": self.downtime_s,
            "sent_bytes": self.sent_bytes,
            "attempts": len(self.attempts),
            "outcome": self.outcome,
            "reason": self.last.reason,
            "waited_for": self.last.waited_for,
            "limited_by": self.last.limited_by,
            "limit": self.last.limit,
        }


@dataclass(frozen=True)
class Wave:
    """Moves that a first free slot let begin, each after one of the wave before."""

    wave: int
    start_s: float
    end_s: float
    vms: tuple[str, ...]


def departures(ended: Ended) -> tuple[Departure, ...]:
    """The ways of all VMs that were queued, in the order in which they were.

    Parameters
    ----------
    ended : Ended
        Attempts and how they went.
    """
    rows = list(zip(ended.tries, ended.run.moves, strict=True))
    first: dict[str, Try] = {}
    attempts: dict[str, list[Attempt]] = {}
    for one, result in rows:
        first.setdefault(one.move.vm, one)
        attempts.setdefault(one.move.vm, []).append(_attempt(one, result))
    wave_of = _wave_of([result for _, result in rows])
    last = {one.move.vm: index for index, (one, _) in enumerate(rows)}
    return tuple(
        Departure(vm, one.move.source, one.move.kind, wave_of.get(last[vm]), tuple(attempts[vm]))
        for vm, one in first.items()
    )


def _attempt(one: Try, result: FleetResult) -> Attempt:
    start_s, end_s, copies_s = result.start_s, result.end_s, None
    if start_s is not None and end_s is not None and one.queued.case is not None:
        copies_s = min(start_s + one.queued.setup_s, end_s)
    return Attempt(
        destination=one.move.destination,
        ready_s=result.ready_s,
        start_s=start_s,
        copies_s=copies_s,
        pause_s=result.pause_s,
        resumed_s=result.resumed_s,
        end_s=end_s,
        sent_bytes=result.sent_bytes,
        outcome=one.word,
        reason=one.reason,
        waited_for=result.waited_for,
        limited_by=result.limited_by,
        limit=result.limit,
        traces=one.traces,
    )


def _wave_of(results: Sequence[FleetResult]) -> dict[int, int]:
    """The wave of each attempt that began, in the order of their beginning."""
    begun = [(one.start_s, index) for index, one in enumerate(results) if one.start_s is not None]
    ended: dict[int, list[int]] = {}
    for index, one in enumerate(results):
        if one.end_s is not None:
            ended.setdefault(round(one.end_s / _INSTANT_S), []).append(index)
    wave: dict[int, int] = {}
    latest: dict[str, int] = {}
    for start_s, index in sorted(begun):
        one = results[index]
        if start_s <= SAME_S:
            wave[index] = latest[one.vm] = 1
            continue
        ends = {one.source, one.destination}
        instant = round(start_s / _INSTANT_S)
        before = [
            other
            for near in (instant - 1, instant, instant + 1)
            for other in ended.get(near, ())
            if other in wave
        ]
        shared = [
            other for other in before if ends & {results[other].source, results[other].destination}
        ]
        # One that is tried again follows its own last attempt, whoever let it begin.
        waves = [wave[other] for other in shared or before]
        wave[index] = 1 + max([*waves, latest.get(one.vm, 0)])
        latest[one.vm] = wave[index]
    return wave


def waves(departures: Sequence[Departure]) -> tuple[Wave, ...]:
    """What ran when, by the last attempt of each VM."""
    begun = sorted(
        (one for one in departures if one.wave is not None), key=lambda one: one.wave or 0
    )
    found = []
    for number, group in groupby(begun, key=lambda one: one.wave or 0):
        of = list(group)
        starts = [one.last.start_s for one in of if one.last.start_s is not None]
        ends = [one.last.end_s for one in of if one.last.end_s is not None]
        found.append(Wave(number, min(starts), max(ends), tuple(one.vm for one in of)))
    return tuple(found)
