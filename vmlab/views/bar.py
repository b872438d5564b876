"""The bar that says which move, and what shall go wrong, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vmlab.inventory import Datacenter, Move
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


KINDS: tuple[Option, ...] = (("vmotion", "VMotion"),)


def bar(
    datacenter: Datacenter,
    move: Move | None,
    checked: Json,
    disturbing: Disturbing | None = None,
    kinds: Sequence[Option] = KINDS,
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
    kinds : sequence of (str, str), optional
        Kinds of move that can be chosen.

    Returns
    -------
    dict
        fields, in their order, and migrate: enabled, reason, tone, first.
    """
    d = disturbing or Disturbing()
    vm = move.vm if move else ""
    source = move.source if move else None
    nothing: list[Option] = [] if move else [("", "–")]
    to = [(n, n) for n in datacenter.hosts if n != source]
    fields = [
        _field("vm", "Virtual machine", vm, [*nothing, *((n, n) for n in datacenter.vms)]),
        _field("to", "To host", move.destination if move else "", [*nothing, *to]),
        _field("kind", "Kind", move.kind if move else kinds[0][0], kinds),
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
