"""An objective: something to reach in a lab, judged by its session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmlab.labs.session import Session
from vmlab.tables import Column, Table


@dataclass(frozen=True)
class Objective:
    """Something to reach.

    Parameters
    ----------
    title : str
        What to do, starting with a verb.
    done : callable
        From the session to whether it is reached.
    hints : tuple of str, optional
        From a nudge to the way.
    """

    title: str
    done: Callable[[Session], bool]
    hints: tuple[str, ...] = ()

    def hint_table(self) -> Table:
        """The hints, from a nudge to the way."""
        rows = [(number, hint) for number, hint in enumerate(self.hints, 1)]
        return Table([Column("step"), Column("hint")], rows, self.title)


def progress(session: Session, objectives: Sequence[Objective]) -> Table:
    """Which objectives a session has reached."""
    rows = [["✓" if goal.done(session) else "·", goal.title] for goal in objectives]
    reached = sum(goal.done(session) for goal in objectives)
    return Table(
        [Column("done"), Column("objective")], rows, f"{reached} of {len(rows)} objectives reached"
    )


def migrated(session: Session) -> bool:
    """A virtual machine has arrived."""
    return any(run.outcome == "migrated" for run in session.runs)


def rolled_back(session: Session) -> bool:
    """A migration has failed and come home."""
    return any(run.outcome == "rolled-back" for run in session.runs)


def met(*rules: str) -> Callable[[Session], bool]:
    """Whether rules are met by the move that is wished for."""

    def judge(session: Session) -> bool:
        report = session.report
        blocked = {finding.rule.id for finding in report.findings if finding.severity == "error"}
        return session.move is not None and not blocked & set(rules)

    return judge
