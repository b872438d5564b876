"""VMotion over routers and long distances: gateways, round trip, bandwidth."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.network import VMkernelAdapter
from vmlab.inventory.path import Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.ends import links, pair_of, share_subnet
from vmlab.rules.rule import Breach, is_vmotion, move_rule, since
from vmlab.rules.segment import addresses

LONGEST_RTT_MS = 150
LEAST_MBIT_S = 250
_LONG_DISTANCE = (
    "vSphere 6.0.1 vCenter Server and Host Management, pp. 122-127; "
    "vSphere 6.5 vCenter Server and Host Management, vMotion networking requirements"
)


@move_rule(
    "net-vmotion-routed",
    title="VMotion adapters in different subnets both have a gateway",
    short="VMotion gateway",
    why="Routed VMotion needs a way out of each subnet, and the management gateway is not it.",
    fix="Use the vmotion TCP/IP stack with a gateway on both hosts",
    source="vSphere 8.0 vCenter Server and Host Management, vMotion TCP/IP stack; "
    "Broadcom article 424375, vMotion adapters in different subnets",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="network",
    fault=None,
    test_group="runtime only",
    era="≥6.0",
    phase="connect",
)
def routed(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Different subnets, and at least one side has no gateway for its VMotion adapter."""
    source, destination = pair_of(datacenter, move)
    if source is None or destination is None or share_subnet(source, destination):
        return
    ends = ((move.destination, destination), (move.source, source))
    lost = [(host, adapter) for host, adapter in ends if adapter.gateway is None]
    if not lost:
        return
    routers = [_router(datacenter, adapter) for _, adapter in lost]
    paths: list[Path] = [
        ("hosts", host, "vmkernel_adapters", adapter.name, "gateway") for host, adapter in lost
    ]
    edits = tuple(
        set_to(path, str(router)) for path, router in zip(paths, routers, strict=True) if router
    )
    who = " and ".join(f"{adapter.name} of {host}" for host, adapter in lost)
    yield Breach(
        paths[0],
        f"{source.interface} on {move.source} and {destination.interface} on {move.destination} "
        f"are in different subnets, and no gateway is set for {who}",
        f"Set a gateway for {who}",
        edits if len(edits) == len(lost) else (),
    )


@move_rule(
    "net-vmotion-rtt-150",
    title="The round trip between the hosts is at most 150 ms",
    short="150 ms",
    why="VMotion keeps up with a running guest only while answers come soon enough.",
    fix="Shorten the path, or move the VM cold",
    source=_LONG_DISTANCE,
    severity=since(Profile.VSPHERE_67, "error"),
    scope="network",
    fault=None,
    test_group="hostTests",
    era="≥6.0",
)
def round_trip(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The round trip is longer than 150 ms."""
    there, here = datacenter.hosts[move.destination], datacenter.hosts[move.source]
    rtt_ms = here.rtt_ms + there.rtt_ms
    if is_vmotion(move) and rtt_ms > LONGEST_RTT_MS:
        far = here if here.rtt_ms > there.rtt_ms else there
        yield Breach(
            ("hosts", far.name, "rtt_ms"),
            f"{rtt_ms:g} ms there and back between {here.name} and {there.name}, "
            f"above {LONGEST_RTT_MS} ms",
        )


@move_rule(
    "net-vmotion-bandwidth-250",
    title="Each concurrent VMotion has at least 250 Mb/s",
    short="250 Mb/s",
    why="With less, copying falls behind the guest; what a WAN optimiser gains does not count.",
    fix="Add bandwidth, or let fewer migrations run at once",
    source=_LONG_DISTANCE,
    severity=since(Profile.VSPHERE_67, "warning"),
    scope="network",
    fault=None,
    test_group="hostTests",
    era="≥6.0",
)
def bandwidth(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The link, divided by the sessions on it, is below 250 Mb/s."""
    if not is_vmotion(move):
        return
    shares: list[tuple[float, str, int, int, str]] = []
    for name in (move.destination, move.source):
        nics = links(datacenter.hosts[name])
        if nics:
            speed = sum(nic.speed_mbit_s for nic in nics.values())
            sessions = _sessions(datacenter, move, name)
            shares.append((speed / sessions, name, speed, sessions, next(iter(nics))))
    if not shares:
        return
    share, name, speed, sessions, nic = min(shares, key=lambda entry: entry[0])
    if share < LEAST_MBIT_S:
        count = "one VMotion" if sessions == 1 else f"{sessions} VMotions"
        yield Breach(
            ("hosts", name, "physical_nics", nic, "speed_mbit_s"),
            f"{speed} Mb/s for {count} on {name}: {share:.4g} Mb/s each, below {LEAST_MBIT_S}",
        )


def _sessions(datacenter: Datacenter, move: Move, host: str) -> int:
    """VMotions on a host's link: those under way, and the one that is asked for."""
    return 1 + sum(
        is_vmotion(other) and host in {other.source, other.destination} and other.vm != move.vm
        for other in datacenter.moves.values()
    )


def _router(datacenter: Datacenter, adapter: VMkernelAdapter) -> IPv4Address | None:
    """A gateway that others of the subnet use, else its first address that nobody has."""
    network = adapter.interface.network if adapter.interface else None
    if network is None:
        return None
    taken: set[IPv4Address | None] = set()
    for _, _, other in addresses(datacenter):
        if isinstance(other, VMkernelAdapter) and other.gateway and other.gateway in network:
            return other.gateway
        taken.add(other.ip)
    return next((address for address in network.hosts() if address not in taken), None)


RULES = (routed, round_trip, bandwidth)

_ESX02 = ("hosts", "esx02")
_VMK1 = (*_ESX02, "vmkernel_adapters", "vmk1")
_HERE = ("hosts", "esx01", "vmkernel_adapters", "vmk1", "gateway")
_NICS = (*_ESX02, "physical_nics")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="routed-one-way",
        story="esx02 stands in another subnet; only esx01 was given a gateway for VMotion.",
        rule="net-vmotion-routed",
        path=(*_VMK1, "gateway"),
        edits=(set_to((*_VMK1, "ip"), "10.0.51.12"), set_to(_HERE, "10.0.50.1")),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="routed-without-gateways",
        story="esx02 was moved to another subnet, and nobody thought of gateways.",
        rule="net-vmotion-routed",
        path=(*_VMK1, "gateway"),
        edits=(set_to((*_VMK1, "ip"), "10.0.51.12"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="round-the-world",
        story="esx02 was set up on the other side of the world.",
        rule="net-vmotion-rtt-150",
        path=(*_ESX02, "rtt_ms"),
        edits=(set_to((*_ESX02, "rtt_ms"), 151),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="leased-line",
        story="esx02 is reached over a leased line of 100 Mb/s.",
        rule="net-vmotion-bandwidth-250",
        path=(*_NICS, "vmnic0", "speed_mbit_s"),
        edits=(
            set_to((*_NICS, "vmnic0", "speed_mbit_s"), 100),
            set_to((*_NICS, "vmnic1", "speed_mbit_s"), 100),
            # A guest so quiet that only the link is too slow.
            set_to(("vms", "web01", "activity", "dirty_pages_per_s"), 10),
        ),
        also=(("host-vmotion-link-gige", (*_NICS, "vmnic0", "speed_mbit_s")),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
