"""Between the racks: physical switches, cables and the way that VMotion takes."""

from __future__ import annotations

from statistics import mean

from vmlab.inventory import Datacenter
from vmlab.views import words
from vmlab.views.parts import CANVAS_WIDTH, Drawing, Json, Side, line, part, stacked
from vmlab.views.rack import HEADER, NIC_W, NIC_X, ROW, Rack
from vmlab.views.text import width

SWITCH_X, SWITCH_W = 405, 50
MIDDLE = CANVAS_WIDTH / 2
CABLE_X = NIC_X + NIC_W
LABEL_ROOM = SWITCH_X - CABLE_X - 3
TOP = 80


def draw_cabling(datacenter: Datacenter, racks: list[Rack], to: Drawing) -> dict[str, float]:
    """Draw the physical network.

    Parameters
    ----------
    datacenter : Datacenter
        Where the switches stand.
    racks : list of Rack
        The hosts that are drawn.
    to : Drawing
        What the pieces are added to.

    Returns
    -------
    dict
        Height of each switch's middle.
    """
    _heading(datacenter, to)
    heights = _heights(datacenter, racks)
    for rack in racks:
        fast = vmotion_nics(datacenter, rack.name)
        for name, cy in rack.nics.items():
            cable = datacenter.hosts[rack.name].physical_nics[name].cable
            if cable is not None:
                _cable(datacenter, rack, name, cy, heights[cable], name in fast, to)
    for name, cy in heights.items():
        mtu = datacenter.physical_switches[name].mtu
        box = (SWITCH_X, cy - ROW / 2, SWITCH_W, ROW)
        lines = [
            line(MIDDLE, cy - 3, name, "b", room=SWITCH_W - 6, anchor="middle"),
            line(MIDDLE, cy + 11, "switch", "s", room=SWITCH_W - 6, anchor="middle"),
        ]
        what = f"Physical switch, MTU {mtu}"
        to.parts.append(part(("physical_switches", name), "network", box, lines, what))
    return heights


def vmotion_nics(datacenter: Datacenter, host: str) -> list[str]:
    """Adapters that carry a host's VMotion, the first of which it uses."""
    facts = datacenter.hosts[host]
    adapter = facts.vmotion_adapter
    return [nic.name for nic in facts.active_uplinks(adapter.port_group)] if adapter else []


def _heading(datacenter: Datacenter, to: Drawing) -> None:
    """The datacenter itself: where hosts, switches, subnets and the rest are added."""
    n = len(datacenter.subnets)
    said = "1 subnet" if n == 1 else f"{n} subnets"
    w = 118
    lines = [
        line(MIDDLE, 18, datacenter.name, "b", room=w - 12, anchor="middle"),
        line(MIDDLE, 31, said, "s", anchor="middle"),
    ]
    box = (MIDDLE - w / 2, 4, w, HEADER)
    to.parts.append(part((), "heading", box, lines, "Datacenter"))


def _heights(datacenter: Datacenter, racks: list[Rack]) -> dict[str, float]:
    """Height of each switch: the mean of its cables, the uncabled ones below."""
    ends: dict[str, list[float]] = {name: [] for name in datacenter.physical_switches}
    for rack in racks:
        for name, cy in rack.nics.items():
            cable = datacenter.hosts[rack.name].physical_nics[name].cable
            if cable is not None:
                ends[cable].append(cy)
    wanted = sorted((mean(e) if e else float("inf"), i, n) for i, (n, e) in enumerate(ends.items()))
    cabled = stacked([w for w, _, _ in wanted if w < float("inf")], TOP, ROW + 22)
    free = len(wanted) - len(cabled)
    start = cabled[-1] + ROW + 22 if cabled else TOP + 20
    places = cabled + [start + i * (ROW + 22) for i in range(free)]
    return {name: y for (_, _, name), y in zip(wanted, places, strict=True)}


def _cable(
    datacenter: Datacenter,
    rack: Rack,
    name: str,
    cy: float,
    switch_y: float,
    fast: bool,
    to: Drawing,
) -> None:
    nic = datacenter.hosts[rack.name].physical_nics[name]
    # Where the cable climbs, its words stand under it.
    label_y = cy + 16 if switch_y < cy - 8 else cy - 9
    x = rack.side.x((CABLE_X + SWITCH_X) / 2)
    said = words.vlans(nic)
    if width(said, "s") > LABEL_ROOM:
        said = said.removeprefix("VLAN ")
    to.cables.append(
        {
            "d": f"M{rack.side.x(CABLE_X)} {cy:g}" + _bend(rack.side, cy, switch_y),
            "tone": "vmotion" if fast else "console",
            "down": nic.link == "down",
            "vmotion": fast,
            "host": rack.name,
            "switch": nic.cable,
            "line": line(x, label_y, said, "s", room=LABEL_ROOM, anchor="middle"),
        }
    )


def _bend(side: Side, cy: float, switch_y: float) -> str:
    """A curve from an adapter to a switch, or by its mirror image back."""
    x2, dx = side.x(SWITCH_X), -26 if side.mirrored else 26
    return f"C{side.x(CABLE_X) + dx} {cy:g} {x2 - dx} {switch_y:g} {x2} {switch_y:g}"


def vmotion_way(
    datacenter: Datacenter, racks: list[Rack], heights: dict[str, float]
) -> Json | None:
    """The way of VMotion's frames from the left rack to the right one.

    Parameters
    ----------
    datacenter : Datacenter
        Where the hosts stand.
    racks : list of Rack
        The hosts that are drawn.
    heights : dict
        Height of each switch's middle.

    Returns
    -------
    dict or None
        d, the path; switch, and x and y of its middle. None where the two
        hosts' adapters meet in no switch.
    """
    if len(racks) != 2:
        return None
    halves: list[tuple[str, str, str]] = []
    for rack in racks:
        host = datacenter.hosts[rack.name]
        adapter = host.vmotion_adapter
        uplink = host.vmotion_uplink
        if adapter is None or uplink is None or uplink.cable is None:
            return None
        if uplink not in host.path_of_frames(adapter.port_group):
            return None
        x, start, group = rack.side.x, rack.adapters[adapter.name], rack.groups[adapter.port_group]
        nic, switch = rack.nics[uplink.name], heights[uplink.cable]
        bend = "" if start == group else f"H{x(120)}V{group:g}"
        there = f"M{x(118)} {start:g}{bend}H{x(260)}V{nic:g}H{x(CABLE_X)}"
        there += _bend(rack.side, nic, switch)
        dx = -26
        back = f"M{x(SWITCH_X)} {switch:g}C{x(SWITCH_X) - dx} {switch:g} "
        back += f"{x(CABLE_X) + dx} {nic:g} {x(CABLE_X)} {nic:g}"
        back += f"H{x(260)}V{group:g}" + ("" if start == group else f"H{x(120)}V{start:g}")
        halves.append((there, back + f"H{x(118)}", uplink.cable))
    (left, _, switch_left), (_, right, switch_right) = halves
    if switch_left != switch_right:
        return None
    return {"d": left + right, "switch": switch_left, "x": MIDDLE, "y": heights[switch_left]}
