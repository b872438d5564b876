"""A rolling upgrade: hosts are emptied, upgraded and taken back, a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from vmlab.documents import InputError, Problem
from vmlab.fleet.evacuated import Evacuation, total_words
from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.placement import refuse_unknown
from vmlab.fleet.strategy import Strategy
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, apply, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario
from vmlab.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: What the upgrade of a host takes, restart included: this lab's figure.
UPGRADE_S = 1200.0


@dataclass(frozen=True)
class Step:
    """Hosts that were emptied together, and what became of them.

    Parameters
    ----------
    hosts : tuple of str
        Those of the step.
    evacuation : Evacuation
        How they were emptied.
    start_s, emptied_s, end_s : float
        From the start of the whole upgrade: the evacuation begins and ends,
        and the upgraded hosts are back.
    upgraded : tuple of str
        Those that could be emptied.
    """

    hosts: tuple[str, ...]
    evacuation: Evacuation
    start_s: float
    emptied_s: float
    end_s: float
    upgraded: tuple[str, ...]

    @property
    def why_not(self) -> str:
        """Why hosts were not upgraded; empty where all were."""
        return "; ".join(f"{host}: {why}" for host, why in self.evacuation.kept_out)


_COLUMNS = (
    Column("step"), Column("hosts"), Column("start_s", 1), Column("emptied_s", 1),
    Column("end_s", 1), Column("moved"), Column("upgraded"), Column("why_not"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Upgrade:
    """A rolling upgrade of several hosts.

    Parameters
    ----------
    steps : tuple of Step
        In order.
    datacenter : Datacenter
        After it: upgraded hosts are out of maintenance mode, VMs where they went last.
    """

    steps: tuple[Step, ...]
    datacenter: Datacenter

    @property
    def total_s(self) -> float:
        """Until the last host was back, s."""
        return self.steps[-1].end_s if self.steps else 0.0

    @property
    def upgraded(self) -> tuple[str, ...]:
        """Hosts that were upgraded."""
        return tuple(host for step in self.steps for host in step.upgraded)

    @property
    def left(self) -> tuple[tuple[str, str], ...]:
        """Hosts that were not, and why."""
        return tuple(pair for step in self.steps for pair in step.evacuation.kept_out)

    @property
    def moves(self) -> int:
        """How often a VM arrived anywhere."""
        return sum(one.arrived for step in self.steps for one in step.evacuation.moves)

    @property
    def exit_code(self) -> int:
        """As of an evacuation, of the step that went worst."""
        return max((step.evacuation.exit_code for step in self.steps), default=0)

    def table(self) -> Table:
        """A row for each step."""
        rows: list[list[Cell]] = [
            [
                number, ", ".join(step.hosts), step.start_s, step.emptied_s, step.end_s,
                sum(one.arrived for one in step.evacuation.moves), ", ".join(step.upgraded) or None,
                step.why_not or None,
            ]
            for number, step in enumerate(self.steps, 1)
        ]  # fmt: skip
        return Table(_COLUMNS, rows)

    def to_frame(self) -> pd.DataFrame:
        """The steps as a pandas frame."""
        return self.table().to_frame()

    def to_json(self) -> dict[str, Any]:
        """The upgrade as plain data."""
        return {
            "total_s": self.total_s,
            "upgraded": list(self.upgraded),
            "left": [{"host": host, "reason": reason} for host, reason in self.left],
            "steps": [
                {
                    "hosts": list(step.hosts),
                    "start_s": step.start_s,
                    "emptied_s": step.emptied_s,
                    "end_s": step.end_s,
                    "upgraded": list(step.upgraded),
                    "evacuation": step.evacuation.to_json(),
                }
                for step in self.steps
            ],
        }

    def __repr__(self) -> str:
        hosts = len(self.upgraded) + len(self.left)
        lines = [
            f"{len(self.upgraded)} of {hosts} hosts upgraded in {total_words(self.total_s)}, "
            f"{self.moves:,} moves"
        ]
        return "\n".join([*lines, *(f"{host} is left as it was: {why}" for host, why in self.left)])

    def _repr_html_(self) -> str:
        said = "<br>".join(escape(line) for line in repr(self).splitlines())
        return f"<p>{said}</p>{self.table().to_html()}"


def upgrade(
    where: Datacenter | Scenario,
    hosts: Iterable[str] | None = None,
    profile: Profile | str | None = None,
    *,
    together: int = 1,
    upgrade_s: float = UPGRADE_S,
    version: str | None = None,
    strategy: Strategy | None = None,
) -> Upgrade:
    """Upgrade hosts one after another, or a few together.

    Parameters
    ----------
    where : Datacenter or Scenario
        What exists.
    hosts : iterable of str, optional
        Which, in this order; all where left out.
    profile : Profile or str, optional
        As in `evacuate`.
    together : int, optional
        Hosts that are emptied at the same time.
    upgrade_s : float, optional
        What the upgrade of a host takes; those of a step are upgraded side by side.
    version : str, optional
        What an upgraded host runs; as before where left out. VMs are then
        judged on hosts of both versions, as the rules do.
    strategy : Strategy, optional
        Of each evacuation.

    Returns
    -------
    Upgrade
        Step by step. A host that cannot be emptied is left as it was; VMs that
        had already left it stay where they went.

    Raises
    ------
    InputError
        There is no such host, or a number makes no sense.

    Examples
    --------
    >>> from vmlab.inventory import load
    >>> upgrade(load("four-hosts"), ["esx03", "esx04"]).upgraded
    ('esx03', 'esx04')
    """
    now = where.datacenter if isinstance(where, Scenario) else where
    if profile is None and isinstance(where, Scenario):
        profile = where.profile
    order = list(dict.fromkeys(now.hosts if hosts is None else hosts))
    refuse_unknown(now, order)
    if together < 1 or upgrade_s < 0:
        problem = Problem(
            f"{together} hosts at a time, {upgrade_s:g} s each",
            "Write 1 or more, and no less than 0 s",
        )
        raise InputError("upgrade", [problem])
    steps: list[Step] = []
    at_s = 0.0
    for first in range(0, len(order), together):
        group = order[first : first + together]
        evacuation = evacuate(now, group, profile, strategy=strategy)
        emptied_s = at_s + evacuation.total_s
        upgraded = evacuation.emptied
        end_s = emptied_s + (upgrade_s if upgraded else 0.0)
        now = apply(evacuation.datacenter, _back(now, upgraded, version))
        steps.append(Step(tuple(group), evacuation, at_s, emptied_s, end_s, upgraded))
        at_s = end_s
    return Upgrade(tuple(steps), now)


def _back(before: Datacenter, upgraded: Sequence[str], version: str | None) -> Iterable[Edit]:
    for host in upgraded:
        if not before.hosts[host].maintenance_mode:
            yield remove(("hosts", host, "maintenance_mode"))
        if version is not None:
            yield set_to(("hosts", host, "version"), version)
