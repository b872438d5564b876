"""A host that shall join an EVC cluster."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.evc import MODES
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.rules.cpu.cluster import IN_A_MOVE, above, active_on, members, with_evc
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, rule


@rule(
    "evc-add-host",
    title="A host that joins an EVC cluster fits it, and has no active VM above its mode",
    short="host joins EVC",
    why="Once in the cluster its VMs could move to hosts that lack what they use.",
    fix="Evacuate or reconnect first",
    source=f"{API}.EVCAdmissionFailedCPUVendor, EVCAdmissionFailedVmActive and "
    "DisconnectedHostsBlockingEVC",
    severity=everywhere("error"),
    milder=IN_A_MOVE,
    scope="cpu",
    fault="EVCAdmissionFailedCPUVendor",
    test_group="hostTests",
)
def add_host(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A joining host has the wrong vendor or active VMs, or a cluster host is disconnected."""
    for cluster, _, _ in with_evc(datacenter, move):
        joining = [datacenter.hosts[name] for name in cluster.joining if name not in cluster.hosts]
        if not cluster.evc_mode or not joining:
            continue
        away = [(*_refusal(datacenter, cluster, host), host.name) for host in joining]
        refused = [(why, fault, name) for why, fault, name in away if why]
        if refused:
            names = [name for _, _, name in refused]
            path = ("clusters", cluster.name, "joining")
            stay = [name for name in cluster.joining if name not in names]
            yield Breach(
                path,
                f"{cluster.name} is at {cluster.evc_mode}: {'; '.join(w for w, _, _ in refused)}",
                f"Keep {', '.join(names)} out of {cluster.name}, or evacuate it first",
                (set_to(path, stay),),
                milder=move is not None,
                fault=refused[0][1],
            )
        for host in members(datacenter, cluster):
            if host.connection_state == "connected":
                continue
            place = ("hosts", host.name, "connection_state")
            yield Breach(
                place,
                f"{host.name} of {cluster.name} is {host.connection_state}; no host can join",
                f"Reconnect {host.name}",
                (set_to(place, "connected"),),
                milder=move is not None,
                fault=Fault("DisconnectedHostsBlockingEVC"),
            )


def _refusal(datacenter: Datacenter, cluster: Cluster, host: Host) -> tuple[str, Fault | None]:
    """Why a cluster refuses a host, empty where it does not."""
    vendor = MODES[cluster.evc_mode].vendor
    if host.cpu.vendor != vendor:
        fields: dict[str, str] = {"clusterCPUVendor": vendor, "hostCPUVendor": host.cpu.vendor}
        why = f"{host.name} has {host.cpu.vendor} processors"
        return why, Fault("EVCAdmissionFailedCPUVendor", fields)
    if not host.cpu.supports(cluster.evc_mode):
        fields = {"currentEVCModeKey": cluster.evc_mode}
        why = f"the processors of {host.name} do not reach it"
        return why, Fault("EVCAdmissionFailedCPUFeaturesForMode", fields)
    vms = active_on(datacenter, host.name)
    if vms and above(datacenter, host, cluster.evc_mode):
        why = f"{host.name} has more features, and {', '.join(vms)} is active on it"
        return why, Fault("EVCAdmissionFailedVmActive")
    return "", None


RULES = (add_host,)

_CLUSTER = ("clusters", "cluster-01")
_ESX01 = ("hosts", "esx01")
_JOINS = (
    set_to((*_CLUSTER, "hosts"), ["esx02"]),
    set_to((*_CLUSTER, "joining"), ["esx01"]),
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="joins-evc-with-another-vendor",
        story="esx01, an AMD host, shall join the EVC cluster of esx02.",
        rule="evc-add-host",
        path=(*_CLUSTER, "joining"),
        edits=(
            *_JOINS,
            set_to((*_CLUSTER, "evc_mode"), "intel-nehalem"),
            set_to((*_ESX01, "cpu", "vendor"), "AMD"),
        ),
        also=(("cpu-same-vendor", ("hosts", "esx02", "cpu", "vendor")),),
    ),
    Misconfiguration(
        name="joins-evc-with-active-vms",
        story="esx01 shall join a cluster at Penryn while web01 uses its Nehalem features.",
        rule="evc-add-host",
        path=(*_CLUSTER, "joining"),
        edits=(*_JOINS, set_to((*_CLUSTER, "evc_mode"), "intel-penryn")),
        also=(("cpu-feature-missing", ("hosts", "esx02", "cpu")),),
    ),
    Misconfiguration(
        name="joins-evc-while-a-host-is-away",
        story="esx01 shall join an EVC cluster whose host esx02 is not responding.",
        rule="evc-add-host",
        path=("hosts", "esx02", "connection_state"),
        edits=(
            *_JOINS,
            set_to((*_CLUSTER, "evc_mode"), "intel-nehalem"),
            set_to(("hosts", "esx02", "connection_state"), "not-responding"),
        ),
        also=(("host-connected", ("hosts", "esx02", "connection_state")),),
    ),
)
