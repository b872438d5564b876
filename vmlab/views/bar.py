"""The bar that says which move, and what shall go wrong, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vmlab.inventory import Datacenter, Move
from vmlab.migration.kinds import KINDS, KindFacts
from vmlab.views.parts import Json

Option = tuple[str, str]


@dataclass(frozen=True)
class Disturbing:
    """Which fault is chosen, and what may be chosen.

    Parameters
    ----------
    fault : str, optional
        Its name, empty for none.
    faults : sequence of (str, str), optional
        Names and labels; "No fault" is added.
    strikes_in : str, optional
        Name of the stage.
    stages : mapping of str to sequence of (str, str), optional
        Stages in which the fault can strike, by heading.
    round : int, optional
        The round, where the stage has rounds.
    rounds : int, optional
        How many rounds there are to choose from; 0 hides the field.
    fault_groups : mapping of str to sequence of (str, str), optional
        More faults, by heading.
    """

    fault: str = ""
    faults: Sequence[Option] = ()
    strikes_in: str = ""
    stages: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    round: int = 1
    rounds: int = 0
    fault_groups: Mapping[str, Sequence[Option]] = field(default_factory=dict)


KIND_WORDS = {
    "vmotion": "VMotion",
    "storage": "Storage VMotion",
    "both": "Host and storage",
    "suspended": "Suspended",
    "cold": "Cold",
}


@dataclass(frozen=True)
class Choosing:
    """What is wished for, and which kinds of move there are.

    Parameters
    ----------
    vm, to : str or None, optional
        Chosen even where they make no move.
    kind : str, optional
        The kind that is chosen.
    kinds : sequence of (str, str), optional
        Kinds that can be chosen.
    datastore : str or None, optional
        Where files shall go; None leaves them.
    disk_format : str, optional
        What disks become there.
    """

    vm: str | None = None
    to: str | None = None
    kind: str = "vmotion"
    kinds: Sequence[Option] = (("vmotion", "VMotion"),)
    datastore: str | None = None
    disk_format: str = "same"

    @property
    def facts(self) -> KindFacts:
        """What is known of the kind."""
        return next(facts for kind, facts in KINDS.items() if kind == self.kind)


def bar(
    datacenter: Datacenter,
    move: Move | None,
    checked: Json,
    disturbing: Disturbing | None = None,
    choosing: Choosing | None = None,
) -> Json:
    """The migrate bar.

    Parameters
    ----------
    datacenter : Datacenter
        Which virtual machines and hosts there are.
    move : Move or None
        What is chosen; None while there is nothing to move, or nowhere to.
    checked : dict
        From `checklist`.
    disturbing : Disturbing, optional
        The fault.
    choosing : Choosing, optional
        What is wished for; the move alone tells it where left out.

    Returns
    -------
    dict
        fields, in their order, and migrate: enabled, reason, tone, first.
    """
    d = disturbing or Disturbing()
    wish = choosing or Choosing()
    if len(wish.kinds) == 1:  # the move tells all
        vm, to = (move.vm, move.destination) if move else (None, None)
        wish = Choosing(vm, to, kinds=wish.kinds)
    name = wish.vm or ""
    source = datacenter.vms[name].host if name in datacenter.vms else None
    nothing: list[Option] = [] if name else [("", "–")]
    hosts = [(n, n) for n in datacenter.hosts if n != source]
    if wish.facts.changes_host is None and source:
        hosts.append((source, f"{source} (stays)"))
    if wish.facts.changes_host is False and source:
        hosts = [(source, f"{source} (stays)")]
        wish = replace(wish, to=source)
    if not hosts or wish.to is None:
        hosts = [*hosts, ("", "–")]
    fields = [
        _field("vm", "Virtual machine", name, [*nothing, *((n, n) for n in datacenter.vms)]),
        _field("to", "To host", wish.to or "", hosts),
        _field("kind", "Kind", wish.kind, wish.kinds),
        *_files(datacenter, wish),
        {
            **_field("fault", "Fault", d.fault, [("", "No fault"), *d.faults]),
            "groups": _groups(d.fault_groups),
        },
        {
            **_field("strikes_in", "strikes in", d.strikes_in, () if d.stages else (("", "–"),)),
            "groups": _groups(d.stages),
            "disabled": not d.fault,
        },
    ]
    if d.fault and d.rounds:
        rounds = [(n, str(n)) for n in range(1, d.rounds + 1)]
        fields.append(_field("round", "Round", d.round, rounds))
    return {"fields": fields, "migrate": _migrate(move, checked)}


def _files(datacenter: Datacenter, wish: Choosing) -> list[Json]:
    """Where files go, and what disks become there: only where the lab knows such kinds."""
    if len(wish.kinds) == 1 or wish.facts.moves_disks is False:
        return []
    stores: list[Option] = [(name, name) for name in datacenter.datastores]
    if wish.facts.moves_disks is None or wish.datastore is None:
        stores.insert(0, ("", "files stay"))
    formats = (("same", "as they are"), ("thick", "thick"), ("thin", "thin"))
    kept = {**_field("disk_format", "Disks become", wish.disk_format, formats)}
    kept["disabled"] = wish.datastore is None
    return [_field("datastore", "Datastore", wish.datastore or "", stores), kept]


def _groups(groups: Mapping[str, Sequence[Option]]) -> list[Json]:
    return [
        {"label": label, "options": [list(option) for option in options]}
        for label, options in groups.items()
    ]


def _field(
    name: str, label: str, value: str | int, options: Sequence[tuple[str | int, str]]
) -> Json:
    return {
        "field": name,
        "label": label,
        "value": value,
        "options": [list(option) for option in options],
        "disabled": False,
    }


def _migrate(move: Move | None, checked: Json) -> Json:
    counts, n = checked["counts"], checked["blocking"]
    first = checked["first"]
    if move is None:
        return {"enabled": False, "reason": "nothing to move", "tone": "", "first": first}
    if n:
        reason = "1 error to mend first" if n == 1 else f"{n} errors to mend first"
        return {"enabled": False, "reason": reason, "tone": "error", "first": first}
    later = counts["error"]
    if later:
        reason = "passes the check, fails later"
        return {"enabled": True, "reason": reason, "tone": "warning", "first": None}
    milder = {"warning": "warnings do not block", "advice": "advice does not block"}
    reason = next((words for kind, words in milder.items() if counts[kind]), "all clauses met")
    return {"enabled": True, "reason": reason, "tone": "", "first": None}
