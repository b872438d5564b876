"""Raw device mappings: the file is one thing, the LUN behind it another."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, everywhere, move_rule, since
from vmlab.rules.storage.mappings import LUN, is_readable, mapped, mappings_kept, unseen_lun
from vmlab.rules.storage.places import HOSTS_55


@move_rule(
    "sto-rdm-lun-visible",
    title="The target sees the LUN behind every raw device mapping",
    short="LUN visible",
    why="The mapping file is only a pointer: it can be read where its LUN was never presented.",
    fix="Present the LUN to the target",
    source=f"{API}.RDMPointsToInaccessibleDisk",
    severity=everywhere("error"),
    scope="storage",
    fault="RDMPointsToInaccessibleDisk",
    test_group="datastoreTests",
)
def lun_visible(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The destination can read a mapping file, but has no such LUN."""
    # Where a running VM takes its files along, xvm-dest-storage asks this.
    if move.kind != "both":
        for disk, rdm in mappings_kept(datacenter, move):
            if is_readable(datacenter, move, disk):
                yield from unseen_lun(datacenter, move, disk, rdm, "RDMPointsToInaccessibleDisk")


@move_rule(
    "sto-rdm-lun-id",
    title="A mapped LUN has the same ID on both hosts",
    short="same LUN ID",
    why="Hosts that know a LUN by different numbers may take it for two.",
    fix="Present the LUN with one ID everywhere",
    source=f"{HOSTS_55}, shared storage for vMotion",
    severity={**since(Profile.VSPHERE_55, "warning"), Profile.VSPHERE_55: "error"},
    scope="storage",
    fault=None,
    test_group="datastoreTests",
    era="≥5.x doc",
)
def lun_id(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A mapped LUN has another ID on the destination."""
    here, there = datacenter.hosts[move.source], datacenter.hosts[move.destination]
    seen: set[str] = set()
    for disk, rdm in mappings_kept(datacenter, move):
        mine, other = here.luns.get(rdm.lun), there.luns.get(rdm.lun)
        if mine is None or other is None or mine == other or rdm.lun in seen:
            continue
        seen.add(rdm.lun)
        path = ("hosts", there.name, "luns", rdm.lun)
        free = mine not in there.luns.values()
        yield Breach(
            path,
            f"{rdm.lun}, behind {disk.name} of {move.vm}, is LUN {mine} on {here.name}, "
            f"LUN {other} on {there.name}",
            f"Present {rdm.lun} to {there.name} as LUN {mine}",
            (set_to(path, mine),) if free else (),
        )


RULES = (lun_visible, lun_id)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="lun-not-presented",
        story="The LUN behind disk 2 of web01 was zoned to esx01 alone.",
        rule="sto-rdm-lun-visible",
        path=("hosts", "esx02", "luns", LUN),
        edits=mapped(there=None),
    ),
    Misconfiguration(
        name="lun-not-presented-cold",
        story="web01 shall move cold, with its files, to a host that its raw LUN is hidden from.",
        rule="sto-rdm-lun-visible",
        path=("hosts", "esx02", "luns", LUN),
        edits=(*mapped(there=None), set_to(("vms", "web01", "power_state"), "off")),
        kind="cold",
        asks={"datastore": "iscsi-01"},
    ),
    Misconfiguration(
        name="lun-with-two-ids",
        story="The array presents the raw LUN as number 4 to esx01, as number 7 to esx02.",
        rule="sto-rdm-lun-id",
        path=("hosts", "esx02", "luns", LUN),
        edits=mapped(there=7),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="lun-with-two-ids-refused",
        story="The raw LUN has two numbers, and vSphere 5.5 looks.",
        rule="sto-rdm-lun-id",
        path=("hosts", "esx02", "luns", LUN),
        edits=mapped(there=7),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
)
