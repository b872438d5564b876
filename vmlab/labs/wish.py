"""A wish: the move, the fault and the eyes that a learner has chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario
from vmlab.labs.fault_choice import NO_FAULT, FaultChoice


@dataclass(frozen=True)
class Wish:
    """What the learner wants to happen: the move, the fault and the eyes that judge."""

    profile: Profile
    vm: str | None
    to: str | None
    kind: Kind = "vmotion"
    fault: FaultChoice = NO_FAULT
    seed: int = 1


def aimed(wish: Wish, datacenter: Datacenter) -> Wish:
    """A wish for a VM and a host that exist and differ: the same one where they do."""
    vms, hosts = datacenter.vms, datacenter.hosts
    vm = wish.vm if wish.vm in vms else next(iter(vms), None)
    home = vms[vm].host if vm else None
    others = [host for host in hosts if host != home]
    to = wish.to if wish.to in others else next(iter(others), None)
    return replace(wish, vm=vm, to=to)


def first_wish(scenario: Scenario) -> Wish:
    """The wish that a scenario begins with."""
    move = scenario.move
    vm, to = (move.vm, move.to) if move else (None, None)
    return Wish(scenario.profile, vm, to)
