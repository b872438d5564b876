"""Fleets of many clusters, made by chance from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from vmlab.documents import Document, InputError
from vmlab.inventory import Datacenter, apply, load
from vmlab.inventory.path import Edit, checked, plain
from vmlab.rules import MISCONFIGURATIONS

HOSTS_IN_CLUSTER = 32
STORES_IN_CLUSTER = 8
LABELS_IN_CLUSTER = 12


def fleet(vms: int, hosts: int, seed: int = 1) -> Datacenter:
    """Clusters that share storage and labels within, and a few mistakes among their hosts."""
    luck = random.Random(seed)
    clusters = [
        range(low, min(low + HOSTS_IN_CLUSTER, hosts)) for low in range(0, hosts, HOSTS_IN_CLUSTER)
    ]
    data: dict[str, Any] = {
        "physical_switches": {"lan": None, "gig": None},
        "clusters": {
            f"cluster-{c}": {"hosts": [_host_name(n) for n in members]}
            for c, members in enumerate(clusters)
        },
        "hosts": {
            _host_name(n): _host(luck, n, c) for c, members in enumerate(clusters) for n in members
        },
        "datastores": {
            f"san-{c}-{s}": {
                "backing": f"lun-{c}-{s}",
                "mounts": {
                    _host_name(n): {"read_only": luck.random() < 0.005}
                    for n in members
                    if luck.random() > 0.01
                },
            }
            for c, members in enumerate(clusters)
            for s in range(STORES_IN_CLUSTER)
        },
        "vms": {f"vm{n:05}": _vm(luck, hosts) for n in range(vms)},
    }
    return checked(Document("a fleet made by chance", data), Datacenter)


def _host_name(number: int) -> str:
    return f"esx{number:04}"


def _host(luck: random.Random, number: int, cluster: int) -> dict[str, Any]:
    low, high = divmod(number, 200)
    labels = [f"net-{cluster}-{n}" for n in range(LABELS_IN_CLUSTER)]
    return {
        "version": luck.choice(["6.7", "7.0", "8.0"]),
        "licence": {"edition": "Enterprise", "features": ["vmotion"]}
        if luck.random() > 0.01
        else None,
        "maintenance_mode": luck.random() < 0.01,
        "connection_state": "connected" if luck.random() > 0.01 else "not-responding",
        "memory_mib": luck.choice([98304, 196608]),
        "cpu": {
            "max_evc_mode": "intel-haswell" if cluster % 2 else "intel-broadwell",
            "cores_per_socket": luck.choice([8, 16]),
        },
        "physical_nics": {
            "vmnic0": {"cable": "lan", "vlans": [10, *range(100, 100 + LABELS_IN_CLUSTER)]},
            "vmnic1": {"cable": "gig", "vlans": [50], "speed_mbit_s": 10000},
        },
        "virtual_switches": {"vSwitch0": {"active": ["vmnic0"]}, "vSwitch1": {"active": "vmnic1"}},
        "port_groups": {
            "Management": {"virtual_switch": "vSwitch0", "vlan": 10, "kind": "vmkernel"},
            "VMotion": {"virtual_switch": "vSwitch1", "vlan": 50, "kind": "vmkernel"},
            **{
                label: {"virtual_switch": "vSwitch0", "vlan": 100 + n}
                for n, label in enumerate(labels)
                if luck.random() > 0.01
            },
        },
        "vmkernel_adapters": {
            "vmk0": {
                "port_group": "Management",
                "ip": f"10.1.{low}.{high + 1}",
                "management": True,
            },
            "vmk1": {
                "port_group": "VMotion",
                "ip": f"10.2.{low}.{high + 1}" if luck.random() > 0.005 else None,
                "vmotion": luck.random() > 0.005,
            },
        },
    }


def _vm(luck: random.Random, hosts: int) -> dict[str, Any]:
    number = luck.randrange(hosts)
    cluster = number // HOSTS_IN_CLUSTER
    stores = [f"san-{cluster}-{luck.randrange(STORES_IN_CLUSTER)}" for _ in range(3)]
    cd = {"kind": "cd-dvd", "backing": "client", "connected": luck.random() < 0.01}
    return {
        "host": _host_name(number),
        "power_state": "on" if luck.random() > 0.02 else "off",
        "memory_mib": luck.choice([2048, 4096, 8192, 16384]),
        "vcpus": luck.choice([1, 2, 4, 8, 24]),
        "hardware_version": luck.choice([10, 13, 14, 17, 20]),
        "memory_reservation_mib": luck.choice([0, 0, 0, 1024, 4096]),
        "cpu_reservation_mhz": luck.choice([0, 0, 0, 500]),
        "operation": "snapshotting" if luck.random() < 0.005 else None,
        "home": stores[0],
        "disks": {f"disk {n}": {"datastore": store} for n, store in enumerate(stores[1:], 1)},
        "vnics": {
            f"nic {n}": {"port_group": f"net-{cluster}-{luck.randrange(LABELS_IN_CLUSTER)}"}
            for n in range(1, luck.choice([1, 1, 2]) + 1)
        },
        "devices": {"cd 1": cd},
    }


def widened(datacenter: Datacenter, hosts: int = 4) -> dict[str, Any]:
    """A scenario's two hosts and their VM several times over, as plain data."""
    data = plain(datacenter)
    for number in range(3, hosts + 1):
        like = f"esx{(number - 1) % 2 + 1:02}"
        host = json.loads(json.dumps(data["hosts"][like]))
        for adapters in ("vmkernel_adapters", "service_console_adapters"):
            for adapter in host.get(adapters, {}).values():
                *network, last = adapter["ip"].split(".")
                adapter["ip"] = ".".join([*network, str(int(last) + 20 * number)])
        data["hosts"][f"esx{number:02}"] = host
        for store in data["datastores"].values():
            if like in store.get("mounts", {}):
                store["mounts"][f"esx{number:02}"] = dict(store["mounts"][like])
        for switch in data.get("distributed_switches", {}).values():
            switch["members"] = [*switch.get("members", []), f"esx{number:02}"]
    for number in range(2, hosts + 1):
        vm = json.loads(json.dumps(data["vms"]["web01"]))
        data["vms"][f"web{number:02}"] = {**vm, "host": f"esx{number:02}"}
    return data


@st.composite
def broken(draw: st.DrawFn) -> Datacenter:
    """A few hosts and VMs with misconfigurations of the whole catalogue, on any of them."""
    scenario = draw(st.sampled_from(sorted({puzzle.scenario for puzzle in MISCONFIGURATIONS})))
    datacenter = checked(Document("widened", widened(load(scenario).datacenter)), Datacenter)
    for puzzle in draw(st.lists(st.sampled_from(MISCONFIGURATIONS), min_size=1, max_size=5)):
        names = dict(
            zip(("esx01", "esx02"), draw(st.permutations(list(datacenter.hosts))), strict=False)
        )
        names["web01"] = draw(st.sampled_from(sorted(datacenter.vms)))
        edits = [
            Edit(edit.op, _renamed(edit.path, names), _renamed(edit.value, names))
            for edit in puzzle.edits
        ]
        try:
            datacenter = apply(datacenter, edits)
        except InputError:
            continue  # it does not fit here
    return datacenter


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {_renamed(key, names): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_renamed(item, names) for item in value)
    return value
