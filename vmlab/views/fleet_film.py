"""An evacuation as a film: every VM's way in seconds, every link's use, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vmlab.fleet.departures import ARRIVED, Attempt, Departure
from vmlab.fleet.evacuated import Evacuation, total_words
from vmlab.fleet.fleet_run import LinkUse
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.units import bytes_per_s_to_mbit_s
from vmlab.views.words import memory

Json = dict[str, Any]
POWER = {"on": "", "off": "off", "suspended": "suspended"}


def fleet_film(evacuation: Evacuation) -> Json:
    """All that a player needs to show an evacuation at any instant.

    Parameters
    ----------
    evacuation : Evacuation
        Any.

    Returns
    -------
    dict
        ``total_s``; ``hosts`` and ``vms`` in the datacenter's order, each VM
        with its tries; ``links`` with the share that they carry from each
        second on; ``events``, each with its second and its sentence. A copy is
        told by its begin and its end only: a player may draw it as even.
    """
    before = evacuation.before
    ways = {one.vm: one for one in evacuation.moves}
    why = {one.vm: one.reason for one in evacuation.stays}
    links = {link.name: link for link in evacuation.links}
    return {
        "total_s": evacuation.total_s,
        "hosts": [_host(evacuation, host, links) for host in before.hosts.values()],
        "vms": [_vm(vm, ways.get(vm.name), why.get(vm.name, "")) for vm in before.vms.values()],
        "events": sorted(_events(evacuation), key=lambda event: event["s"]),
    }


def speed_words(mbit_s: float) -> str:
    """A rate as it is read.

    >>> speed_words(1000), speed_words(100)
    ('1 Gbit/s', '100 Mbit/s')
    """
    return f"{mbit_s / 1000:g} Gbit/s" if mbit_s >= 1000 else f"{mbit_s:g} Mbit/s"


def _host(evacuation: Evacuation, host: Host, links: dict[str, LinkUse]) -> Json:
    uplink = host.vmotion_uplink
    out = dict(evacuation.kept_out)
    return {
        "name": host.name,
        "leaving": host.name in evacuation.hosts,
        "emptied": host.name in evacuation.emptied,
        "kept_out": out.get(host.name, ""),
        "adapter": {
            "name": uplink.name if uplink else "",
            "mbit_s": uplink.speed_mbit_s if uplink else 0,
        },
        "links": [
            {"word": word, **_link(links.get(f"{host.name} {word}"), evacuation.total_s)}
            for word in ("sends", "receives")
        ],
    }


def _link(link: LinkUse | None, total_s: float) -> Json:
    """A link's curve; one that no move uses carries nothing."""
    if link is None or link.bytes_per_s <= 0:
        return {"speed": "", "steps": [[0.0, 0.0]]}
    steps = [
        [at_s, min(1.0, rate / link.bytes_per_s)]
        for at_s, rate in zip(link.times_s, link.rates_bytes_per_s, strict=True)
        if at_s <= total_s
    ]
    return {
        "speed": speed_words(bytes_per_s_to_mbit_s(link.bytes_per_s)),
        "steps": steps or [[0.0, 0.0]],
    }


def _vm(vm: VirtualMachine, way: Departure | None, why: str) -> Json:
    return {
        "name": vm.name,
        "host": vm.host,
        "size": memory(vm.memory_mib),
        "power": POWER[vm.power_state],
        "stays": why,
        "tries": [_try(one) for one in way.attempts] if way else [],
    }


def _try(one: Attempt) -> Json:
    return {
        "to": one.destination,
        "ready_s": one.ready_s,
        "start_s": one.start_s,
        "copies_s": one.copies_s,
        "pause_s": one.pause_s,
        "resumed_s": one.resumed_s,
        "end_s": one.end_s,
        "good": one.outcome in ARRIVED,
        "waits_for": one.waited_for,
    }


def _events(evacuation: Evacuation) -> Iterator[Json]:
    yield {"s": 0.0, "text": f"{', '.join(evacuation.hosts)} shall be empty"}
    for way in evacuation.moves:
        for one in way.attempts:
            if one.start_s is None or one.end_s is None:
                continue
            kind = "" if way.kind == "vmotion" else f" ({way.kind})"
            yield {
                "s": one.start_s,
                "text": f"{way.vm} leaves {way.source} for {one.destination}{kind}",
            }
            if one.outcome in ARRIVED:
                text = f"{way.vm} has moved to {one.destination}"
            else:
                text = f"{way.vm} comes back: {one.reason or one.outcome}"
            yield {"s": one.end_s, "text": text}
    if evacuation.emptied:
        done = f"In maintenance mode: {', '.join(evacuation.emptied)}"
    else:
        done = f"Over after {total_words(evacuation.total_s)}, and no host is empty"
    yield {"s": evacuation.total_s, "text": done}
