"""How many Ethernet adapters the guide asks for, and to whom they belong."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import (
    GUIDE_PAGE,
    Breach,
    everywhere,
    guide_and_later,
    hosts_judged,
    hosts_of_vmotion,
    only_guide,
    rule,
)


@rule(
    "host-min-two-nics",
    title="Each host has two Ethernet adapters",
    short="two adapters",
    why="With one adapter, VMotion competes with everything else the host sends.",
    fix="Add a second adapter",
    source=f"{GUIDE_PAGE}; vCenter has no such check",
    severity=guide_and_later("error", "warning"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="4.0 guide",
)
def min_two_nics(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host that takes part in VMotion has fewer than two Ethernet adapters."""
    for name in _vmotion_hosts(datacenter, move):
        host = datacenter.hosts[name]
        count = len(host.physical_nics)
        if count < 2:
            words = "one Ethernet adapter" if count else "no Ethernet adapter"
            yield Breach(
                ("hosts", name, "physical_nics"),
                f"{name} has {words}",
                *_add_adapters(host, 2 - count),
            )


@rule(
    "host-one-gige",
    title="At least one adapter is Gigabit Ethernet",
    short="one GigE adapter",
    why="VMotion needs a Gigabit network, so each host needs an adapter for it.",
    fix="Add a Gigabit adapter",
    source=GUIDE_PAGE,
    severity=only_guide("error"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="4.0 guide",
)
def one_gige(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host that takes part in VMotion has no adapter of Gigabit Ethernet or faster."""
    for name in hosts_of_vmotion(datacenter, move):
        host = datacenter.hosts[name]
        if host.physical_nics and not any(nic.is_gigabit for nic in host.physical_nics.values()):
            yield Breach(
                ("hosts", name, "physical_nics"),
                f"{name} has no Gigabit adapter",
                *_add_adapters(host, 1),
            )


@rule(
    "host-dedicated-vmotion-nic",
    title="With three adapters or more, one is VMotion's alone",
    short="VMotion alone",
    why="Memory that is being copied fills a link; other traffic on it waits.",
    fix="Dedicate one Gigabit adapter to VMotion",
    source=GUIDE_PAGE,
    severity=only_guide("advice"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="4.0 guide",
)
def dedicated_vmotion_nic(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host has three adapters or more, and VMotion's uplink carries other traffic."""
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        adapter = host.vmotion_adapter
        if adapter is None or len(host.physical_nics) < 3:
            continue
        labels = {a.port_group for a in host.vmotion_adapters}
        yield from _shared(host, adapter.port_group, labels, "VMotion")


@rule(
    "host-dedicated-console-nic",
    title="With three adapters or more, one is the service console's alone",
    short="console alone",
    why="vCenter Server directs the host through the console; it should never have to wait.",
    fix="Dedicate one adapter to the service console",
    source=GUIDE_PAGE,
    severity=everywhere("advice"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="ESX only",
)
def dedicated_console_nic(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """An ESX host has three adapters or more, and the console's uplink is shared."""
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        if host.kind != "ESX" or len(host.physical_nics) < 3:
            continue
        labels = [console.port_group for console in host.service_console_adapters.values()]
        if labels:
            yield from _shared(host, labels[0], set(labels), "The service console")


def _vmotion_hosts(datacenter: Datacenter, move: Move | None) -> Iterator[str]:
    """The pair of a VMotion; without a move, the hosts on which VMotion is enabled."""
    for name in hosts_of_vmotion(datacenter, move):
        if move is not None or datacenter.hosts[name].vmotion_adapters:
            yield name


def _add_adapters(host: Host, count: int) -> tuple[str, tuple[Edit, ...]]:
    names = (f"vmnic{i}" for i in range(len(host.physical_nics) + count))
    new = [name for name in names if name not in host.physical_nics][:count]
    adapters = " and ".join(new)
    edits = [
        set_to(("hosts", host.name, "physical_nics", name), {"speed_mbit_s": 1000}) for name in new
    ]
    kind = "a Gigabit adapter" if count == 1 else "Gigabit adapters"
    return f"Add {kind} {adapters} to {host.name}", tuple(edits)


def _shared(host: Host, label: str, own: set[str], whose: str) -> Iterator[Breach]:
    mine = {nic.name for nic in host.active_uplinks(label)}
    for other in host.port_groups.values():
        if other.name in own:
            continue
        common = mine & {nic.name for nic in host.active_uplinks(other.name)}
        if common:
            yield Breach(
                ("hosts", host.name, "port_groups", label),
                f"{whose} on {host.name} shares {', '.join(sorted(common))} with {other.name}",
            )
            return


RULES = (min_two_nics, one_gige, dedicated_vmotion_nic, dedicated_console_nic)

_ESX02 = ("hosts", "esx02")
_ON_VSWITCH0 = (
    set_to((*_ESX02, "port_groups", "VMotion", "virtual_switch"), "vSwitch0"),
    remove((*_ESX02, "virtual_switches", "vSwitch1")),
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="one-adapter",
        story="esx02 was bought with a single Gigabit adapter; everything shares it.",
        rule="host-min-two-nics",
        path=(*_ESX02, "physical_nics"),
        edits=(
            *_ON_VSWITCH0,
            set_to((*_ESX02, "virtual_switches", "vSwitch0", "active"), ["vmnic1"]),
            set_to((*_ESX02, "physical_nics"), {"vmnic1": {"cable": "gig", "vlans": [10, 20, 50]}}),
            set_to(("hosts", "esx01", "physical_nics", "vmnic0", "cable"), "gig"),
        ),
    ),
    Misconfiguration(
        name="no-gigabit-adapter",
        story="Both adapters of esx02 are 100 Mb/s.",
        rule="host-one-gige",
        path=(*_ESX02, "physical_nics"),
        edits=(set_to((*_ESX02, "physical_nics", "vmnic1", "speed_mbit_s"), 100),),
        also=(
            ("host-vmotion-link-gige", (*_ESX02, "physical_nics", "vmnic1", "speed_mbit_s")),
            ("host-two-nic-layout", (*_ESX02, "port_groups", "VMotion")),
            ("cap-precopy-convergence", ("vms", "web01", "activity", "dirty_pages_per_s")),
        ),
    ),
    Misconfiguration(
        name="vmotion-shares-a-third-adapter",
        story="esx02 got a third adapter for the console, and production moved onto VMotion's.",
        rule="host-dedicated-vmotion-nic",
        path=(*_ESX02, "port_groups", "VMotion"),
        edits=(
            set_to((*_ESX02, "physical_nics", "vmnic2"), {"cable": "lan", "vlans": [20]}),
            set_to((*_ESX02, "virtual_switches", "vSwitch1", "active"), ["vmnic1", "vmnic2"]),
            set_to((*_ESX02, "port_groups", "Production", "virtual_switch"), "vSwitch1"),
        ),
    ),
    Misconfiguration(
        name="console-shares-an-adapter",
        story="esx02 got a third adapter, but console and production still share vmnic0.",
        rule="host-dedicated-console-nic",
        path=(*_ESX02, "port_groups", "Service Console"),
        edits=(set_to((*_ESX02, "physical_nics", "vmnic2"), {"cable": "lan", "vlans": [10]}),),
    ),
)
