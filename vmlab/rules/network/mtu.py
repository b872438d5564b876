"""The largest frame on the VMotion network, from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import DEFAULT_MTU, VMkernelAdapter
from vmlab.inventory.path import Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.ends import links, pair_of, share_subnet
from vmlab.rules.rule import (
    Breach,
    everywhere,
    hosts_of_vmotion,
    move_rule,
    rule,
    since,
)
from vmlab.rules.segment import segments

JUMBO_MTU = 9000
_HEADERS = 28  # of IP and ICMP: a ping of MTU-28 bytes fills a frame
_ARTICLE = "Broadcom article 417889, vMotion fails with a timeout by an MTU mismatch"


@rule(
    "net-vmotion-mtu-host",
    title="A VMotion adapter's MTU fits its virtual switch",
    short="switch MTU",
    why="The switch drops frames that are larger than its own MTU.",
    fix="Raise the MTU of the switch, or lower the adapter's",
    source=_ARTICLE,
    severity=everywhere("warning"),
    scope="host",
    fault=None,
    test_group="hostTests",
)
def mtu_host(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A VMkernel adapter's MTU is above that of its virtual switch."""
    for name in hosts_of_vmotion(datacenter, move):
        host = datacenter.hosts[name]
        largest: dict[str, VMkernelAdapter] = {}
        for adapter in host.vmotion_adapters:
            switch = host.port_groups[adapter.port_group].virtual_switch
            if switch not in largest or adapter.mtu > largest[switch].mtu:
                largest[switch] = adapter
        for switch, adapter in largest.items():
            mtu = host.virtual_switches[switch].mtu
            if adapter.mtu > mtu:
                path = ("hosts", name, "virtual_switches", switch, "mtu")
                yield Breach(
                    path,
                    f"{adapter.name} of {name} sends frames of {adapter.mtu} bytes, "
                    f"{switch} takes {mtu}",
                    f"Raise the MTU of {switch} on {name} to {adapter.mtu}",
                    (set_to(path, adapter.mtu),),
                )


