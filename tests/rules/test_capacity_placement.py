"""Placement rules of DRS: required ones bind, those between VMs warn."""

from __future__ import annotations

import pytest

from support.relocations import by_profile, findings
from vmlab.inventory import Edit, set_to

RULES = ("clusters", "cluster-01", "rules", "r")
MUST, BETWEEN = "cap-drs-must-rule", "cap-drs-vm-rule"


def drs(keep: str, *, hosts: list[str] | None = None, required: bool = False) -> Edit:
    facts = {"keep": keep, "vms": ["web01", "db01"], "hosts": hosts or [], "required": required}
    return set_to(RULES, facts)


def db01(host: str, power: str = "on") -> Edit:
    return set_to(("vms", "db01"), {"host": host, "home": "san-01", "power_state": power})


@pytest.mark.parametrize(
    ("keep", "hosts", "forbidden"),
    [
        ("on-hosts", ["esx01"], True),
        ("on-hosts", ["esx01", "esx02"], False),
        ("off-hosts", ["esx02"], True),
        ("off-hosts", ["esx01"], False),
    ],
)
def test_required_rules_bind(keep: str, hosts: list[str], forbidden: bool) -> None:
    required = (db01("esx01"), drs(keep, hosts=hosts, required=True))
    expected = ["-", *["error" if forbidden else "-"] * 3]
    assert by_profile(MUST, *required) == expected
    # What only should be is left to DRS.
    assert by_profile(MUST, db01("esx01"), drs(keep, hosts=hosts)) == ["-"] * 4
    assert findings(MUST, *required, kind="storage", datastore="nfs-01") == []
    for finding in findings(MUST, *required):
        assert finding.fault is not None
        assert finding.fault.fields == {"vmName": "web01", "hostName": "esx02"}


@pytest.mark.parametrize(
    ("keep", "host", "power", "warned"),
    [
        ("together", "esx01", "on", True),
        ("together", "esx02", "on", False),
        ("together", "esx01", "off", False),
        ("apart", "esx02", "on", True),
        ("apart", "esx01", "on", False),
        ("apart", "esx02", "off", False),
    ],
)
def test_rules_between_vms_warn(keep: str, host: str, power: str, warned: bool) -> None:
    edits = (db01(host, power), drs(keep))
    assert by_profile(BETWEEN, *edits) == ["warning" if warned else "-"] * 4
    for finding in findings(BETWEEN, *edits):
        assert "db01" in finding.message
        assert finding.edits[0].value == ["db01"]


def test_rules_of_another_cluster_or_another_vm_say_nothing() -> None:
    elsewhere = set_to(("clusters", "cluster-01", "hosts"), ["esx01"])
    forbid = drs("off-hosts", hosts=["esx02"], required=True)
    assert findings(MUST, db01("esx01"), forbid, elsewhere) == []
    other = {"keep": "off-hosts", "vms": ["db01"], "hosts": ["esx02"], "required": True}
    assert findings(MUST, db01("esx01"), set_to(RULES, other)) == []
