"""A learner at a lab's panel: says what the browser would, and sees what it would show."""

from __future__ import annotations

import json
from typing import Any

from vmlab.labs.lab import Lab


class Learner:
    """Uses a lab by messages only, and keeps what the panel was told to do."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.told: list[dict[str, Any]] = []
        lab.panel.send = lambda content, *_, **__: self.told.append(content)

    def says(self, type_: str, **words: Any) -> None:
        """Send a message and see that it was followed."""
        self.lab.handle({"type": type_, **words})
        assert self.alert is None, self.alert

    def sets(self, *path: str, to: object) -> None:
        self.says("set", path=list(path), value=to)

    def adds(self, what: str, *parent: str) -> list[str]:
        """Add something and see what it is called."""
        self.says("add", what=what, parent=list(parent))
        added: list[str] = self.state["added"]
        return added

    def is_refused(self, content: object) -> str:
        """Send a message that is refused, and see why."""
        self.lab.handle(content)
        assert self.alert is not None, f"{content!r:.200} was followed"
        return self.alert

    @property
    def state(self) -> dict[str, Any]:
        """What the panel shows, as it reaches the browser."""
        state: dict[str, Any] = json.loads(json.dumps(self.lab.panel.state, allow_nan=False))
        return state

    @property
    def alert(self) -> str | None:
        alert: str | None = self.state["alert"]
        return alert

    def field(self, name: str) -> dict[str, Any]:
        """A field of the migrate bar."""
        fields: list[dict[str, Any]] = self.state["bar"]["fields"]
        return next(each for each in fields if each["field"] == name)

    @property
    def reached(self) -> list[bool]:
        return [goal.done(self.lab.session) for goal in self.lab.objectives]

    @property
    def facts(self) -> tuple[Any, ...]:
        """All of the session that a message could change."""
        session = self.lab.session
        return (
            session.datacenter,
            session.wish,
            session.outcome,
            list(session.runs),
            session.can_undo,
            session.can_redo,
        )
