"""What can be set on what a host is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.inventory import Datacenter, Host, Path
from vmlab.views import fields, words
from vmlab.views.form import Form
from vmlab.views.parts import Json

SPEEDS = (10, 100, 1000, 10_000, 25_000, 40_000, 100_000)
GROUP_KINDS = (("vm", "virtual machines"), ("vmkernel", "VMkernel"), ("console", "service console"))
FRAME = "Largest frame, 576 to 9216 bytes"


def physical_nic(facts: Datacenter, h: Host, name: str) -> Form:
    """An Ethernet adapter, the cable in it and the switch above it."""
    me: Path = ("hosts", h.name, "physical_nics", name)
    nic = h.physical_nics[name]
    cables: list[fields.Option] = [(None, "unplugged"), *fields.same(facts.physical_switches)]
    used = next(
        (
            f"{s.name}:{role}"
            for s in h.virtual_switches.values()
            for role in ("active", "standby")
            if name in getattr(s, role)
        ),
        None,
    )
    uplinks: list[tuple[Any, str]] = [(None, "no switch")]
    for switch in h.virtual_switches:
        uplinks += [(f"{switch}:{r}", f"{switch}, {r}") for r in ("active", "standby")]
    speeds = [(s, words.speed(s)) for s in SPEEDS]
    return Form(
        [
            fields.name(me),
            fields.choice((*me, "speed_mbit_s"), "Speed", nic.speed_mbit_s, speeds),
            fields.choice((*me, "duplex"), "Duplex", nic.duplex, fields.same(("full", "half"))),
            fields.choice((*me, "link"), "Link", nic.link, fields.same(("up", "down"))),
            fields.choice((*me, "cable"), "Cable to", nic.cable, cables),
            fields.words(
                (*me, "vlans"),
                "VLANs on the cable",
                ", ".join(map(str, nic.vlans)),
                help="Numbers with commas; 0 is untagged",
            ),
            fields.choice((*me, "@uplink_of"), "Uplink of", used, uplinks),
        ]
    )


def virtual_switch(facts: Datacenter, h: Host, name: str) -> Form:
    """A virtual switch."""
    me: Path = ("hosts", h.name, "virtual_switches", name)
    groups = [n for n, g in h.port_groups.items() if g.virtual_switch == name]
    uplinks = [n for n in h.virtual_switches[name].uplinks if n in h.physical_nics]
    return Form(
        [
            fields.name(me),
            fields.number((*me, "mtu"), "MTU", h.virtual_switches[name].mtu, help=FRAME),
        ],
        [(("hosts", h.name, "port_groups", n), n) for n in groups]
        + [(("hosts", h.name, "physical_nics", n), n) for n in uplinks],
        [("port_groups", "Port group", me), ("virtual_switches", "Virtual switch", me[:2])],
    )


def port_group(facts: Datacenter, h: Host, name: str) -> Form:
    """A port group; its name is the network label."""
    me: Path = ("hosts", h.name, "port_groups", name)
    group = h.port_groups[name]
    adapters = [
        ((*me[:2], kind, n), n)
        for kind in ("vmkernel_adapters", "service_console_adapters")
        for n, a in getattr(h, kind).items()
        if a.port_group == name
    ]
    switches = fields.same(h.virtual_switches)
    rest = "as the switch"
    add = [("vmkernel_adapters", "VMkernel adapter", me)]
    if h.kind == "ESX":
        add.append(("service_console_adapters", "Service console", me))

    def override(role: str) -> str | None:
        names = getattr(group, role)
        return None if names is None else ", ".join(names)

    return Form(
        [
            fields.name(me, "Network label"),
            fields.number((*me, "vlan"), "VLAN", group.vlan, help="0 is untagged"),
            fields.choice(
                (*me, "virtual_switch"), "Virtual switch", group.virtual_switch, switches
            ),
            fields.choice((*me, "kind"), "For", group.kind, GROUP_KINDS, wide=True),
            fields.words(
                (*me, "active"), "Active adapters", override("active"), empty=True, help=rest
            ),
            fields.words(
                (*me, "standby"), "Standby adapters", override("standby"), empty=True, help=rest
            ),
        ],
        adapters,
        add,
    )


def _address(me: Path, h: Host, adapter: Any) -> list[Json]:
    return [
        fields.name(me),
        fields.words((*me, "ip"), "IP address", adapter.ip, empty=True),
        fields.words((*me, "netmask"), "Subnet mask", adapter.netmask),
        fields.choice(
            (*me, "port_group"), "Port group", adapter.port_group, fields.same(h.port_groups)
        ),
    ]


def vmkernel_adapter(facts: Datacenter, h: Host, name: str) -> Form:
    """A VMkernel adapter."""
    me: Path = ("hosts", h.name, "vmkernel_adapters", name)
    adapter = h.vmkernel_adapters[name]
    return Form(
        [
            *_address(me, h, adapter),
            fields.number((*me, "mtu"), "MTU", adapter.mtu, help=FRAME),
            fields.check((*me, "vmotion"), "VMotion enabled", adapter.vmotion),
            fields.check((*me, "management"), "Management traffic", adapter.management),
        ]
    )


def service_console_adapter(facts: Datacenter, h: Host, name: str) -> Form:
    """A service console adapter."""
    me: Path = ("hosts", h.name, "service_console_adapters", name)
    return Form(_address(me, h, h.service_console_adapters[name]))


OF_HOST: tuple[tuple[str, Callable[[Datacenter, Host, str], Form]], ...] = (
    ("physical_nics", physical_nic),
    ("virtual_switches", virtual_switch),
    ("port_groups", port_group),
    ("vmkernel_adapters", vmkernel_adapter),
    ("service_console_adapters", service_console_adapter),
)
