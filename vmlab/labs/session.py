"""A session: the one object of a lab that may change its mind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vmlab.documents import InputError, Problem, parse_document
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import Edit, Path, apply, remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.revise import removal, rename
from vmlab.inventory.scenario import Intent, Scenario, from_document
from vmlab.labs.additions import addition
from vmlab.labs.fault_choice import NO_FAULT, FaultChoice
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate
from vmlab.rules.check import check
from vmlab.rules.report import Report

UPLINK_OF = "@uplink_of"


@dataclass(frozen=True)
class Wish:
    """What the learner wants to happen: the move, the fault and the eyes that judge."""

    profile: Profile
    vm: str | None
    to: str | None
    kind: Kind = "vmotion"
    fault: FaultChoice = NO_FAULT
    seed: int = 1


@dataclass
class Session:
    """A datacenter being built, with its past and its runs.

    Parameters
    ----------
    scenario : Scenario
        Where it starts, and where Reset returns to.

    Attributes
    ----------
    datacenter : Datacenter
        What stands now.
    wish : Wish
        The move that the checklist judges.
    outcome : Outcome or None
        The last run; an edit discards it.
    runs : list of Outcome
        Every run, for objectives.
    """

    scenario: Scenario
    datacenter: Datacenter = field(init=False)
    wish: Wish = field(init=False)
    outcome: Outcome | None = field(init=False, default=None)
    runs: list[Outcome] = field(init=False, default_factory=list)
    _past: list[tuple[Datacenter, Wish]] = field(init=False, default_factory=list)
    _future: list[tuple[Datacenter, Wish]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.datacenter = self.scenario.datacenter
        self.wish = _first_wish(self.scenario)

    @property
    def move(self) -> Move | None:
        """The move that is wished for, None where there is nothing to move."""
        vm = self.datacenter.vms.get(self.wish.vm or "")
        if vm is None or self.wish.to is None or vm.host == self.wish.to:
            return None
        return Move(vm=vm.name, source=vm.host, destination=self.wish.to, kind=self.wish.kind)

    @property
    def report(self) -> Report:
        """What the rules say now."""
        return check(self.datacenter, self.move, self.wish.profile)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._future)

    def edit(self, edits: Iterable[Edit]) -> None:
        """Make edits; the last run is discarded.

        Parameters
        ----------
        edits : iterable of Edit
            All or none are made.

        Raises
        ------
        InputError
            One of them is refused; nothing has changed.
        """
        edits = tuple(edits)
        if edits:
            self._step(apply(self.datacenter, edits))

    def set(self, path: Path, value: object) -> None:
        """Set what stands at a path, or make an adapter the uplink of a switch."""
        if path[-1] == UPLINK_OF:
            self.edit(_uplink(self.datacenter, path[:-1], str(value or "")))
        else:
            self.edit([remove(path) if value is None else set_to(path, value)])

    def rename(self, path: Path, name: str) -> Path:
        """Rename an entity, its references along; return its new path."""
        self.edit(rename(self.datacenter, path, name))
        self.wish = replace(
            self.wish,
            vm=name if path == ("vms", self.wish.vm) else self.wish.vm,
            to=name if path == ("hosts", self.wish.to) else self.wish.to,
        )
        self._aim()
        return (*path[:-1], name)

    def remove(self, path: Path) -> None:
        """Remove an entity and what cannot stand without it."""
        self.edit(removal(self.datacenter, path))

    def add(self, what: str, parent: Path) -> Path:
        """Add something new; return its path."""
        path, edits = addition(self.datacenter, what, parent)
        self.edit(edits)
        return path

    def fix(self, rule: str, index: int = 0) -> None:
        """Make the edits that mend a finding.

        Parameters
        ----------
        rule : str
            The finding's rule.
        index : int, optional
            Which of the rule's findings.

        Raises
        ------
        InputError
            There is no such finding, or no mechanical fix for it.
        """
        found = [finding for finding in self.report.findings if finding.rule.id == rule]
        if not 0 <= index < len(found) or not found[index].edits:
            raise InputError(rule, [Problem("nothing can be fixed here", "Mend it by hand")])
        self.edit(found[index].edits)

    def choose(self, **wish: object) -> None:
        """Change the wish: profile, vm, to, kind, fault or seed."""
        self.wish = replace(self.wish, **wish)  # type: ignore[arg-type]
        self._aim()

    def migrate(self) -> Outcome:
        """Run the move that is wished for.

        Returns
        -------
        Outcome
            Also kept as `outcome`.

        Raises
        ------
        InputError
            There is nothing to move, or the kind is not built.
        """
        move = self.move
        if move is None:
            problem = Problem("there is nothing to move", "Choose a virtual machine and a host")
            raise InputError("migrate", [problem])
        undisturbed = migrate(self.datacenter, move, profile=self.wish.profile, seed=self.wish.seed)
        disturbances = self.wish.fault.disturbances(undisturbed)
        outcome = undisturbed
        if disturbances:
            outcome = migrate(
                self.datacenter,
                move,
                profile=self.wish.profile,
                disturbances=disturbances,
                seed=self.wish.seed,
            )
        self.runs.append(outcome)
        if outcome.datacenter != self.datacenter:
            self._step(outcome.datacenter)
        self.outcome = outcome
        return outcome

    def undo(self) -> None:
        """Take the last change back."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Make the last change again that was taken back."""
        self._travel(self._future, self._past)

    def reset(self) -> None:
        """Return to the scenario; this can itself be undone."""
        self._step(self.scenario.datacenter, _first_wish(self.scenario))

    def save(self) -> str:
        """The state as a scenario file."""
        move = Intent(vm=self.wish.vm, to=self.wish.to) if self.move and self.wish.vm else None
        scenario = self.scenario.model_copy(
            update={"datacenter": self.datacenter, "profile": self.wish.profile, "move": move}
        )
        return scenario.to_yaml()

    def load(self, name: str, text: str) -> None:
        """Continue with a scenario file; this can be undone.

        Parameters
        ----------
        name : str
            What to call it in messages.
        text : str
            The file.

        Raises
        ------
        InputError
            With every mistake in it; nothing has changed.
        """
        scenario = from_document(parse_document(text, name))
        self._step(scenario.datacenter, _first_wish(scenario))

    def _step(self, datacenter: Datacenter, wish: Wish | None = None) -> None:
        self._past.append((self.datacenter, self.wish))
        self._future.clear()
        self.datacenter, self.wish = datacenter, wish or self.wish
        self.outcome = None
        self._aim()

    def _travel(
        self, back: list[tuple[Datacenter, Wish]], forth: list[tuple[Datacenter, Wish]]
    ) -> None:
        if back:
            forth.append((self.datacenter, self.wish))
            self.datacenter, self.wish = back.pop()
            self.outcome = None
            self._aim()

    def _aim(self) -> None:
        """Keep the wish on a VM and a host that exist and differ."""
        vms, hosts = self.datacenter.vms, self.datacenter.hosts
        vm = self.wish.vm if self.wish.vm in vms else next(iter(vms), None)
        home = vms[vm].host if vm else None
        others = [host for host in hosts if host != home]
        to = self.wish.to if self.wish.to in others else next(iter(others), None)
        self.wish = replace(self.wish, vm=vm, to=to)


def _first_wish(scenario: Scenario) -> Wish:
    vms, hosts = scenario.datacenter.vms, scenario.datacenter.hosts
    vm = scenario.move.vm if scenario.move else next(iter(vms), None)
    home = vms[vm].host if vm else None
    other = next((host for host in hosts if host != home), None)
    return Wish(scenario.profile, vm, scenario.move.to if scenario.move else other)


def _uplink(datacenter: Datacenter, nic_path: Path, wanted: str) -> list[Edit]:
    """Make an adapter an uplink: ``"vSwitch1:standby"``, or of none with an empty text."""
    host, nic = nic_path[1], nic_path[3]
    target, _, role = wanted.rpartition(":")
    edits = []
    for switch in datacenter.hosts[host].virtual_switches.values():
        for field_name, names in (("active", switch.active), ("standby", switch.standby)):
            kept = [name for name in names if name != nic]
            if switch.name == target and field_name == role:
                kept.append(nic)
            if tuple(kept) != names:
                edits.append(
                    set_to(("hosts", host, "virtual_switches", switch.name, field_name), kept)
                )
    return edits
