"""Whether names and addresses mean the same on the other side, and who may change them."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.plugs import group_of, plugs
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, moves_running, since

_FIRST_ACROSS = (6, 0, 0)
# Of the addresses that VMware's prefix holds, those that people may give.
_MANUAL_MACS = 0x40_0000


@move_rule(
    "net-legacy-interface",
    title="No adapter of the VM uses a legacy interface",
    short="no legacy interface",
    why="A legacy interface names a device of one host, not a network that others know.",
    fix="Reconnect the adapter to a port group",
    source=f"{API}.LegacyNetworkInterfaceInUse",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="network",
    fault="LegacyNetworkInterfaceInUse",
    test_group="networkTests",
    tier="ext",
    era="legacy",
)
def legacy_interface(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An adapter uses a legacy network interface."""
    for plug in plugs(datacenter, move):
        if plug.nic.legacy_interface:
            path = (*plug.path, "legacy_interface")
            yield Breach(
                path,
                f"{plug.nic.name} of {move.vm} uses a legacy interface",
                f"Reconnect {plug.nic.name} to {plug.before}",
                (set_to(path, False),),
                not plug.nic.connected,
                plug.fault("LegacyNetworkInterfaceInUse"),
            )


@move_rule(
    "net-cross-datacenter-names",
    title="A network's name means one network in both datacenters",
    short="same network",
    why="Names are unique within a datacenter only: elsewhere the same name may be another "
    "network.",
    fix="Confirm that it is the same network",
    source=f"{API}.NetworksMayNotBeTheSame",
    severity=everywhere("warning"),
    scope="network",
    fault="NetworksMayNotBeTheSame",
    test_group="networkTests",
    era="≥2.5",
)
def cross_datacenter_names(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The move crosses datacenters, and a name the VM uses exists on both sides."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    if here.datacenter == there.datacenter:
        return
    for label in dict.fromkeys(
        plug.before.label
        for plug in plugs(datacenter, move)
        if plug.before.label == plug.after.label and group_of(there, plug.after)
    ):
        yield Breach(
            ("hosts", there.name, "port_groups", label),
            f"“{label}” of {here.datacenter} may be another network than that of "
            f"{there.datacenter}",
            fault=Fault("NetworksMayNotBeTheSame", {"name": label}),
        )


@move_rule(
    "net-change-capability",
    title="Both hosts can change a running VM's network",
    short="can change network",
    why="Before 6.0 a running VM stays in its network when its host changes.",
    fix="Use hosts of 6.0 or later, or keep the network",
    source=f"{API}.VMotionAcrossNetworkNotSupported",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="host",
    fault="VMotionAcrossNetworkNotSupported",
    test_group="networkTests",
    tier="ext",
    era="API 5.5+",
)
def change_capability(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM shall change its network, and a host does not support that."""
    if not moves_running(datacenter, move):
        return
    plug = next((p for p in plugs(datacenter, move) if p.before != p.after), None)
    if plug is None:
        return
    for name in (move.source, move.destination):
        host = datacenter.hosts[name]
        if host.can("vmotion_across_networks"):
            continue
        path: Path = ("hosts", name, "version")
        edits: tuple[Edit, ...] = ()
        if host.release >= _FIRST_ACROSS:
            path = ("hosts", name, "capabilities", "vmotion_across_networks")
            edits = (set_to(path, None),)
        yield Breach(
            path,
            f"{plug.nic.name} of {move.vm} would change from {plug.before} to {plug.after}; "
            f"{name} ({host.version}) cannot do that while it runs",
            None,
            edits,
            fault=Fault(
                "VMotionAcrossNetworkNotSupported",
                {
                    "atSourceHost": name == move.source,
                    "failedHostName": name,
                    "failedHost": name,
                },
            ),
        )


@move_rule(
    "net-mac-conflict",
    title="The VM's MAC addresses are free in the other vCenter",
    short="unique MAC",
    why="Each vCenter Server gives out addresses of its own; two may have given the same.",
    fix="Regenerate one of the two addresses",
    source="vSphere 6.7 vCenter Server and Host Management, migration between vCenter Server "
    "instances; the 8.0 edition no longer names it",
    # Not on the list of 8.0 any more.
    severity={Profile.VSPHERE_67: "error"},
    scope="network",
    fault=None,
    test_group="networkTests",
    tier="ext",
    era="6.0-7.x, between vCenters",
)
def mac_conflict(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The move crosses vCenters, and a MAC address of the VM exists on the other side."""
    there = datacenter.hosts[move.destination].vcenter
    if datacenter.hosts[move.source].vcenter == there:
        return
    owners = {
        _plain(nic.mac): vm.name
        for vm in datacenter.vms.values()
        if vm.name != move.vm and datacenter.hosts[vm.host].vcenter == there
        for nic in vm.vnics.values()
        if nic.mac
    }
    for plug in plugs(datacenter, move):
        owner = owners.get(_plain(plug.nic.mac)) if plug.nic.mac else None
        if owner:
            path = (*plug.path, "mac")
            mac = _free_mac(datacenter)
            yield Breach(
                path,
                f"{plug.nic.name} of {move.vm} has {plug.nic.mac}, as {owner} in {there} has",
                f"Give {plug.nic.name} of {move.vm} the address {mac}",
                (set_to(path, mac),),
            )


def _plain(mac: str) -> str:
    return mac.replace("-", ":").lower()


def _free_mac(datacenter: Datacenter) -> str:
    taken = {_plain(nic.mac) for vm in datacenter.vms.values() for nic in vm.vnics.values()}
    for number in range(1, _MANUAL_MACS):
        high, middle, low = number.to_bytes(3)
        mac = f"00:50:56:{high:02x}:{middle:02x}:{low:02x}"
        if mac not in taken:
            return mac
    return ""


RULES = (legacy_interface, cross_datacenter_names, change_capability, mac_conflict)

_NIC1 = ("vms", "web01", "vnics", "nic 1")
_ESX02 = ("hosts", "esx02")
_ACROSS = (*_ESX02, "capabilities", "vmotion_across_networks")
_TEST = {"virtual_switch": "vSwitch0", "vlan": 20}
_LEGACY = set_to((*_NIC1, "legacy_interface"), True)
_TWIN = {"port_group": "Production", "mac": "00:50:56:9a:00:01"}
MISCONFIGURATIONS = (
    Misconfiguration(
        name="legacy-interface",
        story="The adapter of web01 was never moved from a legacy interface to a port group.",
        rule="net-legacy-interface",
        path=(*_NIC1, "legacy_interface"),
        edits=(_LEGACY,),
    ),
    Misconfiguration(
        name="legacy-interface-disconnected",
        story="web01 has an unplugged adapter with a legacy interface.",
        rule="net-legacy-interface",
        path=(*_NIC1, "legacy_interface"),
        edits=(_LEGACY, set_to((*_NIC1, "connected"), False)),
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="production-of-another-datacenter",
        story="esx02 belongs to another datacenter, which has a network called Production too.",
        rule="net-cross-datacenter-names",
        path=(*_ESX02, "port_groups", "Production"),
        edits=(set_to((*_ESX02, "datacenter"), "Branch"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="cannot-change-networks",
        story="web01 shall change to Test as it moves; esx02 cannot do that.",
        rule="net-change-capability",
        path=_ACROSS,
        edits=(
            set_to((*_ESX02, "port_groups", "Test"), _TEST),
            set_to(_ACROSS, False),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        asks={"networks": {"nic 1": {"port_group": "Test"}}},
    ),
    Misconfiguration(
        name="twin-mac",
        story="app01 in the other vCenter has the MAC address of web01.",
        rule="net-mac-conflict",
        path=(*_NIC1, "mac"),
        edits=(
            set_to((*_ESX02, "vcenter"), "vcenter02"),
            set_to((*_NIC1, "mac"), "00:50:56:9A:00:01"),
            set_to(
                ("vms", "app01"), {"host": "esx02", "home": "san-01", "vnics": {"nic 1": _TWIN}}
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
        asks={"via": "api"},
    ),
)
