"""Encrypted machines, and the encryption of their memory on its way."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.capability import SINCE, release
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import crosses_vcenters
from vmlab.rules.rule import API, Breach, Fault, hosts_judged, move_rule, moves_running, since

MANUAL = "vSphere 6.5 and 8.0 vCenter Server and Host Management, encrypted vMotion"
FIRST_RELEASE = SINCE["encrypted_vmotion"]


@move_rule(
    "vm-encrypted-vmotion",
    title="Both hosts encrypt vMotion where the VM requires it",
    short="encrypted vMotion",
    why="Opportunistic falls back to clear text without a word; required refuses to. An encrypted "
    "VM always requires it.",
    fix="Upgrade the host, or change the mode",
    source=f"{MANUAL}; {API}.MigrationFeatureNotSupported",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault="MigrationFeatureNotSupported",
    test_group="sourceTests",
    era="≥6.5",
)
def encrypted_vmotion(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The mode, or the move, requires it and either host does not support encrypted vMotion."""
    vm = datacenter.vms[move.vm]
    if not moves_running(datacenter, move):
        return
    required = vm.encrypted_vmotion == "required" if move.encrypted is None else move.encrypted
    if not vm.encrypted and not required:
        return
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        if host.can("encrypted_vmotion"):
            continue
        path, fix, edits = _enable(host)
        why = "is encrypted" if vm.encrypted else "requires encrypted vMotion"
        fields = {
            "atSourceHost": name == move.source,
            "failedHostName": name,
            "failedHost": name,
        }
        yield Breach(
            path,
            f"{move.vm} {why}; {name} ({host.version}) does not support encrypted vMotion",
            fix if vm.encrypted else f"{fix}, or set the mode of {move.vm} to Opportunistic",
            edits,
            fault=Fault("MigrationFeatureNotSupported", fields),
        )


@move_rule(
    "vm-encrypted-cross-vc",
    title="An encrypted VM stays with its vCenter Server",
    short="encrypted stays",
    why="The other vCenter Server has no key; from 7.0 on two may share a key provider.",
    fix="Decrypt the VM, or upgrade both vCenter Servers to 7.0 and share the key provider",
    source=f"{MANUAL}; that 7.0 allows it is recalled",
    severity={Profile.VSPHERE_67: "error"},
    scope="vm",
    fault="EncryptionKeyRequired",
    test_group="sourceTests",
    tier="ext",
    era="6.5–6.7",
    recalled=True,
)
def encrypted_cross_vc(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """An encrypted VM goes to another vCenter Server."""
    if datacenter.vms[move.vm].encrypted and crosses_vcenters(datacenter, move):
        path = ("vms", move.vm, "encrypted")
        there = datacenter.hosts[move.destination].vcenter
        yield Breach(
            path,
            f"{move.vm} is encrypted, and {move.destination} belongs to {there}",
            f"Decrypt {move.vm}, or keep it in its vCenter Server",
            (set_to(path, False),),
        )


def _enable(host: Host) -> tuple[Path, str, tuple[Edit, ...]]:
    """Upgrade a host that is too old; else let it do what its release can."""
    path: Path = ("hosts", host.name, "version")
    value: str | bool = FIRST_RELEASE
    fix = f"Upgrade {host.name} to {FIRST_RELEASE}"
    if host.release >= release(FIRST_RELEASE) or host.capabilities.encrypted_vmotion is False:
        path = ("hosts", host.name, "capabilities", "encrypted_vmotion")
        value, fix = True, f"Enable encrypted vMotion on {host.name}"
    return path, fix, (set_to(path, value),)


RULES = (encrypted_vmotion, encrypted_cross_vc)

_WEB01, _ESX02 = ("vms", "web01"), ("hosts", "esx02")
_RELEASE_67 = (
    set_to(("hosts", "esx01", "version"), "6.7"),
    set_to((*_ESX02, "version"), "6.7"),
    set_to((*_WEB01, "hardware_version"), 14),
)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="encryption-required",
        story="web01 requires encrypted vMotion; esx02 still runs 6.0.",
        rule="vm-encrypted-vmotion",
        path=(*_ESX02, "version"),
        edits=(
            set_to((*_WEB01, "encrypted_vmotion"), "required"),
            set_to((*_WEB01, "hardware_version"), 11),
            set_to((*_ESX02, "version"), "6.0"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
    Misconfiguration(
        name="encrypted-vm-to-a-host-without",
        story="web01 is encrypted, and encrypted vMotion is off on esx02.",
        rule="vm-encrypted-vmotion",
        path=(*_ESX02, "capabilities", "encrypted_vmotion"),
        edits=(
            set_to((*_WEB01, "encrypted"), True),
            set_to((*_WEB01, "encrypted_vmotion"), "disabled"),
            set_to((*_ESX02, "capabilities", "encrypted_vmotion"), False),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="encrypted-vm-to-another-vcenter",
        story="web01 is encrypted; esx02 belongs to another vCenter Server 6.7.",
        rule="vm-encrypted-cross-vc",
        path=(*_WEB01, "encrypted"),
        edits=(
            *_RELEASE_67,
            set_to((*_WEB01, "encrypted"), True),
            set_to(
                ("vcenters",), {"vcenter01": {"version": "6.7"}, "vcenter02": {"version": "6.7"}}
            ),
            set_to((*_ESX02, "vcenter"), "vcenter02"),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
)
