"""Renaming and removing, with everything that hangs on a name."""

from __future__ import annotations

from typing import Any

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, Path, plain, remove, set_to
from vmlab.inventory.references import Reference, uses


def rename(datacenter: Datacenter, path: Path, name: str) -> tuple[Edit, ...]:
    """Edits that rename an entity and carry its references along.

    Virtual machines on a host follow when one of its port groups is renamed,
    as they do when vCenter Server renames a network.

    Parameters
    ----------
    datacenter : Datacenter
        Where it stands.
    path : tuple of str
        What to rename.
    name : str
        Its new name.

    Returns
    -------
    tuple of Edit
        Order of the mapping kept; empty where the name is the same.

    Raises
    ------
    InputError
        The name is taken.
    """
    *parent, old = path
    if name == old:
        return ()
    data = plain(datacenter)
    mapping = _at(data, tuple(parent))
    if name in mapping:
        problem = Problem(f"{name!r} is taken", "Choose another name", path)
        raise InputError("rename", [problem])
    edits = _changes(data, path, old, name)
    renamed = {name if key == old else key: value for key, value in mapping.items()}
    # Renaming first would move the places of references inside the entity.
    return (*edits, set_to(tuple(parent), _with(renamed, tuple(parent), edits, name, old)))


def removal(datacenter: Datacenter, path: Path) -> tuple[Edit, ...]:
    """Edits that remove an entity and what cannot stand without it.

    Parameters
    ----------
    datacenter : Datacenter
        Where it stands.
    path : tuple of str
        What to remove.

    Returns
    -------
    tuple of Edit
        Dependents first.

    Raises
    ------
    InputError
        Something that must not be lost depends on it.
    """
    data = plain(datacenter)
    edits: list[Edit] = []
    pending = [path]
    gone: set[Path] = set()
    while pending:
        target = pending.pop()
        if target in gone:
            continue
        gone.add(target)
        dropped: dict[Path, list[str]] = {}
        for reference, place, name, mapping in uses(data):
            if (*mapping, name) != target or place[: len(target)] == target:
                continue
            owner = _owner(place)
            if reference.on_removal == "restrict":
                problem = Problem(
                    f"{owner[-1]} needs it", f"Move or remove {owner[-1]} first", path
                )
                raise InputError("remove", [problem])
            if reference.on_removal == "cascade":
                pending.append(owner)
            elif place[-1].isdigit() and isinstance(_get(data, place[:-1]), list):
                dropped.setdefault(place[:-1], []).append(name)
            else:
                edits.append(remove(place))
        for place, names in dropped.items():
            kept = [item for item in _get(data, place) if item not in names]
            edits.append(set_to(place, kept))
        edits.append(remove(target))
    return tuple(sorted(edits, key=lambda edit: -len(edit.path)))


def _changes(data: dict[str, Any], path: Path, old: str, name: str) -> list[Edit]:
    edits: list[Edit] = []
    lists: dict[Path, list[str]] = {}
    for reference, place, used, mapping in uses(data):
        if (*mapping, used) != path:
            continue
        if _is_key(reference):
            parent = place[:-1]
            entries = _at(data, parent)
            edits.append(set_to(parent, {name if k == old else k: v for k, v in entries.items()}))
        elif isinstance(_get(data, place[:-1]), list):
            items = lists.setdefault(place[:-1], list(_get(data, place[:-1])))
            items[int(place[-1])] = name
        else:
            edits.append(set_to(place, name))
    edits += [set_to(place, items) for place, items in lists.items()]
    if len(path) == 4 and path[2] == "port_groups":
        edits += _vnics_on(data, path[1], old, name)
    return edits


def _vnics_on(data: dict[str, Any], host: str, old: str, name: str) -> list[Edit]:
    return [
        set_to(("vms", vm, "vnics", nic, "port_group"), name)
        for vm, facts in data.get("vms", {}).items()
        if facts["host"] == host
        for nic, vnic in facts.get("vnics", {}).items()
        if vnic["port_group"] == old
    ]


def _with(
    mapping: dict[str, Any], parent: Path, edits: list[Edit], name: str, old: str
) -> dict[str, Any]:
    """The renamed mapping, with those edits made that fall inside it."""
    for edit in edits:
        if edit.path[: len(parent)] == parent:
            inner = edit.path[len(parent) :]
            node = mapping
            for part in inner[:-1]:
                node = node[name if part == old else part]
            node[inner[-1]] = edit.value
    return mapping


def _owner(place: Path) -> Path:
    """The entity in which a reference stands."""
    return place[:4] if place[0] == "hosts" else place[:2]


def _is_key(reference: Reference) -> bool:
    return reference.place.endswith("@")


def _at(data: dict[str, Any], place: Path) -> dict[str, Any]:
    found = _get(data, place)
    return dict(found) if isinstance(found, dict) else {}


def _get(data: Any, place: Path) -> Any:
    for part in place:
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
