"""Path and Edit: the one spelling for a click, a finding, a fix, a fault and undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar, get_args, get_origin

from pydantic import BaseModel

from vmlab.documents import Document, InputError, Problem, mistakes
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import FrozenMapping
from vmlab.inventory.references import dangling

Path = tuple[str, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class Edit:
    """One change: set what stands at a path, or remove it.

    Parameters
    ----------
    op : {"set", "remove"}
        What to do.
    path : tuple of str
        Names from the datacenter downwards, such as
        ``("hosts", "esx02", "vmkernel_adapters", "vmk1", "mtu")``.
    value : plain data, optional
        What to set: text, number, list or mapping.
    """

    op: Literal["set", "remove"]
    path: Path
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        """The edit as plain data."""
        return {"op": self.op, "path": list(self.path), "value": self.value}


def set_to(path: Path, value: Any) -> Edit:
    """An edit that sets what stands at a path."""
    return Edit("set", path, value)


def remove(path: Path) -> Edit:
    """An edit that removes what stands at a path."""
    return Edit("remove", path)


def plain(model: BaseModel) -> dict[str, Any]:
    """An entity as plain data, without what has its default."""
    data: dict[str, Any] = model.model_dump(mode="json", exclude_defaults=True)
    return data


def look_up(datacenter: Datacenter, path: Path) -> Any:
    """What stands at a path.

    Parameters
    ----------
    datacenter : Datacenter
        Where to look.
    path : tuple of str
        What to look for.

    Returns
    -------
    object
        An entity, a mapping or a value.

    Raises
    ------
    KeyError
        Nothing stands there.
    """
    found: Any = datacenter
    for name in path:
        if isinstance(found, Mapping):
            found = found[name]
        elif isinstance(found, BaseModel) and name in type(found).model_fields:
            found = getattr(found, name)
        else:
            raise KeyError(path)
    return found


def apply(datacenter: Datacenter, edits: Iterable[Edit]) -> Datacenter:
    """A datacenter with edits made, in their order.

    Parameters
    ----------
    datacenter : Datacenter
        Left as it is.
    edits : iterable of Edit
        What to change.

    Returns
    -------
    Datacenter
        A new one, checked like one from a file.

    Raises
    ------
    InputError
        A path leads nowhere, a value is refused, or a reference would lead
        to something that does not exist.
    """
    data = plain(datacenter)
    for edit in edits:
        _make(data, edit)
    return checked(Document("edit", data), Datacenter)


def checked(
    document: Document, model: type[ModelT], place: Path = (), also: Iterable[Problem] = ()
) -> ModelT:
    """Validate a document's entities and the references among them, all at once.

    Parameters
    ----------
    document : Document
        What was read or edited.
    model : type of pydantic.BaseModel
        Datacenter, or what holds one.
    place : tuple of str, optional
        Where in the document the datacenter stands.
    also : iterable of Problem, optional
        Mistakes that were found before.

    Returns
    -------
    pydantic.BaseModel
        The model's instance.

    Raises
    ------
    InputError
        With every mistake.
    """
    problems, result = mistakes(document, model)
    problems += also
    # Names as the schema read them, where it could: 5 or "a, b" are names too.
    root: Any = document.data if result is None else plain(result)
    for name in place:
        root = root.get(name) if isinstance(root, dict) else None
    if isinstance(root, dict):
        problems += [
            Problem(p.message, p.remedy, (*place, *p.place), p.line) for p in dangling(root)
        ]
    if problems or result is None:
        raise document.error(problems)
    return result


def _make(data: dict[str, Any], edit: Edit) -> None:
    if not edit.path:
        _nowhere(edit)
    *parents, last = edit.path
    node: Any = data
    kind: Any = Datacenter
    for name in parents:
        kind = _kind_inside(kind, name, node, edit)
        # Facts at their defaults are left out of plain data: open them here.
        if node.get(name) is None:
            if edit.op == "remove":
                node = {}
                continue
            node[name] = {}
        node = node[name]
    if edit.op == "set":
        _kind_inside(kind, last, {last: None}, edit)
        if not isinstance(node, dict):
            _nowhere(edit)
        # A copy: a later edit may reach into it.
        node[last] = deepcopy(edit.value)
    else:
        _kind_inside(kind, last, node, edit)
        node.pop(last, None)


def _kind_inside(kind: Any, name: str, node: Any, edit: Edit) -> Any:
    """The type of what stands under a name: a field of facts, or an entity that exists."""
    if isinstance(node, dict):
        if get_origin(kind) is FrozenMapping:
            if name in node:
                return get_args(kind)[0]
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and name in kind.model_fields:
            annotation = kind.model_fields[name].annotation
            options = [option for option in get_args(annotation) if option is not type(None)]
            is_mapping = get_origin(annotation) is FrozenMapping
            return annotation if is_mapping or len(options) != 1 else options[0]
    return _nowhere(edit)


def _nowhere(edit: Edit) -> NoReturn:
    problem = Problem("the path leads nowhere", "Use names that exist", edit.path)
    raise InputError("edit", [problem])
