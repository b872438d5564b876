"""What can be set on each kind of part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vmlab.inventory import Datacenter, Host, Path, VirtualMachine
from vmlab.views import fields, words
from vmlab.views.parts import Json

EDITIONS: tuple[tuple[str, list[str], str], ...] = (
    ("Standard", [], "Standard, no VMotion"),
    ("Advanced", ["vmotion"], "Advanced, VMotion"),
    ("Enterprise", ["vmotion", "storage-vmotion"], "Enterprise, + Storage VMotion"),
)
SPEEDS = (10, 100, 1000, 10_000, 25_000, 40_000, 100_000)
OPERATIONS = ("powering-on", "powering-off", "suspending", "resuming", "snapshotting", "migrating")
GROUP_KINDS = (("vm", "virtual machines"), ("vmkernel", "VMkernel"), ("console", "service console"))
FRAME = "Largest frame, 576 to 9216 bytes"


@dataclass
class Form:
    """What a form shows: fields, links to what is inside, and what may be added."""

    fields: list[Json]
    links: Sequence[tuple[Path, str]] = ()
    add: Sequence[tuple[str, str, Path]] = ()
    by_kind: bool = False


def datacenter(facts: Datacenter) -> Form:
    """The datacenter: its name, and everything that stands in it by itself."""
    shown = ("hosts", "physical_switches", "subnets", "datastores", "vms")
    return Form(
        [fields.words(("name",), "Name", facts.name, wide=True)],
        [((kind, name), name) for kind in shown for name in getattr(facts, kind)],
        [(kind, words.KIND_WORDS[kind], ()) for kind in shown],
        by_kind=True,
    )


def host(facts: Datacenter, name: str) -> Form:
    """A host."""
    me: Path = ("hosts", name)
    h = facts.hosts[name]
    now = None if h.licence is None else h.licence.model_dump(mode="json")
    licences: list[tuple[Any, str]] = [(None, "no licence")]
    licences += [({"edition": e, "features": f}, label) for e, f, label in EDITIONS]
    if now is not None:
        now = {"edition": now["edition"], "features": list(now["features"])}
        if now not in [value for value, _ in licences]:
            licences.append(
                (now, f"{now['edition']}, {', '.join(now['features']) or 'no VMotion'}")
            )
    inside = [((*me, kind, inner), inner) for kind, _ in OF_HOST for inner in getattr(h, kind)]
    return Form(
        [
            fields.name(me),
            fields.choice((*me, "kind"), "ESX or ESXi", h.kind, fields.same(("ESX", "ESXi"))),
            fields.words((*me, "version"), "Version", h.version),
            fields.choice((*me, "licence"), "Licence", now, licences, wide=True),
            fields.choice(
                (*me, "connection_state"),
                "State",
                h.connection_state,
                [(s, s.replace("-", " ")) for s in ("connected", "disconnected", "not-responding")],
            ),
            fields.number((*me, "memory_mib"), "Memory, MiB", h.memory_mib),
            fields.check((*me, "maintenance_mode"), "Maintenance mode", h.maintenance_mode),
        ],
        inside,
        [
            ("physical_nics", "Ethernet adapter", me),
            ("virtual_switches", "Virtual switch", me),
            ("hosts", "Host", ()),
        ],
    )


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


def physical_switch(facts: Datacenter, name: str) -> Form:
    """A physical switch."""
    me: Path = ("physical_switches", name)
    cabled = [
        (("hosts", h.name, "physical_nics", n), f"{n} on {h.name}")
        for h in facts.hosts.values()
        for n, nic in h.physical_nics.items()
        if nic.cable == name
    ]
    return Form(
        [
            fields.name(me),
            fields.number((*me, "mtu"), "MTU", facts.physical_switches[name].mtu, help=FRAME),
        ],
        cabled,
        [("physical_switches", "Physical switch", ())],
    )


def subnet(facts: Datacenter, name: str) -> Form:
    """An IP network."""
    me: Path = ("subnets", name)
    net = facts.subnets[name]
    return Form(
        [
            fields.name(me),
            fields.words((*me, "cidr"), "Network", net.cidr, help="Such as 10.0.50.0/24"),
            fields.number((*me, "vlan"), "VLAN", net.vlan, help="0 is untagged"),
        ],
        [],
        [("subnets", "Subnet", ())],
    )


def datastore(facts: Datacenter, name: str) -> Form:
    """A datastore, and how each host sees it."""
    me: Path = ("datastores", name)
    store = facts.datastores[name]
    made = [
        fields.name(me),
        fields.choice(
            (*me, "kind"), "Kind", store.kind, fields.same(("FC SAN", "iSCSI", "NAS", "local"))
        ),
        fields.number((*me, "capacity_gib"), "Size, GB", store.capacity_gib),
        fields.words((*me, "backing"), "Storage behind it", store.backing, wide=True),
    ]
    for h in facts.hosts:
        at = (*me, "mounts", h)
        made.append(fields.check(at, f"Mounted on {h}", h in store.mounts, None, {}))
        if h in store.mounts:
            seen = store.mounts[h].backing
            label = f"Storage seen by {h}"
            hint = "the same"
            made.append(fields.words((*at, "backing"), label, seen, empty=True, help=hint))
    return Form(made, [], [("datastores", "Datastore", ())])


def _labels(facts: Datacenter, host_name: str) -> list[fields.Option]:
    groups = facts.hosts[host_name].port_groups if host_name in facts.hosts else {}
    return fields.same(n for n, g in groups.items() if g.kind == "vm")


def vm(facts: Datacenter, name: str) -> Form:
    """A virtual machine, its files, its networks and how it writes its memory."""
    me: Path = ("vms", name)
    m = facts.vms[name]
    stores = fields.same(facts.datastores)
    labels = _labels(facts, m.host)
    several = len(m.vnics) > 1
    networks = [
        fields.choice(
            (*me, "vnics", n, "port_group"),
            f"Network label of {n}" if several else "Network label",
            vnic.port_group,
            labels,
        )
        for n, vnic in m.vnics.items()
    ]
    disks = [
        fields.choice(
            (*me, "disks", n, "datastore"), f"{n[:1].upper()}{n[1:]} on", d.datastore, stores
        )
        for n, d in m.disks.items()
    ]
    busy: list[tuple[Any, str]] = [(None, "nothing")]
    busy += [(o, o.replace("-", " ")) for o in OPERATIONS]
    act = (*me, "activity")
    return Form(
        [
            fields.name(me),
            fields.number((*me, "memory_mib"), "Memory, MiB", m.memory_mib),
            fields.number((*me, "vcpus"), "vCPUs", m.vcpus),
            fields.choice(
                (*me, "power_state"),
                "Power",
                m.power_state,
                fields.same(("on", "off", "suspended")),
            ),
            fields.choice((*me, "operation"), "In the middle of", m.operation, busy),
            fields.choice((*me, "host"), "Runs on", m.host, fields.same(facts.hosts)),
            *networks,
            fields.choice((*me, "home"), "Home on", m.home, stores),
            *disks,
            fields.number(
                (*act, "working_set_mib"), "Working set, MiB", m.activity.working_set_mib
            ),
            fields.number(
                (*act, "dirty_pages_per_s"), "Page writes a second", m.activity.dirty_pages_per_s
            ),
        ],
        [((*me, "vnics", n), n) for n in m.vnics] + [((*me, "disks", n), n) for n in m.disks],
        [
            ("vnics", "Network adapter", me),
            ("disks", "Virtual disk", me),
            ("vms", "Virtual machine", ()),
        ],
    )


def vnic(facts: Datacenter, m: VirtualMachine, name: str) -> Form:
    """A virtual machine's network adapter."""
    me: Path = ("vms", m.name, "vnics", name)
    nic = m.vnics[name]
    return Form(
        [
            fields.name(me),
            fields.choice(
                (*me, "port_group"),
                "Network label",
                nic.port_group,
                _labels(facts, m.host),
                wide=True,
            ),
            fields.check((*me, "connected"), "Connected", nic.connected),
        ]
    )


def disk(facts: Datacenter, m: VirtualMachine, name: str) -> Form:
    """A virtual disk."""
    me: Path = ("vms", m.name, "disks", name)
    d = m.disks[name]
    return Form(
        [
            fields.name(me),
            fields.choice((*me, "datastore"), "On", d.datastore, fields.same(facts.datastores)),
            fields.number((*me, "size_gib"), "Size, GB", d.size_gib),
        ]
    )


TOP: tuple[tuple[str, Callable[[Datacenter, str], Form]], ...] = (
    ("hosts", host),
    ("physical_switches", physical_switch),
    ("subnets", subnet),
    ("datastores", datastore),
    ("vms", vm),
)
OF_HOST: tuple[tuple[str, Callable[[Datacenter, Host, str], Form]], ...] = (
    ("physical_nics", physical_nic),
    ("virtual_switches", virtual_switch),
    ("port_groups", port_group),
    ("vmkernel_adapters", vmkernel_adapter),
    ("service_console_adapters", service_console_adapter),
)
