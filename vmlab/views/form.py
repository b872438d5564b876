"""What a form shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmlab.inventory import Path
from vmlab.views.parts import Json


@dataclass
class Form:
    """What a form shows: fields, links to what is inside, and what may be added."""

    fields: list[Json]
    links: Sequence[tuple[Path, str]] = ()
    add: Sequence[tuple[str, str, Path]] = ()
    by_kind: bool = False
