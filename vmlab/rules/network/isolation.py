"""Memory in clear: who else is in the VLAN of VMotion."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import PortGroup
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import GUIDE_PAGE, Breach, everywhere, move_rule, moves_running
from vmlab.rules.segment import segments

_End = tuple[Host, PortGroup]


@move_rule(
    "net-vmotion-isolated",
    title="VMotion that is not encrypted shares no VLAN with virtual machines",
    short="isolated VMotion",
    why="Memory crosses the wire as it is: whoever listens there reads passwords and keys.",
    fix="Isolate the VMotion network, or require encrypted VMotion",
    source="vSphere 6.5 vCenter Server and Host Management, vMotion networking requirements; "
    f"{GUIDE_PAGE}",
    severity=everywhere("advice"),
    scope="network",
    fault=None,
    test_group="hostTests",
    tier="ext",
)
def isolated(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A VM port group is in VMotion's VLAN, and the memory is not encrypted."""
    if not moves_running(datacenter, move) or _is_encrypted(datacenter, move):
        return
    hosts = [datacenter.hosts[name] for name in (move.destination, move.source)]
    shared = next(_shared(hosts), None)
    if shared is None:
        return
    (host, group), (other, guests) = shared
    message = (
        f"VMotion of {host.name} is in VLAN {group.vlan}, as “{guests.name}” of {other.name} is, "
        f"and the memory of {move.vm} crosses in clear"
    )
    if all(host.can("encrypted_vmotion") for host in hosts):
        path: Path = ("vms", move.vm, "encrypted_vmotion")
        yield Breach(
            path,
            message,
            f"Require encrypted VMotion of {move.vm}",
            (set_to(path, "required"),),
        )
    else:
        path = ("hosts", host.name, "port_groups", group.name, "vlan")
        yield Breach(path, message, None, _own_vlan(datacenter, hosts))


def _is_encrypted(datacenter: Datacenter, move: Move) -> bool:
    vm = datacenter.vms[move.vm]
    if vm.encrypted or vm.encrypted_vmotion == "required":
        return True
    hosts = (datacenter.hosts[move.source], datacenter.hosts[move.destination])
    return vm.encrypted_vmotion == "opportunistic" and all(
        host.can("encrypted_vmotion") for host in hosts
    )


def _shared(hosts: list[Host]) -> Iterator[tuple[_End, _End]]:
    """Port groups of VMotion, each with a VM port group that its frames meet."""
    guests = [
        (host, group) for host in hosts for group in host.port_groups.values() if group.kind == "vm"
    ]
    for end in _ends(hosts):
        for other in guests:
            if _meet(end, other):
                yield end, other


def _ends(hosts: list[Host]) -> Iterator[_End]:
    for host in hosts:
        for label in dict.fromkeys(adapter.port_group for adapter in host.vmotion_adapters):
            yield host, host.port_groups[label]


def _meet(end: _End, other: _End) -> bool:
    (host, group), (there, guests) = end, other
    if group.vlan != guests.vlan:
        return False
    same_switch = host.name == there.name and group.virtual_switch == guests.virtual_switch
    return same_switch or bool(segments(host, group.name) & segments(there, guests.name))


def _own_vlan(datacenter: Datacenter, hosts: list[Host]) -> tuple[Edit, ...]:
    """Edits that put VMotion into its subnet's own VLAN, where the plan of subnets has one."""
    guests = {
        group.vlan for host in hosts for group in host.port_groups.values() if group.kind == "vm"
    }
    adapters = [adapter for host in hosts for adapter in host.vmotion_adapters]
    networks = {adapter.interface.network for adapter in adapters if adapter.interface}
    planned = {subnet.vlan for subnet in datacenter.subnets.values() if subnet.cidr in networks}
    if len(planned) != 1 or len(networks) != 1 or planned & guests:
        return ()
    vlan = planned.pop()
    edits: list[Edit] = []
    for host, group in _ends(hosts):
        edits.append(set_to(("hosts", host.name, "port_groups", group.name, "vlan"), vlan))
        edits += [
            set_to(("hosts", host.name, "physical_nics", nic.name, "vlans"), [*nic.vlans, vlan])
            for nic in host.uplinks(group.name)
            if not nic.carries(vlan)
        ]
    return tuple(edits)


RULES = (isolated,)

_VLAN = ("port_groups", "VMotion", "vlan")
_AMONG_VMS = tuple(set_to(("hosts", host, *_VLAN), 20) for host in ("esx01", "esx02"))
_ENCRYPTION = ("vms", "web01", "encrypted_vmotion")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="vmotion-among-vms",
        story="VMotion was put into the VLAN of the virtual machines, to save one.",
        rule="net-vmotion-isolated",
        path=("hosts", "esx02", *_VLAN),
        edits=_AMONG_VMS,
        scenario="two-hosts-esxi",
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="vmotion-in-clear-among-vms",
        story="VMotion shares the VLAN of the VMs, and encryption was turned off for web01.",
        rule="net-vmotion-isolated",
        path=_ENCRYPTION,
        edits=(*_AMONG_VMS, set_to(_ENCRYPTION, "disabled")),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
