"""Lab 04: licences, processors, and the ladder of EVC modes."""

from __future__ import annotations

from vmlab.fleet.matrix import matrix
from vmlab.inventory.evc import MODES, SEQUENCES
from vmlab.inventory.scenario import load
from vmlab.labs.puzzle import PuzzleLab
from vmlab.tables import Column, Table
from vmlab.views.matrix import HeatMap

PUZZLES = (
    "unlicensed-target",
    "cheap-edition",
    "mixed-cpu-generations",
    "newer-target-without-evc",
    "nx-off-on-the-target",
    "vt-off-on-the-target",
    "mask-wants-aes",
    "affinity-left-from-a-test",
    "started-above-the-cluster",
)


def open_lab() -> PuzzleLab:
    """Open the lab at its first puzzle."""
    return PuzzleLab("Licence and CPU", "lab 04", PUZZLES)


def fleet() -> HeatMap:
    """Which VM of a cluster of three generations may go where, as a heat map."""
    return HeatMap(matrix(load("three-generations")))


def ladder(sequence: str) -> Table:
    """A sequence of EVC modes and what each level adds.

    Parameters
    ----------
    sequence : {"L", "A", "B"}
        Intel's, or one of AMD's two.

    Returns
    -------
    Table
        One row a level, from the lowest.
    """
    rows = []
    below: frozenset[str] = frozenset()
    for key in SEQUENCES[sequence]:
        mode = MODES[key]
        adds = " ".join(sorted(mode.features - below))
        drops = " ".join(sorted(below - mode.features))
        change = f"{adds}; drops {drops}" if drops else adds
        rows.append(
            (key, change, mode.since, "recalled" if mode.recalled else "vSphere 6.7 manual")
        )
        below = mode.features
    columns = [Column("mode"), Column("adds"), Column("since"), Column("features from")]
    return Table(columns, rows, f"Sequence {sequence}")
