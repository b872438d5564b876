"""Random migrations under random faults, and what must hold of every one of them."""

from vmlab.migration.trials.draw import Grounds, Trial
from vmlab.migration.trials.invariants import INVARIANTS, Violated, violated
from vmlab.migration.trials.replay import Replay, replay
from vmlab.migration.trials.situation import Situation
from vmlab.migration.trials.trials import Trials, run_trials

__all__ = [
    "INVARIANTS",
    "Grounds",
    "Replay",
    "Situation",
    "Trial",
    "Trials",
    "Violated",
    "replay",
    "run_trials",
    "violated",
]
