"""A swap datastore on the target, and a VM's own choice of one."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.rules.storage.swap_places import can_write, swaps_locally, writable_store

_POLICY_WHY = "Without it the swapfile goes to the VM's directory, whatever the policy says."


@move_rule(
    "swap-dest-unset",
    title="A target that shall swap locally has a swap datastore",
    short="swap datastore set",
    why=_POLICY_WHY,
    fix="Configure a swap datastore",
    source=f"{API}.SwapDatastoreUnset",
    severity=everywhere("warning"),
    scope="storage",
    fault="SwapDatastoreUnset",
    test_group="datastoreTests",
    era="≥3.5",
)
def dest_unset(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The policy is host-local, and the destination names no swap datastore."""
    host = datacenter.hosts[move.destination]
    if not swaps_locally(datacenter, move) or host.swap_datastore is not None:
        return
    path = ("hosts", host.name, "swap_datastore")
    store = writable_store(datacenter, move)
    yield Breach(
        path,
        f"{host.name} has no swap datastore: {move.vm} will swap in its own directory",
        f"Let {host.name} swap on {store}" if store else None,
        (set_to(path, store),) if store else (),
        fault=Fault("SwapDatastoreUnset"),
    )


@move_rule(
    "swap-dest-not-writable",
    title="The target can write to its swap datastore",
    short="swap writable",
    why=_POLICY_WHY,
    fix="Mend the mount of the swap datastore",
    source=f"{API}.SwapDatastoreNotWritableOnHost",
    severity=everywhere("warning"),
    scope="storage",
    fault="SwapDatastoreNotWritableOnHost",
    test_group="datastoreTests",
    era="≥3.5",
)
def dest_not_writable(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination's swap datastore is not mounted there, read-only or without paths."""
    host = datacenter.hosts[move.destination]
    name = host.swap_datastore
    if (
        not swaps_locally(datacenter, move)
        or name is None
        or can_write(datacenter, host.name, name)
    ):
        return
    path, edits, fix, fact = _mended_mount(datacenter, move, name)
    yield Breach(
        path,
        f"{host.name} shall swap on {name}, which {fact}: {move.vm} will swap in its own directory",
        fix,
        edits,
        fault=Fault(
            "SwapDatastoreNotWritableOnHost", {"datastore": name, "name": name, "host": host.name}
        ),
    )


@move_rule(
    "swap-override",
    title="A VM with a swap place of its own goes to a host that allows one",
    short="swap override",
    why="A host that knows one policy for all its VMs cannot follow a VM's own.",
    fix="Set the VM's swap placement to inherit",
    source=f"{API}.SwapPlacementOverrideNotSupported",
    severity=everywhere("error"),
    scope="vm",
    fault="SwapPlacementOverrideNotSupported",
    test_group="datastoreTests",
    tier="ext",
    era="≥2.5",
)
def swap_override(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The VM overrides swap placement, and the destination does not support that."""
    vm, host = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move) or vm.swap_placement == "inherit" or host.can("swap_override"):
        return
    path = ("vms", vm.name, "swap_placement")
    yield Breach(
        path,
        f"{vm.name} has its own swap placement, {vm.swap_placement}; {host.name} does not allow it",
        f"Let {vm.name} inherit the swap placement",
        (set_to(path, "inherit"),),
        fault=Fault("SwapPlacementOverrideNotSupported", {"property": "config.swapPlacement"}),
    )


def _mended_mount(
    datacenter: Datacenter, move: Move, name: str
) -> tuple[Path, tuple[Edit, ...], str | None, str]:
    """Path, edits, fix and fact where a host cannot write to its swap datastore."""
    host, store = move.destination, datacenter.datastores[name]
    mount = store.mounts.get(host)
    path: Path = ("datastores", name, "mounts", host)
    if mount is None and store.kind == "local":
        path, other = ("hosts", host, "swap_datastore"), writable_store(datacenter, move)
        edits: tuple[Edit, ...] = (set_to(path, other),) if other else ()
        fix = f"Let {host} swap on {other}" if other else None
        return path, edits, fix, "it has not mounted"
    if mount is None:
        return path, (set_to(path, {}),), f"Mount {name} on {host}", "it has not mounted"
    wrong = [
        (field, good, fact)
        for field, good, now, fact in (
            ("read_only", False, mount.read_only, "it has mounted read-only"),
            ("accessible", True, mount.accessible, "has lost all its paths"),
        )
        if now is not good
    ]
    edits = tuple(set_to((*path, field), good) for field, good, _ in wrong)
    where = edits[0].path if len(edits) == 1 else path
    return where, edits, f"Mend the mount of {name} on {host}", " and ".join(f for *_, f in wrong)


RULES = (dest_unset, dest_not_writable, swap_override)

_POLICY = ("clusters", "cluster-01", "swap_policy")
_LOCALLY = set_to(_POLICY, "host-local")


def _on(host: str, store: str) -> Edit:
    return set_to(("hosts", host, "swap_datastore"), store)


_MOUNT = ("datastores", "nfs-01", "mounts", "esx02")
# On the target the swapfile falls back to the VM's directory: it has another place there.
_BACK_HOME = (("swap-relocated-slow", _POLICY),)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="swap-chosen-on-one-host",
        story="The cluster shall swap on datastores that the hosts name; only esx01 names one.",
        rule="swap-dest-unset",
        path=("hosts", "esx02", "swap_datastore"),
        edits=(_LOCALLY, _on("esx01", "nfs-01")),
        also=_BACK_HOME,
    ),
    Misconfiguration(
        name="swap-on-one-local-disk",
        story="The cluster shall swap on the hosts' own disks; only that of esx01 was chosen.",
        rule="swap-dest-unset",
        path=("hosts", "esx02", "swap_datastore"),
        edits=(_LOCALLY, _on("esx01", "esx01-local")),
        also=_BACK_HOME,
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="swap-read-only",
        story="The hosts shall swap on an export that esx02 has mounted read-only.",
        rule="swap-dest-not-writable",
        path=(*_MOUNT, "read_only"),
        edits=(
            _LOCALLY,
            _on("esx01", "nfs-01"),
            _on("esx02", "nfs-01"),
            set_to((*_MOUNT, "read_only"), True),
        ),
        also=_BACK_HOME,
    ),
    Misconfiguration(
        name="swap-not-mounted",
        story="esx02 got its settings from esx01, and swaps on the local disk of esx01.",
        rule="swap-dest-not-writable",
        path=("hosts", "esx02", "swap_datastore"),
        edits=(_LOCALLY, _on("esx01", "esx01-local"), _on("esx02", "esx01-local")),
        also=_BACK_HOME,
    ),
    Misconfiguration(
        name="swap-override-refused",
        story="web01 has a swap placement of its own, which esx02 does not support.",
        rule="swap-override",
        path=("vms", "web01", "swap_placement"),
        edits=(
            set_to(("vms", "web01", "swap_placement"), "vm-directory"),
            set_to(("hosts", "esx02", "capabilities", "swap_override"), False),
        ),
    ),
)
