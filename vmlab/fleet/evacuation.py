"""Maintenance mode: empty hosts, in waves, and say what cannot leave and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vmlab.fleet.departures import Departure, departures, waves
from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.foresight import warnings
from vmlab.fleet.mishap import HostLoss, Mishap
from vmlab.fleet.placement import Stay, place
from vmlab.fleet.strategy import Strategy
from vmlab.fleet.traces import traced
from vmlab.fleet.tries import Tries
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario

#: How often a VM is tried again: this lab's figure.
RETRIES = 2


def evacuate(
    where: Datacenter | Scenario,
    hosts: Iterable[str],
    profile: Profile | str | None = None,
    *,
    strategy: Strategy | None = None,
    mishaps: Iterable[Mishap] = (),
    retries: int = RETRIES,
    powered_off: bool = True,
) -> Evacuation:
    """Move every VM off some hosts, and put those that are empty into maintenance mode.

    Parameters
    ----------
    where : Datacenter or Scenario
        What exists.
    hosts : iterable of str
        The hosts to be emptied.
    profile : Profile or str, optional
        Whose eyes judge, and whose slots there are; the scenario's, else the
        guide's, where left out.
    strategy : Strategy, optional
        Order and number of moves; as many as the slots allow where left out.
    mishaps : iterable of Mishap, optional
        What goes wrong meanwhile, with a move or with a host.
    retries : int, optional
        How often a VM is tried again, elsewhere where that can be.
    powered_off : bool, optional
        Whether VMs that are off or suspended are moved too.

    Returns
    -------
    Evacuation
        Plan, timeline, links, and the datacenter after it.

    Raises
    ------
    InputError
        There is no such host.

    Notes
    -----
    A host enters maintenance mode when no VM runs on it any more (vSphere
    Resource Management, on maintenance mode); that those that are off may stay
    registered there is recalled. Its document: ``hosts``, ``total_s``;
    ``moves``, each with ``vm``, ``source``, ``destination``, ``kind``, ``wave``, ``start_s``,
    ``end_s``, ``downtime_s``, ``sent_bytes``, ``attempts``, ``outcome``;
    ``stays``, each with ``vm``, ``host``, ``rule``, ``reason``; ``waves``;
    ``links``; ``limits``; ``maintenance_mode``, ``kept_out``, ``down`` and
    ``warnings``.

    Examples
    --------
    >>> from vmlab.inventory import load
    >>> evacuate(load("four-hosts"), ["esx04"]).emptied
    ('esx04',)
    """
    start = where.datacenter if isinstance(where, Scenario) else where
    own = where.profile if isinstance(where, Scenario) else Profile.GUIDE_40
    chosen = Profile(profile) if profile else own
    strategy = strategy or Strategy()
    wanted = tuple(dict.fromkeys(hosts))
    mishaps = tuple(mishaps)
    placed = place(start, wanted, chosen, powered_off=powered_off)
    queue = strategy.sorted(start, placed.moves)
    tries = Tries(start, frozenset(wanted), chosen, mishaps, retries, strategy.at_once)
    ended = tries.to_the_end(queue, placed)
    left = departures(ended)
    down = _down(start, left, mishaps)
    kept_out = _kept_out(start, wanted, left, placed.stays, down, mishaps)
    return Evacuation(
        hosts=wanted,
        profile=chosen,
        strategy=strategy,
        moves=left,
        stays=placed.stays,
        waves=waves(left),
        run=ended.run,
        kept_out=kept_out,
        down=down,
        before=start,
        edits=tuple(_edits(start, wanted, left, kept_out, mishaps)),
        warnings=warnings(placed, ended.run.moves),
    )


def _down(
    start: Datacenter, departures: Sequence[Departure], mishaps: Sequence[Mishap]
) -> tuple[str, ...]:
    """VMs that ran on a host when it went, or were lost on their way."""
    found = {one.vm for one in departures if one.outcome == "lost"}
    left = {one.vm: one for one in departures if one.arrived}
    for loss in mishaps:
        if not isinstance(loss, HostLoss):
            continue
        for vm in start.vms.values():
            way = left.get(vm.name)
            here = vm.host == loss.host
            if way is not None and way.last.end_s is not None and way.last.end_s <= loss.at_s:
                here = way.destination == loss.host
            elif way is not None:
                here = False  # it left in time, or came when the host was back
            if here and vm.power_state == "on":
                found.add(vm.name)
    return tuple(name for name in start.vms if name in found)


def _kept_out(
    start: Datacenter,
    hosts: Sequence[str],
    departures: Sequence[Departure],
    stays: Sequence[Stay],
    down: Sequence[str],
    mishaps: Sequence[Mishap],
) -> tuple[tuple[str, str], ...]:
    found = []
    why = {one.vm: one.reason for one in stays}
    why |= {one.vm: one.last.reason or "" for one in departures if not one.arrived}
    left = {one.vm for one in departures if one.arrived}
    gone = {one.host for one in mishaps if isinstance(one, HostLoss) and one.lasts_s is None}
    for host in hosts:
        running = [
            vm.name
            for vm in start.vms.values()
            if vm.host == host and vm.power_state == "on" and vm.name not in left
        ]
        arriving = [
            move.vm
            for move in start.moves.values()
            if move.destination == host != move.source and start.vms[move.vm].power_state == "on"
        ]
        if start.hosts[host].connection_state != "connected":
            found.append((host, f"it is {start.hosts[host].connection_state}"))
        elif host in gone and not running:
            found.append((host, "it does not answer"))
        elif running:
            first = running[0]
            does = "did" if first in down else "do"
            more = f"; so {does} {len(running) - 1} more" if len(running) > 1 else ""
            verb = "went down with it" if first in down else "still runs there"
            because = f" ({why[first]})" if why.get(first) and first not in down else ""
            found.append((host, f"{first} {verb}{because}{more}"))
        elif arriving:
            found.append((host, f"{', '.join(arriving)} will arrive: a move was under way"))
    return tuple(found)


def _edits(
    start: Datacenter,
    hosts: Sequence[str],
    departures: Sequence[Departure],
    kept_out: Sequence[tuple[str, str]],
    mishaps: Sequence[Mishap],
) -> Iterable[Edit]:
    for one in departures:
        if one.arrived:
            yield set_to(("vms", one.vm, "host"), one.destination)
    yield from traced(start, [one.last.traces for one in departures if one.arrived])
    out = {host for host, _ in kept_out}
    for host in hosts:
        if host not in out and not start.hosts[host].maintenance_mode:
            yield set_to(("hosts", host, "maintenance_mode"), True)
    for loss in mishaps:
        if isinstance(loss, HostLoss) and loss.lasts_s is None:
            yield set_to(("hosts", loss.host, "connection_state"), "not-responding")
