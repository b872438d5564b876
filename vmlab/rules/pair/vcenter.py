"""Moves from one vCenter Server to another: the two servers, and the request."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.capability import release
from vmlab.inventory.datacenter import Datacenter, VCenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.relocation import crosses_vcenters
from vmlab.rules.rule import API, Breach, move_rule, since

OLDEST = "6.0"
# Releases between which nothing moves, by the note of KB 2106952.
UNMIXABLE = {(6, 0), (6, 5)}
# Single Sign-On takes a token whose clock is this far off, and no more.
TOLERANCE_S = 600.0
_MANUAL = "vSphere 6.7 vCenter Server and Host Management, p. 132"


@move_rule(
    "xvc-version",
    title="Both vCenter Servers and both hosts are of 6.0 or later, and go together",
    short="6.0 or later",
    why="Moves between vCenter Servers exist from 6.0 on; 6.0 and 6.5 do not exchange VMs.",
    fix="Upgrade the older one",
    source=f"VMware KB 2106952; {_MANUAL}; the fault is an inference",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault="NotSupported",
    test_group="hostTests",
    tier="ext",
    era="≥6.0",
)
def version(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A vCenter Server or host is older than 6.0, or the servers are of 6.0 and 6.5."""
    if not crosses_vcenters(datacenter, move):
        return
    servers = _servers(datacenter, move)
    hosts = [datacenter.hosts[name] for name in (move.source, move.destination)]
    said = False
    for kind, both in (("vcenters", servers), ("hosts", hosts)):
        newest = max((one.version for one in both), key=release, default=OLDEST)
        for one in both:
            if release(one.version) < release(OLDEST):
                said = True
                path = (kind, one.name, "version")
                message = f"{one.name} is of {one.version}; the move takes {OLDEST} or later"
                yield _upgrade(path, message, one.name, max(newest, OLDEST, key=release))
    if not said and {release(server.version)[:2] for server in servers} == UNMIXABLE:
        older, newer = sorted(servers, key=lambda server: release(server.version))
        path = ("vcenters", older.name, "version")
        message = f"{older.name} is of {older.version}, {newer.name} of {newer.version}"
        yield _upgrade(path, message, older.name, newer.version)


@move_rule(
    "xvc-sso",
    title="The vCenter Servers are linked in one Single Sign-On domain",
    short="one SSO domain",
    why="In the client the source server logs on to the target's; "
    "only the API can bring other credentials.",
    fix="Use the API, or link the two vCenter Servers",
    source=f"{_MANUAL}; VMware KB 2106952",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥6.0 UI",
)
def sso(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The client is used, and the servers differ in domain or are not in linked mode."""
    servers = _servers(datacenter, move)
    if move.via != "ui" or len(servers) < 2:
        return
    here, there = servers
    edits: list[Edit] = []
    words = []
    if here.sso_domain != there.sso_domain:
        edits.append(set_to(("vcenters", there.name, "sso_domain"), here.sso_domain))
        words.append(
            f"{here.name} is in the domain {here.sso_domain}, {there.name} in {there.sso_domain}"
        )
    for server in (there, here):
        if not server.linked:
            edits.append(set_to(("vcenters", server.name, "linked"), True))
            words.append(f"{server.name} is not in Enhanced Linked Mode")
    if edits:
        fix = f"Link {there.name} with {here.name} in {here.sso_domain}, or use the API"
        yield Breach(edits[0].path, "; ".join(words), fix, tuple(edits))


@move_rule(
    "xvc-time-sync",
    title="The clocks of both vCenter Servers agree",
    short="clocks agree",
    why="A token that comes from the future, or from too long ago, is refused.",
    fix="Set both clocks by NTP",
    source=f"{_MANUAL}; the tolerance of ten minutes is from the vCenter Single Sign-On "
    "Programming Guide 6.7, clock tolerance",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault=None,
    test_group="hostTests",
    tier="ext",
    era="≥6.0",
)
def time_sync(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The clocks are further apart than a token may be."""
    servers = _servers(datacenter, move)
    if len(servers) < 2:
        return
    here, there = servers
    skew = there.clock_s - here.clock_s
    if abs(skew) > TOLERANCE_S:
        path = ("vcenters", there.name, "clock_s")
        yield Breach(
            path,
            f"The clock of {there.name} is {abs(skew):g} s {'ahead of' if skew > 0 else 'behind'} "
            f"that of {here.name}",
            f"Set the clocks of {here.name} and {there.name} by NTP",
            (set_to(path, here.clock_s),),
        )


@move_rule(
    "xvc-explicit-target",
    title="A request to another vCenter Server names host, pool and datastore",
    short="explicit target",
    why="The other vCenter Server is not asked to choose, so the request must say where to.",
    fix="Fill in host, pool and datastore in the request",
    source="vSphere Web Services API 8.0 U3, VirtualMachineRelocateSpec; "
    f"{API}.InvalidArgument, an inference",
    severity=since(Profile.VSPHERE_67, "error"),
    scope="pair",
    fault="InvalidArgument",
    test_group="hostTests",
    tier="ext",
    era="≥6.0",
)
def explicit_target(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The request names another vCenter Server, but not host, pool and datastore."""
    if crosses_vcenters(datacenter, move) and not move.explicit_target:
        there = datacenter.hosts[move.destination]
        yield Breach(
            ("hosts", there.name, "vcenter"),
            f"The request sends {move.vm} to {there.vcenter} without naming host, pool and "
            "datastore",
        )


def _servers(datacenter: Datacenter, move: Move) -> list[VCenter]:
    """The vCenter Servers of source and target that are known, in a move from one to another."""
    if not crosses_vcenters(datacenter, move):
        return []
    names = (datacenter.hosts[host].vcenter for host in (move.source, move.destination))
    return [datacenter.vcenters[name] for name in names if name in datacenter.vcenters]


def _upgrade(path: Path, message: str, name: str, to: str) -> Breach:
    return Breach(path, message, f"Upgrade {name} to {to}", (set_to(path, to),))


RULES = (version, sso, time_sync, explicit_target)
