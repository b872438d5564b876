"""What if: a setting that is turned, and the answer to it at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from pydantic import ValidationError

from vmlab.documents import InputError
from vmlab.labs.target import Target, reached_table
from vmlab.models.estimate import Estimate, estimate
from vmlab.models.film import record
from vmlab.tables import Table
from vmlab.views.estimate_charts import Point
from vmlab.views.knobs import KNOB, KNOBS, geometric
from vmlab.views.setting import Setting
from vmlab.views.what_if import Answer, what_if, what_if_html, what_if_text
from vmlab.widgets.what_if import WhatIfPanel

CURVE_MBIT_S = geometric(10, 100_000, 17)
CURVE_ROUNDS = 600
FILM_FRAMES, FILM_DOTS = 150, 16_384
_log = logging.getLogger(__name__)


class WhatIf:
    """A setting that is turned by sliders or from Python.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    start : Setting
        Where the knobs stand at first.
    knobs : sequence of str, optional
        Which knobs there are; all where left out.
    targets : sequence of Target, optional
        What to reach.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        start: Setting,
        knobs: Sequence[str] = (),
        targets: Sequence[Target[Answer]] = (),
    ) -> None:
        self.title, self.subtitle = title, subtitle
        self.knobs = tuple(KNOB[name] for name in knobs) or KNOBS
        self.targets = tuple(targets)
        self.start = start
        # JupyterLab may run a callback in a thread of its own while a cell runs.
        self._lock = threading.RLock()
        self._reached: set[int] = set()
        self._pinned: Answer | None = None
        self.answer_ms = 0.0
        self._ask(start)

    @cached_property
    def panel(self) -> WhatIfPanel:
        """The widget; made when it is first shown."""
        panel = WhatIfPanel(self.handle)
        self._show(panel)
        return panel

    @property
    def setting(self) -> Setting:
        """Where the knobs stand."""
        return self._answer.setting

    @property
    def estimate(self) -> Estimate:
        """The estimate of the setting.

        Raises
        ------
        ValueError
            This version cannot estimate it.
        """
        if self._answer.estimate is None:
            raise ValueError(self._answer.refusal)
        return self._answer.estimate

    @property
    def progress(self) -> Table:
        """Which targets were reached."""
        return reached_table(self.targets, self._reached)

    def hints(self, number: int) -> Table:
        """Hints on the target of a number, counted from 1."""
        return self.targets[number - 1].hint_table()

    def set(self, **changes: float | str) -> Estimate:
        """Turn knobs from Python, to any value.

        Parameters
        ----------
        **changes
            Fields of the setting and their values.

        Returns
        -------
        Estimate
            The new estimate.

        Raises
        ------
        ValueError
            There is no such knob, or no case has such a value.
        """
        with self._lock:
            self._ask(self.setting.with_changes(**changes))
            self._refresh()
        return self.estimate

    def pin(self) -> None:
        """Keep the setting, to compare others with it."""
        with self._lock:
            self._pinned = self._answer
            self._refresh()

    def unpin(self) -> None:
        """Compare no more."""
        with self._lock:
            self._pinned = None
            self._refresh()

    def reset(self) -> None:
        """Turn every knob back."""
        with self._lock:
            self._pinned = None
            self._ask(self.start)
            self._refresh()

    def handle(self, content: object) -> None:
        """Do what a message of the panel says; what goes wrong is shown in the panel.

        Parameters
        ----------
        content : dict
            ``type`` is turn (with name and at, a step), choose (with name and
            value), pin, unpin, reset or film.
        """
        with self._lock:
            alert = ""
            try:
                self._do(content)
            except (KeyError, TypeError, ValueError, ValidationError) as error:
                alert = f"That message was not understood: {error}"[:300]
            except Exception:
                # Nobody sees what a callback raises; the learner must.
                _log.exception("a message of the panel failed: %.200r", content)
                alert = "Something broke inside vmlab. Nothing was changed; try another way."
            with self.panel.hold_sync():
                self.panel.alert = alert
                self.panel.answers += 1

    def _do(self, content: object) -> None:
        if not isinstance(content, dict):
            raise TypeError("it is no object")
        match content.get("type"):
            case "turn":
                knob = KNOB[str(content["name"])]
                self._ask(
                    self.setting.with_changes(**{knob.name: knob.value_at(int(content["at"]))})
                )
                self._refresh()
            case "choose":
                knob, value = KNOB[str(content["name"])], str(content["value"])
                if value not in dict(knob.options):
                    raise ValueError(f"{knob.label} cannot be {value[:40]!r}")
                self._ask(self.setting.with_changes(**{knob.name: value}))
                self._refresh()
            case "pin":
                self.pin()
            case "unpin":
                self.unpin()
            case "reset":
                self.reset()
            case "film":
                self._film()
            case other:
                raise ValueError(f"there is no {other!r}")

    def _ask(self, setting: Setting) -> None:
        """Answer a setting; it becomes the one that is shown."""
        began = time.perf_counter()
        self._answer = answer(setting)
        self.answer_ms = (time.perf_counter() - began) * 1000
        other = self._pinned is not None and self._pinned.setting != setting
        for number, target in enumerate(self.targets):
            counts = self._answer.estimate is not None and (other or not target.compared)
            if counts and target.done(self._answer):
                self._reached.add(number)

    def _film(self) -> None:
        """Record the film of memory, which the panel then plays."""
        if self._answer.refusal:
            raise ValueError(self._answer.refusal)
        film = record(self.setting.case(), frames=FILM_FRAMES, dots=FILM_DOTS)
        frames, dots = film.frames.shape
        piece = film.pages_per_dot * film.page_bytes // 1024
        with self.panel.hold_sync():
            self.panel.film = film.encode()
            self.panel.reel = {
                "frames": frames,
                "dots": dots,
                "seconds": [float(f"{s:.6g}") for s in film.seconds],
                "rounds": film.rounds.tolist(),
                "push": next((one.round for one in film.passes if one.push), None),
                "asks": film.asks,
                "dot": f"1 dot = {piece:,} KiB",
            }

    def _refresh(self) -> None:
        if "panel" in self.__dict__:
            self._show(self.panel)

    def _show(self, panel: WhatIfPanel) -> None:
        state = what_if(self.title, self.subtitle, self.knobs, self._answer, self._pinned)
        state["film_refusal"] = "There is no estimate to film" if self._answer.refusal else ""
        with panel.hold_sync():
            panel.reel, panel.film = None, b""  # type: ignore[assignment]
            panel.answer_ms = round(self.answer_ms, 1)
            panel.static_html, panel.static_text = what_if_html(state), what_if_text(state)
            panel.state = state

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panel._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return what_if_text(what_if(self.title, "", self.knobs, self._answer, self._pinned))


