"""The rounds of a copy as a learner sees them: few rows, each with its share that crossed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vmlab.kernels.transfer import transferred_bytes
from vmlab.models.case import Case
from vmlab.models.estimate import Estimate, Round
from vmlab.models.precopy import rates
from vmlab.units import bytes_to_mib

_FIRST, _LAST = 8, 3  # rows before and after "9-9,997"

Knot = tuple[float, float]


@dataclass(frozen=True)
class Pass:
    """One row of the rounds: a round, several together, or the stop phase.

    Parameters
    ----------
    label : str
        "1", "9-9,997" or "last, paused".
    number, count : int
        The first round of the row, and how many there are.
    knots : tuple of pairs
        Seconds into the copy and the share that has crossed by then, 0 to 1;
        straight lines between. A link that pauses has more than two.
    sent_mib, dirtied_mib : float
        What the whole row sends, and what is dirtied meanwhile.
    left_mib, end_mib : float
        What is still to send when it begins and when it ends; for several
        rounds together, when the last of them begins.
    stop : bool
        Whether the VM is paused in it.
    of_mib : float
        All that there is of what it sends.
    of_disks : bool
        Whether it copies disks and files, not memory.
    """

    label: str
    number: int
    count: int
    knots: tuple[Knot, ...]
    sent_mib: float
    dirtied_mib: float
    left_mib: float
    end_mib: float
    stop: bool
    of_mib: float
    of_disks: bool = False

    @property
    def is_numbered(self) -> bool:
        """Whether it is one of several, and no pause."""
        return not self.stop and self.label[0].isdigit()

    @property
    def from_s(self) -> float:
        """When it begins, seconds into the copy."""
        return self.knots[0][0]

    @property
    def until_s(self) -> float:
        """When all of it has crossed, seconds into the copy."""
        return self.knots[-1][0]

    def until(self, copied_s: float) -> tuple[Knot, ...]:
        """Its knots up to the instant at which the copy was cut; none where it did not begin."""
        if copied_s <= self.from_s:
            return ()
        kept = [self.knots[0]]
        for knot in self.knots[1:]:
            (s0, share0), (s1, share1) = kept[-1], knot
            if copied_s < s1:
                cut = share0 + (share1 - share0) * (copied_s - s0) / (s1 - s0)
                return (*kept, (copied_s, cut))
            kept.append(knot)
        return tuple(kept)

    def share(self, copied_s: float) -> float:
        """How much of it had crossed (0 to 1) when the copy was cut."""
        kept = self.until(copied_s)
        return kept[-1][1] if kept else 0.0

    def left_at(self, share: float) -> float:
        """What is still to send when a share has crossed, MiB."""
        return self.left_mib + share * (self.end_mib - self.left_mib)


def has_stop_phase(estimate: Estimate) -> bool:
    """Whether the last entry of the rounds was sent while the VM was paused."""
    if not estimate.rounds or estimate.total_s is None:
        return False
    later = len(estimate.rounds) > 1 or estimate.algorithm == "stop-and-copy"
    return later and estimate.rounds[-1].dirtied_bytes == 0


def passes(estimate: Estimate | None, case: Case | None) -> tuple[Pass, ...]:
    """The rounds of an estimate, the middle ones of a long run in one row.

    Parameters
    ----------
    estimate : Estimate or None
        None where nothing was to be copied.
    case : Case or None
        Of the same copy, for its link.

    Returns
    -------
    tuple of Pass
        In the order in which they are sent.
    """
    if estimate is None or case is None:
        return ()
    found = list(_of_disks(estimate, case))
    rounds = list(estimate.rounds)
    stop = rounds.pop() if has_stop_phase(estimate) else None
    at_s = found[-1].until_s if found else 0.0
    for group in [*_grouped(rounds), *([[stop]] if stop else [])]:
        found.append(_pass(group, at_s, case, is_stop=group[0] is stop))
        at_s = found[-1].until_s
    return tuple(found)


def _grouped(rounds: Sequence[Round]) -> list[list[Round]]:
    groups = [[one] for one in rounds]
    if len(rounds) > _FIRST + _LAST + 1:
        groups[_FIRST:-_LAST] = [list(rounds[_FIRST:-_LAST])]
    return groups


def _of_disks(estimate: Estimate, case: Case) -> Iterator[Pass]:
    """The copy of disks and files, which comes before that of memory."""
    disks = estimate.storage
    if disks is None or not disks.passes:
        return
    in_passes = disks.method == "changed-block"
    one = {"offline": "files", "mirror": "disks"}.get(disks.method, "")
    rounds = [Round(p.number, p.copied_bytes, p.duration_s, p.changed_bytes) for p in disks.passes]
    stop = rounds.pop() if in_passes and disks.downtime_s and len(rounds) > 1 else None
    whole_mib = bytes_to_mib(disks.passes[0].copied_bytes)
    at_s = 0.0
    for group in [*_grouped(rounds), *([[stop]] if stop else [])]:
        row = _pass(group, at_s, case, is_stop=group[0] is stop, straight=True)
        mirrored = bytes_to_mib(disks.mirrored_bytes) if disks.method == "mirror" else None
        yield replace(
            row,
            label=one or row.label,
            of_mib=whole_mib,
            of_disks=True,
            dirtied_mib=row.dirtied_mib if mirrored is None else mirrored,
        )
        at_s = row.until_s


def _pass(
    group: Sequence[Round], at_s: float, case: Case, is_stop: bool, straight: bool = False
) -> Pass:
    first, last = group[0].round, group[-1].round
    label = f"{first:,}" if first == last else f"{first:,}–{last:,}"
    return Pass(
        label="last, paused" if is_stop else label,
        number=first,
        count=len(group),
        knots=_knots(at_s, sum(one.duration_s for one in group), case, straight),
        sent_mib=bytes_to_mib(sum(one.sent_bytes for one in group)),
        dirtied_mib=bytes_to_mib(sum(one.dirtied_bytes for one in group)),
        left_mib=bytes_to_mib(group[0].sent_bytes),
        end_mib=bytes_to_mib(group[-1].sent_bytes) if len(group) > 1 else 0.0,
        stop=is_stop,
        of_mib=case.memory_mib,
    )


def _knots(from_s: float, duration_s: float, case: Case, straight: bool) -> tuple[Knot, ...]:
    if straight and (case.storage is None or case.storage.network != "link"):
        return ((from_s, 0.0), (from_s + duration_s, 1.0))
    link, start_s = rates(case), case.policy.setup_s + from_s
    changes = [t - start_s for t in link.from_s if 0 < t - start_s < duration_s]
    whole = transferred_bytes(duration_s, start_s, link.from_s, link.bytes_per_s)
    if not changes or not whole:
        return ((from_s, 0.0), (from_s + duration_s, 1.0))
    inner = [
        (from_s + t, transferred_bytes(t, start_s, link.from_s, link.bytes_per_s) / whole)
        for t in changes
    ]
    return ((from_s, 0.0), *inner, (from_s + duration_s, 1.0))


def chart_series(rows: Sequence[Pass], copied_s: float, start_s: float) -> list[list[list[float]]]:
    """Memory still to send over the task's time: one falling line a pass.

    Parameters
    ----------
    rows : sequence of Pass
        The passes.
    copied_s : float
        When the copy ended or was cut, seconds into it.
    start_s : float
        When the copy began, seconds into the task.

    Returns
    -------
    list
        For each pass that began, its points ``[seconds, mebibytes]``.
    """
    lines = (
        [[start_s + s, row.left_at(share)] for s, share in row.until(copied_s)] for row in rows
    )
    return [line for line in lines if line]


def pre_copy_edges(rows: Sequence[Pass]) -> list[float]:
    """Where each round begins in the cell of pre-copy (0 to 1), and the end.

    Later rounds are drawn narrower, though not to scale: the fourth would be
    too thin to see.
    """
    widths = [max(row.until_s - row.from_s, 1e-9) ** 0.4 for row in rows if not row.stop]
    edges = [0.0]
    for width in widths:
        edges.append(edges[-1] + width)
    return [edge / edges[-1] for edge in edges] if widths else [0.0, 1.0]


def rounds_json(rows: Sequence[Pass], copied_s: float) -> list[dict[str, Any]]:
    """The rows as plain data, each with the share that crossed and the seconds it took."""
    return [
        {
            "label": row.label,
            "stop": row.stop,
            "sent_mib": row.sent_mib,
            "duration_s": row.until_s - row.from_s,
            "dirtied_mib": None if row.stop else row.dirtied_mib,
            "share": row.share(copied_s),
            "lasted_s": min(max(copied_s, row.from_s), row.until_s) - row.from_s,
        }
        for row in rows
    ]
