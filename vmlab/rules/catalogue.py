"""Every rule and every misconfiguration, scope by scope."""

from __future__ import annotations

import difflib

from vmlab.documents import InputError, Problem
from vmlab.rules import capacity, cpu, host, licence, machine, network, pair, storage
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Rule

_SCOPES = (licence, host, machine, storage, network, cpu, capacity, pair)

RULES: tuple[Rule, ...] = tuple(rule for scope in _SCOPES for rule in scope.RULES)

MISCONFIGURATIONS: tuple[Misconfiguration, ...] = tuple(
    puzzle for scope in _SCOPES for puzzle in scope.MISCONFIGURATIONS
)


def find_rule(name: str) -> Rule:
    """A rule by its id.

    Parameters
    ----------
    name : str
        Such as ``"net-pg-label"``.

    Returns
    -------
    Rule
        Its page.

    Raises
    ------
    InputError
        There is none of that name; near names are offered.
    """
    by_id = {rule.id: rule for rule in RULES}
    if name not in by_id:
        near = difflib.get_close_matches(name, by_id, 3, 0.4)
        remedy = f"Near: {', '.join(near)}" if near else "See `vmlab rules`"
        raise InputError(name, [Problem("there is no such rule", remedy)])
    return by_id[name]
