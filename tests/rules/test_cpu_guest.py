"""64 bits, counters, OS descriptors, affinity; and what is not asked of a VM that is off."""

from __future__ import annotations

import pytest

from support.relocations import VSPHERE_8, by_profile, findings
from vmlab.inventory import Edit, Move, Profile, apply, set_to
from vmlab.rules import check

WEB01 = ("vms", "web01", "cpu")
ESX02 = ("hosts", "esx02")
NO_VT = set_to((*ESX02, "cpu", "virtualization_enabled"), False)
CHANGES = set_to((*WEB01, "descriptor_changes"), True)
CANNOT_STORE = set_to((*ESX02, "capabilities", "cpu_requirements_storable"), False)


@pytest.mark.parametrize(
    "edit",
    [
        NO_VT,
        set_to((*ESX02, "cpu", "long_mode"), False),
        set_to((*ESX02, "capabilities", "guest_64bit"), False),
    ],
    ids=lambda edit: edit.path[-1],
)
def test_a_64_bit_guest_needs_a_host_for_it(edit: Edit) -> None:
    assert by_profile("cpu-64bit-guest", edit) == ["error"] * 4
    assert by_profile("cpu-64bit-guest", edit, kind="suspended") == ["error"] * 4
    assert by_profile("cpu-64bit-guest", edit, kind="cold") == ["warning"] * 4
    (finding,) = findings("cpu-64bit-guest", edit)
    assert finding.path == edit.path
    assert finding.fault is not None
    assert finding.fault.name == "CpuIncompatible81EDX"
    assert finding.fault.fields["lm"] is True
    assert findings("cpu-64bit-guest", edit, set_to((*WEB01, "guest_is_64bit"), False)) == []
    assert findings("cpu-64bit-guest", edit, kind="storage", datastore="nfs-01") == []
    # Long mode is not told twice.
    assert findings("cpu-feature-missing", edit) == []


def notes(kind: str, power: str) -> list[str | None]:
    datacenter = apply(VSPHERE_8, [set_to(("vms", "web01", "power_state"), power)])
    facts = {"vm": "web01", "source": "esx01", "destination": "esx02", "kind": kind}
    report = check(datacenter, Move.model_validate(facts), Profile.VSPHERE_67)
    return [p.note for p in report.passed if p.rule.id == "cpu-cold-no-check"]


def test_why_nothing_was_compared_is_noted() -> None:
    assert notes("vmotion", "on") == [None]
    (off,) = notes("cold", "off")
    assert off is not None
    assert "no CPU comparison" in off
    (suspended,) = notes("suspended", "suspended")
    assert suspended is not None
    assert "every CPU comparison" in suspended


def test_counters_must_be_alike_where_they_are_used() -> None:
    used = set_to((*WEB01, "performance_counters"), True)
    other = set_to((*ESX02, "cpu", "performance_counters"), "version 4")
    assert by_profile("cpu-perf-counters", used, other) == ["-", "error", "error", "error"]
    assert findings("cpu-perf-counters", used) == []
    assert findings("cpu-perf-counters", other) == []
    assert findings("cpu-perf-counters", used, other, kind="cold") == []


@pytest.mark.parametrize(
    ("edits", "kind", "severity", "fault"),
    [
        ((), "vmotion", "warning", "WillModifyConfigCpuRequirements"),
        ((), "cold", "warning", "WillModifyConfigCpuRequirements"),
        ((CANNOT_STORE,), "vmotion", "error", "CannotModifyConfigCpuRequirements"),
        ((CANNOT_STORE,), "suspended", "error", "CannotModifyConfigCpuRequirements"),
        ((CANNOT_STORE,), "cold", "warning", "CannotModifyConfigCpuRequirements"),
    ],
)
def test_requirements_that_would_change(
    edits: tuple[Edit, ...], kind: str, severity: str, fault: str
) -> None:
    assert (
        by_profile("cpu-config-requirements-change", CHANGES, *edits, kind=kind) == [severity] * 4
    )
    (finding,) = findings("cpu-config-requirements-change", CHANGES, *edits, kind=kind)
    assert finding.fault is not None
    assert finding.fault.name == fault
    assert findings("cpu-config-requirements-change", *edits, kind=kind) == []


def test_affinity_of_a_running_vm() -> None:
    cpus = set_to((*WEB01, "affinity"), ["0", "1"])
    node = set_to((*WEB01, "memory_affinity"), ["0"])
    assert by_profile("cpu-affinity", cpus) == ["error"] * 4
    both = findings("cpu-affinity", cpus, node)
    assert [f.path[-1] for f in both] == ["affinity", "memory_affinity"]
    assert {tuple(f.fault.fields["configuredAffinity"]) for f in both if f.fault} == {
        ("cpu", "memory")
    }
    assert findings("cpu-affinity", cpus, kind="suspended") == []
    assert findings("cpu-affinity", cpus, kind="storage", datastore="nfs-01") == []
    (finding,) = both[:1]
    assert finding.rule.scope == "vm"
