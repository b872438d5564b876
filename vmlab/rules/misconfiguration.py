"""A misconfiguration: a lab's puzzle, and the fixture on which its rule must fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import Edit, Path, apply
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import load


@dataclass(frozen=True, kw_only=True)
class Misconfiguration:
    """Edits that break a good scenario in one known way.

    Parameters
    ----------
    name : str
        What it is called.
    story : str
        What somebody did, in one sentence.
    rule : str
        The rule that must catch it.
    path : tuple of str
        Where that rule must point.
    edits : tuple of Edit
        What was done.
    also : tuple of (str, tuple of str), optional
        Rules and paths that follow by necessity.
    scenario : str, optional
        The good scenario that is broken.
    profile : Profile, optional
        Whose eyes see it.
    kind : str, optional
        The kind of migration that is asked for.
    asks : mapping of str, optional
        What else is asked of the move: its other fields as plain data.
    """

    name: str
    story: str
    rule: str
    path: Path
    edits: tuple[Edit, ...]
    also: tuple[tuple[str, Path], ...] = ()
    scenario: str = "two-hosts"
    profile: Profile = Profile.GUIDE_40
    kind: Kind = "vmotion"
    asks: Mapping[str, Any] = field(default_factory=dict)

    def datacenter(self) -> Datacenter:
        """The broken datacenter."""
        return apply(load(self.scenario).datacenter, self.edits)

    def move(self) -> Move:
        """The move that shows it: web01 from esx01 to esx02."""
        facts = {"vm": "web01", "source": "esx01", "destination": "esx02", "kind": self.kind}
        return Move.model_validate({**facts, **self.asks})

    @property
    def expected(self) -> frozenset[tuple[str, Path]]:
        """Exactly what a check must find: rules and their paths."""
        return frozenset({(self.rule, self.path), *self.also})
