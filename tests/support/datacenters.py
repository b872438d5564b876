"""Datacenters and edits made by chance, all of them valid."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from vmlab.documents import Document, InputError
from vmlab.inventory import Datacenter, apply, removal, set_to
from vmlab.inventory.path import Edit, checked, plain

# Names that YAML, JSON or a dotted place might take for something else.
ODD_NAMES = ("on", "null", "~", "1:20", "4.0", "00:50:56:00:00:01", "<<", "a.b", "[a]", "é 漢", "#")
NAMES = (
    "on",
    "null",
    "~",
    "1:20",
    "4.0",
    "00:50:56:00:00:01",
    "<<",
    "a.b",
    "esx[01]",
    "é 漢",
    "#",
)
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and format characters, line ends
NAMES = st.sampled_from(ODD_NAMES) | st.text(
    st.characters(codec="utf-8", exclude_categories=UNSEEN), min_size=1, max_size=12
).filter(lambda name: bool(name.strip()))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
ADDRESSES = st.sampled_from(["10.0.50.11", "10.0.50.12", "10.0.50.0", "0.0.0.0", "192.168.7.1"])
VLANS = st.sampled_from([0, 10, 20, 50, 4095])


def some(draw: st.DrawFn, smallest: int = 0) -> list[str]:
    return draw(st.lists(NAMES, min_size=smallest, max_size=3, unique=True))


def one_of(draw: st.DrawFn, names: list[str]) -> str:
    return draw(st.sampled_from(names))


def many_of(draw: st.DrawFn, names: list[str]) -> list[str]:
    return draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []


@st.composite
def hosts(draw: st.DrawFn, switches: list[str]) -> dict[str, Any]:
    nics, vswitches = some(draw), some(draw)
    labels = some(draw) if vswitches else []
    adapters = some(draw) if labels else []
    host: dict[str, Any] = {
        "kind": draw(st.sampled_from(["ESX", "ESXi"])),
        "version": draw(st.sampled_from(["4.0", "6.7"])),
        "connection_state": draw(st.sampled_from(["connected", "not-responding"])),
        "maintenance_mode": draw(st.booleans()),
        "physical_nics": {
            name: {
                "speed_mbit_s": draw(st.sampled_from([100, 1000, 10000])),
                "duplex": draw(st.sampled_from(["full", "half"])),
                "link": draw(st.sampled_from(["up", "down"])),
                "cable": draw(st.none() | st.sampled_from(switches)) if switches else None,
                "vlans": draw(st.lists(VLANS, max_size=2, unique=True)),
            }
            for name in nics
        },
        "virtual_switches": {
            name: {"active": many_of(draw, nics), "standby": many_of(draw, nics)}
            for name in vswitches
        },
        "port_groups": {
            name: {
                "virtual_switch": one_of(draw, vswitches),
                "vlan": draw(VLANS),
                "kind": draw(st.sampled_from(["vm", "vmkernel", "console"])),
                "active": draw(st.none() | st.just(many_of(draw, nics))),
            }
            for name in labels
        },
        "vmkernel_adapters": {
            name: {
                "port_group": one_of(draw, labels),
                "ip": draw(st.none() | ADDRESSES),
                "netmask": draw(st.sampled_from(["255.255.255.0", "255.255.255.255", "0.0.0.0"])),
                "vmotion": draw(st.booleans()),
                "management": draw(st.booleans()),
            }
            for name in adapters
        },
        "service_console_adapters": {
            name: {"port_group": one_of(draw, labels), "ip": draw(st.none() | ADDRESSES)}
            for name in adapters[:1]
        },
    }
    if draw(st.booleans()):
        features: list[str] = draw(st.sampled_from([[], ["vmotion"]]))
        host["licence"] = {"edition": draw(TEXTS), "features": features}
    return host


@st.composite
def datacenters(draw: st.DrawFn) -> Datacenter:
    """Any datacenter: odd names, half-built hosts, files on storage that nobody mounted."""
    switches, stores, places = some(draw), some(draw, 1), some(draw, 1)
    data: dict[str, Any] = {
        "name": draw(TEXTS),
        "physical_switches": dict.fromkeys(switches),
        "hosts": {name: draw(hosts(switches)) for name in places},
        "clusters": {name: {"hosts": many_of(draw, places)} for name in some(draw)},
        "subnets": {name: {"cidr": "10.0.50.0/24", "vlan": draw(VLANS)} for name in some(draw)},
        "datastores": {
            name: {
                "kind": draw(st.sampled_from(["FC SAN", "iSCSI", "NAS", "local"])),
                "backing": draw(TEXTS),
                "mounts": {
                    host: {"backing": draw(st.none() | TEXTS)} for host in many_of(draw, places)
                },
            }
            for name in stores
        },
    }
    labels = [label for host in data["hosts"].values() for label in host["port_groups"]]
    data["vms"] = {
        name: {
            "host": one_of(draw, places),
            "power_state": draw(st.sampled_from(["on", "off", "suspended"])),
            "home": one_of(draw, stores),
            "disks": {disk: {"datastore": one_of(draw, stores)} for disk in some(draw)},
            "vnics": {
                nic: {"port_group": draw(st.sampled_from([*labels, "nowhere"]))}
                for nic in some(draw)
            },
        }
        for name in some(draw)
    }
    data["moves"] = {
        name: {"vm": name, "source": one_of(draw, places), "destination": one_of(draw, places)}
        for name in many_of(draw, list(data["vms"]))
    }
    return checked(Document("made by chance", data), Datacenter)


def paths_to_entities(datacenter: Datacenter) -> list[tuple[str, ...]]:
    """Every named thing, at whatever depth."""
    found: list[tuple[str, ...]] = []

    def walk(node: Any, path: tuple[str, ...], inside_mapping: bool) -> None:
        if not isinstance(node, dict):
            return
        for name, child in node.items():
            is_mapping = name in _MAPPINGS and not inside_mapping
            if inside_mapping:
                found.append((*path, name))
            walk(child, (*path, name), is_mapping)

    walk(plain(datacenter), (), False)
    return found


_MAPPINGS = {
    "clusters", "hosts", "physical_switches", "subnets", "datastores", "vms", "moves",
    "physical_nics", "virtual_switches", "port_groups", "vmkernel_adapters",
    "service_console_adapters", "mounts", "disks", "vnics", "devices",
}  # fmt: skip

# Field of a path's last name -> values that a learner may give it.
VALUES: dict[str, list[Any]] = {
    "physical_nics": [
        ("speed_mbit_s", 100), ("speed_mbit_s", 10_000), ("duplex", "half"), ("link", "down"),
        ("cable", None), ("vlans", []), ("vlans", [10, 50]),
    ],
    "virtual_switches": [("active", []), ("standby", []), ("mtu", 9000)],
    "port_groups": [("vlan", 0), ("vlan", 50), ("vlan", 4095), ("kind", "vm"), ("active", [])],
    "vmkernel_adapters": [
        ("ip", None), ("ip", "10.0.50.11"), ("netmask", "255.255.0.0"), ("vmotion", True),
        ("vmotion", False), ("management", True),
    ],
    "hosts": [
        ("kind", "ESX"), ("kind", "ESXi"), ("maintenance_mode", True), ("licence", None),
        ("connection_state", "disconnected"),
    ],
    "datastores": [("kind", "local"), ("kind", "NAS"), ("backing", "else")],
    "mounts": [("backing", "else")],
    "vms": [("power_state", "off"), ("power_state", "suspended"), ("operation", "resuming")],
    "vnics": [("connected", False), ("port_group", "nowhere")],
    "disks": [("datastore", "esx01-local"), ("datastore", "nfs-01")],
}  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, start: Datacenter, most: int = 6) -> Datacenter:
    """A datacenter after a few edits and removals that a learner might make."""
    datacenter = start
    for _ in range(draw(st.integers(0, most))):
        paths = paths_to_entities(datacenter)
        path = draw(st.sampled_from(paths))
        choices = VALUES.get(path[-2], [])
        try:
            if not choices or draw(st.booleans()):
                edits: tuple[Edit, ...] = removal(datacenter, path)
            else:
                field, value = draw(st.sampled_from(choices))
                edits = (set_to((*path, field), value),)
            datacenter = apply(datacenter, edits)
        except InputError:
            continue  # something needs it: nothing happens
    return datacenter
