"""A swapfile that changes its place when its VM changes host."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.rules.storage.places import HOSTS_67, is_shared
from vmlab.rules.storage.swap_places import swapfile

_VI_35 = "VI 3.5 Basic System Administration, p. 237"


@move_rule(
    "swap-unshared-capability",
    title="Both hosts can move a swapfile that is not shared",
    short="swapfile can move",
    why="Hosts before 3.5 need the swapfile where it is: VMotion cannot take it along.",
    fix="Keep the swapfile with the VM, or upgrade the host",
    source=f"{_VI_35}; vSphere 4.1 Resource Management, prerequisites of a DRS cluster; "
    f"{API}.UnsharedSwapVMotionNotSupported",
    severity=everywhere("error"),
    scope="storage",
    fault="UnsharedSwapVMotionNotSupported",
    test_group="datastoreTests",
    era="<3.5 host in pair",
)
def unshared_capability(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The swapfile would change its place, and a host cannot do that under a running VM."""
    unable = _unable(datacenter, move)
    if not unable or not _swapfile_moves(datacenter, move):
        return
    path, edits, fix = _keep_with_vm(datacenter, move)
    fields = {
        "atSourceHost": unable[0] == move.source,
        "failedHostName": unable[0],
        "failedHost": unable[0],
    }
    here, there = (swapfile(datacenter, move.vm, h).store for h in (move.source, move.destination))
    yield Breach(
        path,
        f"The swapfile of {move.vm} would go from {here} to {there}, which "
        f"{' and '.join(unable)} cannot do",
        fix,
        edits,
        fault=Fault("UnsharedSwapVMotionNotSupported", fields),
    )


@move_rule(
    "swap-relocated-slow",
    title="The swapfile stays where it is",
    short="swapfile stays",
    why="Where the swapfile's place differs on the target it is copied, and VMotion takes longer.",
    fix="Keep swapfiles on shared storage",
    source=f"{_VI_35}; {HOSTS_67}, swapfile location",
    severity=everywhere("advice"),
    scope="storage",
    fault=None,
    test_group="datastoreTests",
    era="≥3.5",
)
def relocated_slow(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The swapfile has another place on the destination, and both hosts can move it there."""
    if _unable(datacenter, move) or not _swapfile_moves(datacenter, move):
        return
    path, edits, fix = _keep_with_vm(datacenter, move)
    here, there = (swapfile(datacenter, move.vm, h).store for h in (move.source, move.destination))
    size = datacenter.vms[move.vm].memory_mib - datacenter.vms[move.vm].memory_reservation_mib
    yield Breach(
        path,
        f"The swapfile of {move.vm}, up to {max(size, 0):.12g} MiB, is copied from {here} on "
        f"{move.source} to {there} on {move.destination}",
        fix,
        edits,
    )


def _swapfile_moves(datacenter: Datacenter, move: Move) -> bool:
    """Whether VMotion finds another place for the swapfile of a running VM."""
    vm = datacenter.vms[move.vm]
    if move.kind != "vmotion" or vm.power_state != "on" or not changes_host(move):
        return False
    here, there = (swapfile(datacenter, vm.name, h) for h in (move.source, move.destination))
    if vm.home in {here.store, there.store}:
        return here.store != there.store
    store = datacenter.datastores[here.store]
    return here != there or not is_shared(store, move.source, move.destination)


def _unable(datacenter: Datacenter, move: Move) -> list[str]:
    pair = (move.source, move.destination)
    return [name for name in pair if not datacenter.hosts[name].can("unshared_swap")]


def _keep_with_vm(datacenter: Datacenter, move: Move) -> tuple[Path, tuple[Edit, ...], str]:
    """What makes the swapfile stay in the VM's directory: the VM's own word, or the clusters'."""
    if datacenter.vms[move.vm].swap_placement == "host-local":
        path: Path = ("vms", move.vm, "swap_placement")
        return path, (set_to(path, "vm-directory"),), f"Keep swap in the directory of {move.vm}"
    clusters = [datacenter.cluster_of(host) for host in (move.destination, move.source)]
    names = dict.fromkeys(c.name for c in clusters if c and c.swap_policy == "host-local")
    edits = [set_to(("clusters", name, "swap_policy"), "vm-directory") for name in names]
    fix = f"Let VMs of {' and '.join(names)} swap in their own directories"
    return edits[0].path, tuple(edits), fix


RULES = (unshared_capability, relocated_slow)

_POLICY = ("clusters", "cluster-01", "swap_policy")
# Each host swaps on a disk of its own.
_APART = (
    set_to(_POLICY, "host-local"),
    set_to(("hosts", "esx01", "swap_datastore"), "esx01-local"),
    set_to(("hosts", "esx02", "swap_datastore"), "esx02-local"),
)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="swapfile-cannot-move",
        story="The hosts swap on disks of their own, and esx02 cannot take a swapfile over.",
        rule="swap-unshared-capability",
        path=_POLICY,
        edits=(*_APART, set_to(("hosts", "esx02", "capabilities", "unshared_swap"), False)),
    ),
    Misconfiguration(
        name="swap-on-local-disks",
        story="To relieve the SAN, each host was told to swap on a disk of its own.",
        rule="swap-relocated-slow",
        path=_POLICY,
        edits=_APART,
    ),
    Misconfiguration(
        name="vm-swaps-on-local-disks",
        story="Of all VMs, web01 alone was told to swap on its host's own disk.",
        rule="swap-relocated-slow",
        path=("vms", "web01", "swap_placement"),
        edits=(*_APART[1:], set_to(("vms", "web01", "swap_placement"), "host-local")),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
