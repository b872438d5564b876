"""What can be set on a virtual machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.inventory import Datacenter, Path, VirtualMachine
from vmlab.views import fields
from vmlab.views.form import Form

OPERATIONS = ("powering-on", "powering-off", "suspending", "resuming", "snapshotting", "migrating")
DEVICES = (
    ("cd-dvd", "CD/DVD drive"),
    ("floppy", "floppy drive"),
    ("serial", "serial port"),
    ("parallel", "parallel port"),
    ("usb", "USB"),
)
BACKINGS = (("client", "client device"), ("host", "host device"), ("image", "image file"))


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
        [((*me, kind, n), n) for kind, _ in OF_MACHINE for n in getattr(m, kind)],
        [
            ("vnics", "Network adapter", me),
            ("disks", "Virtual disk", me),
            ("devices", "Device", me),
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


def device(facts: Datacenter, m: VirtualMachine, name: str) -> Form:
    """A drive or port of a virtual machine, and what is behind it."""
    me: Path = ("vms", m.name, "devices", name)
    d = m.devices[name]
    return Form(
        [
            fields.name(me),
            fields.choice((*me, "kind"), "Kind", d.kind, DEVICES),
            fields.choice((*me, "backing"), "Behind it", d.backing, BACKINGS),
            fields.check((*me, "connected"), "Connected", d.connected),
        ]
    )


OF_MACHINE: tuple[tuple[str, Callable[[Datacenter, VirtualMachine, str], Form]], ...] = (
    ("vnics", vnic),
    ("disks", disk),
    ("devices", device),
)
