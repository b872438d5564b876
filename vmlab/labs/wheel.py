"""The wheel of failures: choose a stage and a fault, predict, run, step back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar, get_args

from vmlab.documents import InputError, Problem
from vmlab.inventory.move import Kind
from vmlab.labs.fault_choice import whole_number
from vmlab.labs.prediction import Attempt, End, Goal, attempts_table, goals_table
from vmlab.labs.strikes import faults_in, plan_of, strike
from vmlab.labs.wheel_view import Choice, board
from vmlab.migration.kinds import KINDS
from vmlab.migration.outcome import Outcome
from vmlab.migration.plan import Plan
from vmlab.migration.stages import Stage
from vmlab.tables import Table
from vmlab.views.way_back import way_back_table
from vmlab.views.wheel_static import board_html, board_text
from vmlab.widgets.wheel import WheelPanel

T = TypeVar("T")
MOST_UNDONE = 99
_log = logging.getLogger(__name__)


class Wheel:
    """A lab in which faults strike where the learner says, after a prediction.

    Parameters
    ----------
    title, subtitle : str
        What the board is headed with.
    goals : sequence of Goal
        What to foresee.
    """

    def __init__(self, title: str, subtitle: str, goals: Sequence[Goal]) -> None:
        self.title, self.subtitle = title, subtitle
        self.goals = tuple(goals)
        # JupyterLab may run a callback in a thread of its own while a cell runs.
        self._lock = threading.RLock()
        self._plans: dict[Kind, Plan] = {}
        self.attempts: list[Attempt] = []
        self._shown: Attempt | None = None
        self.choice = self._aimed(next(iter(KINDS)), Stage.PRE_COPY, None)

    @cached_property
    def panel(self) -> WheelPanel:
        """The widget; made when it is first shown."""
        panel = WheelPanel(self.handle)
        self._show(panel)
        return panel

    @property
    def plan(self) -> Plan:
        """The move of the kind that is chosen."""
        return self._plan(self.choice.kind)

    @property
    def outcome(self) -> Outcome | None:
        """The last run, None after another choice."""
        return None if self._shown is None else self._shown.outcome

    @property
    def progress(self) -> Table:
        """Which goals are reached."""
        return goals_table(self.goals, self.attempts)

    @property
    def score(self) -> Table:
        """Every prediction beside what happened."""
        return attempts_table(self.attempts)

    @property
    def way_back(self) -> Table:
        """The last run entry by entry.

        Raises
        ------
        InputError
            Nothing was run since the last choice.
        """
        if self._shown is None:
            raise InputError("way_back", [Problem("nothing was run", "Predict, then run")])
        return way_back_table(self._shown.outcome)

    def hints(self, number: int) -> Table:
        """Hints on the goal of a number, counted from 1."""
        return self.goals[number - 1].hint_table()

    def choose(
        self, stage: str | None = None, fault: str | None = None, kind: str | None = None
    ) -> None:
        """Choose where a fault strikes, which one, and in which kind of move.

        Parameters
        ----------
        stage, fault, kind : str, optional
            As they are where left out.

        Raises
        ------
        InputError
            There is no such thing, or it cannot happen there.
        """
        with self._lock:
            now = self.choice
            wanted = _known("kind", kind or now.kind, {key: key for key in KINDS})
            stages = {one.value: one for one in Stage}
            at = _known("stage", stage or now.stage.value, stages)
            self.choice = self._aimed(wanted, at, fault)
            self._shown = None
            self._refresh()

    def predict(self, end: str, undone: int | None = None) -> None:
        """Say how it will end, before it runs.

        Parameters
        ----------
        end : str
            A key of `vmlab.labs.prediction.ENDS`.
        undone : int, optional
            How many things will be undone.

        Raises
        ------
        InputError
            There is no such end.
        """
        with self._lock:
            ends: dict[str, End] = {each: each for each in get_args(End)}
            guess = _known("end", end, ends)
            self.choice = replace(self.choice, guess=guess, steps_guess=undone)
            self._shown = None
            self._refresh()

    def run(self) -> Outcome:
        """Let the fault strike.

        Returns
        -------
        Outcome
            How it went.

        Raises
        ------
        InputError
            Nothing was predicted.
        """
        with self._lock:
            now = self.choice
            if now.guess is None:
                raise InputError("run", [Problem("nothing was predicted", "Predict the end first")])
            outcome = strike(self.plan, now.stage, now.fault)
            seen = {(one.kind, one.stage, one.fault) for one in self.attempts}
            first = (now.kind, now.stage, now.fault) not in seen
            self._shown = Attempt(now.stage, now.fault, now.guess, now.steps_guess, outcome, first)
            self.attempts.append(self._shown)
            self.choice = replace(now, guess=None, steps_guess=None)
            self._refresh()
        return outcome

    def handle(self, content: object) -> None:
        """Do what a message of the board says; what goes wrong is shown on the board.

        Parameters
        ----------
        content : dict
            ``type`` is choose (with stage, fault or kind), predict (with end and
            undone) or run.
        """
        with self._lock:
            alert = ""
            try:
                self._do(content)
            except InputError as error:
                alert = "; ".join(str(problem) for problem in error.problems)[:300]
            except Exception:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the board failed: %.200r", content)
                alert = "Something broke inside vmlab. Nothing was changed; try another way."
            self.panel.alert = alert

    def _do(self, content: object) -> None:
        said: Mapping[str, Any] = content if isinstance(content, dict) else {}
        match said.get("type"):
            case "choose":
                words = {key: str(said[key]) for key in ("stage", "fault", "kind") if key in said}
                self.choose(**words)
            case "predict":
                undone = said.get("undone")
                number = None if undone in (None, "") else whole_number("undone", undone)
                if number is not None and not 0 <= number <= MOST_UNDONE:
                    problem = Problem(f"{number} things cannot be undone", "Say 0 to 99")
                    raise InputError("undone", [problem])
                self.predict(str(said.get("end")), number)
            case "run":
                self.run()
            case other:
                remedy = "Say choose, predict or run"
                raise InputError("type", [Problem(f"{other!r} is no message", remedy)])

    def _plan(self, kind: Kind) -> Plan:
        if kind not in self._plans:
            self._plans[kind] = plan_of(kind)
        return self._plans[kind]

    def _aimed(self, kind: Kind, stage: Stage, fault: str | None) -> Choice:
        """A choice: what was not asked for stays as it is, or becomes the first that can be."""
        of = self._plan(kind)
        now = getattr(self, "choice", None)
        if stage not in of.setting.stages:
            if now is not None and now.kind == kind:
                where = f"Its stages: {', '.join(of.setting.stages)}"
                raise InputError("stage", [Problem(f"this move has no stage {stage}", where)])
            stage = of.setting.stages[0]
        offered = faults_in(of, stage)
        if fault and fault not in offered:
            where = f"Known there: {', '.join(offered)}"
            raise InputError("fault", [Problem(f"{fault} does not strike in {stage}", where)])
        kept = now.fault if now is not None and now.fault in offered else offered[0]
        return Choice(kind, stage, fault or kept)

    def _refresh(self) -> None:
        if "panel" in self.__dict__:
            self._show(self.panel)

    def _show(self, panel: WheelPanel) -> None:
        state = self._state()
        with panel.hold_sync():
            panel.static_html, panel.static_text = board_html(state), board_text(state)
            panel.state = state

    def _state(self) -> dict[str, Any]:
        shown = board(self.plan, self.choice, self.attempts, self._shown)
        return {"title": self.title, "subtitle": self.subtitle, **shown}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panel._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return board_text(self._state())


def _known(name: str, said: str, known: Mapping[str, T]) -> T:
    """What a word stands for, or InputError with the words there are."""
    if said not in known:
        problem = Problem(f"{said!r} is no {name}", f"Known: {', '.join(known)}")
        raise InputError(name, [problem])
    return known[said]
