"""What a target of the evacuation lab judges, and what would help a VM that stays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.evacuation import evacuate
from vmlab.fleet.placement import KIND_OF, Stay
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.profile import Profile
from vmlab.rules.check import check
from vmlab.rules.report import Finding


@dataclass(frozen=True)
class Emptied:
    """An evacuation, and the datacenter that the lab began with.

    Parameters
    ----------
    evacuation : Evacuation
        With nothing going wrong in it.
    start : Datacenter
        Before the learner changed anything.
    profile : Profile
        Whose eyes judge.
    """

    evacuation: Evacuation
    start: Datacenter
    profile: Profile

    @cached_property
    def same_guests(self) -> bool:
        """Whether every VM is still there: as large, as busy, on or off, on its host."""
        now = self.evacuation.before.vms
        told = ("host", "power_state", "memory_mib", "activity")
        return all(
            name in now and all(getattr(now[name], each) == getattr(vm, each) for each in told)
            for name, vm in self.start.vms.items()
        )

    @property
    def unhurried(self) -> Evacuation:
        """The same hosts with as many moves as the slots allow."""
        done = self.evacuation
        return evacuate(done.before, done.hosts, self.profile)

    def first_total_s(self, host: str) -> float:
        """How long a host takes before anybody has changed anything, s."""
        return evacuate(self.start, [host], self.profile).total_s


def longest_pause_s(evacuation: Evacuation) -> float:
    """How long the guest that waited longest was paused, s."""
    return max((one.downtime_s or 0.0 for one in evacuation.moves), default=0.0)


def fixes_of(evacuation: Evacuation) -> dict[str, Finding]:
    """For VMs that stay: a finding of the rule that keeps them, where edits mend it.

    Parameters
    ----------
    evacuation : Evacuation
        Any.

    Returns
    -------
    dict
        By VM.
    """
    found = ((stay.vm, _finding(evacuation, stay)) for stay in evacuation.stays)
    return {vm: finding for vm, finding in found if finding is not None}


def _finding(evacuation: Evacuation, stay: Stay) -> Finding | None:
    vm = evacuation.before.vms[stay.vm]
    for host, rule in stay.refused:
        kind = KIND_OF[vm.power_state]
        move = Move(vm=vm.name, source=vm.host, destination=host, kind=kind)
        for finding in check(evacuation.before, move, evacuation.profile).errors:
            if finding.rule.id == rule and finding.edits:
                return finding
    return None
