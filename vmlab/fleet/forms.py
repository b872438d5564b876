"""Rules that have a shorter way to their verdict on a whole fleet than to be watched.

All but two still ask the rule's own function: about a host by itself, or about
a VM with one of its parts. A rule that is not in `FORMS` is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

import numpy as np

from vmlab.fleet.facts import Flags, Fleet, Indices
from vmlab.fleet.learn import Block, learned
from vmlab.fleet.watch import asked, judge
from vmlab.inventory.cpu import Cpu
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualDisk, VirtualMachine, VirtualNic
from vmlab.rules.capacity.room import What, demand, unreserved
from vmlab.rules.network.plugs import vm_group
from vmlab.rules.rule import Rule
from vmlab.rules.storage.places import stores_of

Form = Callable[[Fleet, Rule], Iterator[Block]]


def each_host(fleet: Fleet, rule: Rule) -> Iterator[Block]:
    """The rule judges source and destination, each by itself and in the same way."""
    vm = fleet.vm_names[0]
    moves = fleet.kept(each_host, lambda: [asked(vm, host, host) for host in fleet.host_names])
    bad = np.array([judge(rule, fleet.profile, fleet.datacenter, move) for move in moves])
    yield from _ends(fleet, bad)


def high_priority(fleet: Fleet, rule: Rule) -> Iterator[Block]:
    """Each host by itself, beside one that never lacks anything, with its own VMs alone."""
    plenty = Host(name="\0", cpu=Cpu(sockets=64, cores_per_socket=256))
    guest = VirtualMachine(name="\0", host="\0", home="\0")
    bad = []
    for host in fleet.hosts:
        cut = _cut(fleet, host.name, (guest,), {plenty.name: plenty})
        bad.append(judge(rule, fleet.profile, cut, asked(guest.name, host.name, plenty.name)))
    yield from _exceptions(fleet, rule, _ends(fleet, np.array(bad)))


def room(fleet: Fleet, rule: Rule, what: What) -> Iterator[Block]:
    """A number of the VM must not exceed a number of the host."""
    free = np.array(
        [unreserved(_cut(fleet, host, ()), host, what, "") for host in fleet.host_names]
    )
    wanted = np.array([demand(vm, what) for vm in fleet.vms])
    blocks = (Block(np.flatnonzero(wanted == size), free < size) for size in np.unique(wanted))
    yield from _exceptions(fleet, rule, blocks)


def labels(fleet: Fleet, rule: Rule) -> Iterator[Block]:
    """Labels that the VM needs must be among those that the host offers.

    The rule itself looks for the label that was meant, which takes long.
    """
    needed: dict[str, list[int]] = {}
    severity = rule.milder.get(fleet.profile, rule.severity[fleet.profile])
    for number, vm in enumerate(fleet.vms):
        for vnic in vm.vnics.values():
            refusing = vnic.connected or severity == "error"
            if refusing and not vnic.distributed_switch:
                needed.setdefault(vnic.port_group, []).append(number)
    offered = {label: np.zeros(len(fleet.hosts), np.bool_) for label in needed}
    for number, host in enumerate(fleet.hosts):
        for label in host.port_groups:
            if label in offered and vm_group(host, label):
                offered[label][number] = True
    for label, vms in needed.items():
        yield Block(np.unique(np.array(vms)), ~offered[label])


def parts(
    fleet: Fleet,
    rule: Rule,
    parts_of: Callable[[VirtualMachine], Iterable[object]],
    with_part: Callable[[object], dict[str, object]],
    sorts_names: bool = False,
) -> Iterator[Block]:
    """The rule refuses a VM where it refuses one that has only one of its parts."""
    small, owner, part = fleet.kept(parts_of, lambda: _split(fleet, parts_of, with_part))
    for block in learned(small, rule, sorts_names) if small.vms else ():
        has = np.zeros(len(small.vms), np.bool_)
        has[block.vms] = True
        yield Block(np.unique(owner[has[part]]), block.hosts)


def _split(
    fleet: Fleet,
    parts_of: Callable[[VirtualMachine], Iterable[object]],
    with_part: Callable[[object], dict[str, object]],
) -> tuple[Fleet, Indices, Indices]:
    """VMs of one part each; for each part of a VM the VM's number, and the part's."""
    numbers: dict[tuple[object, str], int] = {}
    owners: list[int] = []
    owned: list[int] = []
    for number, vm in enumerate(fleet.vms):
        for part in parts_of(vm):
            owners.append(number)
            owned.append(numbers.setdefault((part, vm.host), len(numbers)))
    plain = VirtualMachine(host="", home="")
    small = fleet.with_vms(
        plain.model_copy(update={"name": f"part {n}", "host": host, **with_part(part)})
        for (part, host), n in numbers.items()
    )
    return small, np.array(owners, np.int64), np.array(owned, np.int64)


def _disks(vm: VirtualMachine) -> Iterable[object]:
    return dict.fromkeys(disk.datastore for disk in vm.disks.values())


def _with_store(store: object) -> dict[str, object]:
    disk = VirtualDisk(name="disk", datastore=str(store))
    return {"home": store, "disks": FrozenMapping({"disk": disk})}


def _vnics(vm: VirtualMachine) -> Iterable[object]:
    return dict.fromkeys(_nameless(vnic) for vnic in vm.vnics.values())


@lru_cache(maxsize=4096)
def _nameless(vnic: VirtualNic) -> VirtualNic:
    """The adapter under a name that all have; a fleet's adapters are few and the same."""
    return vnic.model_copy(update={"name": "nic"})


