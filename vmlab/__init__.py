"""vmlab: an open lab for the live migration of virtual machines.

The verbs are found when they are first asked for, so that a check loads
neither models nor widgets.

Examples
--------
>>> import vmlab
>>> scenario = vmlab.load("two-hosts")
>>> vmlab.check(scenario.datacenter, vmlab.request(scenario.datacenter, "web01", "esx02"))
Check passes: no findings, 116 rules met
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_VERBS = {
    "load": "vmlab.inventory.scenario",
    "check": "vmlab.rules.check",
    "request": "vmlab.rules.check",
    "migrate": "vmlab.migration.run",
    "load_case": "vmlab.models.case",
    "estimate": "vmlab.models.estimate",
    "sweep": "vmlab.models.sweep",
    "matrix": "vmlab.fleet.matrix",
    "evacuate": "vmlab.fleet.evacuation",
}

__all__ = ["__version__", *_VERBS]


def __getattr__(name: str) -> Any:
    if name not in _VERBS:
        raise AttributeError(f"module 'vmlab' has no attribute {name!r}")
    return getattr(import_module(_VERBS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
