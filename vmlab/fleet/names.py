"""Names of a pair that note who looks at them, and how what was looked at is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal

from vmlab.rules.rule import hosts_judged

Role = Literal["vm", "source", "destination"]
Step = tuple[Any, ...]
Steps = tuple[Step, ...]
Read = tuple[Role, Steps]

HERE = object()  # the name of the VM or host in question, among steps
NAME: Steps = (("name",),)


_OF_TEXT = frozenset(dir(str))


class Name(str):
    """The name of the VM or a host in question: whoever compares it looks at it.

    It may be shown in a message freely. What it cannot note is a question put
    to another text, such as `text.startswith(name)`.
    """

    role: Role
    reads: dict[Read, None]
    sorts: bool

    def __new__(cls, name: str, role: Role, reads: dict[Read, None], sorts: bool) -> Name:
        """A name that notes who looks at it."""
        made = super().__new__(cls, name)
        made.role, made.reads, made.sorts = role, reads, sorts
        return made

    def __getattribute__(self, attribute: str) -> Any:
        if not attribute.startswith("_") and attribute in _OF_TEXT:
            self.reads[self.role, NAME] = None
        return super().__getattribute__(attribute)

    def __format__(self, how: str) -> str:
        return format(plain_name(self), how)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Name):
            # Source and destination of a pair are never one host.
            return bool(self.role == other.role)
        if isinstance(other, str):
            self.reads[self.role, (*NAME, ("equals", other))] = None
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        # The pair's names are hashed to judge each host once; that tells nothing.
        if not self.sorts and sys._getframe(1).f_code is not hosts_judged.__code__:
            self.reads[self.role, NAME] = None
        return str.__hash__(self)


def plain_name(name: Name) -> str:
    """The same name, of which nobody takes note."""
    return str.__str__(name)


def _noting(method: str) -> Callable[..., Any]:
    original = getattr(str, method)

    def noted(self: Name, *args: Any, **options: Any) -> Any:
        self.reads[self.role, NAME] = None
        return original(self, *args, **options)

    return noted


_LOOKS = "contains getitem iter len str add mod mul rmul lt le gt ge"
for _method in (f"__{word}__" for word in _LOOKS.split()):
    setattr(Name, _method, _noting(_method))


class Names(tuple[Any, ...]):
    """A list of names that is the same for all pairs: one question, one note."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        if isinstance(name, Name):
            name.reads[name.role, (*NAME, ("among", tuple(self)))] = None
            return tuple.__contains__(self, plain_name(name))
        return tuple.__contains__(self, name)
