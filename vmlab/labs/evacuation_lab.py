"""A lab in which hosts are emptied: a setting that is turned, and the film of it at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from vmlab.documents import InputError, Problem
from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.mishap import Mishap, parse_mishap
from vmlab.fleet.strategies import STRATEGIES, Comparison, compare
from vmlab.fleet.strategy import Strategy
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, Path, apply, remove, set_to
from vmlab.inventory.scenario import load
from vmlab.labs.emptied import Emptied, fixes_of
from vmlab.labs.target import Target, reached_table
from vmlab.tables import Table
from vmlab.views.drawing import Drawing
from vmlab.views.evacuation import evacuation_gantt, evacuation_links
from vmlab.views.fleet_panel import FleetShown, fleet_html, fleet_panel, fleet_text
from vmlab.widgets.fleet import FleetPanel

_log = logging.getLogger(__name__)


class EvacuationLab:
    """Hosts that are emptied, from the panel or from Python.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    scenario : str
        Where it begins.
    hosts : sequence of str
        The hosts that are to be empty at first.
    targets : sequence of Target, optional
        What to reach; once reached stays reached.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        scenario: str,
        hosts: Sequence[str],
        targets: Sequence[Target[Emptied]] = (),
    ) -> None:
        self.title, self.subtitle = title, subtitle
        self.targets = tuple(targets)
        self.start = load(scenario)
        self._first = tuple(hosts)
        # JupyterLab may run a callback in a thread of its own while a cell runs.
        self._lock = threading.RLock()
        self._reached: set[int] = set()
        self._run(self.start.datacenter, self._first, Strategy())

    @cached_property
    def panel(self) -> FleetPanel:
        """The widget; made when it is first shown."""
        panel = FleetPanel(self.handle)
        self._show(panel)
        return panel

    @property
    def evacuation(self) -> Evacuation:
        """What the panel shows."""
        return self._evacuation

    @property
    def gantt(self) -> Drawing:
        """Who moved when."""
        return evacuation_gantt(self.evacuation)

    @property
    def links(self) -> Drawing:
        """How full each link was."""
        return evacuation_links(self.evacuation)

    @property
    def limits(self) -> Table:
        """What held up most moves."""
        return self.evacuation.run.limits()

    @property
    def progress(self) -> Table:
        """Which targets were reached."""
        return reached_table(self.targets, self._reached)

    def hints(self, number: int) -> Table:
        """Hints on the target of a number, counted from 1."""
        return self.targets[number - 1].hint_table()

    def empty(
        self,
        *hosts: str,
        at_once: int | None = None,
        order: str = "placed",
        mishaps: Iterable[str] = (),
    ) -> Evacuation:
        """Empty hosts.

        Parameters
        ----------
        *hosts : str
            Which; those of the panel where left out.
        at_once : int, optional
            Moves at the same time at most; as many as the slots allow where
            left out.
        order : str, optional
            Who goes first.
        mishaps : iterable of str, optional
            What goes wrong, such as ``"esx03:lost@60"``. No target counts then.

        Returns
        -------
        Evacuation
            Also shown by the panel.

        Raises
        ------
        InputError
            There is no such host, order or mishap.
        """
        with self._lock:
            now = self.evacuation
            found = [parse_mishap(text, now.before) for text in mishaps]
            strategy = Strategy.of(at_once, order)
            self._run(now.before, hosts or now.hosts, strategy, found)
            self._refresh()
        return self.evacuation

    def set(self, path: Path, value: object) -> Evacuation:
        """Change something before the hosts are emptied, and empty them.

        Parameters
        ----------
        path : tuple of str
            Such as ``("hosts", "esx04", "physical_nics", "vmnic1", "speed_mbit_s")``.
        value : object
            What shall stand there; None removes it.

        Returns
        -------
        Evacuation
            Also shown by the panel.

        Raises
        ------
        InputError
            It cannot stand there; nothing has changed.
        """
        with self._lock:
            self._change([remove(path) if value is None else set_to(path, value)])
            self._refresh()
        return self.evacuation

    def fix(self, vm: str) -> Evacuation:
        """Mend what keeps a VM on its host, and empty the hosts again.

        Parameters
        ----------
        vm : str
            One that stays.

        Returns
        -------
        Evacuation
            Also shown by the panel.

        Raises
        ------
        InputError
            It does not stay, or there is no mechanical fix.
        """
        with self._lock:
            fixes = fixes_of(self.evacuation)
            finding = fixes.get(vm)
            if finding is None:
                known = ", ".join(fixes) or "none"
                problem = Problem(f"nothing can be fixed for {vm!r}", f"Known: {known}")
                raise InputError("fix", [problem])
            self._change(finding.edits)
            self._refresh()
        return self.evacuation

    def compare(self, strategies: Sequence[Strategy] = STRATEGIES) -> Comparison:
        """The same hosts emptied in several ways."""
        now = self.evacuation
        return compare(now.before, now.hosts, now.profile, strategies=strategies)

    def reset(self) -> Evacuation:
        """Begin again; targets that were reached stay reached."""
        with self._lock:
            self._run(self.start.datacenter, self._first, Strategy())
            self._refresh()
        return self.evacuation

    def handle(self, content: object) -> None:
        """Do what a message of the panel says; what goes wrong is shown in the panel.

        Parameters
        ----------
        content : dict
            ``type`` is hosts (with value, their names), choose (with field and
            value), adapter (with host and value), fix (with vm) or reset.
        """
        with self._lock:
            alert = ""
            try:
                self._do(content)
            except InputError as error:
                alert = "\n".join(str(problem) for problem in error.problems)[:300]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                alert = f"That message was not understood: {error}"[:300]
            except Exception:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the panel failed: %.200r", content)
                alert = "Something broke inside vmlab. Nothing was changed; try another way."
            with self.panel.hold_sync():
                self._show(self.panel)
                self.panel.alert = alert
                self.panel.answers += 1

    def _do(self, content: object) -> None:
        if not isinstance(content, dict):
            raise TypeError("it is no object")
        now = self.evacuation
        strategy = now.strategy
        match content.get("type"):
            case "hosts":
                self._run(now.before, [str(name) for name in content["value"]], strategy)
            case "choose" if content["field"] == "at_once":
                value = content["value"]
                at_once = None if value is None else int(value)
                self._run(now.before, now.hosts, Strategy(at_once, strategy.order))
            case "choose" if content["field"] == "order":
                order = Strategy.of(strategy.at_once, str(content["value"]))
                self._run(now.before, now.hosts, order)
            case "adapter":
                host = now.before.hosts[str(content["host"])]
                name = host.vmotion_uplink.name if host.vmotion_uplink else ""
                path = ("hosts", host.name, "physical_nics", name, "speed_mbit_s")
                self._change([set_to(path, int(content["value"]))])
            case "fix":
                self.fix(str(content["vm"]))
            case "reset":
                self.reset()
            case other:
                raise ValueError(f"there is no {other!r}")

    def _change(self, edits: Iterable[Edit]) -> None:
        now = self.evacuation
        self._run(apply(now.before, edits), now.hosts, now.strategy)

    def _run(
        self,
        datacenter: Datacenter,
        hosts: Iterable[str],
        strategy: Strategy,
        mishaps: Sequence[Mishap] = (),
    ) -> None:
        profile = self.start.profile
        self._evacuation = evacuate(datacenter, hosts, profile, strategy=strategy, mishaps=mishaps)
        shown = Emptied(self._evacuation, self.start.datacenter, profile)
        for number, target in enumerate(self.targets):
            if not mishaps and target.done(shown):
                self._reached.add(number)

    def _refresh(self) -> None:
        if "panel" in self.__dict__:
            self._show(self.panel)

    def _show(self, panel: FleetPanel) -> None:
        shown = self._shown()
        with panel.hold_sync():
            panel.static_html, panel.static_text = fleet_html(shown), fleet_text(shown)
            panel.state = fleet_panel(shown)

    def _shown(self) -> FleetShown:
        fixes = {vm: finding.fix for vm, finding in fixes_of(self.evacuation).items()}
        return FleetShown(self.title, self.subtitle, self.evacuation, fixes)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panel._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return fleet_text(self._shown())
