"""What an evacuation says: each VM's way, what stayed and why, which hosts are empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from vmlab.fleet.departures import Departure, Wave
from vmlab.fleet.fleet_run import FleetRun, LinkUse
from vmlab.fleet.planned_state import Stay
from vmlab.fleet.strategy import Strategy
from vmlab.fleet.traces import traced
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, apply, set_to
from vmlab.inventory.profile import Profile
from vmlab.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    Column("vm"), Column("source"), Column("destination"), Column("kind"), Column("wave"),
    Column("start_s", 1), Column("end_s", 1), Column("downtime_s", 3), Column("attempts"),
    Column("outcome"), Column("limited_by"), Column("limit"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Evacuation:
    """How hosts were emptied.

    Parameters
    ----------
    hosts : tuple of str
        Those that were to be empty.
    profile : Profile
        Whose eyes judged.
    strategy : Strategy
        Order and number of moves.
    moves : tuple of Departure
        In the order of the queue.
    stays : tuple of Stay
        What can go nowhere.
    waves : tuple of Wave
        What ran when.
    run : FleetRun
        All attempts, and what the links carried.
    kept_out : tuple of (str, str)
        Hosts that are not in maintenance mode, and why.
    down : tuple of str
        VMs that went down with a host.
    before : Datacenter
        Before it.
    edits : tuple of Edit
        What has changed since.
    warnings : tuple of str, optional
        What to know before it begins.
    """

    hosts: tuple[str, ...]
    profile: Profile
    strategy: Strategy
    moves: tuple[Departure, ...]
    stays: tuple[Stay, ...]
    waves: tuple[Wave, ...]
    run: FleetRun
    kept_out: tuple[tuple[str, str], ...]
    down: tuple[str, ...]
    before: Datacenter
    edits: tuple[Edit, ...]
    warnings: tuple[str, ...] = ()

    @cached_property
    def datacenter(self) -> Datacenter:
        """After it: each VM where it went, empty hosts in maintenance mode."""
        return apply(self.before, self.edits)

    def datacenter_at(self, at_s: float) -> Datacenter:
        """The datacenter while hosts are emptied; mode and lost hosts show at the end only.

        Parameters
        ----------
        at_s : float
            Seconds from the start.

        Returns
        -------
        Datacenter
            Who has left is where it went; who is on its way is a move under way.
        """
        edits: list[Edit] = []
        gone = []
        for one in self.moves:
            for attempt in one.attempts:
                if attempt.start_s is None or attempt.end_s is None or at_s < attempt.start_s:
                    continue
                if at_s < attempt.end_s:
                    ends = {"source": one.source, "destination": attempt.destination}
                    facts = {"vm": one.vm, "kind": one.kind, "shell": True, **ends}
                    edits.append(set_to(("moves", one.vm), facts))
                elif attempt is one.last and one.arrived:
                    edits.append(set_to(("vms", one.vm, "host"), attempt.destination))
                    gone.append(attempt.traces)
        edits += traced(self.before, gone)
        return apply(self.before, edits) if edits else self.before

    @property
    def emptied(self) -> tuple[str, ...]:
        """Hosts that are in maintenance mode now."""
        out = {host for host, _ in self.kept_out}
        return tuple(host for host in self.hosts if host not in out)

    @property
    def last_wave(self) -> int:
        """How many waves there were; one that only failed attempts were in has no entry."""
        return max((one.wave for one in self.waves), default=0)

    @property
    def total_s(self) -> float:
        """Until the last move ended, s."""
        return self.run.total_s

    @property
    def links(self) -> tuple[LinkUse, ...]:
        """What each link carried."""
        return self.run.links

    @property
    def exit_code(self) -> int:
        """The command's: 4 lost or unclean, 3 rolled back, 1 a VM or a host kept out, 0 done."""
        words = {one.outcome for one in self.moves}
        if self.down or words & {"lost", "failed-after-switchover"}:
            return 4
        if words & {"rolled-back", "refused"}:
            return 3
        return 1 if self.stays or self.kept_out else 0

    def table(self, most: int | None = 40) -> Table:
        """A row for each VM that left or tried to.

        Parameters
        ----------
        most : int or None, optional
            How many to show; None for all.
        """
        rows: list[list[Cell]] = [
            [
                one.vm, one.source, one.destination, one.kind, one.wave, one.last.start_s,
                one.last.end_s, one.downtime_s, len(one.attempts), one.outcome,
                one.last.limited_by, one.last.limit,
            ]
            for one in self.moves[:most]
        ]  # fmt: skip
        left = len(self.moves) - len(rows)
        return Table(_COLUMNS, rows, f"Not shown: {left:,} more moves" if left else "")

    def stays_table(self) -> Table:
        """What can go nowhere, and why."""
        rows: Sequence[Sequence[Cell]] = [
            [one.vm, one.host, one.rule, one.reason] for one in self.stays
        ]
        return Table([Column("vm"), Column("host"), Column("rule"), Column("reason")], rows)

    def to_frame(self) -> pd.DataFrame:
        """All VMs as a pandas frame."""
        return self.table(None).to_frame()

    def to_json(self) -> dict[str, Any]:
        """The document of ``vmlab evacuate --json``; see `vmlab.fleet.evacuation.evacuate`."""
        total_s = self.total_s
        limits = self.run.limits()
        return {
            "hosts": list(self.hosts),
            "profile": self.profile.value,
            "strategy": {"at_once": self.strategy.at_once, "order": self.strategy.order},
            "total_s": total_s,
            "moves": [one.to_json() for one in self.moves],
            "stays": [
                {"vm": one.vm, "host": one.host, "rule": one.rule, "reason": one.reason}
                for one in self.stays
            ],
            "waves": [
                {"wave": w.wave, "start_s": w.start_s, "end_s": w.end_s, "vms": list(w.vms)}
                for w in self.waves
            ],
            "links": [
                {
                    "link": link.name,
                    "bytes_per_s": link.bytes_per_s,
                    "sent_bytes": link.sent_bytes,
                    "use": link.sent_bytes / (link.bytes_per_s * total_s) if total_s else 0.0,
                }
                for link in self.links
            ],
            "limits": [
                {"limited_by": by, "limit": which, "moves": count}
                for by, which, count in limits.rows
            ],
            "maintenance_mode": list(self.emptied),
            "kept_out": [{"host": host, "reason": reason} for host, reason in self.kept_out],
            "down": list(self.down),
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        arrived = sum(one.arrived for one in self.moves)
        lines = [
            f"{arrived:,} of {len(self.moves) + len(self.stays):,} VMs left "
            f"{', '.join(self.hosts)} in {total_words(self.total_s)}, "
            f"{self.last_wave} {'wave' if self.last_wave == 1 else 'waves'}"
        ]
        lines += [f"Warning: {warning}" for warning in self.warnings]
        if self.emptied:
            lines.append(f"In maintenance mode: {', '.join(self.emptied)}")
        lines += [f"{host} is not in maintenance mode: {why}" for host, why in self.kept_out]
        lines += [f"{one.vm} stays on {one.host}: {one.reason}" for one in self.stays]
        if self.down:
            lines.append(f"Down with their host: {', '.join(self.down)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said = "<br>".join(escape(line) for line in repr(self).splitlines())
        stays = self.stays_table().to_html() if self.stays else ""
        limits = self.run.limits().to_html()
        return f"<p>{said}</p>{self.table().to_html()}{stays}{limits}"


def total_words(seconds: float) -> str:
    """A time for a headline.

    >>> total_words(42.25), total_words(754)
    ('42.2 s', '12 min 34 s')
    """
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds + 0.5) // 60} min {int(seconds + 0.5) % 60} s"
