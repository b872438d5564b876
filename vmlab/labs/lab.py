"""A lab as a notebook shows it: a session behind a panel."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from vmlab.documents import InputError
from vmlab.inventory.path import Path
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import load
from vmlab.labs.fault_choice import FaultChoice, pre_copy_rounds
from vmlab.labs.objective import Objective, progress
from vmlab.labs.session import Session
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate
from vmlab.migration.stages import Stage
from vmlab.models.film import record
from vmlab.rules.report import Report
from vmlab.tables import Table
from vmlab.views.build import build, build_html, build_text
from vmlab.views.run import run_view
from vmlab.views.run_static import run_html, run_text
from vmlab.views.svg import topology_svg
from vmlab.views.topology import topology
from vmlab.widgets.panel import Panel

PROFILES = ((Profile.GUIDE_40, "Guide 4.0"), (Profile.VSPHERE_80, "vSphere 8"))
_log = logging.getLogger(__name__)


class Lab:
    """A lab: build, check, migrate, break, and watch it come home.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    scenario : str
        The scenario to start from.
    objectives : sequence of Objective, optional
        What to reach.
    """

    def __init__(
        self, title: str, subtitle: str, scenario: str, objectives: Sequence[Objective] = ()
    ) -> None:
        self.title = title
        self.subtitle = subtitle
        self.session = Session(load(scenario))
        self.objectives = tuple(objectives)
        # JupyterLab may run a callback in a thread of its own while a cell runs.
        self._lock = threading.RLock()
        self._alert: str | None = None
        self._news: dict[str, Any] = {}
        self._shown: Outcome | None = None

    @cached_property
    def panel(self) -> Panel:
        """The widget; made when it is first shown."""
        panel = Panel(self.handle)
        self._show(panel)
        return panel

    @property
    def report(self) -> Report:
        """What the rules say of the move that is chosen."""
        return self.session.report

    @property
    def outcome(self) -> Outcome | None:
        """The last run, None after an edit."""
        return self.session.outcome

    @property
    def progress(self) -> Table:
        """Which objectives are reached."""
        return progress(self.session, self.objectives)

    def hints(self, number: int) -> Table:
        """Hints on the objective of a number, counted from 1."""
        return self.objectives[number - 1].hint_table()

    def fix(self, rule: str, index: int = 0) -> Report:
        """Mend a finding of a rule, as *Fix it* does, and check again."""
        with self._lock:
            self.session.fix(rule, index)
            self._refresh()
        return self.report

    def migrate(
        self, fault: str = "", strikes_in: Stage | str | None = None, round: int = 1
    ) -> Outcome:
        """Run the move that is chosen, as *Migrate* does.

        Parameters
        ----------
        fault : str, optional
            What shall go wrong; nothing where left out.
        strikes_in : Stage or str, optional
            In which stage.
        round : int, optional
            In pre-copy: in which round.

        Returns
        -------
        Outcome
            How it went.
        """
        with self._lock:
            stage = Stage(strikes_in) if strikes_in else None
            self.session.choose(fault=FaultChoice(fault, stage, round))
            outcome = self.session.migrate()
            self._refresh()
        return outcome

    def handle(self, message: dict[str, Any]) -> None:
        """Do what a message of the panel says; what goes wrong is shown in the panel.

        Parameters
        ----------
        message : dict
            With ``type`` and what belongs to it.
        """
        with self._lock:
            self._alert, self._news = None, {}
            try:
                self._do(message)
            except InputError as error:
                self._alert = "\n".join(str(problem) for problem in error.problems)
            except Exception as error:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the panel failed: %s", message.get("type"))
                self._alert = f"Something went wrong in vmlab: {error!r}. Nothing was changed."
            self._refresh()
            if message.get("type") == "migrate" and self._alert is None:
                self.panel.play()

    def _do(self, message: dict[str, Any]) -> None:
        session = self.session
        path: Path = tuple(str(name) for name in message.get("path", ()))
        match message.get("type"):
            case "set":
                session.set(path, message.get("value"))
            case "rename":
                new = session.rename(path, str(message["name"]).strip())
                self._news = {"renamed": {"from": list(path), "to": list(new)}}
            case "remove":
                session.remove(path)
            case "add":
                parent = tuple(str(name) for name in message.get("parent") or ())
                self._news = {"added": list(session.add(str(message["what"]), parent))}
            case "fix":
                session.fix(str(message["rule"]), int(message.get("index", 0)))
            case "choose":
                self._choose(str(message["field"]), message.get("value"))
            case "undo":
                session.undo()
            case "redo":
                session.redo()
            case "reset":
                session.reset()
            case "migrate":
                session.migrate()
            case "save":
                self.panel.download("lab.yaml", session.save())
            case "load":
                session.load(str(message.get("name", "file")), str(message["text"]))

    def _choose(self, field: str, value: object) -> None:
        session, fault = self.session, self.session.wish.fault
        if field == "fault":
            session.choose(fault=FaultChoice(str(value or "")))
        elif field == "strikes_in":
            session.choose(fault=FaultChoice(fault.fault, Stage(str(value))))
        elif field == "round":
            session.choose(fault=FaultChoice(fault.fault, fault.strikes_in, int(str(value))))
        elif field == "profile":
            session.choose(profile=Profile(str(value)))
        elif field == "seed":
            session.choose(seed=int(str(value)))
        elif field in {"vm", "to", "kind"}:
            session.choose(**{field: str(value)})

    def _refresh(self) -> None:
        if "panel" in self.__dict__:
            self._show(self.panel)

    def _show(self, panel: Panel) -> None:
        """Hand the panel all that it shows."""
        state, outcome = self._state(), self.session.outcome
        with panel.hold_sync():
            if outcome is None:
                panel.run, panel.film = None, b""  # type: ignore[assignment]
                panel.static_html, panel.static_text = build_html(state), build_text(state)
            elif outcome is not self._shown:
                self._show_run(panel, outcome)
            panel.state = state
        self._shown = outcome

    def _show_run(self, panel: Panel, outcome: Outcome) -> None:
        film = None
        if outcome.case is not None and outcome.copied_s:
            film = record(outcome.case, until_s=outcome.copied_s)
        view = run_view(outcome, film)
        # While it plays, the picture is that of the start; the film moves the VM in it.
        start = topology(outcome.before, outcome.move, outcome.report.findings)
        panel.run = {**view, "topology": start}
        panel.film = film.encode() if film else b""
        end = topology(outcome.datacenter, outcome.move)
        panel.static_html = topology_svg(end) + run_html(view, film)
        panel.static_text = run_text(view)

    def _state(self) -> dict[str, Any]:
        session, move = self.session, self.session.move
        undisturbed = None
        if move is not None and session.wish.fault.fault and session.report.ok:
            undisturbed = migrate(session.datacenter, move, session.wish.profile)
        choice = session.wish.fault.shown(pre_copy_rounds(undisturbed))
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "profile": {
                "value": session.wish.profile.value,
                "options": [[profile.value, label] for profile, label in PROFILES],
            },
            "seed": session.wish.seed,
            "can_undo": session.can_undo,
            "can_redo": session.can_redo,
            "alert": self._alert,
            **self._news,
            **build(session.datacenter, move, session.report, choice),
        }

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panel._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"{self.title}: {self.report!r}"
