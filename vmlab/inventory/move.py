"""A move: which virtual machine, from where, to where, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vmlab.inventory.entity import Entity

Kind = Literal["vmotion", "storage", "both", "suspended", "cold"]
Priority = Literal["high", "low"]


class Move(Entity):
    """A request to move a virtual machine.

    As an entry of a datacenter it is a move under way: it holds a slot, and,
    once `shell` is set, an empty virtual machine with its reservation waits
    on the destination.
    """

    vm: str
    source: str
    destination: str
    kind: Kind = "vmotion"
    priority: Priority = "high"
    shell: bool = Field(default=False, description="The destination has made the empty VM")
