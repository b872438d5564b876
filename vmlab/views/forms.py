"""What can be set on a datacenter and on what stands in it by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.inventory import Datacenter, Path
from vmlab.views import fields, words
from vmlab.views.form import Form
from vmlab.views.host_forms import FRAME, OF_HOST
from vmlab.views.machine_forms import vm

EDITIONS: tuple[tuple[str, list[str], str], ...] = (
    ("Standard", [], "Standard, no VMotion"),
    ("Advanced", ["vmotion"], "Advanced, VMotion"),
    ("Enterprise", ["vmotion", "storage-vmotion"], "Enterprise, + Storage VMotion"),
)


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


TOP: tuple[tuple[str, Callable[[Datacenter, str], Form]], ...] = (
    ("hosts", host),
    ("physical_switches", physical_switch),
    ("subnets", subnet),
    ("datastores", datastore),
    ("vms", vm),
)
