"""Finding instants in a run: questions, tries, and a board to step through it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from vmlab.documents import InputError, Problem
from vmlab.labs.fault_choice import whole_number
from vmlab.labs.lab import Lab
from vmlab.labs.objective import Objective
from vmlab.labs.session import Session
from vmlab.migration.outcome import Outcome
from vmlab.tables import Table
from vmlab.views.whereabouts import Instant, instants
from vmlab.views.whereabouts_table import (
    instant_json,
    port_note,
    whereabouts_html,
    whereabouts_table,
)
from vmlab.widgets.instants import InstantsPanel

#: So many answers a run; another run opens the question again.
TRIES = 2
NO_RUN = "No VMotion has run yet: press Migrate in the panel above, then look here."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """An instant to be found.

    Parameters
    ----------
    title : str
        Goes on from “Find the instant at which”.
    finds : callable
        From an instant to whether it is meant.
    told : str
        What to learn from it, said when it is found.
    hints : tuple of str
        From a nudge to the way.
    """

    title: str
    finds: Callable[[Instant], bool]
    told: str
    hints: tuple[str, ...]


class FindingLab(Lab):
    """A lab whose runs are searched for instants, on a board of its own.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    scenario : str
        The scenario to start from.
    questions : sequence of Question
        What to find.
    objectives : sequence of Objective, optional
        What else to reach, before and after the questions.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        scenario: str,
        questions: Sequence[Question],
        objectives: Sequence[Objective] = (),
    ) -> None:
        self.questions = tuple(questions)
        self._found: set[int] = set()
        self._tries: dict[int, int] = {}
        self._asked = 0
        self._said = ("", "")
        self._seen: Outcome | None = None
        goals = [_objective(n, each, self._found) for n, each in enumerate(self.questions)]
        super().__init__(title, subtitle, scenario, [*objectives, *goals])

    @cached_property
    def board(self) -> InstantsPanel:
        """The board; made when it is first shown."""
        board = InstantsPanel(self.heard)
        self._draw(board)
        return board

    @property
    def last(self) -> Outcome | None:
        """The run that the board shows: the last VMotion, kept through edits."""
        runs = [run for run in self.session.runs if run.move.kind == "vmotion" and run.vm_runs]
        return runs[-1] if runs else None

    @property
    def whereabouts(self) -> Table:
        """What is where in the last run, a row each instant.

        Raises
        ------
        InputError
            Nothing has run yet.
        """
        if self.last is None:
            raise InputError("whereabouts", [Problem("nothing has run yet", "Migrate first")])
        return whereabouts_table(self.last)

    def answer(self, question: int, instant: int) -> str:
        """Answer a question with an instant of the last run.

        Parameters
        ----------
        question, instant : int
            Counted from 1.

        Returns
        -------
        str
            Whether it is right, and why.

        Raises
        ------
        InputError
            There is no such question or instant, or no try left in this run.
        """
        with self._lock:
            self._answer(question - 1, instant - 1)
            self._refresh()
            return self._said[1]

    def heard(self, content: object) -> None:
        """Do what a message of the board says; what goes wrong is shown on the board.

        Parameters
        ----------
        content : dict
            ``type`` is ask (with question) or answer (with question and at),
            both counted from 0.
        """
        with self._lock:
            alert = ""
            try:
                self._follow(content)
                self._refresh()
            except InputError as error:
                alert = "; ".join(str(problem) for problem in error.problems)[:300]
            except Exception:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the board failed: %.200r", content)
                alert = "Something broke inside vmlab. Nothing was changed; try another way."
            self.board.alert = alert

    def _follow(self, content: object) -> None:
        said = content if isinstance(content, dict) else {}
        question = whole_number("question", said.get("question"))
        match said.get("type"):
            case "ask":
                self._question(question)
                self._asked, self._said = question, ("", "")
            case "answer":
                self._answer(question, whole_number("at", said.get("at")))
            case other:
                remedy = "Say ask or answer"
                raise InputError("type", [Problem(f"{other!r} is no message", remedy)])

    def _question(self, number: int) -> Question:
        if not 0 <= number < len(self.questions):
            remedy = f"Known: 1 to {len(self.questions)}"
            raise InputError("question", [Problem(f"there is no question {number + 1}", remedy)])
        return self.questions[number]

    def _answer(self, number: int, at: int) -> None:
        question = self._question(number)
        if self.last is None:
            raise InputError("answer", [Problem("nothing has run yet", "Migrate first")])
        found = instants(self.last)
        if not 0 <= at < len(found):
            raise InputError("instant", [Problem("there is no such instant", f"1 to {len(found)}")])
        if self.last is not self._seen:
            self._seen, self._tries = self.last, {}
        if self._tries.get(number, 0) >= TRIES and number not in self._found:
            remedy = "Migrate again; the next run opens it"
            raise InputError("answer", [Problem("no try is left in this run", remedy)])
        self._asked = number
        self._tries[number] = self._tries.get(number, 0) + 1
        if question.finds(found[at]):
            self._found.add(number)
            self._said = ("pass", f"Found. {question.told}")
            return
        left = TRIES - self._tries[number]
        more = f"{left} more in this run" if left > 0 else "migrate again for another try"
        there = any(question.finds(one) for one in found)
        why = "" if there else " This run has no such instant."
        self._said = ("warning", f"Not there: “{found[at].title}”.{why} ({more})")

    def _refresh(self) -> None:
        super()._refresh()
        if "board" in self.__dict__:
            self._draw(self.board)

    def _draw(self, board: InstantsPanel) -> None:
        outcome = self.last
        found = instants(outcome) if outcome else ()
        tries = self._tries if outcome is self._seen else {}
        state = {
            "title": "What is where",
            "subtitle": self.subtitle,
            "hosts": [outcome.move.source, outcome.move.destination] if outcome else ["", ""],
            "instants": [instant_json(outcome, one) for one in found] if outcome else [],
            "note": port_note(outcome) if outcome else "",
            "questions": [
                {"title": each.title, "done": number in self._found}
                for number, each in enumerate(self.questions)
            ],
            "asked": self._asked,
            "open": bool(found) and tries.get(self._asked, 0) < TRIES,
            "said": dict(zip(("tone", "text"), self._said, strict=True)),
            "empty": "" if outcome else NO_RUN,
        }
        with board.hold_sync():
            board.static_text = whereabouts_table(outcome).to_text() if outcome else NO_RUN
            board.static_html = whereabouts_html(outcome) if outcome else f"<p>{escape(NO_RUN)}</p>"
            board.state = state


def _objective(number: int, question: Question, found: set[int]) -> Objective:
    def done(session: Session) -> bool:
        return number in found

    return Objective(f"Find the instant at which {question.title}", done, question.hints)
