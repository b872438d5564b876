"""Draw trials: which move in which situation, and what befalls it.

Every trial has a situation of `SITUATIONS` that a seed draws, so that the check
and the estimate of a situation are worked out once and met by many faults.
Trial and situation depend on the seed and their number, on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move, Priority
from vmlab.inventory.profile import Profile
from vmlab.migration.algorithm import SENDS_MEMORY, Algorithm
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.faults import FAULTS
from vmlab.migration.kinds import KINDS
from vmlab.migration.plan import Plan
from vmlab.migration.schedule import calm
from vmlab.migration.setting import Setting
from vmlab.migration.stages import Stage
from vmlab.migration.trials.changes import changes
from vmlab.migration.trials.dice import Dice
from vmlab.migration.trials.situation import PUZZLES, Situation
from vmlab.rules.catalogue import find_rule

#: Situations of a seed.
SITUATIONS = 4096
#: Most faults in a trial.
MOST_FAULTS = 3
_TRIES = 200
_STAGES = tuple(Stage)
_FAULTS = tuple(FAULTS)
_ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
_PROFILES = tuple(Profile)
_PUZZLES = tuple(PUZZLES)
# Breaches that the check lets pass fail the run instead: they are rare, and wanted.
_LATE = tuple(name for name in _PUZZLES if find_rule(PUZZLES[name].rule).phase != "check")
# About the time-outs of the catalogue, s; 0 and a blink too.
_LASTS_S = (0.0, 0.01, 1.0, 5.0, 19.9, 20.0, 25.0, 30.5, 89.0, 95.0, 101.0, 150.0)


@dataclass(frozen=True)
class Trial:
    """One trial.

    Parameters
    ----------
    number : int
        Its place among all.
    plan : Plan
        Of its situation.
    disturbances : tuple of Disturbance
        At most three.
    situation : Situation
        What it starts from.
    """

    number: int
    plan: Plan
    disturbances: tuple[Disturbance, ...]
    situation: Situation


@dataclass(frozen=True)
class Grounds:
    """Where trials take place.

    Parameters
    ----------
    datacenter : Datacenter
        The file's.
    seed : int
        Of all that is drawn.
    """

    datacenter: Datacenter
    seed: int
    _known: dict[int, tuple[Situation, Plan]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def trial(self, number: int) -> Trial:
        """A trial by its number.

        Parameters
        ----------
        number : int
            From 0 on.

        Returns
        -------
        Trial
            The same for the same seed, datacenter and number.
        """
        dice = Dice(self.seed, "trial", number)
        # Some situations are met far more often than others: a short run needs few of them.
        situation, plan = self.situation(int(SITUATIONS * dice.share() ** 4))
        return Trial(number, plan, _disturbances(dice, plan), situation)

    def situation(self, number: int) -> tuple[Situation, Plan]:
        """A situation by its number, and its plan.

        Parameters
        ----------
        number : int
            From 0 on, below `SITUATIONS`.

        Returns
        -------
        tuple of Situation and Plan
            Remembered.

        Raises
        ------
        InputError
            No move at all can be asked for in this datacenter.
        """
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = self._drawn(number)
        return found

    def _drawn(self, number: int) -> tuple[Situation, Plan]:
        dice = Dice(self.seed, "situation", number)
        for _ in range(_TRIES if self.datacenter.vms else 0):
            situation = _situation(dice, self.datacenter, number)
            if situation:
                try:
                    return situation, situation.plan(self.datacenter)
                except InputError:
                    continue  # this misconfiguration does not fit this file
        remedy = "It needs a VM, and another host or datastore for it"
        raise InputError("trials", [Problem("no move can be asked for in this datacenter", remedy)])


def _situation(dice: Dice, datacenter: Datacenter, number: int) -> Situation | None:
    """None where the kind needs a host or a datastore that is not there."""
    name = None
    if dice.chance(0.25):
        name = dice.one_of(_LATE if dice.chance(0.4) else _PUZZLES)
    puzzle = PUZZLES[name] if name else None
    fits = puzzle is not None and dice.chance(0.5)
    kind: Kind = puzzle.kind if puzzle and fits else dice.one_of(tuple(KINDS))
    profile = puzzle.profile if puzzle and fits else dice.one_of(_PROFILES)
    move = _move(dice, datacenter, kind)
    if move is None:
        return None
    edits = tuple(changes(dice, datacenter, move))
    mended, algorithm = dice.chance(0.9), _ALGORITHMS[0]
    if kind in SENDS_MEMORY and dice.chance(0.3):
        algorithm = dice.one_of(_ALGORITHMS)
    return Situation(number, move, profile, edits, mended, name, algorithm)


def _move(dice: Dice, datacenter: Datacenter, kind: Kind) -> Move | None:
    facts = KINDS[kind]
    vm = dice.one_of(tuple(datacenter.vms.values()))
    to, store = vm.host, None
    others = [host for host in datacenter.hosts if host != vm.host]
    if facts.changes_host and not others:
        return None
    if facts.changes_host is not False and others and (facts.changes_host or dice.chance(0.8)):
        to = dice.one_of(others)
    if facts.moves_disks is not False and (facts.moves_disks or dice.chance(0.6)):
        stores = datacenter.datastores
        near = [name for name, one in stores.items() if one.is_mounted_on(to)]
        store = dice.one_of(near if near and dice.chance(0.9) else tuple(stores) or (None,))
    return Move(
        vm=vm.name,
        source=vm.host,
        destination=to,
        kind=kind,
        datastore=store,
        priority=dice.one_of(get_args(Priority)),
        disk_format=dice.one_of(("same", "thick", "thin")) if store else "same",
        encrypted=dice.one_of((None, None, None, True, False)),
    )


def _disturbances(dice: Dice, plan: Plan) -> tuple[Disturbance, ...]:
    share = dice.share()
    count = 0 if share < 0.1 else 1 if share < 0.6 else 2 if share < 0.85 else MOST_FAULTS
    return tuple(_disturbance(dice, plan, plan.setting) for _ in range(count))


def _disturbance(dice: Dice, plan: Plan, setting: Setting) -> Disturbance:
    felt = _felt(plan)
    name = dice.one_of(felt if dice.chance(0.8) else _FAULTS)
    share = dice.share()
    at: Stage | float | None = None
    if share < 0.35:
        at = dice.one_of(FAULTS[name].stages_in(setting) or _STAGES)
    elif share < 0.45:
        at = dice.one_of(_STAGES)
    elif share < 0.9:
        at = round(dice.share() * 1.1 * calm(plan).legs[-1].end_s, 3)
    lasts_s: float | None = None
    share = dice.share()
    if share < 0.35:
        lasts_s = dice.one_of(_LASTS_S)
    elif share < 0.65:
        lasts_s = round(dice.share() * 130.0, 3)
    return Disturbance(name, at, lasts_s)


def _felt(plan: Plan) -> tuple[str, ...]:
    """Faults that the move can feel, worked out once a plan."""
    found = plan.remembered.get("felt")
    if not isinstance(found, tuple):
        felt = (name for name, fault in FAULTS.items() if fault.stages_in(plan.setting))
        found = plan.remembered["felt"] = tuple(felt)
    return found
