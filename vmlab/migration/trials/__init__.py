"""Random migrations under random faults, and what must hold of every one of them."""

from vmlab.migration.trials.draw import Grounds, Trial
from vmlab.migration.trials.invariants import INVARIANTS, Violated, violated
from vmlab.migration.trials.situation import Situation
from vmlab.migration.trials.trials import Trials, run_trials

__all__ = [
    "INVARIANTS",
    "Grounds",
    "Situation",
    "Trial",
    "Trials",
    "Violated",
    "run_trials",
    "violated",
]
