"""Every rule and every misconfiguration, in the guide's order."""

from __future__ import annotations

import difflib

from vmlab.documents import InputError, Problem
from vmlab.rules.host import adapters, console, layout, state
from vmlab.rules.host import vmotion as host_vmotion
from vmlab.rules.licence import vmotion as licence
from vmlab.rules.machine import state as machine
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.network import machine as machine_network
from vmlab.rules.network import vmotion as vmotion_network
from vmlab.rules.rule import Rule
from vmlab.rules.storage import shared

RULES: tuple[Rule, ...] = (
    *licence.RULES,
    *state.RULES,
    *machine.RULES,
    *shared.RULES,
    *host_vmotion.RULES,
    *adapters.RULES,
    *console.RULES,
    *vmotion_network.RULES,
    *machine_network.RULES,
    *adapters.ADVICE,
    *layout.ADVICE,
)

MISCONFIGURATIONS: tuple[Misconfiguration, ...] = (
    *licence.MISCONFIGURATIONS,
    *state.MISCONFIGURATIONS,
    *machine.MISCONFIGURATIONS,
    *shared.MISCONFIGURATIONS,
    *host_vmotion.MISCONFIGURATIONS,
    *adapters.MISCONFIGURATIONS,
    *console.MISCONFIGURATIONS,
    *vmotion_network.MISCONFIGURATIONS,
    *machine_network.MISCONFIGURATIONS,
    *layout.MISCONFIGURATIONS,
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