def _with_vnic(vnic: object) -> dict[str, object]:
    return {"vnics": FrozenMapping({"nic": vnic})}


def concerned(
    fleet: Fleet, rule: Rule, matters: Callable[[VirtualMachine], bool]
) -> Iterator[Block]:
    """The rule refuses only VMs that have something."""
    vms = [number for number, vm in enumerate(fleet.vms) if matters(vm)]
    if vms:
        yield from learned(fleet, rule, among=np.array(vms, np.int64))


def _reserves_bandwidth(vm: VirtualMachine) -> bool:
    return any(vnic.reservation_mbit_s for vnic in vm.vnics.values())


def only_if(fleet: Fleet, rule: Rule, matters: Callable[[Datacenter], bool]) -> Iterator[Block]:
    """The rule refuses nobody unless something is set somewhere."""
    if matters(fleet.datacenter):
        yield from learned(fleet, rule)


def _limits_ports(datacenter: Datacenter) -> bool:
    distributed = datacenter.distributed_switches.values()
    return any(switch.free_ports is not None for switch in distributed) or any(
        switch.free_ports is not None
        for host in datacenter.hosts.values()
        for switch in host.virtual_switches.values()
    )


def _reserves_for_failures(datacenter: Datacenter) -> bool:
    return any(cluster.ha and cluster.failover_hosts for cluster in datacenter.clusters.values())


def _ends(fleet: Fleet, bad: Flags) -> Iterator[Block]:
    yield Block(fleet.everyone, bad)
    for host in np.flatnonzero(bad):
        vms = np.flatnonzero(fleet.source == host)
        yield Block(vms, np.ones(len(fleet.hosts), np.bool_))


def _cut(
    fleet: Fleet,
    host: str,
    more: tuple[VirtualMachine, ...],
    hosts: dict[str, Host] | None = None,
) -> Datacenter:
    """The datacenter with the VMs that count on a host, in their order."""
    there = [*fleet.on_host.get(host, ()), *more]
    update: dict[str, object] = {"vms": FrozenMapping({vm.name: vm for vm in there})}
    if hosts:
        update["hosts"] = FrozenMapping({host: fleet.datacenter.hosts[host], **hosts})
    return fleet.datacenter.model_copy(update=update)


def _exceptions(fleet: Fleet, rule: Rule, blocks: Iterable[Block]) -> Iterator[Block]:
    """Judge VMs that have room on their destination already one by one."""
    shells = {move.vm for move in fleet.datacenter.moves.values() if move.shell}
    odd = np.array([n for n, name in enumerate(fleet.vm_names) if name in shells], np.int64)
    for block in blocks:
        yield Block(np.setdiff1d(block.vms, odd), block.hosts)
    for number in odd:
        vm = fleet.vms[number]
        refused = [
            name != vm.host
            and judge(rule, fleet.profile, fleet.datacenter, asked(vm.name, vm.host, name))
            for name in fleet.host_names
        ]
        yield Block(np.array([number]), np.array(refused))


_STORES = partial(parts, parts_of=stores_of, with_part=_with_store)
_VNICS = partial(parts, parts_of=_vnics, with_part=_with_vnic)

FORMS: dict[str, Form] = {
    **dict.fromkeys(
        (
            "lic-expired", "host-connected", "host-vmotion-vmk-ip", "host-vmotion-link-up",
            "host-vmotion-link-gige", "host-min-two-nics", "host-one-gige", "host-console-kind",
            "host-vmotion-stack-single-service", "evc-single-vendor", "evc-host-supports-mode",
            "evc-active-vms", "evc-bios-features", "evc-add-host",
        ),
        each_host,
    ),
    **dict.fromkeys(
        ("sto-identity-not-name", "sto-writable", "sto-nfs3-identity", "sto-nfs-version"), _STORES
    ),
    "sto-accessible": partial(_STORES, sorts_names=True),
    "sto-disks-visible": partial(parts, parts_of=_disks, with_part=_with_store),
    **dict.fromkeys(
        (
            "net-vm-subnet-reach", "net-dvs-membership", "net-conflict-dvport",
            "net-dvs-version-vendor", "net-vds-to-vss", "net-virtual-intranet",
            "net-external-to-internal", "net-security-policy", "net-under-maintenance",
            "net-legacy-interface", "net-change-capability", "vm-vnic-type",
        ),
        _VNICS,
    ),
    "net-pg-label": labels,
    "net-reservation": partial(concerned, matters=_reserves_bandwidth),
    "net-switch-ports-full": partial(only_if, matters=_limits_ports),
    "cap-pool": partial(only_if, matters=_reserves_for_failures),
    "cap-dest-memory": partial(room, what="memory"),
    "cap-dest-cpu": partial(room, what="cpu"),
    "cap-priority-high": high_priority,
}  # fmt: skip


def blocks_of(fleet: Fleet, rule: Rule) -> Iterator[Block]:
    """Every pair that a rule refuses.

    Parameters
    ----------
    fleet : Fleet
        VMs and hosts.
    rule : Rule
        One that can refuse under the fleet's profile.

    Yields
    ------
    Block
        Some pairs may be in several.
    """
    if not fleet.vms:
        return
    yield from FORMS.get(rule.id, learned)(fleet, rule)
