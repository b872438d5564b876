"""The picture of two hosts, their network and their storage, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vmlab.inventory import Datacenter, Move, Path
from vmlab.rules.report import Finding
from vmlab.views import words
from vmlab.views.cabling import draw_cabling, vmotion_way
from vmlab.views.parts import CANVAS_WIDTH, Drawing, Json, Side, line, part
from vmlab.views.rack import CONSUMER_W, RACK_W, RACK_X, VM_H, Rack, draw_rack
from vmlab.views.shelf import draw_shelf

LABEL = "Hosts, networks and storage. Arrow keys move between parts, Enter selects."


def topology(
    datacenter: Datacenter, move: Move | None = None, findings: Iterable[Finding] = ()
) -> Json:
    """Lay out the picture of a move's two hosts.

    Hosts keep the datacenter's order, left and right, whatever the direction
    of the move.

    Parameters
    ----------
    datacenter : Datacenter
        What is drawn.
    move : Move, optional
        Which hosts and which virtual machine; left out, the first ones.
    findings : iterable of Finding, optional
        What is outlined.

    Returns
    -------
    dict
        width, height, label; racks, frames, wires, cables, mounts and notes
        behind the parts; parts, in the order of reading; slots by host; way,
        the way of VMotion or None.
    """
    hosts, vm = pair(datacenter, move)
    to = Drawing()
    racks = [draw_rack(datacenter, name, Side(bool(i)), vm, to) for i, name in enumerate(hosts)]
    heights = draw_cabling(datacenter, racks, to)
    bottom = max([*(r.bottom for r in racks), *(y + 26 for y in heights.values()), 150])
    end = draw_shelf(datacenter, racks, bottom, vm, to)
    for i in range(len(racks), 2):
        _nobody(Side(bool(i)), bottom, to)
    _machine(datacenter, racks, vm, to)
    _mark(to.parts, findings)
    return {
        "width": CANVAS_WIDTH,
        "height": end + 8,
        "label": LABEL,
        "racks": _racks(datacenter, racks, bottom),
        "frames": to.frames,
        "wires": to.wires,
        "cables": to.cables,
        "mounts": to.mounts,
        "notes": to.notes,
        "parts": to.parts,
        "slots": {
            r.name: {"x": r.slot[0], "y": r.slot[1], "w": CONSUMER_W, "h": VM_H} for r in racks
        },
        "way": vmotion_way(datacenter, racks, heights),
    }


def pair(datacenter: Datacenter, move: Move | None) -> tuple[Sequence[str], str | None]:
    """Hosts that are drawn, left to right, and the virtual machine that is drawn large."""
    names = list(datacenter.hosts)
    if move is None:
        return names[:2], next(iter(datacenter.vms), None)
    wanted = {move.source, move.destination} & set(names)
    chosen = [n for n in names if n in wanted]
    others = [n for n in names if n not in wanted]
    if len(chosen) < 2:
        chosen = sorted([*chosen, *others[: 2 - len(chosen)]], key=names.index)
    return chosen, move.vm if move.vm in datacenter.vms else None


def owner(path: Path, keys: Iterable[str]) -> str:
    """Key of the part on which a path lies: the longest that it starts with."""
    known = set(keys)
    for length in range(len(path), 0, -1):
        if words.key(path[:length]) in known:
            return words.key(path[:length])
    return words.key(())


def _racks(datacenter: Datacenter, racks: list[Rack], bottom: float) -> list[Json]:
    return [
        {
            "host": rack.name,
            "x": rack.side.x(RACK_X, RACK_W),
            "y": 4,
            "w": RACK_W,
            "h": bottom - 4,
            "dim": datacenter.hosts[rack.name].connection_state != "connected",
        }
        for rack in racks
    ]


def _nobody(side: Side, bottom: float, to: Drawing) -> None:
    """An empty place where a host is missing."""
    x = side.x(RACK_X, RACK_W)
    to.frames.append({"x": x, "y": 4, "w": RACK_W, "h": bottom - 4, "empty": True})
    to.notes.append(line(x + RACK_W / 2, bottom / 2 + 4, "no host", "s", anchor="middle"))


def _machine(datacenter: Datacenter, racks: list[Rack], vm: str | None, to: Drawing) -> None:
    """The chosen virtual machine, on top of everything, in its host's slot."""
    rack = next((r for r in racks if vm and r.name == datacenter.vms[vm].host), None)
    if vm is None or rack is None:
        return
    machine = datacenter.vms[vm]
    x, y = rack.slot
    room = CONSUMER_W - 16
    lines = [
        line(x + 10, y + 20, vm, "h", room=room),
        line(
            x + 10,
            y + 37,
            f"{words.memory(machine.memory_mib)}, {machine.vcpus} vCPU",
            "s",
            room=room,
        ),
        line(x + 10, y + 53, words.power(machine), "s", room=room),
    ]
    what = f"Virtual machine on {rack.name}"
    to.parts.append(part(("vms", vm), "vm", (x, y, CONSUMER_W, VM_H), lines, what))


def _mark(parts: list[Json], findings: Iterable[Finding]) -> None:
    """Outline parts; the worst severity wins, the first of its kind is told."""
    by_key: dict[str, Any] = {p["key"]: p for p in parts}
    for finding in findings:
        marked = by_key.get(owner(finding.path, by_key))
        if marked is None:
            continue
        old = marked["finding"]
        worse = old is None or _rank(finding.severity) < _rank(old["severity"])
        if worse:
            marked["finding"] = {"severity": finding.severity, "message": finding.message}
    for marked in parts:
        if marked["finding"]:
            word = words.SEVERITY_WORDS[marked["finding"]["severity"]]
            marked["label"] += f". {word}: {marked['finding']['message']}"


def _rank(severity: str) -> int:
    return words.SEVERITIES.index(severity)
