"""What is known of a fault: where it strikes, how it shows there, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmlab.migration.stages import Side, Stage


@dataclass(frozen=True)
class Symptom:
    """How a fault shows in a stage.

    Parameters
    ----------
    code : str
        The failure catalogue's.
    fault : str or None
        The vSphere fault.
    reason : str
        A sentence about `{vm}`, `{source}` and `{destination}`.
    patience_s : float, optional
        So long the stage waits before it fails, s; a fault that ends sooner
        only delays it.
    """

    code: str
    fault: str | None
    reason: str
    patience_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Fault:
    """A fault that can be injected.

    Parameters
    ----------
    name : str
        For the command line.
    title : str
        For people.
    symptoms : mapping of Stage to Symptom
        Where it strikes.
    default_at : Stage
        Where it begins unless told otherwise.
    harmless : str
        Why it strikes nothing anywhere else.
    assumption : str
        What of it is recalled, or this lab's own.
    stops_data : bool, optional
        Frames are lost: for the model of the copy a link of 0 Mbit/s.
    host_lost : {"source", "destination"} or None, optional
        The host that is gone.
    """

    name: str
    title: str
    symptoms: Mapping[Stage, Symptom]
    default_at: Stage
    harmless: str
    assumption: str
    stops_data: bool = False
    host_lost: Side | None = None
