"""Making an adapter the uplink of a switch: one choice of the learner, edits of two lists."""

from __future__ import annotations

from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, Path, look_up, set_to

UPLINK_OF = "@uplink_of"


def uplink(datacenter: Datacenter, nic_path: Path, wanted: str) -> list[Edit]:
    """Make an adapter an uplink: ``"vSwitch1:standby"``, or of none with an empty text."""
    try:
        look_up(datacenter, nic_path)
        _, host, mapping, nic = nic_path
        if mapping != "physical_nics":
            raise KeyError(mapping)
    except (KeyError, ValueError):
        problem = Problem("no physical adapter stands there", "Choose one that exists", nic_path)
        raise InputError("uplink", [problem]) from None
    target, _, role = wanted.rpartition(":")
    switches = datacenter.hosts[host].virtual_switches
    if wanted and (target not in switches or role not in {"active", "standby"}):
        offered = ", ".join(f"{name}:active, {name}:standby" for name in switches) or "none"
        message = f"{wanted!r} is no place for an uplink on {host}"
        raise InputError("uplink", [Problem(message, f"Known: {offered}", nic_path)])
    edits = []
    for switch in switches.values():
        for field_name, names in (("active", switch.active), ("standby", switch.standby)):
            kept = [name for name in names if name != nic]
            if switch.name == target and field_name == role:
                kept.append(nic)
            if tuple(kept) != names:
                edits.append(
                    set_to(("hosts", host, "virtual_switches", switch.name, field_name), kept)
                )
    return edits
