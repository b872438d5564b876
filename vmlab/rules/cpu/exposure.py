"""What processors show: features of a host under its EVC mode, and those a VM relies on."""

from __future__ import annotations

from vmlab.inventory.capability import release
from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.evc import MODES
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, remove, set_to
from vmlab.rules.relocation import changes_host

# From vSphere 6.5 on the API prefers FeatureRequirementsNotMet.
NAMES_FEATURES = (6, 5, 0)
VI3_FEATURES = frozenset({"SSE3", "SSSE3", "NX"})
# Whether a 64-bit guest can run is a rule of its own.
LONG_MODE = frozenset({"LM"})


def pair(datacenter: Datacenter, move: Move) -> tuple[Host, Host]:
    """Source and destination."""
    return datacenter.hosts[move.source], datacenter.hosts[move.destination]


def compares(datacenter: Datacenter, move: Move) -> bool:
    """Whether processors are compared: the VM must run on, or resume."""
    return changes_host(move) and datacenter.vms[move.vm].power_state != "off"


def compares_features(datacenter: Datacenter, move: Move) -> bool:
    """Whether features are compared: across vendors it has no meaning."""
    here, there = pair(datacenter, move)
    return compares(datacenter, move) and here.cpu.vendor == there.cpu.vendor


def is_vi3(*hosts: Host) -> bool:
    """Whether a host is older than vSphere 4."""
    return any((0, 0, 0) < host.release < (4, 0, 0) for host in hosts)


def evc_mode(datacenter: Datacenter, host: str) -> str:
    """The EVC mode of a host's cluster, empty where there is none."""
    cluster = datacenter.cluster_of(host)
    return cluster.evc_mode if cluster else ""


def exposed(datacenter: Datacenter, host: str) -> frozenset[str]:
    """Features that VMs may see on a host: its own, less what EVC hides."""
    features = datacenter.hosts[host].cpu.exposed_features
    mode = evc_mode(datacenter, host)
    return features & MODES[mode].features if mode else features


def relied_on(datacenter: Datacenter, move: Move) -> frozenset[str]:
    """Features of the VM, fixed when it was powered on."""
    cpu = datacenter.vms[move.vm].cpu
    if cpu.features is not None:
        return frozenset(cpu.features)
    if cpu.evc_mode:
        return MODES[cpu.evc_mode].features
    return exposed(datacenter, move.source)


def common_mode(datacenter: Datacenter, cluster: Cluster) -> str | None:
    """The highest EVC mode that all hosts of a cluster support, None where there is none."""
    hosts = [datacenter.hosts[name] for name in cluster.hosts]
    common = [
        mode.key
        for mode in MODES.values()
        if hosts and all(host.cpu.supports(mode.key) and knows(host, mode.key) for host in hosts)
    ]
    return common[-1] if common else None


def knows(host: Host, mode: str) -> bool:
    """Whether a host's software knows an EVC mode."""
    return host.release >= release(MODES[mode].since)


def shared_cluster(datacenter: Datacenter, move: Move) -> Cluster | None:
    """The cluster that both hosts are in."""
    cluster = datacenter.cluster_of(move.source)
    return cluster if cluster and move.destination in cluster.hosts else None


def by_evc(datacenter: Datacenter, move: Move) -> tuple[Path, str | None, tuple[Edit, ...]]:
    """Where and how EVC would make the two hosts alike: path, fix, edits."""
    cluster = shared_cluster(datacenter, move)
    mode = common_mode(datacenter, cluster) if cluster else None
    here, there = pair(datacenter, move)
    if cluster is None or mode is None or cluster.evc_mode:
        return ("hosts", move.destination, "cpu"), None, ()
    baseline = MODES[mode].features - LONG_MODE
    if not baseline <= here.cpu.exposed_features & there.cpu.exposed_features:
        return ("hosts", move.destination, "cpu"), None, ()
    path = ("clusters", cluster.name, "evc_mode")
    requirement = ("vms", move.vm, "cpu")
    vm = datacenter.vms[move.vm].cpu
    restarted: tuple[Edit, ...] = ()
    if vm.features is not None:
        restarted += (remove((*requirement, "features")),)
    if vm.evc_mode:
        restarted += (set_to((*requirement, "evc_mode"), mode),)
    fix = f"Power off {move.vm}, set EVC of {cluster.name} to {mode}, and power it on again"
    return path, fix, (set_to(path, mode), *restarted)


def listed(names: frozenset[str] | set[str]) -> str:
    """Names in order, for a message."""
    return ", ".join(sorted(names))
