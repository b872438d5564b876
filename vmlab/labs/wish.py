"""A wish: the move, the fault and the eyes that a learner has chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario
from vmlab.labs.fault_choice import NO_FAULT, FaultChoice, whole_number
from vmlab.migration.kinds import KINDS
from vmlab.models.case import MAX_SEED

DiskFormat = Literal["same", "thick", "thin"]


@dataclass(frozen=True)
class Wish:
    """What the learner wants to happen: the move, the fault and the eyes that judge."""

    profile: Profile
    vm: str | None
    to: str | None
    kind: Kind = "vmotion"
    fault: FaultChoice = NO_FAULT
    seed: int = 1
    datastore: str | None = None
    disk_format: DiskFormat = "same"

    def move(self, datacenter: Datacenter) -> Move | None:
        """The move that is meant, None where nothing would move."""
        vm, facts = datacenter.vms.get(self.vm or ""), KINDS[self.kind]
        if vm is None:
            return None
        to = vm.host if facts.changes_host is False else self.to
        store = None if facts.moves_disks is False else self.datastore
        stays = to == vm.host
        if to is None or (stays and (facts.changes_host or store is None)):
            return None
        if facts.moves_disks and store is None:
            return None
        return Move(
            vm=vm.name,
            source=vm.host,
            destination=to,
            kind=self.kind,
            datastore=store,
            disk_format=self.disk_format if store else "same",
        )


def aimed(wish: Wish, datacenter: Datacenter) -> Wish:
    """A wish for a VM and a host that exist and differ: the same one where they do."""
    vms, hosts = datacenter.vms, datacenter.hosts
    vm = wish.vm if wish.vm in vms else next(iter(vms), None)
    home = vms[vm].host if vm else None
    others = [host for host in hosts if host != home]
    facts = KINDS[wish.kind]
    may = list(hosts) if facts.changes_host is None else others
    to = wish.to if wish.to in may else next(iter(others), None)
    store = wish.datastore if wish.datastore in datacenter.datastores else None
    if facts.moves_disks and store is None and vm:
        host = to if facts.changes_host else home
        away = (s for s in datacenter.datastores.values() if s.name != vms[vm].home)
        store = next((s.name for s in away if host and s.is_mounted_on(host)), None)
    return replace(wish, vm=vm, to=to, datastore=store)


def first_wish(scenario: Scenario) -> Wish:
    """The wish that a scenario begins with."""
    move = scenario.move
    vm, to = (move.vm, move.to) if move else (None, None)
    return Wish(scenario.profile, vm, to)


def checked(
    changes: Mapping[str, object], datacenter: Datacenter, kinds: Sequence[Kind]
) -> dict[str, object]:
    """Changes of a wish, read and held to what there is.

    Parameters
    ----------
    changes : mapping
        Fields and what a learner said.
    datacenter : Datacenter
        What there is.
    kinds : sequence of str
        Kinds of move that may be wished for.

    Returns
    -------
    dict
        Fields and their values.

    Raises
    ------
    InputError
        There is no such thing.
    """
    known: dict[str, tuple[str, list[str]]] = {
        "vm": ("virtual machine", list(datacenter.vms)),
        "to": ("host", list(datacenter.hosts)),
        "kind": ("kind of move in this lab", list(kinds)),
        "datastore": ("datastore", list(datacenter.datastores)),
        "disk_format": ("format of disks", list(get_args(DiskFormat))),
        "profile": ("profile", [profile.value for profile in Profile]),
    }
    if changes.get("datastore", "") is None:
        del known["datastore"]
    for name in changes.keys() & known.keys():
        what, names = known[name]
        if changes[name] not in names:
            remedy = f"Known: {', '.join(names) or 'none'}"
            raise InputError(name, [Problem(f"{changes[name]!r} is no {what}", remedy)])
    found = dict(changes)
    if "profile" in found:
        found["profile"] = Profile(str(found["profile"]))
    if "seed" in found:
        found["seed"] = seed = whole_number("seed", found["seed"])
        if not 0 <= seed <= MAX_SEED:
            remedy = f"Choose one from 0 to {MAX_SEED:,}"
            raise InputError("seed", [Problem(f"{seed} is no seed", remedy)])
    return found
