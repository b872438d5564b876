"""A queue of moves run to its end: what fails goes back, is placed anew and queued again.

The whole queue is run, the first thing that goes wrong in it is answered, and
it is run again: what was before that instant stays as it was. A failure that
belongs to one move is told by that move's own run, timed as if it moved alone;
how long its copy takes beside the others is the business of the links.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from vmlab.fleet.fleet_run import FleetMove, FleetResult, FleetRun
from vmlab.fleet.mishap import HostLoss, Mishap, MoveMishap
from vmlab.fleet.placement import Placement, place
from vmlab.fleet.sharing import run_fleet
from vmlab.fleet.traces import NO_TRACES, Traces, traces_of
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.migration.outcome import Word
from vmlab.migration.plan import plan
from vmlab.migration.run import run
from vmlab.migration.stages import ORDER, Stage, nominal_s
from vmlab.migration.timers import NET_TIMEOUT_S
from vmlab.rules.report import Report

#: Two instants are the same, s.
SAME_S = 1e-9
_GAVE_UP = {
    "never": "{vm} writes its memory faster than its share of the links sends it",
    "given-up": "{vm} would have been paused for too long with its share of the links",
    "waiting": "{vm} needs more slots than there are",
}


@dataclass(frozen=True)
class Try:
    """One attempt at a move.

    Parameters
    ----------
    queued : FleetMove
        As it waits in the queue.
    number : int
        1 is the first.
    word : str
        How it ends if nothing else befalls it.
    reason : str or None
        Why it fails, None where it does not.
    notice_s : float, optional
        So long after its end the failure is noticed, s.
    answered : bool, optional
        Whether its failure has been dealt with.
    traces : Traces, optional
        What it leaves beside its VM where it arrives.
    """

    queued: FleetMove
    number: int
    word: Word
    reason: str | None
    notice_s: float = 0.0
    answered: bool = False
    traces: Traces = NO_TRACES

    @property
    def move(self) -> Move:
        """What moves where."""
        return self.queued.move


@dataclass(frozen=True)
class Ended:
    """The queue at its end.

    Parameters
    ----------
    tries : tuple of Try
        In the order of the queue.
    run : FleetRun
        The same, as they went.
    """

    tries: tuple[Try, ...]
    run: FleetRun


@dataclass
class Tries:
    """Attempts, and what has become of them so far.

    Parameters
    ----------
    start : Datacenter
        Before the first move.
    hosts : frozenset of str
        Those that shall be empty.
    profile : Profile
        Whose eyes judge.
    mishaps : tuple of Mishap
        What goes wrong.
    retries : int
        How often a VM is tried again.
    at_once : int or None
        Moves at the same time at most.
    """

    start: Datacenter
    hosts: frozenset[str]
    profile: Profile
    mishaps: tuple[Mishap, ...]
    retries: int
    at_once: int | None
    tries: list[Try] = field(default_factory=list, init=False)

    def to_the_end(self, moves: Sequence[Move], reports: Placement) -> Ended:
        """Run the queue until nothing is left to answer.

        Parameters
        ----------
        moves : sequence of Move
            In the order of the queue.
        reports : Placement
            With their checks.
        """
        self.tries = [self._try(move, reports.reports[move.vm], 1, 0.0) for move in moves]
        went = self._run()
        while True:
            struck_s, loss = self._first_loss(went)
            failed_s, failed = self._first_failure(went)
            if loss is not None and struck_s <= failed_s:
                self._strike(went, struck_s, loss)
                went = self._run()
            elif not failed:
                return Ended(tuple(self.tries), went)
            elif self._answer(failed_s, failed):
                went = self._run()

    def _run(self) -> FleetRun:
        queue = [one.queued for one in self.tries]
        return run_fleet(self.start, queue, self.profile, at_once=self.at_once)

    def _try(self, move: Move, report: Report, number: int, ready_s: float) -> Try:
        planned = plan(self.start, move, self.profile, report=report)
        outcome = run(
            planned,
            [
                one.disturbance
                for one in self.mishaps
                if isinstance(one, MoveMishap) and one.vm == move.vm and one.strikes(number)
            ],
        )
        arrives = outcome.outcome in ("migrated", "failed-after-switchover")
        copied = planned.case is not None
        resumed_by_case = copied and planned.vm_runs
        before, after = 0.0, 0.0
        for stage in planned.stages:
            length_s = nominal_s(stage, move.kind)
            if ORDER[stage] < ORDER[Stage.PRE_COPY] or not copied:
                before += length_s
            elif stage is not Stage.HANDSHAKE or not resumed_by_case:
                after += length_s
        if not arrives:
            after += outcome.total_s  # beside others, too, it lasts until it fails
        queued = FleetMove(
            move,
            planned.case,
            ready_s,
            () if arrives else (outcome.total_s,),
            setup_s=before,
            clean_up_s=after,
        )
        left = traces_of(outcome) if arrives else NO_TRACES
        return Try(queued, number, outcome.outcome, outcome.reason, traces=left)

    def _first_loss(self, went: FleetRun) -> tuple[float, HostLoss | None]:
        """When the loss of a host first strikes an attempt that was to go on, and which."""
        found: tuple[float, HostLoss | None] = (math.inf, None)
        for loss in self.mishaps:
            if isinstance(loss, HostLoss):
                for one, result in zip(self.tries, went.moves, strict=True):
                    at_s = _struck_s(loss, one, result)
                    if at_s < found[0]:
                        found = (at_s, loss)
        return found

    def _strike(self, went: FleetRun, at_s: float, loss: HostLoss) -> None:
        """End the attempts that the loss of a host strikes at an instant."""
        for index, (one, result) in enumerate(zip(self.tries, went.moves, strict=True)):
            if _struck_s(loss, one, result) > at_s + SAME_S or result.start_s is None:
                continue
            vm, host = one.move.vm, loss.host
            runs = self.start.vms[vm].power_state == "on"
            source = one.move.source == host
            word: Word = "lost" if source and runs else "rolled-back"
            down = f", and {vm} went down with it" if source and runs else ""
            after_s = max(0.0, at_s - result.start_s)
            waits_s = NET_TIMEOUT_S if after_s > 0 and not source else 0.0
            self.tries[index] = replace(
                one,
                queued=replace(one.queued, fails_after_s=(after_s,)),
                word=word,
                reason=f"{host} has not answered since {loss.at_s:g} s{down}",
                notice_s=waits_s,
            )

    def _first_failure(self, went: FleetRun) -> tuple[float, list[int]]:
        """When the first failures that nobody has answered are noticed, and whose they are."""
        found: dict[int, float] = {}
        for index, (one, result) in enumerate(zip(self.tries, went.moves, strict=True)):
            if result.outcome != "moved" and not one.answered:
                self._name(index, result)
                ended_s = math.inf if result.end_s is None else result.end_s + one.notice_s
                found[index] = min(ended_s, 1e300)  # one that never starts is answered last
        at_s = min(found.values(), default=math.inf)
        return at_s, [index for index, one_s in found.items() if one_s <= at_s + SAME_S]

    def _name(self, index: int, result: FleetResult) -> None:
        """What the queue itself says of a failure."""
        said = _GAVE_UP.get(result.outcome)
        if said is not None:
            one = self.tries[index]
            self.tries[index] = replace(one, word="rolled-back", reason=said.format(vm=one.move.vm))

    def _answer(self, at_s: float, failed: Collection[int]) -> bool:
        """Place failed VMs anew and queue them; whether there was anything to queue."""
        again = {}
        for index in failed:
            one = self.tries[index] = replace(self.tries[index], answered=True)
            if one.number <= self.retries and one.word != "lost" and at_s < 1e300:
                again[one.move.vm] = one
        if not again:
            return False
        gone = self._gone(at_s)
        # Its own host is gone: it cannot leave, and nobody can ask it to.
        again = {vm: one for vm, one in again.items() if one.move.source not in gone}
        first = self._placed(
            again, {vm: {*gone, one.move.destination} for vm, one in again.items()}
        )
        missing = again.keys() - {move.vm for move in first.moves}
        # Nowhere else to go: once more to where it failed.
        second = self._placed(missing, dict.fromkeys(missing, gone), first.moves)
        for placed in (first, second):
            for move in placed.moves:
                number = again[move.vm].number + 1
                self.tries.append(self._try(move, placed.reports[move.vm], number, at_s))
        return bool(first.moves or second.moves)

    def _placed(
        self,
        vms: Collection[str],
        barred: dict[str, set[str]],
        besides: Sequence[Move] = (),
    ) -> Placement:
        """Places in the datacenter as it will be when all that goes well has arrived."""
        if not vms:
            return Placement((), ())
        where = {one.move.vm: one.move.destination for one in self.tries if not one.answered}
        where |= {move.vm: move.destination for move in besides}
        moved = {
            name: vm.model_copy(update={"host": where[name]})
            if name in where and name not in vms
            else vm
            for name, vm in self.start.vms.items()
        }
        state = self.start.model_copy(update={"vms": FrozenMapping(moved)})
        return place(state, self.hosts, self.profile, vms=vms, barred=barred)

    def _gone(self, at_s: float) -> set[str]:
        return {
            one.host
            for one in self.mishaps
            if isinstance(one, HostLoss) and one.at_s <= at_s < one.ends_s
        }


def _struck_s(loss: HostLoss, one: Try, result: FleetResult) -> float:
    """When the loss of a host ends an attempt, infinity where it does not."""
    ends = (one.move.source, one.move.destination)
    if loss.host not in ends or result.start_s is None or result.end_s is None:
        return math.inf
    # A host that is back is there again, but what ran on it is down.
    until_s = math.inf if loss.host == one.move.source else loss.ends_s
    if result.end_s <= loss.at_s or result.start_s >= until_s:
        return math.inf
    at_s = max(loss.at_s, result.start_s)
    # It has failed by then, or has been struck already.
    return math.inf if result.outcome != "moved" and result.end_s <= at_s + SAME_S else at_s
