"""Two hosts that satisfy every clause, and the move between them."""

from __future__ import annotations

import pytest

from vmlab.inventory import Datacenter, Move, load
from vmlab.migration import Plan, plan


@pytest.fixture(scope="session")
def datacenter() -> Datacenter:
    return load("two-hosts").datacenter


@pytest.fixture(scope="session")
def move() -> Move:
    return Move(vm="web01", source="esx01", destination="esx02")


@pytest.fixture(scope="session")
def ready(datacenter: Datacenter, move: Move) -> Plan:
    return plan(datacenter, move)
