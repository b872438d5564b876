"""Faults that name the host whose end of VMotion is at fault."""

from __future__ import annotations

from typing import Any

from vmlab.inventory.move import Move
from vmlab.rules.rule import Fault


def interface_fault(name: str, move: Move | None, host: str, network: str | None = None) -> Fault:
    """A fault of the kin of VMotionInterfaceIssue.

    Parameters
    ----------
    name : str
        Its class.
    move : Move or None
        The move that was judged; without one there is no source.
    host : str
        The host at fault.
    network : str, optional
        The port group of VMotion, for the classes that name it.

    Returns
    -------
    Fault
        With the host, and on which side of the move it is.

    Examples
    --------
    >>> move = Move(vm="web01", source="esx01", destination="esx02")
    >>> interface_fault("VMotionNotLicensed", move, "esx02").fields["atSourceHost"]
    False
    """
    fields: dict[str, Any] = {"failedHost": host, "failedHostEntity": host}
    if move is not None:
        fields["atSourceHost"] = host == move.source
    if network is not None:
        fields["network"] = network
    return Fault(name, fields)
