"""A form for every part of a datacenter, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vmlab.inventory import Datacenter, Path
from vmlab.rules.report import Finding
from vmlab.views import forms, words
from vmlab.views.form import Form
from vmlab.views.host_forms import OF_HOST
from vmlab.views.machine_forms import OF_MACHINE
from vmlab.views.parts import Json
from vmlab.views.topology import owner

HINT = "Every change is checked at once. Undo takes it back."


def inspectors(datacenter: Datacenter, findings: Iterable[Finding] = ()) -> dict[str, Json]:
    """Forms of all parts, so that selecting one needs no kernel.

    Parameters
    ----------
    datacenter : Datacenter
        What stands there.
    findings : iterable of Finding, optional
        What is told on the parts, with the edits that mend it.

    Returns
    -------
    dict
        By key: key, path, title, name, on (where it is), up (the key above),
        findings, fields, links (by heading, keys of what it holds), add, removable, hint.
    """
    made = {form["key"]: form for form in _forms(datacenter)}
    counted: dict[str, int] = {}
    for finding in findings:
        index = counted.get(finding.rule.id, 0)
        counted[finding.rule.id] = index + 1
        told = {
            "severity": finding.severity,
            "message": finding.message,
            "fix": finding.fix,
            "rule": finding.rule.id,
            "index": index,
            "has_edits": bool(finding.edits),
        }
        for key in _told_on(finding.path, made):
            made[key]["findings"].append(told)
            _blame(made[key]["fields"], finding)
    for form in made.values():
        form["findings"].sort(key=lambda told: words.SEVERITIES.index(told["severity"]))
    return made


def _told_on(path: Path, made: dict[str, Json]) -> list[str]:
    """Where a finding is told: on the part itself, and on the VM that it belongs to."""
    nearest = owner(path, made)
    if path[:1] == ("vms",) and len(path) > 2 and words.key(path[:2]) in made:
        return list(dict.fromkeys((words.key(path[:2]), nearest)))
    return [nearest]


def _blame(fields: list[Json], finding: Finding) -> None:
    """Mark the field that the finding is about."""
    for field in fields:
        at = tuple(name for name in field["path"] if not name.startswith("@"))
        if not field.get("rename") and at == finding.path[: len(at)] and len(at) > 2:
            field.setdefault("finding", finding.severity)


def _forms(datacenter: Datacenter) -> Iterator[Json]:
    yield _form((), datacenter.name, forms.datacenter(datacenter))
    for kind, make in forms.TOP:
        for name in getattr(datacenter, kind):
            yield _form((kind, name), None, make(datacenter, name))
    for host in datacenter.hosts.values():
        for kind, make_inner in OF_HOST:
            for name in getattr(host, kind):
                yield _form(
                    ("hosts", host.name, kind, name), None, make_inner(datacenter, host, name)
                )
    for vm in datacenter.vms.values():
        for kind, make_part in OF_MACHINE:
            for name in getattr(vm, kind):
                yield _form(("vms", vm.name, kind, name), None, make_part(datacenter, vm, name))


def _form(path: Path, name: str | None, made: Form) -> Json:
    return {
        "key": words.key(path),
        "path": list(path),
        "title": words.KIND_WORDS[path[-2]] if path else "Datacenter",
        "name": name if name is not None else path[-1],
        "on": path[1] if len(path) > 2 else None,
        "up": words.key(path[:-2]) if path else None,
        "findings": [],
        "fields": made.fields,
        "links": _links(made),
        "add": [{"what": w, "label": f"+ {label}", "parent": list(p)} for w, label, p in made.add],
        "removable": bool(path),
        "hint": HINT,
    }


def _links(made: Form) -> list[Json]:
    """Links to what a part holds, under one heading or under one for each kind."""
    groups: dict[str, list[Json]] = {}
    for path, label in made.links:
        heading = words.PLURALS[path[-2]] if made.by_kind else "Belongs here"
        groups.setdefault(heading, []).append({"key": words.key(path), "label": label})
    return [{"heading": heading, "parts": parts} for heading, parts in groups.items()]
