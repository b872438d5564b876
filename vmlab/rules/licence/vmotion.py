"""The licence that VMotion needs."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import plain, remove, set_to
from vmlab.rules.interface import interface_fault
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, GUIDE_PAGE, Breach, everywhere, move_rule, moves_running

# The lowest vSphere 4.0 edition with VMotion, by study notes for that release
# (data/SOURCES.md); editions are data, so a scenario may name any.
DEFAULT_EDITION = "Advanced"


@move_rule(
    "lic-vmotion-both-hosts",
    title="Both hosts are licensed for VMotion",
    short="licence",
    why="Source and target each take part in the move, so each needs an edition with VMotion.",
    fix="Assign an edition with VMotion to both hosts",
    source=f"{GUIDE_PAGE}; {API}.VMotionNotLicensed",
    severity=everywhere("error"),
    scope="licence",
    fault="VMotionNotLicensed",
    test_group="sourceTests",
)
def both_hosts_licensed(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A running VM changes host, and a host's edition lacks VMotion."""
    if not moves_running(datacenter, move):
        return
    for name in (move.source, move.destination):
        licence = datacenter.hosts[name].licence
        if datacenter.hosts[name].is_licensed_for("vmotion"):
            continue
        edition = licence.edition if licence else DEFAULT_EDITION
        features = [*licence.features, "vmotion"] if licence else ["vmotion"]
        facts = plain(licence) if licence else {}
        path = ("hosts", name, "licence")
        yield Breach(
            path,
            f"{name} has no VMotion licence" + (f": {licence.edition} lacks it" if licence else ""),
            f"Assign a VMotion licence to {name}",
            (set_to(path, {**facts, "edition": edition, "features": features}),),
            fault=interface_fault("VMotionNotLicensed", move, name),
        )


RULES = (both_hosts_licensed,)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="unlicensed-target",
        story="The licence of esx02 was never assigned.",
        rule="lic-vmotion-both-hosts",
        path=("hosts", "esx02", "licence"),
        edits=(remove(("hosts", "esx02", "licence")),),
    ),
    Misconfiguration(
        name="cheap-edition",
        story="esx01 got an edition without VMotion.",
        rule="lic-vmotion-both-hosts",
        path=("hosts", "esx01", "licence"),
        edits=(set_to(("hosts", "esx01", "licence"), {"edition": "Standard"}),),
    ),
)
