"""A session: the one object of a lab that may change its mind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace

from vmlab.documents import MAX_FILE_BYTES, InputError, Problem, parse_document
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move
from vmlab.inventory.path import Edit, Path, apply, remove, set_to
from vmlab.inventory.revise import removal, rename
from vmlab.inventory.scenario import Intent, Scenario, from_document
from vmlab.labs.additions import addition
from vmlab.labs.uplink import UPLINK_OF, uplink
from vmlab.labs.wish import Wish, aimed, checked, first_wish
from vmlab.migration.disturbances import Disturbance
from vmlab.migration.kinds import KINDS, WITHOUT_DATASTORE
from vmlab.migration.outcome import Outcome
from vmlab.migration.plan import Plan, wrong_ends
from vmlab.migration.run import migrate
from vmlab.migration.setting import VMOTION, Setting
from vmlab.rules.check import check
from vmlab.rules.report import Report


@dataclass(frozen=True)
class _Step:
    """A change that can be undone: the datacenter and the wish on both sides of it."""

    before: tuple[Datacenter, Wish]
    after: tuple[Datacenter, Wish]


@dataclass
class Session:
    """A datacenter being built, with its past and its runs.

    Parameters
    ----------
    scenario : Scenario
        Where it starts, and where Reset returns to.
    kinds : tuple of str, optional
        Kinds of move that can be wished for.

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
    kinds: tuple[Kind, ...] = WITHOUT_DATASTORE
    datacenter: Datacenter = field(init=False)
    wish: Wish = field(init=False)
    outcome: Outcome | None = field(init=False, default=None)
    runs: list[Outcome] = field(init=False, default_factory=list)
    _past: list[_Step] = field(init=False, default_factory=list)
    _future: list[_Step] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.datacenter = self.scenario.datacenter
        self.wish = aimed(first_wish(self.scenario), self.datacenter)

    @property
    def move(self) -> Move | None:
        """The move that is wished for, None where there is nothing to move."""
        move = self.wish.move(self.datacenter)
        return None if move is None or wrong_ends(self.datacenter, move) else move

    @property
    def setting(self) -> Setting:
        """What of that move faults care for."""
        move = self.move
        if move is None:
            return VMOTION
        return Plan(self.datacenter, move, self.report, None).setting

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
        if path[-1:] == (UPLINK_OF,):
            self.edit(uplink(self.datacenter, path[:-1], str(value or "")))
        else:
            self.edit([remove(path) if value is None else set_to(path, value)])

    def rename(self, path: Path, name: str) -> Path:
        """Rename an entity, its references along; return its new path."""
        edits = rename(self.datacenter, path, name)
        if edits:
            wish = replace(
                self.wish,
                vm=name if path == ("vms", self.wish.vm) else self.wish.vm,
                to=name if path == ("hosts", self.wish.to) else self.wish.to,
            )
            self._step(apply(self.datacenter, edits), wish)
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
        """Change the wish; this is no step that can be undone.

        Parameters
        ----------
        **wish
            vm, to, kind, datastore (None: files stay), disk_format, profile,
            seed or fault.

        Raises
        ------
        InputError
            There is no such thing; nothing has changed.
        """
        wish = checked(wish, self.datacenter, self.kinds)
        wanted = replace(self.wish, **wish)  # type: ignore[arg-type]
        vm = self.datacenter.vms.get(wanted.vm or "")
        must_leave = KINDS[wanted.kind].changes_host is not None
        if vm is not None and wish.get("to") == vm.host and must_leave:
            raise InputError("to", [Problem(f"{vm.name} is on {vm.host}", "Choose another host")])
        self.wish = aimed(wanted, self.datacenter)
        self._fit_fault()

    def migrate(self) -> Outcome:
        """Run the move that is wished for.

        Returns
        -------
        Outcome
            Also kept as `outcome`.

        Raises
        ------
        InputError
            There is nothing to move.
        """
        move = self.move
        if move is None:
            problem = Problem("there is nothing to move", "Choose a virtual machine and a host")
            raise InputError("migrate", [problem])
        undisturbed = self.try_out(move)
        disturbances = self.wish.fault.disturbances(undisturbed)
        outcome = self.try_out(move, *disturbances) if disturbances else undisturbed
        self.runs.append(outcome)
        if outcome.datacenter != self.datacenter:
            self._step(outcome.datacenter)
        self.outcome = outcome
        return outcome

    def try_out(self, move: Move, *disturbances: Disturbance) -> Outcome:
        """How the move would go if nothing went wrong, or only what is given."""
        return migrate(self.datacenter, move, self.wish.profile, disturbances, self.wish.seed)

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            step = self._past.pop()
            self._future.append(step)
            self._travel(step.after, step.before)

    def redo(self) -> None:
        """Make the last change again that was taken back."""
        if self._future:
            step = self._future.pop()
            self._past.append(step)
            self._travel(step.before, step.after)

    def reset(self) -> None:
        """Return to the scenario; this can itself be undone."""
        self._step(self.scenario.datacenter, first_wish(self.scenario))

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
        if len(text.encode(errors="replace")) > MAX_FILE_BYTES:
            raise InputError(name, [Problem("it is larger than 20 MB", "Choose a lab's own file")])
        scenario = from_document(parse_document(text, name))
        self._step(scenario.datacenter, first_wish(scenario))

    def _fit_fault(self) -> None:
        """Another move may not feel the fault that was chosen."""
        if self.wish.fault.setting != (setting := self.setting):
            self.wish = replace(self.wish, fault=self.wish.fault.fitted(setting))

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Put everything back as it was if what is done inside fails."""
        kept = self.datacenter, self.wish, self.outcome
        lists = [(held, list(held)) for held in (self.runs, self._past, self._future)]
        try:
            yield
        except BaseException:
            self.datacenter, self.wish, self.outcome = kept
            for held, items in lists:
                held[:] = items  # type: ignore[assignment]
            raise

    def _step(self, datacenter: Datacenter, wish: Wish | None = None) -> None:
        wish = aimed(wish or self.wish, datacenter)
        self._past.append(_Step((self.datacenter, self.wish), (datacenter, wish)))
        self._future.clear()
        self.datacenter, self.wish, self.outcome = datacenter, wish, None
        self._fit_fault()

    def _travel(self, left: tuple[Datacenter, Wish], reached: tuple[Datacenter, Wish]) -> None:
        """Cross a step; of the wish only what the step itself changed goes along."""
        changed = {
            each.name: getattr(reached[1], each.name)
            for each in fields(Wish)
            if getattr(self.wish, each.name) == getattr(left[1], each.name)
        }
        self.datacenter, self.outcome = reached[0], None
        self.wish = aimed(replace(self.wish, **changed), self.datacenter)
        self._fit_fault()
