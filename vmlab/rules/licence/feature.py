"""A licence that lacks a feature, and one that brings it."""

from __future__ import annotations

from typing import Any

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Feature
from vmlab.inventory.path import plain, set_to
from vmlab.rules.licence.vmotion import DEFAULT_EDITION
from vmlab.rules.rule import Breach


def lacks(
    datacenter: Datacenter, host: str, feature: Feature, words: str, edition: str | None
) -> Breach | None:
    """A breach where a host's licence does not bring a feature.

    Parameters
    ----------
    datacenter : Datacenter
        Where the host is.
    host, feature : str
        Whose licence, and what it must bring.
    words : str
        The feature, as a message calls it.
    edition : str or None
        The edition to assign; None keeps the host's own.

    Returns
    -------
    Breach or None
        Its edit assigns a licence that brings the feature besides the others.
    """
    if datacenter.hosts[host].is_licensed_for(feature):
        return None
    licence = datacenter.hosts[host].licence
    facts: dict[str, Any] = plain(licence) if licence else {"edition": DEFAULT_EDITION}
    facts["edition"] = edition or facts["edition"]
    facts["features"] = [*facts.get("features", []), feature]
    path = ("hosts", host, "licence")
    return Breach(
        path,
        f"{host} has no licence for {words}" + (f": {licence.edition} lacks it" if licence else ""),
        f"Assign a licence for {words} to {host}",
        (set_to(path, facts),),
    )