@move_rule(
    "net-vmotion-mtu-path",
    title="Full frames get through from VMotion adapter to VMotion adapter",
    short="path MTU",
    why="Small packets pass and full frames are dropped: the hosts connect, then data stalls.",
    fix="Make the MTU equal from end to end; test with a don't-fragment ping of MTU-28 bytes",
    source=f"{_ARTICLE}; the fault is an inference",
    severity=everywhere("error"),
    scope="network",
    fault="Timedout",
    test_group="runtime only",
    phase="transfer",
)
def mtu_path(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Something on the way takes smaller frames than the larger adapter sends."""
    way = _way(datacenter, move)
    if not way:
        return
    adapters = (way[0], way[-1])
    wanted, least = max(hop.mtu for hop in adapters), min(hop.mtu for hop in way)
    if least >= wanted:
        return
    narrow = [hop for hop in way if hop.mtu < wanted]
    eager = [hop for hop in adapters if hop.mtu > least]
    culprit = min(narrow, key=lambda hop: hop.mtu)
    sender = next(hop for hop in adapters if hop.mtu == wanted)
    # The fewer changes: widen what is narrow, or let the adapters send less.
    change, mtu = (eager, least) if len(eager) < len(narrow) else (narrow, wanted)
    yield Breach(
        change[0].path,
        f"{sender.name} sends frames of {wanted} bytes, {culprit.name} takes {least}",
        f"Set the MTU of {', '.join(hop.name for hop in change)} to {mtu}, then ping with "
        f"{mtu - _HEADERS} bytes and don't-fragment",
        tuple(set_to(hop.path, mtu) for hop in change),
    )


@move_rule(
    "net-vmotion-jumbo",
    title="VMotion on 10 GbE uses jumbo frames",
    short="jumbo frames",
    why="On fast links large frames save processor time; all on the way must take them.",
    fix="Consider an MTU of 9000 from end to end",
    source="Dell article 000140474, vSphere vMotion recommended networking practices",
    severity=since(Profile.VSPHERE_55, "advice"),
    scope="network",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥5.0",
)
def jumbo(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Both hosts have 10 GbE or more, and adapters and virtual switches the MTU 1500."""
    way = _way(datacenter, move)
    fast = all(
        any(nic.speed_mbit_s >= 10_000 for nic in links(datacenter.hosts[name]).values())
        for name in (move.source, move.destination)
    )
    ours = [hop for hop in way if hop.path[0] == "hosts"]
    if ours and fast and all(hop.mtu == DEFAULT_MTU for hop in ours):
        yield Breach(
            way[-1].path,
            f"VMotion runs at 10 GbE or more, with frames of {DEFAULT_MTU} bytes",
            None,
            tuple(set_to(hop.path, JUMBO_MTU) for hop in way if hop.mtu < JUMBO_MTU),
        )


@dataclass(frozen=True)
class _Hop:
    """Something on the way that has an MTU."""

    path: Path
    name: str
    mtu: int


def _way(datacenter: Datacenter, move: Move) -> list[_Hop]:
    """From adapter to adapter through the switches; empty where VMotion has no two ends."""
    source, destination = pair_of(datacenter, move)
    if source is None or destination is None:
        return []
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    out = segments(here, source.port_group)
    into = segments(there, destination.port_group)
    if share_subnet(source, destination):
        met = {switch for switch, _ in out & into}
    else:  # Through a router: both sides' switches.
        met = {switch for switch, _ in out | into}
    physical = [
        _Hop(("physical_switches", name, "mtu"), name, switch.mtu)
        for name, switch in datacenter.physical_switches.items()
        if name in met
    ]
    return [*_end(here, source), *physical, *reversed(_end(there, destination))]


def _end(host: Host, adapter: VMkernelAdapter) -> list[_Hop]:
    switch = host.virtual_switches[host.port_groups[adapter.port_group].virtual_switch]
    top = ("hosts", host.name)
    return [
        _Hop(
            (*top, "vmkernel_adapters", adapter.name, "mtu"),
            f"{adapter.name} of {host.name}",
            adapter.mtu,
        ),
        _Hop(
            (*top, "virtual_switches", switch.name, "mtu"),
            f"{switch.name} of {host.name}",
            switch.mtu,
        ),
    ]


RULES = (mtu_host, mtu_path, jumbo)

_SWITCH0 = ("hosts", "esx02", "virtual_switches", "vSwitch0", "mtu")
_VMK1 = ("hosts", "esx02", "vmkernel_adapters", "vmk1", "mtu")
_LAN = ("physical_switches", "lan", "mtu")


def _everywhere(mtu: int) -> tuple[tuple[Path, int], ...]:
    hosts = ("esx01", "esx02")
    places: list[Path] = [("hosts", host, "virtual_switches", "vSwitch0", "mtu") for host in hosts]
    places += [("hosts", host, "vmkernel_adapters", "vmk1", "mtu") for host in hosts]
    return tuple((place, mtu) for place in places)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="jumbo-on-the-adapter-only",
        story="Somebody set jumbo frames on vmk1 of esx02, but not on its switch.",
        rule="net-vmotion-mtu-path",
        path=_SWITCH0,
        edits=(set_to(_SWITCH0, 1500),),
        also=(("net-vmotion-mtu-host", _SWITCH0),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="adapter-above-its-switch",
        story="The MTU of vmk0 on esx02 was raised to 9000; VMotion ran with 1500 before.",
        rule="net-vmotion-mtu-host",
        path=("hosts", "esx02", "virtual_switches", "vSwitch1", "mtu"),
        edits=(set_to(("hosts", "esx02", "vmkernel_adapters", "vmk0", "mtu"), 9000),),
        also=(("net-vmotion-mtu-path", ("hosts", "esx02", "vmkernel_adapters", "vmk0", "mtu")),),
    ),
    Misconfiguration(
        name="physical-switch-drops-jumbo",
        story="Hosts were set to jumbo frames, the switch in the rack was forgotten.",
        rule="net-vmotion-mtu-path",
        path=_LAN,
        edits=(set_to(_LAN, 1500),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="one-adapter-without-jumbo",
        story="vmk1 on esx02 was replaced and has the MTU of a new adapter.",
        rule="net-vmotion-mtu-path",
        path=_VMK1,
        edits=(set_to(_VMK1, 1500),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="small-frames-on-a-fast-link",
        story="The hosts got 10 GbE, and everything kept its MTU of 1500.",
        rule="net-vmotion-jumbo",
        path=_VMK1,
        edits=tuple(set_to(place, mtu) for place, mtu in _everywhere(1500)),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
