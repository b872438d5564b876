"""What a trial starts from: a datacenter that was changed a little, and a move in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmlab.documents import InputError
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.patch import patched
from vmlab.inventory.path import Edit, apply
from vmlab.inventory.profile import Profile
from vmlab.migration.algorithm import Algorithm
from vmlab.migration.plan import Plan, plan, wrong_ends
from vmlab.rules import check
from vmlab.rules.catalogue import MISCONFIGURATIONS
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.report import Report

#: Misconfigurations by name.
PUZZLES: Mapping[str, Misconfiguration] = {one.name: one for one in MISCONFIGURATIONS}
#: So often whoever mends looks again: a remedy can uncover the next finding.
_ROUNDS = 4


@dataclass(frozen=True)
class Situation:
    """A move, and how the datacenter differs from the file's.

    Parameters
    ----------
    number : int
        Among all that a seed draws.
    move : Move
        What is asked for.
    profile : Profile
        Whose eyes judge.
    changes : tuple of Edit
        What is different before anybody looks.
    mended : bool
        Whether somebody then follows the findings' own remedies.
    misconfiguration : str or None
        What somebody else spoils after that.
    algorithm : {"pre-copy", "post-copy", "hybrid"}, optional
        How memory is sent.
    """

    number: int
    move: Move
    profile: Profile
    changes: tuple[Edit, ...]
    mended: bool
    misconfiguration: str | None
    algorithm: Algorithm = "pre-copy"

    def plan(self, datacenter: Datacenter) -> Plan:
        """Judge the move.

        Parameters
        ----------
        datacenter : Datacenter
            The file's.

        Returns
        -------
        Plan
            Refused or not.

        Raises
        ------
        InputError
            The move cannot be asked for in this datacenter.
        """
        world = patched(datacenter, self.changes)
        problems = wrong_ends(world, self.move)
        if problems:
            raise InputError("move", problems)
        report = None
        if self.mended:
            world, report = _mended(world, self.move, self.profile)
        if self.misconfiguration:
            world = apply(world, PUZZLES[self.misconfiguration].edits)
            report = None
        return plan(world, self.move, self.profile, report=report, algorithm=self.algorithm)


def _mended(
    datacenter: Datacenter, move: Move, profile: Profile
) -> tuple[Datacenter, Report | None]:
    """With the remedies of all errors, as far as findings know them, and the last check of it."""
    for _ in range(_ROUNDS):
        report = check(datacenter, move, profile)
        found = [one for one in report.findings if one.severity == "error"]
        edits = [edit for one in found for edit in one.edits]
        if not edits:
            return datacenter, report
        try:
            datacenter = apply(datacenter, edits)
        except InputError:
            return datacenter, report  # two remedies for one place: it stays refused
    return datacenter, None
