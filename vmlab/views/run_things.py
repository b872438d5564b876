"""What a move copies besides memory: each disk and file, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from vmlab.inventory.machine import VirtualDisk
from vmlab.migration.files import MovedFile, files_of
from vmlab.views.run_facts import Facts
from vmlab.views.run_rounds import Pass
from vmlab.views.run_span import Span

Knots = list[tuple[float, float]]
#: Configuration, NVRAM and logs: what little of a copy is no disk.
_HOME = "configuration, NVRAM, logs"


@dataclass(frozen=True)
class Thing:
    """A disk, a file, or files that go together.

    Parameters
    ----------
    name, way : str
        What it is; from where to where, and in which format.
    from_mib, to_mib : float
        Where it lies in the first pass of the copy, MiB from its start.
    of_disks : bool
        False for memory, which follows the disks.
    """

    name: str
    way: str
    from_mib: float
    to_mib: float
    of_disks: bool = True


def copied_things(facts: Facts, rows: Sequence[Pass]) -> tuple[Thing, ...]:
    """What is copied, in the order in which it is.

    Parameters
    ----------
    facts : Facts
        Of a run of any kind.
    rows : sequence of Pass
        Its rounds and passes.

    Returns
    -------
    tuple of Thing
        Empty where no file moves; the disks share the first pass by what was
        ever written to them.
    """
    disks = [row for row in rows if row.of_disks]
    if not disks:
        return ()
    outcome = facts.outcome
    items = [one for one in files_of(outcome.before, outcome.move).items if one.what != "swapfile"]
    whole_mib = disks[0].sent_mib
    job = outcome.case.storage if outcome.case else None
    # A home that stays, or no disk at all, leaves nothing or everything to the files.
    home_mib = min(_home_mib(facts), whole_mib) if job and job.home_moves else 0.0
    long_gib = {item.what: _copied_gib(facts, item) for item in items}
    whole_gib = sum(long_gib.values())
    scale = (whole_mib - home_mib) / whole_gib if whole_gib else 0.0
    found, at_mib = [], 0.0
    for item in items:
        long = long_gib[item.what] * scale
        way = f"{item.source} → {item.target}{_format(facts, item.what)}"
        found.append(Thing(item.what, way, at_mib, at_mib + long))
        at_mib += long
    if at_mib < whole_mib - 1e-6 or not items:
        way = f"{outcome.before.vms[facts.vm].home} → {facts.target}"
        found.append(Thing(_HOME, way, at_mib, whole_mib))
    memory = next((row for row in rows if not row.of_disks), None)
    if memory is not None:
        way = f"{outcome.move.source} → {outcome.move.destination}"
        found.append(Thing("memory", way, 0.0, memory.sent_mib, of_disks=False))
    return tuple(found)


def _copied_gib(facts: Facts, item: MovedFile) -> float:
    """What a copy reads of a disk or a file."""
    disk = facts.outcome.before.vms[facts.vm].disks.get(item.what)
    return item.target_gib if disk is None or disk.rdm is not None else disk.written_gib


def _home_mib(facts: Facts) -> float:
    """Small files of the VM's folder, as the case counts them."""
    case = facts.outcome.case
    if case is None or case.storage is None:
        return 0.0
    snapshots = facts.outcome.before.vms[facts.vm].snapshots.values()
    memory_mib = facts.outcome.before.vms[facts.vm].memory_mib
    return case.storage.files_mib - memory_mib * sum(one.memory for one in snapshots)


def _format(facts: Facts, name: str) -> str:
    """What becomes of a disk's format, where something does."""
    disk: VirtualDisk | None = facts.outcome.before.vms[facts.vm].disks.get(name)
    wished = facts.outcome.move.disk_format
    if disk is None:
        return ""
    if wished in ("same", disk.format):
        return f", {disk.format}"
    return f", {disk.format} → {wished}"


def things_json(
    things: Sequence[Thing], found: Sequence[Span], rows: Sequence[Pass]
) -> list[dict[str, Any]]:
    """Each thing with its line: places on the axis and the share that has been copied.

    Parameters
    ----------
    things : sequence of Thing
        From `copied_things`.
    found : sequence of Span
        The axis.
    rows : sequence of Pass
        The rounds and passes.

    Returns
    -------
    list of dict
        ``name``, ``way``, ``mib`` and ``line``, empty where it was not begun.
    """
    ways = {of_disks: _first_pass(found, rows, of_disks) for of_disks in (True, False)}
    return [
        {
            "name": one.name,
            "way": one.way,
            "mib": one.to_mib - one.from_mib,
            "line": _line(one, ways[one.of_disks]),
        }
        for one in things
    ]


def _first_pass(found: Sequence[Span], rows: Sequence[Pass], of_disks: bool) -> Knots:
    """Places on the axis, and how much the first pass had copied there."""
    first = next((row for row in rows if row.of_disks is of_disks), None)
    if first is None:
        return []
    # Rounds of memory are numbered anew after those of disks, which have names of their own.
    own = [
        span
        for span in found
        if span.kind == "stage" and span.stage == "pre-copy" and span.round == first.label
    ]
    if not own:
        return []
    begin = own[0].sent_mib[0]
    knots = [(span.x0, span.sent_mib[0] - begin) for span in own]
    return [*knots, (own[-1].x1, own[-1].sent_mib[1] - begin)]


def _line(thing: Thing, knots: Knots) -> list[list[float]]:
    """Where it begins, the bends between, and where it ends or was cut."""
    long = thing.to_mib - thing.from_mib
    if not knots or knots[-1][1] < thing.from_mib or long <= 0:
        return []
    end = min(thing.to_mib, knots[-1][1])
    places = [(_at(knots, thing.from_mib), thing.from_mib)]
    places += [(x, mib) for x, mib in knots if thing.from_mib < mib < end]
    places.append((_at(knots, end), end))
    return [[x, (mib - thing.from_mib) / long] for x, mib in places]


def _at(knots: Knots, mib: float) -> float:
    for (x0, low), (x1, high) in pairwise(knots):
        if low <= mib <= high:
            return x0 + (x1 - x0) * (mib - low) / (high - low) if high > low else x0
    return knots[-1][0]


def words_of(facts: Facts, rows: Sequence[Pass]) -> dict[str, str]:
    """Words that depend on what is copied.

    Parameters
    ----------
    facts : Facts
        Of a run of any kind.
    rows : sequence of Pass
        Its rounds and passes.

    Returns
    -------
    dict
        round and dirtied head the table of rounds, sent the figures; things
        heads the list of what is copied; nothing and silent say why there is
        no copy, and no heartbeat.
    """
    disks = any(row.of_disks for row in rows) and facts.kind != "both"
    nothing = "Nothing was copied."
    if facts.kind in ("cold", "suspended") and facts.target is None:
        nothing = "No file moves: both hosts see the VM’s files. Only the registration goes."
    return {
        "round": "Pass" if disks else "Round",
        "dirtied": "written" if disks else "dirtied",
        "sent": "Copied" if disks else "Sent",
        "left": "Still to copy" if disks else "Still to send",
        "things": f"What is copied of {facts.vm}",
        "nothing": nothing,
        "silent": f"{facts.vm} is {facts.rest}: no client is answered." if facts.rest else "",
        "downtime": "–" if facts.rest else "",
    }
