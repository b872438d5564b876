"""The guide's two ways to lay out a host with two Ethernet adapters."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import GUIDE_PAGE, Breach, Note, hosts_judged, only_guide, rule

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
        pattern = layout(host)
        if pattern:
            seen.setdefault(pattern, []).append(name)
        else:
            yield _breach(host)
    for pattern, names in seen.items():
        yield Note(f"{pattern}: {', '.join(names)}")


def layout(host: Host) -> str | None:
    """Name the guide's pattern that a host with two adapters follows.

    Parameters
    ----------
    host : Host
        With two Ethernet adapters and an uplink for VMotion.

    Returns
    -------
    str or None
        "best security", "best availability", or None for neither.

    Notes
    -----
    On ESX the networks to keep apart are three (virtual machines, service
    console, VMotion); on ESXi two, since management shares the VMkernel
    (guide, p. 185).
    """
    vmotion, machines, console = _labels(host)
    if _is_best_security(host, vmotion, machines, console):
        return BEST_SECURITY
    if _is_best_availability(host, vmotion, machines, console):
        return BEST_AVAILABILITY
    return None


def _labels(host: Host) -> tuple[set[str], set[str], set[str]]:
    """Port groups of VMotion, of virtual machines, and of the service console."""
    vmotion = {adapter.port_group for adapter in host.vmotion_adapters}
    machines = {group.name for group in host.port_groups.values() if group.kind == "vm"}
    adapters = host.service_console_adapters.values() if host.kind == "ESX" else ()
    return vmotion, machines, {adapter.port_group for adapter in adapters}


def _uplinks(host: Host, labels: set[str]) -> set[str]:
    return {nic.name for label in labels for nic in host.uplinks(label)}


def _vlans(host: Host, labels: set[str]) -> set[int]:
    return {host.port_groups[label].vlan for label in labels}


def _apart(*vlans: set[int]) -> bool:
    return sum(map(len, vlans)) == len(set().union(*vlans))


def _is_best_security(host: Host, vmotion: set[str], machines: set[str], console: set[str]) -> bool:
    own = _uplinks(host, vmotion)
    others = _uplinks(host, set(host.port_groups) - vmotion)
    return (
        len(own) == 1
        and not own & others
        and all(host.physical_nics[nic].is_gigabit for nic in own)
        and _apart(_vlans(host, machines), _vlans(host, console))
    )


def _is_best_availability(
    host: Host, vmotion: set[str], machines: set[str], console: set[str]
) -> bool:
    both = set(host.physical_nics)
    bonded = all(
        {nic.name for nic in host.uplinks(label)} == both for label in vmotion | machines | console
    )
    return bonded and _apart(_vlans(host, vmotion), _vlans(host, machines), _vlans(host, console))


def _breach(host: Host) -> Breach:
    """Point at what shares VMotion's adapter, and offer to move it where that is enough."""
    vmotion, machines, console = _labels(host)
    own = _uplinks(host, vmotion)
    for label in sorted(machines | console):
        if not own & _uplinks(host, {label}):
            continue
        path: Path = ("hosts", host.name, "port_groups", label)
        message = f"On {host.name}, {label} shares {_names(own)} with VMotion, and not in a bond"
        for switch in host.virtual_switches.values():
            if switch.uplinks and not own & set(switch.uplinks):
                edits: tuple[Edit, ...] = (set_to((*path, "virtual_switch"), switch.name),)
                return Breach(path, message, f"Move {label} to {switch.name}", edits)
        return Breach(path, message)
    if not all(host.physical_nics[nic].is_gigabit for nic in own):
        reason = f"VMotion's own adapter {_names(own)} is not Gigabit"
    else:
        reason = "VLANs do not keep apart what shares an adapter"
    path = ("hosts", host.name, "port_groups", sorted(vmotion)[0])
    return Breach(path, f"On {host.name}, {reason}")


def _names(nics: set[str]) -> str:
    return ", ".join(sorted(nics))


ADVICE = (two_nic_layout,)

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
