"""Edits that are known to be sound, made without checking the whole datacenter again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import Entity, FrozenMapping
from vmlab.inventory.path import Edit, apply


def patched(datacenter: Datacenter, edits: Iterable[Edit]) -> Datacenter:
    """A datacenter with edits made that leave its references as sound as they were.

    Parameters
    ----------
    datacenter : Datacenter
        Left as it is; what no edit touches is shared with the new one.
    edits : iterable of Edit
        Made in their order; each value is checked by itself.

    Returns
    -------
    Datacenter
        Equal to what `apply` returns, which checks references too and is
        slower by far.

    Raises
    ------
    InputError
        As `apply` does.
    """
    edits = tuple(edits)
    root = _Open(datacenter, Datacenter)
    try:
        for edit in edits:
            _make(root, edit)
        result: Datacenter = _closed(root)
    except (KeyError, IndexError, TypeError, ValidationError):
        return apply(datacenter, edits)
    return result


class _Open:
    """A node that is being edited: what was changed of it, by name."""

    __slots__ = ("changed", "kind", "model", "node")

    def __init__(self, node: Any, kind: Any) -> None:
        self.node = node
        self.model: Any = type(node)
        self.kind = kind
        self.changed: dict[str, Any] = {}

    def child(self, name: str) -> _Open:
        """What stands under a name, opened."""
        if name in self.changed:
            found = self.changed[name]
            if isinstance(found, _Open):
                return found
        elif isinstance(self.node, FrozenMapping):
            found = self.node[name]
        else:
            found = self.node.__dict__[name]
        if found is _GONE or not isinstance(found, (FrozenMapping, BaseModel)):
            raise KeyError(name)
        opened = _Open(found, _kind_inside(self.kind, self.model, name))
        self.changed[name] = opened
        return opened


_GONE = object()


def _make(root: _Open, edit: Edit) -> None:
    *parents, name = edit.path
    at = root
    for parent in parents:
        at = at.child(parent)
    if isinstance(at.node, FrozenMapping):
        kind = _kind_inside(at.kind, FrozenMapping, name)
        if edit.op == "set":
            at.changed[name] = _entity(kind, name, edit.value)
        elif at.changed.get(name, at.node.get(name, _GONE)) is _GONE:
            raise KeyError(name)
        else:
            at.changed[name] = _GONE
    elif edit.op == "set":
        at.changed[name] = _adapter(at.model, name).validate_python(edit.value)
    else:
        value = at.model.model_fields[name].get_default(call_default_factory=True)
        if value is PydanticUndefined:
            raise KeyError(name)
        at.changed[name] = value


def _closed(opened: _Open) -> Any:
    """The node with what was changed of it."""
    node = opened.node
    changed = {
        name: _closed(value) if isinstance(value, _Open) else value
        for name, value in opened.changed.items()
    }
    if isinstance(node, FrozenMapping):
        items: dict[str, Any] = {**node, **changed}
        for name in [name for name, value in changed.items() if value is _GONE]:
            del items[name]
        return FrozenMapping(items)
    if _is_judged_as_a_whole(opened.model):
        return opened.model.model_validate({**node.__dict__, **changed})
    return node.model_copy(update=changed)


@cache
def _kind_inside(kind: Any, model: Any, name: str) -> Any:
    """The type of what stands under a name."""
    if model is FrozenMapping:
        return get_args(kind)[0]
    return model.model_fields[name].annotation


def _entity(kind: Any, name: str, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Entity):
        if not isinstance(value, Mapping):
            raise TypeError("an entity is a mapping")
        return kind.model_validate({**value, "name": name})
    return _plain_adapter(kind).validate_python(value)


@cache
def _is_judged_as_a_whole(model: type[BaseModel]) -> bool:
    """Whether a validator looks at more than a field's type."""
    seen = model.__pydantic_decorators__
    return bool(seen.field_validators or seen.model_validators)


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    kind: Any = field.annotation
    for extra in field.metadata:
        kind = Annotated[kind, extra]
    return TypeAdapter(kind, config=None if _has_config(kind) else {"coerce_numbers_to_str": True})


@cache
def _plain_adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config={"coerce_numbers_to_str": True, "allow_inf_nan": False})


def _has_config(kind: Any) -> bool:
    """Models bring a configuration of their own; an adapter of one takes no other."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)
