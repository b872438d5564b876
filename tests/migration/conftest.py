"""Two hosts that satisfy every clause, and the move between them."""

from __future__ import annotations

import pytest

from vmlab.inventory import Datacenter, Move, apply, load, set_to
from vmlab.migration import Plan, plan


@pytest.fixture(scope="session")
def datacenter() -> Datacenter:
    # Two rounds and a stop phase, whatever the scenario's own guest does.
    activity = {"working_set_mib": 320, "dirty_pages_per_s": 5000}
    return apply(load("two-hosts").datacenter, [set_to(("vms", "web01", "activity"), activity)])


@pytest.fixture(scope="session")
def move() -> Move:
    return Move(vm="web01", source="esx01", destination="esx02")


@pytest.fixture(scope="session")
def ready(datacenter: Datacenter, move: Move) -> Plan:
    return plan(datacenter, move)
