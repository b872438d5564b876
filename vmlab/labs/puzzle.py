"""A lab of puzzles: good scenarios, each broken by somebody in one known way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vmlab.documents import InputError, Problem
from vmlab.inventory.scenario import Intent, load
from vmlab.labs.lab import Lab
from vmlab.labs.objective import Objective
from vmlab.labs.session import Session
from vmlab.rules.catalogue import MISCONFIGURATIONS, find_rule
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.tables import Column, Table


class PuzzleLab(Lab):
    """A lab in which one puzzle after the other is taken up and mended.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    puzzles : sequence of str
        Names of misconfigurations, in the order in which they are taught.
    """

    def __init__(self, title: str, subtitle: str, puzzles: Sequence[str]) -> None:
        by_name = {puzzle.name: puzzle for puzzle in MISCONFIGURATIONS}
        self.puzzles = tuple(by_name[name] for name in puzzles)
        self._mended: set[str] = set()
        super().__init__(
            title,
            subtitle,
            self.puzzles[0].scenario,
            [_objective(n, puzzle, self._mended) for n, puzzle in enumerate(self.puzzles, 1)],
        )
        self.puzzle = self.puzzles[0]
        self.take(1)

    def take(self, number: int) -> Table:
        """Take up a puzzle; Reset returns to its start.

        Parameters
        ----------
        number : int
            Which one, counted from 1.

        Returns
        -------
        Table
            What is asked, and how many findings there are; not which.

        Raises
        ------
        InputError
            There is no puzzle of that number.
        """
        if not 1 <= number <= len(self.puzzles):
            problem = Problem(f"there is no puzzle {number}", f"Known: 1 to {len(self.puzzles)}")
            raise InputError("puzzle", [problem])
        with self._lock:
            self.puzzle = self.puzzles[number - 1]
            move = self.puzzle.move()
            broken = load(self.puzzle.scenario).model_copy(
                update={
                    "datacenter": self.puzzle.datacenter(),
                    "profile": self.puzzle.profile,
                    "move": Intent(vm=move.vm, to=move.destination),
                }
            )
            self.session = Session(broken)
            self._refresh()
        words = ("puzzle", "move", "by the rules of", "they say")
        title = f"{number} of {len(self.puzzles)}"
        row = (title, f"{move.vm} to {move.destination}", self.puzzle.profile.value)
        return Table([Column(word) for word in words], [(*row, repr(self.report))])

    @property
    def progress(self) -> Table:
        """Which puzzles are mended; what was wrong is told of those only."""
        self._look()
        rows = [
            ("✓", number, puzzle.story) if puzzle.name in self._mended else ("·", number, None)
            for number, puzzle in enumerate(self.puzzles, 1)
        ]
        columns = [Column("done"), Column("puzzle"), Column("what was wrong")]
        title = f"{len(self._mended)} of {len(rows)} puzzles mended"
        return Table(columns, rows, title)

    def _refresh(self) -> None:
        self._look()
        super()._refresh()

    def _look(self) -> None:
        """Note the puzzle as mended once its rule has nothing to say."""
        if self.puzzle.rule not in {finding.rule.id for finding in self.report.findings}:
            self._mended.add(self.puzzle.name)


def _objective(number: int, puzzle: Misconfiguration, mended: set[str]) -> Objective:
    rule = find_rule(puzzle.rule)
    done: Callable[[Session], bool] = lambda session: puzzle.name in mended  # noqa: E731
    hints = (f"This clause should hold: {rule.title}.", rule.why, f"{rule.fix}.")
    return Objective(f"Mend puzzle {number}", done, hints)
