"""Findings in the shape in which vSphere's compatibility checkers answer: CheckResult."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from vmlab.inventory.move import Move
from vmlab.inventory.path import Path
from vmlab.rules.rule import Fault, Phase, Rule, Severity


class Said(Protocol):
    """What of a finding is told to vCenter's clients; see `vmlab.rules.report.Finding`."""

    @property
    def rule(self) -> Rule:
        """The rule that found it."""

    @property
    def severity(self) -> Severity:
        """How severe the profile makes it."""

    @property
    def phase(self) -> Phase:
        """Where it shows."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def message(self) -> str:
        """The fact."""

    @property
    def fault(self) -> Fault | None:
        """Its vSphere fault."""


def check_result(move: Move | None, findings: Iterable[Said]) -> list[dict[str, Any]]:
    """Sort findings into results, one for each VM and host.

    Parameters
    ----------
    move : Move or None
        The move that was judged; without one there is a result for each host
        that a finding points at.
    findings : iterable of Finding
        Those of phases after the check are left out: no check sees them.

    Returns
    -------
    list of dict
        Each with ``vm``, ``host`` (names, or null), ``warning`` and ``error``
        (lists of faults; both empty: compatible), and ``without_fault``: what
        the API cannot carry, because vSphere has no fault for it or no list
        for its severity.
    """
    vm = move.vm if move else None
    hosts: dict[str | None, dict[str, Any]] = {}
    if move:
        hosts[move.destination] = _empty(vm, move.destination)
    for finding in findings:
        if finding.phase != "check":
            continue
        host = move.destination if move else _host_of(finding.path)
        result = hosts.setdefault(host, _empty(vm, host))
        if finding.fault is None or finding.severity not in {"warning", "error"}:
            result["without_fault"].append(
                {
                    "rule": finding.rule.id,
                    "severity": finding.severity,
                    "message": finding.message,
                }
            )
        else:
            result[finding.severity].append(fault_to_json(finding.fault))
    return list(hosts.values())


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """A fault as plain data.

    Parameters
    ----------
    fault : Fault
        With the fault that it wraps, if any.

    Returns
    -------
    dict
        ``fault``, the name of its class, and ``fields`` by their API names;
        the fault that it wraps is the field ``fault``.

    Examples
    --------
    >>> inner = Fault("RawDiskNotSupported", {"device": "disk 1"})
    >>> fault_to_json(Fault("DisallowedMigrationDeviceAttached", inner=inner))["fields"]
    {'fault': {'fault': 'RawDiskNotSupported', 'fields': {'device': 'disk 1'}}}
    """
    fields = dict(fault.fields)
    if fault.inner is not None:
        fields["fault"] = fault_to_json(fault.inner)
    return {"fault": fault.name, "fields": fields}


def _empty(vm: str | None, host: str | None) -> dict[str, Any]:
    return {"vm": vm, "host": host, "warning": [], "error": [], "without_fault": []}


def _host_of(path: Path) -> str | None:
    """The host that a path points at, None where it points elsewhere."""
    return path[1] if len(path) > 1 and path[0] == "hosts" else None
