"""Renaming and removing, with everything that hangs on a name."""

from __future__ import annotations

from typing import Any

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import checked_name
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
        Nothing stands at the path, or the name is taken or is none.
    """
    data = plain(datacenter)
    parent, mapping = _holder(data, path, "rename")
    old = path[-1]
    if name == old:
        return ()
    if name in mapping:
        problem = Problem(f"{name!r} is taken", "Choose another name", path)
        raise InputError("rename", [problem])
    try:
        checked_name(name)
    except ValueError as error:
        raise InputError("rename", [Problem(str(error), "Choose another name", path)]) from None
    places = [parent, *_renamed_references(data, path, name)]
    _rename_key(mapping, old, name)
    # One edit for the outermost of the places that changed; what lies inside
    # the renamed entity has a new place by now.
    outermost = [
        place
        for place in dict.fromkeys(places)
        if not any(place != other and place[: len(other)] == other for other in places)
    ]
    return tuple(set_to(place, _get(data, place)) for place in sorted(outermost))


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
        Nothing stands at the path, or something that must not be lost
        depends on it.
    """
    data = plain(datacenter)
    _holder(data, path, "remove")
    edits: list[Edit] = []
    problems: list[Problem] = []
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
                if problem not in problems:
                    problems.append(problem)
            elif reference.on_removal == "cascade":
                pending.append(owner)
            elif place[-1].isdigit() and isinstance(_get(data, place[:-1]), list):
                dropped.setdefault(place[:-1], []).append(name)
            else:
                edits.append(remove(place))
        for place, names in dropped.items():
            kept = [item for item in _get(data, place) if item not in names]
            edits.append(set_to(place, kept))
        edits.append(remove(target))
    if problems:
        raise InputError("remove", problems)
    return tuple(sorted(edits, key=lambda edit: -len(edit.path)))


def _renamed_references(data: dict[str, Any], path: Path, name: str) -> list[Path]:
    """Rename what refers to an entity in plain data, and tell the places that changed."""
    places: list[Path] = []
    for reference, place, used, mapping in list(uses(data)):
        if (*mapping, used) != path:
            continue
        holder = _get(data, place[:-1])
        if isinstance(holder, list):
            holder[int(place[-1])] = name
        elif not _is_key(reference):
            holder[place[-1]] = name
        if isinstance(holder, list) or _is_key(reference):
            places.append(place[:-1])
        else:
            places.append(place)
    # Keys last: the places found above lead through the old ones.
    for reference, place, used, mapping in list(uses(data)):
        if _is_key(reference) and (*mapping, used) == path:
            _rename_key(_get(data, place[:-1]), place[-1], name)
    if len(path) == 4 and path[2] == "port_groups":
        for place in _vnics_on(data, path[1], path[-1]):
            _get(data, place[:-1])[place[-1]] = name
            places.append(place)
    return places


def _rename_key(mapping: dict[str, Any], old: str, name: str) -> None:
    """Rename a key in its place."""
    entries = [(name if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(entries)


def _vnics_on(data: dict[str, Any], host: str, label: str) -> list[Path]:
    return [
        ("vms", vm, "vnics", nic, "port_group")
        for vm, facts in data.get("vms", {}).items()
        if facts["host"] == host
        for nic, vnic in facts.get("vnics", {}).items()
        if vnic["port_group"] == label and not vnic.get("distributed_switch")
    ]


def _holder(data: dict[str, Any], path: Path, verb: str) -> tuple[Path, dict[str, Any]]:
    """Place and content of the mapping in which an entity stands."""
    parent = path[:-1]
    try:
        mapping = _get(data, parent)
        if path[-1] in mapping:
            return parent, mapping
    except (KeyError, IndexError, TypeError, ValueError):
        pass
    raise InputError(verb, [Problem("nothing stands there", "Use names that exist", path)])


def _owner(place: Path) -> Path:
    """The entity in which a reference stands."""
    return place[:4] if place[0] == "hosts" else place[:2]


def _is_key(reference: Reference) -> bool:
    return reference.place.endswith("@")


def _get(data: Any, place: Path) -> Any:
    for part in place:
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