def answer(setting: Setting, *, curved: bool = True) -> Answer:
    """Estimate a setting, and its downtime at other bandwidths.

    Parameters
    ----------
    setting : Setting
        Where the knobs stand.
    curved : bool, optional
        Whether the curve is wanted.

    Returns
    -------
    Answer
        With a refusal instead of an estimate where the models have none.

    Raises
    ------
    ValueError
        A value was set from Python that no case can have.
    """
    case = setting.case()
    try:
        found = estimate(case)
    except InputError as error:
        return Answer(setting, None, (), "; ".join(str(problem) for problem in error.problems))
    return Answer(setting, found, curve(setting) if curved else ())


def curve(setting: Setting) -> tuple[Point, ...]:
    """Downtime over bandwidth, all else the same; the setting's own bandwidth does not matter."""
    return _curve(replace(setting, mbit_s=CURVE_MBIT_S[0]))


@lru_cache(maxsize=256)
def _curve(setting: Setting) -> tuple[Point, ...]:
    # Rounds take time: where a slow link needs very many, the curve begins further right.
    rounds, found = 0, []
    for mbit_s in reversed(CURVE_MBIT_S):
        one = estimate(replace(setting, mbit_s=mbit_s).case())
        found.append(Point(mbit_s, one.downtime_s, one.converged))
        rounds += len(one.rounds)
        if rounds > CURVE_ROUNDS:
            break
    return tuple(reversed(found))
