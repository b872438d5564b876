"""A report in vSphere's shape: every fault and field is one that pyVmomi knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import F_OPTIONAL

from vmlab.inventory import Move, Profile, apply, load, set_to
from vmlab.rules import MISCONFIGURATIONS, RULES, Misconfiguration, Rule, check, request
from vmlab.rules.check_result import check_result, fault_to_json
from vmlab.rules.report import Finding, Report
from vmlab.rules.rule import Fault

MOVE = Move(vm="web01", source="esx01", destination="esx02")
PLAIN = (str, int, float, bool, list, dict)


def fault_class(name: str) -> Any:
    """The class of a fault: vim.fault, else vmodl.fault; None where neither has it."""
    for package in (vim.fault, vmodl.fault):
        found = getattr(package, name, None)
        if found is not None:
            return found
    return None


def fields_of(name: str) -> dict[str, Any]:
    """VMODL properties of a fault class, its own and inherited ones, and their types."""
    return {prop.name: prop.type for prop in fault_class(name)._GetPropertyList()}


def layers(fault: Fault | None) -> Iterator[Fault]:
    """A fault and those that it wraps."""
    while fault is not None:
        yield fault
        fault = fault.inner


def judged(misconfiguration: Misconfiguration, profile: Profile | None = None) -> Report:
    datacenter = misconfiguration.datacenter()
    return check(datacenter, misconfiguration.move(), profile or misconfiguration.profile)


@pytest.mark.parametrize("rule", [r for r in RULES if r.fault], ids=lambda r: r.id)
def test_the_fault_of_a_rule_exists(rule: Rule) -> None:
    found = fault_class(str(rule.fault))
    assert found is not None
    assert issubclass(found, vmodl.MethodFault)


def test_a_name_that_is_none_would_be_seen() -> None:
    assert fault_class("NoSuchFault") is None
    assert "adapter" not in fields_of("CannotAccessVmDevice")
    assert {"device", "backing", "connected", "network"} <= set(fields_of("CannotAccessNetwork"))


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_faults_and_fields_exist(misconfiguration: Misconfiguration) -> None:
    for profile in Profile:
        for finding in judged(misconfiguration, profile).findings:
            for fault in layers(finding.fault):
                is_vsphere(fault)


# Required by the API, and of what the inventory does not know: keys of licences and
# switches, and a kind of move that the class has no word for.
UNKNOWN = {
    ("LicenseExpired", "licenseKey"),
    ("CannotMoveFaultToleranceVm", "moveType"),
    ("InsufficientNetworkResourcePoolCapacity", "dvsUuid"),
    ("InsufficientNetworkResourcePoolCapacity", "resourcePoolKey"),
}


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_fields_that_the_api_requires_are_filled(misconfiguration: Misconfiguration) -> None:
    for profile in Profile:
        for finding in judged(misconfiguration, profile).findings:
            for fault in layers(finding.fault):
                said = {*fault.fields, *(("fault",) if fault.inner else ())}
                missing = {
                    (fault.name, prop.name)
                    for prop in fault_class(fault.name)._GetPropertyList()
                    if not prop.flags & F_OPTIONAL and prop.name not in said
                }
                assert missing <= UNKNOWN


def is_vsphere(fault: Fault) -> None:
    found = fault_class(fault.name)
    assert found is not None, fault.name
    assert issubclass(found, vmodl.MethodFault)
    known = fields_of(fault.name)
    assert set(fault.fields) <= set(known), fault.name
    assert "fault" not in fault.fields
    for name, value in fault.fields.items():
        assert isinstance(value, PLAIN), (fault.name, name)
        assert _fits(value, known[name]), (fault.name, name, value, known[name])
    if fault.inner is not None:
        assert issubclass(known["fault"], vmodl.MethodFault)


def _fits(value: Any, kind: Any) -> bool:
    """Whether plain data can stand for a field's type; objects are told by their names."""
    if kind is bool:
        return isinstance(value, bool)
    if issubclass(kind, int):
        return isinstance(value, int) and not isinstance(value, bool)
    if issubclass(kind, float):
        return isinstance(value, int | float)
    if issubclass(kind, list):
        return isinstance(value, list | tuple)
    return isinstance(value, str | dict)


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_what_goes_into_which_list(misconfiguration: Misconfiguration) -> None:
    report = judged(misconfiguration)
    (result,) = report.to_check_result()
    assert list(result) == ["vm", "host", "warning", "error", "without_fault"]
    move = misconfiguration.move()
    assert (result["vm"], result["host"]) == (move.vm, move.destination)
    checked = [f for f in report.findings if f.phase == "check"]
    for severity in ("warning", "error"):
        expected = [f.fault for f in checked if f.severity == severity and f.fault]
        assert result[severity] == [fault_to_json(fault) for fault in expected]
        assert [f["fault"] for f in result[severity]] == [fault.name for fault in expected]
    others = {(f.rule.id, f.message) for f in checked if not _carried(f)}
    assert {(f["rule"], f["message"]) for f in result["without_fault"]} == others
    told = len(result["warning"]) + len(result["error"]) + len(result["without_fault"])
    assert told == len(checked)
    assert json.loads(json.dumps(result, allow_nan=False))["vm"] == move.vm


