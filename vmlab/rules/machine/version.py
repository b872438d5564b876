"""The version of a virtual machine's hardware, and the releases that run it."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.capability import release
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule

#: The first release of a host that runs a hardware version; 22 is recalled too.
FIRST_RELEASE: dict[int, str] = {
    4: "3.0",
    7: "4.0",
    8: "5.0",
    9: "5.1",
    10: "5.5",
    11: "6.0",
    13: "6.5",
    14: "6.7",
    15: "6.7 U2",
    17: "7.0",
    18: "7.0 U1",
    19: "7.0 U2",
    20: "8.0",
    21: "8.0 U2",
    22: "9.0",
}
LAST_ESX = (4, 1)


def first_release(hardware_version: int) -> str | None:
    """The first release whose hosts run a hardware version.

    Parameters
    ----------
    hardware_version : int
        Versions between those of hosts belong to desktop products, and run
        where the next one of a host does; version 3 runs everywhere.

    Returns
    -------
    str or None
        None for versions later than all that are known.
    """
    if hardware_version < min(FIRST_RELEASE):
        return "0"
    later = (first for version, first in FIRST_RELEASE.items() if version >= hardware_version)
    return next(later, None)


@move_rule(
    "vm-hardware-version",
    title="The target's release runs the VM's virtual hardware version",
    short="hardware version",
    why="An older host does not know the devices of a newer hardware version.",
    fix="Upgrade the target, or choose a newer host",
    source="vSphere 4 Performance Best Practices, p. 37; vSphere 8.0 Virtual Machine "
    f"Administration, hardware compatibility; {API}.VirtualHardwareVersionNotSupported; "
    "first releases of the versions recalled",
    severity=everywhere("error"),
    scope="vm",
    fault="VirtualHardwareVersionNotSupported",
    test_group="hostTests",
    recalled=True,
)
def hardware_version(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination does not support the VM's hardware version."""
    version = datacenter.vms[move.vm].hardware_version
    there = datacenter.hosts[move.destination]
    needed = first_release(version)
    if not changes_host(move) or (needed is not None and there.release >= release(needed)):
        return
    path = ("hosts", there.name, "version")
    # No ESX came after 4.1: such a host is replaced, not upgraded.
    upgradable = needed is not None and (there.kind == "ESXi" or release(needed)[:2] <= LAST_ESX)
    yield Breach(
        path,
        f"{move.vm} has hardware version {version}, for {needed or 'a later release than known'}"
        f"{' and later' if needed else ''}; {there.name} is {there.version}",
        f"Upgrade {there.name} to {needed}" if upgradable else "Choose a newer host",
        (set_to(path, needed),) if upgradable else (),
        fault=Fault(
            "VirtualHardwareVersionNotSupported", {"hostName": there.name, "host": there.name}
        ),
    )


RULES = (hardware_version,)

_ESX02 = ("hosts", "esx02")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="hardware-upgraded-too-early",
        story="web01 was upgraded to hardware version 20 while esx02 was still on 7.0.",
        rule="vm-hardware-version",
        path=(*_ESX02, "version"),
        edits=(set_to((*_ESX02, "version"), "7.0"),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
)
