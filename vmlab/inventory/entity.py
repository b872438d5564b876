"""What every entity shares: it cannot change, and it knows its own name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema
from pydantic_core import core_schema

ValueT = TypeVar("ValueT")
MAX_NAME_LENGTH = 80
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class FrozenMapping(Mapping[str, ValueT], Generic[ValueT]):
    """A mapping from names to values that cannot be changed, and can be hashed.

    As a field of an entity it gives each entity in it the name it stands under.
    """

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[str, ValueT] | None = None) -> None:
        self._items = dict(items or {})
        self._hash: int | None = None

    def __getitem__(self, name: str) -> ValueT:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMapping):
            return self._items == other._items
        return NotImplemented

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        # Without the hash: text hashes differently in another process.
        return type(self), (self._items,)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        (value_type,) = get_args(source)
        items = core_schema.dict_schema(
            core_schema.no_info_after_validator_function(checked_name, core_schema.str_schema()),
            handler.generate_schema(value_type),
        )
        return core_schema.no_info_before_validator_function(
            _named,
            core_schema.no_info_after_validator_function(cls, items),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _plain, info_arg=True, when_used="always"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A mapping in which null stands for an entity of defaults, as the file may say."""
        said = handler(schema)
        values = said.get("additionalProperties")
        if isinstance(values, dict) and "$ref" in values:
            said["additionalProperties"] = {"anyOf": [values, {"type": "null"}]}
        return said


def checked_name(name: str) -> str:
    """A name as it is, or ValueError where it is none."""
    if not name.strip():
        raise ValueError("a name is empty")
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"a name is longer than {MAX_NAME_LENGTH} characters")
    if _UNPRINTABLE.search(name):
        raise ValueError("a name has a character that cannot be printed")
    return name


def _named(value: Any) -> Any:
    """Hand each entity its name; null stands for an entity of defaults."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return value
    named: dict[Any, Any] = {}
    for name, entity in value.items():
        if isinstance(entity, Entity):
            same = entity.name == name
            named[name] = entity if same else entity.model_copy(update={"name": name})
        elif entity is None:
            named[name] = {"name": name}
        elif isinstance(entity, Mapping):
            if "name" in entity:
                raise ValueError(f"{name}: its name is the key; remove `name`")
            named[name] = {**entity, "name": name}
        else:
            named[name] = entity
    return named


def _plain(value: FrozenMapping[Any], info: core_schema.SerializationInfo) -> dict[str, Any]:
    def dump(entity: Any) -> Any:
        if isinstance(entity, BaseModel):
            return entity.model_dump(mode=info.mode, exclude_defaults=info.exclude_defaults)
        return entity

    return {name: dump(entity) for name, entity in value.items()}


class Facts(BaseModel):
    """Facts that cannot change."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True
    )


class Entity(Facts):
    """Something that exists in a datacenter under a name; refers to others by theirs."""

    name: SkipJsonSchema[str] = Field(default="", exclude=True)


Mtu = Annotated[int, Field(ge=576, le=9216, description="Largest frame, bytes of payload")]
VlanId = Annotated[int, Field(ge=0, le=4095, description="0 is untagged, 4095 a trunk")]
