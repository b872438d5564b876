"""A lab as a notebook shows it: a session behind a panel."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from vmlab.documents import InputError
from vmlab.inventory.move import Kind
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import load
from vmlab.labs.fault_choice import choice, pre_copy_rounds
from vmlab.labs.messages import (
    Add,
    Choose,
    Fix,
    Load,
    Message,
    Press,
    Remove,
    Rename,
    Set,
    read,
)
from vmlab.labs.objective import Objective, progress
from vmlab.labs.session import Session
from vmlab.migration.kinds import WITHOUT_DATASTORE
from vmlab.migration.outcome import Outcome
from vmlab.rules.report import Report
from vmlab.tables import Table
from vmlab.views.bar import KIND_WORDS, Choosing
from vmlab.views.build import build, build_html, build_text
from vmlab.views.checklist import checklist
from vmlab.views.run import film_of, run_view
from vmlab.views.run_static import run_html, run_text
from vmlab.views.svg import topology_svg
from vmlab.views.topology import topology
from vmlab.widgets.panel import Panel

LONGEST_ALERT = 600
PROFILES = tuple(zip(Profile, ("Guide 4.0", "5.5", "6.7", "8.0"), strict=True))
_LONG_WORD = re.compile(r"[^\s.]{100,}")
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
    kinds : sequence of str, optional
        Kinds of move that the panel offers.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        scenario: str,
        objectives: Sequence[Objective] = (),
        kinds: Sequence[Kind] = ("vmotion",),
    ) -> None:
        self.title = title
        self.subtitle = subtitle
        self.kinds = tuple(kinds)
        self.session = Session(load(scenario), tuple(dict.fromkeys((*WITHOUT_DATASTORE, *kinds))))
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

    def migrate(self, fault: str = "", strikes_in: str | None = None, round: int = 1) -> Outcome:
        """Run the move that is chosen, as *Migrate* does.

        Parameters
        ----------
        fault : str, optional
            What shall go wrong; nothing where left out.
        strikes_in : str, optional
            In which stage; the fault's own where left out.
        round : int, optional
            In pre-copy: in which round.

        Returns
        -------
        Outcome
            How it went.

        Raises
        ------
        InputError
            There is nothing to move, or the fault cannot strike there.
        """
        with self._lock:
            with self.session.all_or_nothing():
                setting = self.session.setting
                self.session.choose(fault=choice(fault, strikes_in, round, setting))
                outcome = self.session.migrate()
            self._refresh()
            self.panel.play()
        return outcome

    def handle(self, content: object) -> None:
        """Do what a message of the panel says; what goes wrong is shown in the panel.

        Parameters
        ----------
        content : dict
            With ``type`` and what belongs to it (`vmlab.labs.messages`).
        """
        with self._lock:
            self._alert, self._news = None, {}
            try:
                with self.session.all_or_nothing():
                    message = read(content)
                    self._do(message)
                    self._refresh()
            except InputError as error:
                self._refuse("\n".join(str(problem) for problem in error.problems))
            except Exception:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the panel failed: %.200r", content)
                self._refuse("Something broke inside vmlab. Nothing was changed; try another way.")
            else:
                if message.type == "migrate":
                    self.panel.play()

    def _refuse(self, why: str) -> None:
        """Say why a message was not followed."""
        why = _LONG_WORD.sub(lambda found: f"{found[0][:40]}…", why)
        self._alert = why if len(why) <= LONGEST_ALERT else f"{why[: LONGEST_ALERT - 1]}…"
        self._news = {}
        self._refresh()

    def _do(self, message: Message) -> None:
        session = self.session
        match message:
            case Set():
                session.set(message.path, message.value)
            case Rename():
                new = session.rename(message.path, message.name.strip())
                self._news = {"renamed": {"from": list(message.path), "to": list(new)}}
            case Remove():
                session.remove(message.path)
            case Add():
                self._news = {"added": list(session.add(message.what, message.parent or ()))}
            case Fix():
                session.fix(message.rule, message.index)
            case Choose():
                self._choose(message.field, message.value)
            case Load():
                session.load(message.name, message.text)
            case Press():
                self._press(message.type)

    def _press(self, button: str) -> None:
        match button:
            case "undo":
                self.session.undo()
            case "redo":
                self.session.redo()
            case "reset":
                self.session.reset()
            case "migrate":
                self.session.migrate()
            case "save":
                self.panel.download("lab.yaml", self.session.save())

    def _choose(self, field: str, value: int | str) -> None:
        session, fault, run = self.session, self.session.wish.fault, self.session.setting
        match field:
            case "fault":
                session.choose(fault=choice(str(value), setting=run))
            case "strikes_in":
                session.choose(fault=choice(fault.fault, str(value), setting=run))
            case "round":
                session.choose(fault=choice(fault.fault, fault.strikes_in, value, run))
            case "datastore":
                session.choose(datastore=value or None)
            case _:
                session.choose(**{field: value})

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
        film = film_of(outcome)
        view = run_view(outcome, film)
        # While it plays, all is that of the start; the film moves the VM in it.
        start = topology(outcome.before, outcome.move, outcome.report.findings)
        counts = checklist(outcome.report)["counts"]
        panel.run = {**view, "topology": start, "counts": counts}
        panel.film = film.encode() if film else b""
        end = topology(outcome.datacenter, outcome.move)
        panel.static_html = topology_svg(end) + run_html(view, film)
        panel.static_text = run_text(view)

    def _state(self) -> dict[str, Any]:
        session, move = self.session, self.session.move
        undisturbed = None
        if move is not None and session.wish.fault.fault and session.report.ok:
            undisturbed = session.try_out(move)
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
            **build(session.datacenter, move, session.report, choice, self._choosing()),
        }

    def _choosing(self) -> Choosing:
        """Kinds of move, and what else a kind lets one choose."""
        wish = self.session.wish
        kinds = tuple((kind, KIND_WORDS[kind]) for kind in self.kinds)
        return Choosing(wish.vm, wish.to, wish.kind, kinds, wish.datastore, wish.disk_format)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panel._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"{self.title}: {self.report!r}"
