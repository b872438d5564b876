"""Faults and failures as tables."""

from __future__ import annotations

from vmlab.inventory.move import Kind
from vmlab.migration.algorithm import Algorithm
from vmlab.migration.catalogue import FAILURES
from vmlab.migration.fault import Fault
from vmlab.migration.faults import FAULTS
from vmlab.migration.kinds import KINDS
from vmlab.migration.setting import Setting, setting
from vmlab.tables import Column, Table


def full_setting(kind: Kind, algorithm: Algorithm = "pre-copy") -> Setting:
    """A move of a kind that has all that its kind can have: files, a network, a second host."""
    facts = KINDS[kind]
    return setting(
        kind,
        files=facts.moves_disks is not False,
        over_network=facts.changes_host is not False,
        second_host=facts.changes_host is not False,
        pmem=True,
        algorithm=algorithm,
    )


def faults() -> Table:
    """Every fault: what it is, where it sits, how it fails, which kinds of move feel it.

    Returns
    -------
    Table
        Group by group. A code in brackets is that of a copy that no longer
        converges, which lost packets alone may bring about.
    """
    columns = tuple(map(Column, ("fault", "what", "where", "fails as", "felt by")))
    rows = []
    for fault in FAULTS.values():
        codes = dict.fromkeys(sign.symptom.code for sign in fault.signs)
        felt = [kind for kind in KINDS if _felt(fault, kind)]
        shown = "(F-CONVERGE)" if fault.only_delays else " ".join(codes)
        everywhere = "every kind" if len(felt) == len(KINDS) else " ".join(felt)
        rows.append((fault.name, fault.title, fault.where, shown, everywhere))
    return Table(columns, rows)


def _felt(fault: Fault, kind: Kind) -> bool:
    ways: tuple[Algorithm, ...] = ("pre-copy", "post-copy")
    return any(fault.stages_in(full_setting(kind, way)) for way in ways)


def failures() -> Table:
    """Every code of the failure catalogue, and what is told of the task's bar.

    Returns
    -------
    Table
        A percentage is confirmed where a page can be read that names it,
        otherwise it is folklore.
    """
    columns = tuple(map(Column, ("code", "gist", "source", "bar_percent", "bar_told")))
    rows = [
        (one.code, one.gist, one.source, one.bar or None, one.bar_told) for one in FAILURES.values()
    ]
    return Table(columns, rows)
