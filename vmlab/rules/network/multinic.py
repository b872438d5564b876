"""Several VMotion adapters on one host: since when, and how many."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.network import VMkernelAdapter
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network.ends import FIRST_MULTI_NIC, adapter_path, best_uplink, set_of
from vmlab.rules.rule import Breach, everywhere, hosts_of_vmotion, rule, since

MOST_GIGABIT, MOST_TEN_GIGABIT = 16, 4


@rule(
    "net-multinic-version",
    title="A host before 5.0 has one VMotion adapter",
    short="one VMotion adapter",
    why="Only one of them is used; the others only look as if they helped.",
    fix="Keep one VMotion adapter on 4.x",
    source="Epping, Multiple-NIC vMotion in vSphere 5, 2011",
    severity=everywhere("advice"),
    scope="host",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="<5.0",
)
def multinic_version(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A 4.x host has more than one adapter flagged for VMotion."""
    for name in hosts_of_vmotion(datacenter, move):
        host = datacenter.hosts[name]
        flagged = [a for a in host.vmkernel_adapters.values() if a.vmotion]
        if host.release >= FIRST_MULTI_NIC or len(flagged) < 2:
            continue
        yield Breach(
            (*adapter_path(host, flagged[1]), "vmotion"),
            f"{_names(flagged)} of {name} are enabled for VMotion; {host.version} uses one",
            f"Take {_names(flagged[1:])} of {name} out of VMotion",
            _without(host, flagged[1:]),
        )


@rule(
    "net-multinic-max",
    title="A host has at most 16 Gigabit or 4 10 GbE VMotion adapters",
    short="VMotion maximum",
    why="Beyond the configuration maximum nobody has tested it.",
    fix="Stay within the configuration maximum",
    source="Recalled: vSphere configuration maximums, 16 adapters of 1 GbE or 4 of 10 GbE",
    severity=since(Profile.VSPHERE_55, "advice"),
    scope="host",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥5.0",
    recalled=True,
)
def multinic_max(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """More than 16 VMotion adapters on 1 GbE, or more than 4 on 10 GbE."""
    for name in hosts_of_vmotion(datacenter, move):
        host = datacenter.hosts[name]
        by_speed: dict[bool, list[VMkernelAdapter]] = {False: [], True: []}
        for adapter in set_of(host):
            nic = best_uplink(host, adapter.port_group)
            if nic and nic.is_gigabit:
                by_speed[nic.speed_mbit_s >= 10_000].append(adapter)
        for fast, most in ((False, MOST_GIGABIT), (True, MOST_TEN_GIGABIT)):
            excess = by_speed[fast][most:]
            if excess:
                speed = "10 GbE" if fast else "1 GbE"
                yield Breach(
                    (*adapter_path(host, excess[0]), "vmotion"),
                    f"{name} has {len(by_speed[fast])} VMotion adapters on {speed}, above {most}",
                    f"Take {_names(excess)} of {name} out of VMotion",
                    _without(host, excess),
                )


def _names(adapters: list[VMkernelAdapter]) -> str:
    return ", ".join(adapter.name for adapter in adapters)


def _without(host: Host, adapters: list[VMkernelAdapter]) -> tuple[Edit, ...]:
    """Edits that end VMotion on adapters; one that serves nothing else goes."""
    return tuple(
        set_to((*adapter_path(host, adapter), "vmotion"), False)
        if adapter.netstack != "vmotion"
        and (adapter.management or adapter.services or adapter.bound_to_iscsi)
        else remove(adapter_path(host, adapter))
        for adapter in adapters
    )


RULES = (multinic_version, multinic_max)

_ESX02 = ("hosts", "esx02")
_VMK = (*_ESX02, "vmkernel_adapters")
_GROUPS = (*_ESX02, "port_groups")


def _five() -> tuple[Edit, ...]:
    """Five VMotion adapters on esx02, each with a 10 GbE uplink of its own."""
    edits: list[Edit] = []
    nics = [f"vmnic{number}" for number in range(6)]
    for nic in nics[2:]:
        facts = {"speed_mbit_s": 10000, "cable": "lan", "vlans": [10, 20, 50]}
        edits.append(set_to((*_ESX02, "physical_nics", nic), facts))
    edits.append(set_to((*_ESX02, "virtual_switches", "vSwitch0", "active"), nics))
    edits.append(set_to((*_GROUPS, "VMotion", "active"), ["vmnic1"]))
    for number in range(2, 6):
        path: Path = (*_GROUPS, f"VMotion-{number}")
        group = {"virtual_switch": "vSwitch0", "vlan": 50, "kind": "vmkernel"}
        edits.append(set_to(path, {**group, "active": [f"vmnic{number}"]}))
        adapter = {"port_group": path[-1], "ip": f"10.0.50.{20 + number}", "vmotion": True}
        edits.append(set_to((*_VMK, f"vmk{number}"), {**adapter, "mtu": 9000}))
    return tuple(edits)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="two-vmotion-adapters-on-4",
        story="A second adapter on esx02 was enabled for VMotion, in the hope of twice the speed.",
        rule="net-multinic-version",
        path=(*_VMK, "vmk1", "vmotion"),
        edits=(
            set_to((*_VMK, "vmk1"), {"port_group": "VMotion", "ip": "10.0.51.12", "vmotion": True}),
        ),
    ),
    Misconfiguration(
        name="five-vmotion-adapters",
        story="esx02 has five VMotion adapters, each on 10 GbE of its own.",
        rule="net-multinic-max",
        path=(*_VMK, "vmk5", "vmotion"),
        edits=_five(),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
