"""Which running VM may go to which host, and the first reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vmlab.documents import InputError, Problem
from vmlab.fleet.facts import Flags, Indices
from vmlab.fleet.index import Index, build_index
from vmlab.fleet.remedy import Help, helps_most
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario
from vmlab.kernels.bits import unpack
from vmlab.kernels.matrix import Reasons
from vmlab.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: What a table shows of a large fleet.
SHOWN_VMS, SHOWN_HOSTS = 40, 12


@dataclass(frozen=True, eq=False)
class Matrix:
    """The verdict on a VMotion of each running VM to each other host.

    Parameters
    ----------
    datacenter : Datacenter
        What was judged.
    profile : Profile
        Whose eyes looked.
    index : Index
        What forbids each pair.
    """

    datacenter: Datacenter
    profile: Profile
    index: Index

    @property
    def vms(self) -> tuple[str, ...]:
        """Names of the VMs that are powered on: the rows."""
        return self.index.vms

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts: the columns."""
        return self.index.hosts

    @cached_property
    def flags(self) -> Flags:
        """True where a VM may go to a host; shape (VMs, hosts)."""
        return unpack(self.index.allowed(), len(self.hosts))

    @cached_property
    def _reasons(self) -> tuple[Reasons, Indices, Indices]:
        return self.index.reasons()

    @property
    def first(self) -> Reasons:
        """1 + the number of the first rule that forbids a pair, 0 where none does."""
        return self._reasons[0]

    def allowed(self, vm: str, host: str) -> bool:
        """Whether a VM may go to a host; it does not go where it is."""
        row, column = self._place(vm, host)
        return bool(self.flags[row, column])

    def first_reason(self, vm: str, host: str) -> str | None:
        """The first rule of the catalogue that forbids it, None where none does."""
        row, column = self._place(vm, host)
        return self._rule(int(self.first[row, column]))

    @property
    def pairs(self) -> int:
        """How many pairs there are, a VM's own host aside."""
        return len(self.vms) * max(0, len(self.hosts) - 1)

    @property
    def free(self) -> int:
        """How many pairs are allowed."""
        return int(np.count_nonzero(self.flags))

    def counts(self) -> Table:
        """Rules that forbid anything: how many pairs, and of how many it is the only reason."""
        _, blocks, only = self._reasons
        rows: list[list[Cell]] = [
            [rule.id, rule.short, int(blocks[n]), int(only[n])]
            for n, rule in enumerate(self.index.rules)
            if blocks[n]
        ]
        rows.sort(key=lambda row: (-int(row[2] or 0), str(row[0])))
        names = ("rule", "what must hold", "blocks", "only_reason")
        return Table([Column(name) for name in names], rows)

    @cached_property
    def helps_most(self) -> Help | None:
        """The fix that frees the most pairs, tried out; None where none frees any."""
        return helps_most(self.datacenter, self.profile, self.index)

    def table(self, vms: int = SHOWN_VMS, hosts: int = SHOWN_HOSTS) -> Table:
        """A row for each VM, a column for each host: yes, the first reason, or a dot at home.

        Parameters
        ----------
        vms, hosts : int, optional
            How many to show at most.

        Returns
        -------
        Table
            Its title says what was left out.
        """
        rows: list[list[Cell]] = []
        for r, vm in enumerate(self.vms[:vms]):
            own = int(self.index.source[r])
            cells: list[Cell] = [
                "·" if c == own else self._rule(int(self.first[r, c])) or "yes"
                for c in range(len(self.hosts[:hosts]))
            ]
            rows.append([vm, *cells])
        left = [
            f"{len(all_) - most:,} more {what}"
            for all_, most, what in ((self.vms, vms, "VMs"), (self.hosts, hosts, "hosts"))
            if len(all_) > most
        ]
        columns = [Column("vm"), *(Column(name) for name in self.hosts[:hosts])]
        return Table(columns, rows, f"Not shown: {', '.join(left)}" if left else "")

    def to_frame(self) -> pd.DataFrame:
        """First reasons as a pandas frame: VMs by hosts, missing where it may go or is."""
        import pandas as pd

        names = np.array([None, *(rule.id for rule in self.index.rules)], object)
        return pd.DataFrame(
            names[self.first],
            index=pd.Index(self.vms, name="vm"),
            columns=pd.Index(self.hosts, name="host"),
        )

    def to_json(self) -> dict[str, Any]:
        """The matrix as plain data."""
        names: list[str | None] = [None, *(rule.id for rule in self.index.rules)]
        rows = [
            {"rule": rule, "blocks": blocks, "only_reason": only}
            for rule, _, blocks, only in self.counts().rows
        ]
        return {
            "profile": self.profile.value,
            "vms": list(self.vms),
            "hosts": list(self.hosts),
            "allowed": [[self.hosts[c] for c in np.flatnonzero(row)] for row in self.flags],
            "first_reason": [[names[n] for n in row] for row in self.first.tolist()],
            "rules": rows,
            "helps_most": self.helps_most.to_json() if self.helps_most else None,
        }

    def __repr__(self) -> str:
        return (
            f"Matrix of {len(self.vms):,} VMs and {len(self.hosts):,} hosts: "
            f"{self.free:,} of {self.pairs:,} moves may go"
        )

    def _repr_html_(self) -> str:
        return self.table().to_html() + self.counts().to_html()

    def _rule(self, number: int) -> str | None:
        return self.index.rules[number - 1].id if number else None

    def _place(self, vm: str, host: str) -> tuple[int, int]:
        problems = [
            Problem(f"there is no {what} named {name!r}", f"Known: {', '.join(known[:20])}")
            for name, known, what in (
                (vm, self.vms, "running virtual machine"),
                (host, self.hosts, "host"),
            )
            if name not in known
        ]
        if problems:
            raise InputError("matrix", problems)
        return self.vms.index(vm), self.hosts.index(host)


def matrix(where: Datacenter | Scenario, profile: Profile | str | None = None) -> Matrix:
    """Judge a VMotion of every running VM to every other host.

    Parameters
    ----------
    where : Datacenter or Scenario
        What exists.
    profile : Profile or str, optional
        Whose eyes look; the scenario's, else the guide's, where left out.

    Returns
    -------
    Matrix
        Exactly what a check of each pair would say.

    Examples
    --------
    >>> from vmlab.inventory import load
    >>> matrix(load("two-hosts"))
    Matrix of 1 VMs and 2 hosts: 1 of 1 moves may go
    """
    datacenter = where.datacenter if isinstance(where, Scenario) else where
    own = where.profile if isinstance(where, Scenario) else Profile.GUIDE_40
    chosen = Profile(profile) if profile else own
    return Matrix(datacenter, chosen, build_index(datacenter, chosen))