def _carried(finding: Finding) -> bool:
    return finding.fault is not None and finding.severity in {"warning", "error"}


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_a_fault_that_blocks_is_among_the_errors(misconfiguration: Misconfiguration) -> None:
    report = judged(misconfiguration)
    (result,) = report.to_check_result()
    refused = result["error"] or any(f["severity"] == "error" for f in result["without_fault"])
    assert bool(refused) is not report.ok


def test_no_findings_is_a_compatible_host() -> None:
    datacenter = load("two-hosts").datacenter
    assert check(datacenter, request(datacenter, "web01", "esx02")).to_check_result() == [
        {"vm": "web01", "host": "esx02", "warning": [], "error": [], "without_fault": []}
    ]
    assert check(datacenter).to_check_result() == []


def test_a_wrapped_fault() -> None:
    datacenter = load("two-hosts").datacenter
    edit = set_to(("vms", "web01", "devices", "cd 1", "connected"), True)
    report = check(apply(datacenter, [edit]), MOVE)
    (result,) = report.to_check_result()
    assert result["error"] == [
        {
            "fault": "DisallowedMigrationDeviceAttached",
            "fields": {
                "fault": {"fault": "RemoteDeviceNotSupported", "fields": {"device": "cd 1"}}
            },
        }
    ]
    assert result["warning"] == []


def test_what_shows_only_when_the_task_runs_is_left_out() -> None:
    datacenter = load("two-hosts").datacenter
    edit = set_to(("hosts", "esx02", "vmkernel_adapters", "vmk0", "ip"), "10.0.51.12")
    report = check(apply(datacenter, [edit]), MOVE)
    assert [f.phase for f in report.findings] == ["connect"]
    (result,) = report.to_check_result()
    assert result["error"] == result["warning"] == result["without_fault"] == []


def test_without_a_move_a_result_for_each_host_that_has_something() -> None:
    datacenter = load("two-hosts").datacenter
    duplex = ("hosts", "esx02", "physical_nics", "vmnic1", "duplex")
    (result,) = check(apply(datacenter, [set_to(duplex, "half")])).to_check_result()
    assert (result["vm"], result["host"]) == (None, "esx02")
    assert [fault["fault"] for fault in result["error"]] == ["VMotionLinkCapacityLow"]


def test_what_no_list_can_carry() -> None:
    (rule,) = [rule for rule in RULES if rule.id == "net-pg-label"]
    advice = Finding(rule, "advice", ("vms", "web01"), "said", "fix", fault=Fault("NoPermission"))
    error = Finding(rule, "error", ("vms", "web01"), "refused", "fix")
    (result,) = check_result(MOVE, [advice, error])
    assert result["error"] == result["warning"] == []
    assert result["without_fault"] == [
        {"rule": "net-pg-label", "severity": "advice", "message": "said"},
        {"rule": "net-pg-label", "severity": "error", "message": "refused"},
    ]
