"""The guide's two ways to lay out a host with two Ethernet adapters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import GUIDE_PAGE, Breach, Note, hosts_judged, only_guide, rule
from vmlab.rules.segment import switches_carrying

BEST_SECURITY = "best security"
BEST_AVAILABILITY = "best availability"


@rule(
    "host-two-nic-layout",
    title="Two adapters are laid out for best security or best availability",
    short="two-adapter layout",
    why="With two adapters, either the Gigabit one is VMotion's alone and VLANs divide the "
    "other, or both form a bond in which each kind of traffic has a VLAN of its own.",
    fix="Rewire to best security (VMotion alone) or best availability (a bond with VLANs)",
    source=GUIDE_PAGE,
    severity=only_guide("advice"),
    scope="host",
    fault=None,
    test_group="hostTests",
    era="4.0 guide",
)
def two_nic_layout(datacenter: Datacenter, move: Move | None) -> Iterator[Breach | Note]:
    """A host has exactly two adapters, and its layout is neither of the guide's two."""
    seen: dict[str, list[str]] = {}
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        if len(host.physical_nics) != 2 or host.vmotion_adapter is None:
            continue
        if not host.uplinks(host.vmotion_adapter.port_group):
            continue
        judged = judge_layout(host)
        if isinstance(judged, Breach):
            yield judged
        else:
            seen.setdefault(judged, []).append(name)
    for pattern, names in seen.items():
        yield Note(f"{pattern}: {', '.join(names)}")


def judge_layout(host: Host) -> str | Breach:
    """Name the guide's pattern that a host with two adapters follows, or what keeps it from one.

    Parameters
    ----------
    host : Host
        With two Ethernet adapters and an uplink for VMotion.

    Returns
    -------
    str or Breach
        "best security" or "best availability"; otherwise what is wrong, seen
        from the pattern that the host is nearest to.

    Notes
    -----
    Best security: VMotion alone on a Gigabit adapter, virtual machines and
    management apart by VLANs on the other. Best availability: both adapters
    carry everything, apart by VLANs; on ESX in three networks (virtual
    machines, service console, VMotion), on ESXi in two, since management
    shares the VMkernel's (guide, p. 185).
    """
    vmotion, machines, management = _labels(host)
    if _is_bonded(host):
        return _clash(host, *_apart_in_bond(host)) or BEST_AVAILABILITY
    own = _uplinks(host, vmotion)
    if len(own) != 1 or own & _uplinks(host, set(host.port_groups) - vmotion):
        return _shared(host)
    if not all(host.physical_nics[nic].is_gigabit for nic in own):
        path = ("hosts", host.name, "port_groups", min(vmotion))
        return Breach(path, f"On {host.name}, VMotion's own adapter {_names(own)} is not Gigabit")
    return _clash(host, machines, management) or BEST_SECURITY


def _labels(host: Host) -> tuple[set[str], set[str], set[str]]:
    """Port groups of VMotion, of virtual machines, and of management."""
    vmotion = {adapter.port_group for adapter in host.vmotion_adapters}
    machines = {group.name for group in host.port_groups.values() if group.kind == "vm"}
    if host.kind == "ESX":
        managing = {adapter.port_group for adapter in host.service_console_adapters.values()}
    else:
        managing = {a.port_group for a in host.vmkernel_adapters.values() if a.management}
    return vmotion, machines, managing


def _apart_in_bond(host: Host) -> tuple[set[str], ...]:
    """Kinds of traffic that a bond keeps apart: on ESXi, management shares the VMkernel's."""
    vmotion, machines, management = _labels(host)
    return (vmotion, machines, management) if host.kind == "ESX" else (vmotion, machines)


def _uplinks(host: Host, labels: set[str]) -> set[str]:
    return {nic.name for label in labels for nic in host.uplinks(label)}


def _clash(host: Host, *kinds: set[str]) -> Breach | None:
    """Two port groups of different kinds of traffic in one VLAN, None where all are apart."""
    for ours, theirs in combinations(kinds, 2):
        for a, b in product(sorted(ours), sorted(theirs)):
            vlan = host.port_groups[b].vlan
            if host.port_groups[a].vlan == vlan:
                path = ("hosts", host.name, "port_groups", b, "vlan")
                return Breach(path, f"On {host.name}, {a} and {b} share an adapter and VLAN {vlan}")
    return None


def _is_bonded(host: Host) -> bool:
    """Whether everything uses both adapters."""
    both = set(host.physical_nics)
    labels = set().union(*_apart_in_bond(host))
    return all({nic.name for nic in host.uplinks(label)} == both for label in labels)


def _shared(host: Host) -> Breach:
    """Point at what shares VMotion's adapter, and offer to move it where that is enough."""
    vmotion, *_ = _labels(host)
    own = _uplinks(host, vmotion)
    for label in sorted(set(host.port_groups) - vmotion):
        common = own & _uplinks(host, {label})
        if not common:
            continue
        path: Path = ("hosts", host.name, "port_groups", label)
        message = f"On {host.name}, {label} shares {_names(common)} with VMotion, and not in a bond"
        group = host.port_groups[label]
        if group.active is not None or group.standby is not None:
            return Breach(path, message)  # its own uplinks would go with it
        for switch in switches_carrying(host, group.vlan):
            if not own & set(switch.uplinks):
                edits: tuple[Edit, ...] = (set_to((*path, "virtual_switch"), switch.name),)
                return Breach(path, message, f"Move {label} to {switch.name}", edits)
        return Breach(path, message)
    path = ("hosts", host.name, "port_groups", min(vmotion))
    return Breach(path, f"On {host.name}, VMotion takes both adapters and leaves none to others")


def _names(nics: set[str]) -> str:
    return ", ".join(sorted(nics))


RULES = (two_nic_layout,)

_ESX02 = ("hosts", "esx02")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="console-beside-vmotion",
        story="The service console of esx02 was put on VMotion's Gigabit adapter.",
        rule="host-two-nic-layout",
        path=(*_ESX02, "port_groups", "Service Console"),
        edits=(
            set_to((*_ESX02, "port_groups", "Service Console", "virtual_switch"), "vSwitch1"),
            set_to((*_ESX02, "physical_nics", "vmnic1", "vlans"), [10, 50]),
        ),
    ),
)
