"""Licences for moves that reach far: a long way, or another vCenter Server."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Feature
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.licence.feature import lacks
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import crosses_vcenters
from vmlab.rules.rule import Breach, move_rule, moves_running, since

EDITION = "Enterprise Plus"
# Round trips, ms: above the first a move is a long-distance one, above the second
# no licence helps.
NEAR_MS = 10
FAR_MS = 150


@move_rule(
    "lic-long-distance",
    title="Both hosts are licensed for VMotion over long distances",
    short="long-distance licence",
    why="Above a round trip of 10 ms VMotion is a feature of its own, of the highest edition.",
    fix="Use the higher edition, or shorten the path",
    source="vSphere 6.7 vCenter Server and Host Management, pp. 125 and 132; "
    "vSphere 6.0.1 vCenter Server and Host Management, p. 122; "
    "where a long distance begins, at 10 ms, is recalled",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="licence",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥6.0",
    recalled=True,
)
def long_distance(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM goes more than 10 ms away, and an edition lacks the feature."""
    rtt = datacenter.hosts[move.source].rtt_ms + datacenter.hosts[move.destination].rtt_ms
    if moves_running(datacenter, move) and NEAR_MS < rtt <= FAR_MS:
        words = f"a round trip of {rtt:g} ms"
        yield from _both(datacenter, move, "long-distance-vmotion", words)


@move_rule(
    "lic-cross-vcenter",
    title="Both hosts are licensed for moves to another vCenter Server",
    short="cross-vCenter licence",
    why="A move from one vCenter Server to another takes an edition that has the feature.",
    fix=f"License {EDITION} on both sides",
    source="vSphere 6.7 vCenter Server and Host Management, p. 132; VMware KB 2106952",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="licence",
    fault=None,
    test_group="sourceTests",
    tier="ext",
    era="≥6.0",
)
def cross_vcenter(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The target belongs to another vCenter Server, and an edition lacks the feature."""
    if crosses_vcenters(datacenter, move):
        yield from _both(
            datacenter, move, "cross-vcenter-vmotion", "moves to another vCenter Server"
        )


def _both(datacenter: Datacenter, move: Move, feature: Feature, words: str) -> Iterator[Breach]:
    for name in (move.source, move.destination):
        breach = lacks(datacenter, name, feature, words, EDITION)
        if breach:
            yield breach


RULES = (long_distance, cross_vcenter)

_ESX02 = ("hosts", "esx02")
_STANDARD: Edit = set_to(
    (*_ESX02, "licence"), {"edition": "Standard", "features": ["vmotion", "storage-vmotion"]}
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="far-away-on-a-standard-licence",
        story="esx02 was set up in another city, 40 ms away, with the Standard edition.",
        rule="lic-long-distance",
        path=(*_ESX02, "licence"),
        edits=(_STANDARD, set_to((*_ESX02, "rtt_ms"), 40)),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="another-vcenter-on-a-standard-licence",
        story="esx02 belongs to a second vCenter Server, and its edition is Standard.",
        rule="lic-cross-vcenter",
        path=(*_ESX02, "licence"),
        edits=(
            _STANDARD,
            set_to((*_ESX02, "vcenter"), "vcenter02"),
            set_to(("clusters", "cluster-01", "hosts"), ["esx01"]),
            set_to(("clusters", "cluster-02"), {"hosts": ["esx02"]}),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_67,
    ),
)
