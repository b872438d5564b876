"""One host in the picture: its switches, port groups, adapters and local disks."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import mean

from vmlab.inventory import Datacenter, Host, VirtualSwitch
from vmlab.inventory.network import DEFAULT_MTU
from vmlab.views import words
from vmlab.views.guests import CONSUMER_X, GAP, draw_local_disks, draw_neighbours
from vmlab.views.parts import Drawing, Json, Side, beside, line, part, stacked
from vmlab.views.text import width

RACK_X, RACK_W, HEADER = 4, 318, 32
CONSUMER_W, VM_H = 108, 62
SWITCH_X, SWITCH_W = 122, 134
GROUP_X, GROUP_W = 128, 122
NIC_X, NIC_W = 264, 70
ROW = 36
TOP = 44


@dataclass
class Rack:
    """What the rest of the picture has to know of a host that is drawn."""

    name: str
    side: Side
    slot: tuple[float, float] = (0, 0)
    bottom: float = 0
    nics: dict[str, float] = field(default_factory=dict)
    adapters: dict[str, float] = field(default_factory=dict)
    groups: dict[str, float] = field(default_factory=dict)


def draw_rack(datacenter: Datacenter, name: str, side: Side, vm: str | None, to: Drawing) -> Rack:
    """Draw a host with all that is in it.

    Parameters
    ----------
    datacenter : Datacenter
        Where it stands.
    name : str
        The host.
    side : Side
        Which half of the picture it takes.
    vm : str or None
        The virtual machine that is drawn large.
    to : Drawing
        What the pieces are added to.

    Returns
    -------
    Rack
        Where the adapters, the slot and the bottom came to lie.
    """
    host = datacenter.hosts[name]
    rack = Rack(name, side)
    _header(host, side, to)
    at = _slot_group(datacenter, host, vm)
    y: float = TOP
    if at is None:
        rack.slot = (side.x(CONSUMER_X, CONSUMER_W), y)
        y += VM_H + GAP
    if not host.virtual_switches:
        _no_switch(side, to)
    wanted: dict[str, float] = {}
    centres: list[tuple[VirtualSwitch, float]] = []
    for switch in host.virtual_switches.values():
        y, centre = _switch(host, switch, at, rack, y, to)
        centres.append((switch, centre))
        uplinks = [n for n in switch.uplinks if n in host.physical_nics and n not in wanted]
        for i, nic in enumerate(uplinks):
            wanted[nic] = centre + (i - (len(uplinks) - 1) / 2) * (ROW + 6)
    free = [n for n in host.physical_nics if n not in wanted]
    last = max(*wanted.values(), y - 26) if wanted else TOP - ROW / 2 - 6
    wanted |= {n: last + 42 * (i + 1) for i, n in enumerate(free)}
    for (nic, _), cy in zip(
        sorted(wanted.items(), key=lambda item: item[1]),
        stacked(sorted(wanted.values()), TOP + ROW / 2, ROW + 6),
        strict=True,
    ):
        rack.nics[nic] = cy
        _nic(host, nic, cy, side, to)
    _uplink_wires(centres, rack, to)
    y = max([y, rack.slot[1] + VM_H + GAP, *(cy + ROW / 2 + GAP for cy in rack.nics.values())])
    y = draw_neighbours(datacenter, name, vm, side, y, to)
    rack.bottom = draw_local_disks(datacenter, name, vm, side, y, to)
    return rack


def _header(host: Host, side: Side, to: Drawing) -> None:
    x = side.x(RACK_X, RACK_W)
    said = words.state(host) or words.licence(host)
    right = line(x + RACK_W - 12, 25, said, "s", room=RACK_W * 0.6, anchor="end")
    room = beside(RACK_W - 24, right["text"], "s")
    product = f"{host.kind} {host.version}"
    name = line(x + 12, 25, host.name, "h", room=max(beside(room, product, "s"), 60))
    start = width(name["text"], "h") + 10
    product_line = line(round(x + 12 + start, 1), 25, product, "s", room=room - start)
    to.parts.append(
        part(
            ("hosts", host.name),
            "host",
            (x, 4, RACK_W, HEADER),
            [name, product_line, right],
            f"Host, {host.connection_state.replace('-', ' ')}",
            dim=host.connection_state != "connected",
        )
    )


def _no_switch(side: Side, to: Drawing) -> None:
    """An empty place for what a bare host does not have yet."""
    x = side.x(SWITCH_X, SWITCH_W)
    to.frames.append({"x": x, "y": TOP, "w": SWITCH_W, "h": VM_H, "empty": True})
    middle = x + SWITCH_W / 2
    to.notes.append(line(middle, TOP + VM_H / 2 + 4, "no virtual switch", "s", anchor="middle"))


def _slot_group(datacenter: Datacenter, host: Host, vm: str | None) -> str | None:
    """The port group at whose height a host keeps the place for the virtual machine."""
    machine = datacenter.vms.get(vm) if vm else None
    labels = [nic.port_group for nic in machine.vnics.values()] if machine else []
    candidates = [*labels, *(n for n, g in host.port_groups.items() if g.kind == "vm")]
    if machine and machine.host == host.name and labels:
        candidates = labels
    return next((label for label in candidates if label in host.port_groups), None)


def _tone(host: Host, label: str) -> str:
    """Whose traffic a port group carries."""
    group = host.port_groups[label]
    if any(a.vmotion and a.port_group == label for a in host.vmkernel_adapters.values()):
        return "vmotion"
    return "vm" if group.kind == "vm" else "console"


def _switch(
    host: Host, switch: VirtualSwitch, at: str | None, rack: Rack, y: float, to: Drawing
) -> tuple[float, float]:
    """Draw a virtual switch; return where the next one starts, and its own middle."""
    side, top = rack.side, y
    x = side.x(SWITCH_X, SWITCH_W)
    to.parts.append(
        part(
            ("hosts", host.name, "virtual_switches", switch.name),
            "switch",
            (x + 3, y + 3, SWITCH_W - 6, 17),
            _titled((x + 6, y + 15, SWITCH_W - 12), switch.name, switch.mtu, "sb"),
            f"Virtual switch on {host.name}, MTU {switch.mtu}",
        )
    )
    y += 22
    mids = []
    for label, group in host.port_groups.items():
        if group.virtual_switch == switch.name:
            y, mid = _group(host, label, label == at, rack, y, to)
            mids.append(mid)
    y = max(y, top + 22 + 20, top + 6 + len(switch.uplinks) * (ROW + 6))
    to.frames.append({"x": x, "y": top, "w": SWITCH_W, "h": y - top, "empty": False})
    if mids:
        to.wire(f"M{side.x(256)} {mids[0]:g}V{mids[-1]:g}", thick=4)
        return y + GAP, mean((mids[0], mids[-1]))
    return y + GAP, (top + y) / 2


def _titled(at: tuple[float, float, float], name: str, mtu: int, style: str) -> list[Json]:
    """A name, and at the right the MTU where it is not the usual one."""
    x, y, room = at
    if mtu == DEFAULT_MTU:
        return [line(x, y, name, style, room=room)]
    said = f"MTU {mtu}"
    return [
        line(x, y, name, style, room=beside(room, said, "s", 3)),
        line(x + room, y, said, "s", anchor="end"),
    ]


def _group(
    host: Host, label: str, has_slot: bool, rack: Rack, y: float, to: Drawing
) -> tuple[float, float]:
    """Draw a port group and what hangs on it; return where the next one starts, and its middle."""
    side = rack.side
    group, tone = host.port_groups[label], _tone(host, label)
    users: list[tuple[str, str]] = [("vms", "")] if has_slot else []
    users += [
        (kind, name)
        for kind in ("vmkernel_adapters", "service_console_adapters")
        for name, adapter in getattr(host, kind).items()
        if adapter.port_group == label
    ]
    heights = [VM_H if kind == "vms" else ROW for kind, _ in users]
    height = max(ROW, sum(heights) + GAP * (len(users) - 1))
    mid = y + height / 2
    rack.groups[label] = mid
    row = y
    for (kind, name), h in zip(users, heights, strict=True):
        middle = row + h / 2
        if kind == "vms":
            rack.slot = (side.x(CONSUMER_X, CONSUMER_W), row)
        else:
            _adapter(host, kind, name, row, side, to)
            rack.adapters[name] = middle
        bend = "" if middle == mid else f"H{side.x(120)}V{mid:g}"
        to.wire(f"M{side.x(118)} {middle:g}{bend}H{side.x(128)}", tone, thick=2)
        row += h + GAP
    to.wire(f"M{side.x(250)} {mid:g}H{side.x(256)}")
    x, top = side.x(GROUP_X, GROUP_W), mid - ROW / 2
    first = f", {', '.join(group.active)}" if group.active else ""
    use = {
        "vmotion": "VMotion",
        "vm": "virtual machines",
        "console": "the service console" if group.kind == "console" else "the VMkernel",
    }
    to.parts.append(
        part(
            ("hosts", host.name, "port_groups", label),
            "group",
            (x, top, GROUP_W, ROW),
            [
                line(x + 10, top + 15, label, "b", room=GROUP_W - 12),
                line(x + 10, top + 29, words.vlan(group.vlan) + first, "s", room=GROUP_W - 12),
            ],
            f"Port group on {host.name}, for {use[tone]}",
            tone=tone,
        )
    )
    return y + height + GAP, mid


def _adapter(host: Host, kind: str, name: str, y: float, side: Side, to: Drawing) -> None:
    adapter = getattr(host, kind)[name]
    x = side.x(CONSUMER_X, CONSUMER_W)
    mtu = getattr(adapter, "mtu", DEFAULT_MTU)
    ip = "no address" if adapter.ip is None else str(adapter.ip)
    vmotion = getattr(adapter, "vmotion", None)
    enabled = {True: ", VMotion enabled", False: ", VMotion not enabled", None: ""}[vmotion]
    to.parts.append(
        part(
            ("hosts", host.name, kind, name),
            "adapter",
            (x, y, CONSUMER_W, ROW),
            [
                *_titled((x + 7, y + 15, CONSUMER_W - 11), name, mtu, "b"),
                line(x + 7, y + 29, ip, "s", room=CONSUMER_W - 11),
            ],
            f"{words.KIND_WORDS[kind]} on {host.name}{enabled}",
        )
    )


def _nic(host: Host, name: str, cy: float, side: Side, to: Drawing) -> None:
    nic = host.physical_nics[name]
    x, y = side.x(NIC_X, NIC_W), cy - ROW / 2
    said = "half duplex" if nic.duplex == "half" else words.speed(nic.speed_mbit_s)
    said = "link down" if nic.link == "down" else said
    cable = f"cabled to {nic.cable}, {words.vlans(nic)}" if nic.cable else "unplugged"
    to.parts.append(
        part(
            ("hosts", host.name, "physical_nics", name),
            "nic",
            (x, y, NIC_W, ROW),
            [
                line(x + 6, y + 15, name, "b", room=NIC_W - 10),
                line(x + 6, y + 29, said, "s", room=NIC_W - 8),
            ],
            f"Ethernet adapter on {host.name}, {nic.duplex} duplex, link {nic.link}, {cable}",
            dot={"x": side.x(NIC_X + NIC_W), "y": cy, "up": nic.is_up},
        )
    )


def _uplink_wires(switches: list[tuple[VirtualSwitch, float]], rack: Rack, to: Drawing) -> None:
    for switch, centre in switches:
        for name in switch.uplinks:
            if name in rack.nics:
                d = f"M{rack.side.x(256)} {centre:g}H{rack.side.x(260)}"
                d += f"V{rack.nics[name]:g}H{rack.side.x(264)}"
                to.wire(d, dashed=name not in switch.active)
