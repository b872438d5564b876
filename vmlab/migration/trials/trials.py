"""Run many trials, on several processes, and count how they ended."""

from __future__ import annotations

import pickle
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.migration.kinds import KINDS
from vmlab.migration.run import run
from vmlab.migration.stages import Stage
from vmlab.migration.trials.draw import Grounds
from vmlab.migration.trials.invariants import NO_CRASH, Violated, violated
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: Trials that a process takes at once.
CHUNK = 2000
#: Chunks that wait ahead of the one that is awaited.
_AHEAD = 4
#: How a run that ends in an exception is counted.
CRASHED = "crashed"

#: Kind of move, stage in which it failed or None, how it ended.
Ending = tuple[str, str | None, str]


@dataclass(frozen=True, repr=False)
class Trials:
    """How many trials ended how, and what did not hold.

    Parameters
    ----------
    n : int
        Trials.
    seed : int
        Theirs.
    violations : tuple of Violated
        By trial.
    counts : mapping of (str, str or None, str) to int
        Trials by kind, stage in which they failed, and outcome.
    """

    n: int
    seed: int
    violations: tuple[Violated, ...]
    counts: Mapping[Ending, int]

    @property
    def exit_code(self) -> int:
        """The command's: 1 where an invariant is violated."""
        return 1 if self.violations else 0

    def to_json(self) -> dict[str, Any]:
        """The contract's document."""
        return {
            "n": self.n,
            "seed": self.seed,
            "violations": [one.to_json() for one in self.violations],
            "counts": [
                {"kind": kind, "stage": stage, "outcome": outcome, "n": n}
                for (kind, stage, outcome), n in self._sorted()
            ],
        }

    def table(self) -> Table:
        """One row a kind, stage and outcome."""
        columns = [Column("kind"), Column("failed in"), Column("outcome"), Column("trials")]
        return Table(columns, [(*ending, n) for ending, n in self._sorted()])

    def to_frame(self) -> pd.DataFrame:
        """The counts as a pandas frame."""
        return self.table().to_frame()

    def _sorted(self) -> list[tuple[Ending, int]]:
        kinds, stages = [str(kind) for kind in KINDS], [None, *(stage.value for stage in Stage)]
        return sorted(
            self.counts.items(),
            key=lambda one: (kinds.index(one[0][0]), stages.index(one[0][1]), one[0][2]),
        )

    def __repr__(self) -> str:
        return f"{self.n} trials, seed {self.seed}: {len(self.violations)} violations"

    def _repr_html_(self) -> str:
        return self.table().to_html()


def run_trials(
    datacenter: Datacenter,
    n: int,
    seed: int,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Trials:
    """Run trials 0 to n-1.

    Parameters
    ----------
    datacenter : Datacenter
        What the moves are drawn in.
    n : int
        How many.
    seed : int
        Of all that is drawn.
    workers : int, optional
        Processes; the result does not depend on it.
    progress : callable, optional
        Told how many are done, and of how many.

    Returns
    -------
    Trials
        Counts and violations.

    Raises
    ------
    InputError
        No move at all can be asked for in this datacenter.
    """
    Grounds(datacenter, seed).trial(0)
    violations: list[Violated] = []
    counts: Counter[Ending] = Counter()
    done = 0
    for found, counted, trials in _chunks(pickle.dumps(datacenter), n, seed, workers):
        violations += found
        counts.update(counted)
        done += trials
        if progress:
            progress(done, n)
    return Trials(n, seed, tuple(violations), counts)


_Part = tuple[list[Violated], Counter[Ending], int]


def _chunks(datacenter: bytes, n: int, seed: int, workers: int) -> Iterator[_Part]:
    """Parts in the order of their trials."""
    cuts = [range(low, min(low + CHUNK, n)) for low in range(0, n, CHUNK)]
    if workers <= 1 or len(cuts) <= 1:
        for cut in cuts:
            yield _part(datacenter, seed, cut)
        return
    with ProcessPoolExecutor(min(workers, len(cuts)), mp_context=get_context("spawn")) as pool:
        waiting: deque[Any] = deque()
        for cut in cuts:
            waiting.append(pool.submit(_part, datacenter, seed, cut))
            if len(waiting) > workers + _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@lru_cache(maxsize=1)
def _grounds(datacenter: bytes, seed: int) -> Grounds:
    """Those of a process: what it has worked out of situations serves all of its chunks."""
    return Grounds(pickle.loads(datacenter), seed)  # noqa: S301 our own, from this process


def _part(datacenter: bytes, seed: int, numbers: range) -> _Part:
    grounds = _grounds(datacenter, seed)
    violations: list[Violated] = []
    counts: Counter[Ending] = Counter()
    for number in numbers:
        trial = grounds.trial(number)
        kind = trial.plan.move.kind
        try:
            outcome = run(trial.plan, trial.disturbances)
            violations += violated(outcome, number)
        except Exception as error:  # whatever it is: the trial is told by its number
            violations.append(Violated(number, NO_CRASH, f"{type(error).__name__}: {error}"))
            counts[kind, None, CRASHED] += 1
            continue
        counts[kind, outcome.stage and outcome.stage.value, outcome.outcome] += 1
    return violations, counts, len(numbers)
