"""TCP ports that a move needs open: 8000 for VMotion, 902 for files."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host, crosses_vcenters, moves_files
from vmlab.rules.rule import Breach, everywhere, is_vmotion, move_rule

VMOTION_PORT = 8000
NFC_PORT = 902
_PORTS = "vSphere 6.5 and 6.7 Security, tables of firewall ports"


@move_rule(
    "host-firewall-8000",
    title="The target lets in TCP 8000",
    short="TCP 8000 open",
    why="The source calls the target's VMkernel on TCP 8000; a closed port lets the call time out.",
    fix="Open TCP 8000 between the VMotion adapters",
    source=f"{_PORTS}; the fault is an inference",
    severity=everywhere("error"),
    scope="host",
    fault="Timedout",
    test_group="runtime only",
    phase="connect",
)
def firewall_8000(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """TCP 8000 is closed on the destination of a VMotion."""
    if is_vmotion(move):
        yield from _closed(datacenter, move.destination, VMOTION_PORT, "VMotion")


@move_rule(
    "host-nfc-902",
    title="TCP 902 is open where files go from host to host",
    short="TCP 902 open",
    why="Files are copied between hosts on TCP 902; where it is closed the check itself hangs.",
    fix="Open TCP 902 on the management or provisioning adapter",
    source=f"Broadcom article 393932; {_PORTS}",
    severity=everywhere("error"),
    scope="pair",
    fault=None,
    test_group="hostTests",
    tier="ext",
)
def nfc_902(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Files go to another host, and TCP 902 is closed on one of the two."""
    copies = moves_files(datacenter, move) and changes_host(move)
    if copies or crosses_vcenters(datacenter, move):
        for name in (move.source, move.destination):
            yield from _closed(datacenter, name, NFC_PORT, "copying files")


def _closed(datacenter: Datacenter, name: str, port: int, what: str) -> Iterator[Breach]:
    closed = datacenter.hosts[name].closed_ports
    if port in closed:
        path = ("hosts", name, "closed_ports")
        yield Breach(
            path,
            f"TCP {port}, which {what} needs, is closed on {name}",
            f"Open TCP {port} on {name}",
            (set_to(path, [other for other in closed if other != port]),),
        )


RULES = (firewall_8000, nfc_902)

_PATH = ("hosts", "esx02", "closed_ports")
MISCONFIGURATIONS = (
    Misconfiguration(
        name="firewall-closes-8000",
        story="The firewall of esx02 was tightened, and TCP 8000 was forgotten.",
        rule="host-firewall-8000",
        path=_PATH,
        edits=(set_to(_PATH, [8000]),),
    ),
    Misconfiguration(
        name="firewall-closes-902",
        story="TCP 902 was closed on esx02, and the files of web01 shall come along.",
        rule="host-nfc-902",
        path=_PATH,
        edits=(set_to(_PATH, [902]),),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
        kind="both",
        asks={"datastore": "nfs-01"},
    ),
    Misconfiguration(
        name="firewall-closes-902-cold",
        story="web01 is powered off and moves with its files; esx02 has TCP 902 closed.",
        rule="host-nfc-902",
        path=_PATH,
        edits=(set_to(_PATH, [902]), set_to(("vms", "web01", "power_state"), "off")),
        kind="cold",
        asks={"datastore": "nfs-01"},
    ),
)
