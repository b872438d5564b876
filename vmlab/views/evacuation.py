"""An evacuation as pictures: who moved when, and how full the links were."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.fleet.departures import Attempt, Departure
from vmlab.fleet.evacuated import Evacuation
from vmlab.views.drawing import Drawing
from vmlab.views.gantt import Bar, Row, What, gantt
from vmlab.views.link_use import link_use


@dataclass(frozen=True, eq=False)
class EvacuationView:
    """An evacuation that shows its charts, and then what it says itself.

    Parameters
    ----------
    evacuation : Evacuation
        Any.
    """

    evacuation: Evacuation

    def __repr__(self) -> str:
        done = self.evacuation
        parts = [repr(done), repr(evacuation_gantt(done)), repr(evacuation_links(done))]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        done = self.evacuation
        charts = (evacuation_gantt(done), evacuation_links(done))
        drawn = "".join(f"<p>{one._repr_html_()}</p>" for one in charts)
        return f"<div>{drawn}{done._repr_html_()}</div>"


def evacuation_gantt(evacuation: Evacuation) -> Drawing:
    """A row for each VM, its failed attempts included.

    Parameters
    ----------
    evacuation : Evacuation
        Any.
    """
    rows = [
        Row(one.vm, _bars(one), f"to {one.destination}", _failed(one)) for one in evacuation.moves
    ]
    label = f"Who moved when, off {', '.join(evacuation.hosts)}"
    return gantt(rows, evacuation.total_s, label)


def evacuation_links(evacuation: Evacuation) -> Drawing:
    """How full each link was while hosts were emptied."""
    return link_use(evacuation.links, evacuation.total_s)


def _bars(departure: Departure) -> tuple[Bar, ...]:
    return tuple(bar for one in departure.attempts for bar in _of(one))


def _of(attempt: Attempt) -> list[Bar]:
    """The stretches of one attempt; a failed one ends where its copy was cut."""
    if attempt.start_s is None or attempt.end_s is None:
        return []
    found = []
    at_s = attempt.ready_s
    copied_s = attempt.pause_s if attempt.resumed_s is not None else attempt.end_s
    edges: tuple[tuple[What, float | None], ...] = (
        ("waits", attempt.start_s),
        # Where nothing is copied the VM is only registered elsewhere.
        ("sets up", attempt.end_s if attempt.copies_s is None else attempt.copies_s),
        ("copies", copied_s if attempt.copies_s is not None else None),
        ("pauses", attempt.resumed_s),
        ("cleans up", attempt.end_s),
    )
    for what, until_s in edges:
        if until_s is not None and until_s > at_s:
            found.append(Bar(what, at_s, until_s))
            at_s = until_s
    return found


def _failed(departure: Departure) -> tuple[float, ...]:
    return tuple(
        one.end_s
        for one in departure.attempts
        if one.end_s is not None and one.outcome in ("rolled-back", "refused", "lost")
    )
