"""What the panel of an evacuation shows: settings, film, what stays and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.strategy import ORDERS
from vmlab.views.evacuation import evacuation_gantt, evacuation_links
from vmlab.views.fleet_film import fleet_film, speed_words

Json = dict[str, Any]
ORDER_WORDS = {
    "placed": "as placed: the largest first",
    "smallest": "the smallest first",
    "largest": "the largest first",
    "calmest": "the calmest first",
    "busiest": "the busiest first",
}
AT_ONCE = (1, 2, 4, 8)
ADAPTERS_MBIT_S = (1000, 10_000, 25_000)


@dataclass(frozen=True)
class FleetShown:
    """What is shown.

    Parameters
    ----------
    title, subtitle : str
        What the panel is headed with.
    evacuation : Evacuation
        The film.
    fixes : mapping of str to str
        For VMs that stay and can be helped: how, in words.
    """

    title: str
    subtitle: str
    evacuation: Evacuation
    fixes: Mapping[str, str] = field(default_factory=dict)


def fleet_panel(shown: FleetShown) -> Json:
    """Everything that the panel shows, as plain data.

    Parameters
    ----------
    shown : FleetShown
        What is shown.

    Returns
    -------
    dict
        title, subtitle, settings, said, stays and film.
    """
    done = shown.evacuation
    said = repr(done).splitlines()
    return {
        "title": shown.title,
        "subtitle": shown.subtitle,
        "settings": {
            "hosts": [[name, name in done.hosts] for name in done.before.hosts],
            "at_once": _at_once(done.strategy.at_once),
            "order": {
                "value": done.strategy.order,
                "options": [[order, ORDER_WORDS[order]] for order in ORDERS],
            },
            "adapters": [[mbit_s, speed_words(mbit_s)] for mbit_s in _speeds(done)],
        },
        "good": not done.kept_out,
        "said": said[0],
        "more": [line for line in said[1:] if " stays on " not in line],
        "stays": [
            {
                "vm": one.vm,
                "host": one.host,
                "reason": one.reason,
                "fix": shown.fixes.get(one.vm, ""),
            }
            for one in done.stays
        ],
        "film": fleet_film(done),
    }


def _at_once(value: int | None) -> Json:
    counts = sorted({*AT_ONCE, *([value] if value else [])})
    options: list[list[Any]] = [[None, "as many as the slots allow"]]
    return {"value": value, "options": options + [[n, f"{n} at most"] for n in counts]}


def _speeds(done: Evacuation) -> list[int]:
    there = {
        int(uplink.speed_mbit_s)
        for host in done.before.hosts.values()
        if (uplink := host.vmotion_uplink)
    }
    return sorted({*ADAPTERS_MBIT_S, *there})


def fleet_html(shown: FleetShown) -> str:
    """The same without a kernel: what came of it, who moved when, how full the links were.

    Parameters
    ----------
    shown : FleetShown
        What is shown.

    Returns
    -------
    str
        The same bytes for the same evacuation.
    """
    done = shown.evacuation
    said = "<br>".join(escape(line) for line in repr(done).splitlines())
    stays = done.stays_table().to_html() if done.stays else ""
    charts = (evacuation_gantt(done), evacuation_links(done))
    drawn = "".join(f"<p>{one._repr_html_()}</p>" for one in charts)
    return f'<div class="vmlab-fleet"><p>{said}</p>{stays}{drawn}</div>'


def fleet_text(shown: FleetShown) -> str:
    """The same in a few lines."""
    done = shown.evacuation
    how = f"{done.strategy.name}; {', '.join(done.hosts)} shall be empty"
    return f"{shown.title}: {how}\n{done!r}"
