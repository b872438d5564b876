"""EVC of a cluster: who is in it, and which mode it can have.

vCenter Server judges EVC when a cluster is configured or a host joins it, not
when a VM moves: these rules refuse in the inventory's check, and only advise in
that of a move, whose own processors are compared by rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.capability import Release, release
from vmlab.inventory.datacenter import Cluster, Datacenter
from vmlab.inventory.evc import MODES
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.rules.cpu.exposure import LONG_MODE, common_mode, exposed, knows
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, hosts_judged, rule

EVC_50 = "vSphere 5.0 documentation, EVC requirements of a cluster"
#: How severe a breach is in the check of a move, which it does not refuse.
IN_A_MOVE = everywhere("advice")
# Oldest host that EVC of a vCenter release takes in.
OLDEST_HOST: tuple[tuple[Release, str], ...] = (
    ((7, 0, 0), "6.5"),
    ((6, 7, 0), "6.0"),
    ((0, 0, 0), "3.5 U2"),
)


@rule(
    "evc-single-vendor",
    title="An EVC cluster has processors of one vendor, and a mode of that vendor",
    short="one vendor",
    why="EVC levels the features of one vendor's generations; it cannot bridge two vendors.",
    fix="Keep to one vendor per cluster",
    source=f"{EVC_50}; {API}.HeterogenousHostsBlockingEVC and EVCModeIllegalByVendor",
    severity=everywhere("error"),
    milder=IN_A_MOVE,
    scope="cpu",
    fault="HeterogenousHostsBlockingEVC",
    test_group="hostTests",
)
def single_vendor(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """EVC is on or asked for, and vendors are mixed or the mode is of another."""
    for cluster, mode, path in with_evc(datacenter, move):
        hosts = members(datacenter, cluster)
        vendors = list(dict.fromkeys(host.cpu.vendor for host in hosts))
        if len(vendors) > 1:
            kept = [host.name for host in hosts if host.cpu.vendor == vendors[0]]
            others = [host.name for host in hosts if host.cpu.vendor != vendors[0]]
            place = ("clusters", cluster.name, "hosts")
            yield Breach(
                place,
                f"{cluster.name} mixes {' and '.join(vendors)}: {', '.join(kept)} against "
                f"{', '.join(others)}",
                f"Take {', '.join(others)} out of {cluster.name}",
                (set_to(place, kept),),
                milder=move is not None,
            )
        elif vendors and MODES[mode].vendor != vendors[0]:
            legal = harmless_mode(datacenter, cluster)
            fields = {"clusterCPUVendor": vendors[0], "modeCPUVendor": MODES[mode].vendor}
            yield Breach(
                path,
                f"{mode} is a mode for {MODES[mode].vendor}; {cluster.name} has {vendors[0]}",
                _choose(cluster, legal),
                (set_to(path, legal),),
                milder=move is not None,
                fault=Fault("EVCModeIllegalByVendor", fields),
            )


@rule(
    "evc-host-supports-mode",
    title="Every host's processors and software support the EVC mode",
    short="mode supported",
    why="EVC only hides features: it gives no processor what it lacks, no software what is newer.",
    fix="Choose a lower mode, or upgrade the host",
    source=f"{EVC_50}; vSphere 6.7 vCenter Server and Host Management, EVC requirements; "
    f"{API}.EVCModeUnsupportedByHosts; that a release brings a mode is recalled",
    severity=everywhere("error"),
    milder=IN_A_MOVE,
    scope="cpu",
    recalled=True,
    fault="EVCModeUnsupportedByHosts",
    test_group="hostTests",
)
def host_supports_mode(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """A host's highest mode is below the cluster's, or its release is too old for it."""
    for cluster, mode, path in with_evc(datacenter, move):
        hosts = [h for h in members(datacenter, cluster) if h.cpu.vendor == MODES[mode].vendor]
        hard = [host.name for host in hosts if not host.cpu.supports(mode)]
        soft = [h.name for h in hosts if not knows(h, mode) or h.release < _oldest(hosts)]
        if not hard and not soft:
            continue
        said = [f"the processors of {', '.join(hard)} do not reach {mode}"] if hard else []
        said += [f"the software of {', '.join(soft)} is too old for {mode}"] if soft else []
        legal = harmless_mode(datacenter, cluster)
        fault = "EVCModeUnsupportedByHosts"
        names = list(dict.fromkeys(hard + soft))
        fields: dict[str, object] = {"evcMode": mode, "host": names, "hostName": names}
        if not hard or not soft:
            fault = f"EVCUnsupportedByHost{'Hardware' if hard else 'Software'}"
            del fields["evcMode"]
        old = any(host.release < _oldest(hosts) for host in hosts)
        yield Breach(
            path,
            f"{cluster.name}: {'; '.join(said)}",
            f"Upgrade {', '.join(soft)}, or leave EVC off" if old else _choose(cluster, legal),
            (set_to(path, "" if old else legal),),
            milder=move is not None,
            fault=Fault(fault, fields),
        )


def with_evc(datacenter: Datacenter, move: Move | None) -> Iterator[tuple[Cluster, str, Path]]:
    """Clusters in which EVC is asked for or on: cluster, mode, and where the mode stands."""
    judged = set(hosts_judged(datacenter, move))
    for cluster in datacenter.clusters.values():
        mode = cluster.evc_wanted or cluster.evc_mode
        if mode and (move is None or judged & {*cluster.hosts, *cluster.joining}):
            field = "evc_wanted" if cluster.evc_wanted else "evc_mode"
            yield cluster, mode, ("clusters", cluster.name, field)


def members(datacenter: Datacenter, cluster: Cluster) -> tuple[Host, ...]:
    """The hosts of a cluster."""
    return tuple(datacenter.hosts[name] for name in dict.fromkeys(cluster.hosts))


def above(datacenter: Datacenter, host: Host, mode: str) -> frozenset[str]:
    """Features that VMs see on a host, but would not at a mode."""
    return exposed(datacenter, host.name) - MODES[mode].features - LONG_MODE


def active_on(datacenter: Datacenter, host: str) -> list[str]:
    """VMs of a host that are powered on or suspended."""
    vms = datacenter.vms.values()
    return [vm.name for vm in vms if vm.host == host and vm.power_state != "off"]


def harmless_mode(datacenter: Datacenter, cluster: Cluster) -> str:
    """The highest mode of a cluster, where it takes nothing from an active VM; else empty."""
    mode = common_mode(datacenter, cluster)
    busy = [h for h in members(datacenter, cluster) if active_on(datacenter, h.name)]
    return mode if mode and not any(above(datacenter, host, mode) for host in busy) else ""


def _oldest(hosts: list[Host]) -> Release:
    """Oldest host that EVC takes in, by the vCenter that the newest host needs."""
    newest = max(host.release for host in hosts)
    return next(release(oldest) for vcenter, oldest in OLDEST_HOST if newest >= vcenter)


def _choose(cluster: Cluster, mode: str) -> str:
    return f"Choose {mode} for {cluster.name}" if mode else f"Leave EVC of {cluster.name} off"


RULES = (single_vendor, host_supports_mode)

_CLUSTER = ("clusters", "cluster-01")
_ESX02 = ("hosts", "esx02", "cpu")


def _wanted(mode: str) -> Edit:
    return set_to((*_CLUSTER, "evc_wanted"), mode)


MISCONFIGURATIONS = (
    Misconfiguration(
        name="evc-across-vendors",
        story="EVC shall be enabled, but esx02 has AMD processors.",
        rule="evc-single-vendor",
        path=(*_CLUSTER, "hosts"),
        edits=(set_to((*_ESX02, "vendor"), "AMD"), _wanted("intel-nehalem")),
        also=(("cpu-same-vendor", (*_ESX02, "vendor")),),
    ),
    Misconfiguration(
        name="evc-mode-of-another-vendor",
        story="Somebody picked an AMD mode for a cluster of Intel hosts.",
        rule="evc-single-vendor",
        path=(*_CLUSTER, "evc_wanted"),
        edits=(_wanted("amd-greyhound"),),
    ),
    Misconfiguration(
        name="evc-mode-above-the-processors",
        story="EVC shall be set to Westmere; the processors are Nehalem's.",
        rule="evc-host-supports-mode",
        path=(*_CLUSTER, "evc_wanted"),
        edits=(
            _wanted("intel-westmere"),
            *(set_to(("hosts", host, "version"), "4.0 U1") for host in ("esx01", "esx02")),
        ),
    ),
    Misconfiguration(
        name="evc-mode-above-the-software",
        story="esx01 and esx02 got Sandy Bridge processors, but still run ESX 4.0.",
        rule="evc-host-supports-mode",
        path=(*_CLUSTER, "evc_wanted"),
        edits=(
            _wanted("intel-sandybridge"),
            *(
                set_to(("hosts", host, "cpu", "max_evc_mode"), "intel-sandybridge")
                for host in ("esx01", "esx02")
            ),
        ),
    ),
)
