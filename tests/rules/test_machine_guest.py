"""Clusters of guests, virtual hardware, encryption, other memory, fault tolerance."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import DISK_2, TWO_HOSTS, WEB01, by_profile, findings
from vmlab.inventory import Edit, Profile, set_to
from vmlab.rules.rule import Fault

ERROR = ["error"] * 4
SILENT = ["-"] * 4
ESX01, ESX02 = ("hosts", "esx01"), ("hosts", "esx02")
FILES = {"kind": "storage", "datastore": "nfs-01"}
BOTH = {"kind": "both", "datastore": "nfs-01"}
THIRD = set_to(("hosts", "esx03"), {"version": "8.0", "build": "1"})


def web01(**facts: Any) -> tuple[Edit, ...]:
    return tuple(set_to((*WEB01, name), value) for name, value in facts.items())


def web02(host: str, group: str = "sql") -> Edit:
    return set_to(("vms", "web02"), {"host": host, "home": "san-01", "cluster_group": group})


def rdm(mode: str = "physical") -> Edit:
    return set_to((*DISK_2, "rdm"), {"lun": "lun-1", "mode": mode})


ALLOWED = (*web01(bus_sharing="physical", hardware_version=11, cluster_group="sql"), rdm())


def test_a_shared_bus() -> None:
    rule = "vm-bus-sharing"
    for word in ("virtual", "physical"):
        assert by_profile(rule, *web01(bus_sharing=word)) == ERROR
        assert by_profile(rule, *web01(bus_sharing=word), **FILES) == ERROR
        for kind in ("cold", "suspended"):
            assert by_profile(rule, *web01(bus_sharing=word), kind=kind) == SILENT
    (finding,) = findings(rule, *web01(bus_sharing="virtual"))
    assert finding.fault is not None
    assert finding.fault.inner is not None
    assert finding.fault.inner.name == "SharedBusControllerNotSupported"


@pytest.mark.parametrize(
    ("but", "asks", "said"),
    [
        ((), {}, False),
        (web01(hardware_version=10), {}, True),
        (web01(bus_sharing="virtual"), {}, True),
        ((rdm("virtual"),), {}, True),
        ((set_to((*DISK_2, "rdm"), None),), {}, True),
        ((web02("esx01"),), {}, True),  # a cluster in one box
        ((web02("esx01", "mail"),), {}, False),
        ((web02("esx02"),), {}, False),  # vm-wsfc-same-host's business
        ((set_to((*ESX02, "version"), "5.5"),), {}, True),
        ((set_to((*ESX01, "version"), "5.5"),), {}, True),
        ((set_to((*ESX02, "version"), "6.0"),), {}, False),
        ((), BOTH, True),
        ((), FILES, True),
    ],
)
def test_what_6_0_lets_move_on_a_shared_bus(
    but: tuple[Edit, ...], asks: dict[str, Any], said: bool
) -> None:
    # The reference, section 3, C13.
    assert bool(findings("vm-bus-sharing", *ALLOWED, *but, **asks)) is said


def test_hosts_before_6_0_never_move_a_shared_bus() -> None:
    found = findings("vm-bus-sharing", *ALLOWED, start=TWO_HOSTS, profile=Profile.GUIDE_40)
    assert [f.severity for f in found] == ["error"]


def test_nodes_of_a_cluster_do_not_meet() -> None:
    rule, node = "vm-wsfc-same-host", web01(cluster_group="sql")
    assert by_profile(rule, *node, web02("esx02")) == ["-", "-", "-", "error"]
    assert by_profile(rule, *node, web02("esx01")) == SILENT
    assert by_profile(rule, *node, web02("esx02", "mail")) == SILENT
    assert by_profile(rule, web02("esx02", "")) == SILENT
    assert by_profile(rule, *node, web02("esx02"), **FILES) == SILENT
    (finding,) = findings(rule, *node, web02("esx02"), profile=Profile.VSPHERE_80)
    assert finding.edits == ()
    (finding,) = findings(rule, *node, web02("esx02"), THIRD, profile=Profile.VSPHERE_80)
    assert [edit.value for edit in finding.edits] == ["esx03"]


@pytest.mark.parametrize("kind", ["vmotion", "both", "cold", "suspended"])
def test_adapters_that_the_target_offers(kind: str) -> None:
    types = (*ESX02, "capabilities", "vnic_types")
    card = (*WEB01, "vnics", "nic 1", "type")
    rule = "vm-vnic-type"
    for known in ("e1000", "e1000e", "vmxnet2", "vmxnet3", "flexible"):
        assert by_profile(rule, set_to(card, known), kind=kind) == SILENT
    assert by_profile(rule, set_to(types, ["e1000"]), kind=kind) == ERROR
    (finding,) = findings(rule, set_to(types, ["e1000"]), kind=kind)
    assert [edit.value for edit in finding.edits] == ["e1000"]
    (finding,) = findings(rule, set_to(types, []), kind=kind)
    assert finding.edits == ()
    assert findings(rule, set_to(types, []), **FILES) == []


def test_vmi() -> None:
    without = set_to((*ESX02, "capabilities", "vmi"), False)
    only_guide = ["error", "-", "-", "-"]
    assert by_profile("vm-vmi", *web01(vmi=True), without, start=TWO_HOSTS) == only_guide
    assert by_profile("vm-vmi", without, start=TWO_HOSTS) == SILENT
    # ESX 4.0 and 4.1 have it, 5.0 does not.
    assert by_profile("vm-vmi", *web01(vmi=True), start=TWO_HOSTS) == SILENT
    for version, said in (("4.1", SILENT), ("5.0", only_guide)):
        target = set_to((*ESX02, "version"), version)
        assert by_profile("vm-vmi", *web01(vmi=True), target, start=TWO_HOSTS) == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [("vmotion", ERROR), ("suspended", ERROR), ("cold", SILENT), ("storage", SILENT)],
)
def test_video_memory(kind: str, said: list[str]) -> None:
    only = set_to((*ESX02, "capabilities", "default_video_ram_kib"), 4096)
    assert by_profile("vm-default-device", only, kind=kind) == SILENT
    assert by_profile("vm-default-device", *web01(video_ram_kib=8192), kind=kind) == SILENT
    assert by_profile("vm-default-device", *web01(video_ram_kib=8192), only, kind=kind) == said


@pytest.mark.parametrize("mode", ["disabled", "opportunistic", "required"])
@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("version", ["6.0", "6.5"])
def test_encrypted_vmotion(mode: str, encrypted: bool, version: str) -> None:
    edits = (
        *web01(encrypted_vmotion=mode, encrypted=encrypted),
        set_to((*ESX02, "version"), version),
    )
    said = (encrypted or mode == "required") and version == "6.0"
    found = by_profile("vm-encrypted-vmotion", *edits)
    assert found == (["-", "-", "error", "error"] if said else SILENT)
    for kind in ("cold", "suspended", "storage"):
        assert by_profile("vm-encrypted-vmotion", *edits, kind=kind) == SILENT


def test_each_host_that_cannot_encrypt_is_named() -> None:
    old = [set_to((*host, "version"), "6.0") for host in (ESX01, ESX02)]
    found = findings("vm-encrypted-vmotion", *old, *web01(encrypted_vmotion="required"))
    assert [f.path for f in found] == [(*ESX01, "version"), (*ESX02, "version")]
    for finding, name, at_source in zip(found, ("esx01", "esx02"), (True, False), strict=True):
        fields = {"atSourceHost": at_source, "failedHostName": name, "failedHost": name}
        assert finding.fault == Fault("MigrationFeatureNotSupported", fields)


def test_an_encrypted_vm_stays_with_its_vcenter() -> None:
    rule, away = "vm-encrypted-cross-vc", set_to((*ESX02, "vcenter"), "vcenter02")
    assert by_profile(rule, *web01(encrypted=True), away) == ["-", "-", "error", "-"]
    assert by_profile(rule, *web01(encrypted=True), away, kind="cold") == ["-", "-", "error", "-"]
    assert by_profile(rule, away) == SILENT
    assert by_profile(rule, *web01(encrypted=True)) == SILENT


def test_persistent_memory() -> None:
    nvdimm = set_to((*WEB01, "devices", "nvdimm 1"), {"kind": "nvdimm"})
    disk = set_to((*DISK_2, "persistent_memory"), True)
    some = set_to((*ESX02, "persistent_memory_gib"), 1)
    since_67 = ["-", "-", "error", "error"]
    assert by_profile("vm-pmem", nvdimm, disk) == since_67
    assert by_profile("vm-pmem", nvdimm) == since_67
    assert by_profile("vm-pmem", disk) == ["-", "-", "warning", "warning"]
    for edits in ((nvdimm, disk), (nvdimm,), (disk,)):
        assert by_profile("vm-pmem", *edits, some) == SILENT
        assert by_profile("vm-pmem", *edits, **FILES) == SILENT


@pytest.mark.parametrize(
    ("there", "module", "fault"),
    [
        (10, "vfc", None),
        (9.5, "vfc", "InsufficientVFlashResourcesFault"),
        (0, "vfc", "VFlashModuleNotSupported"),
        (10, "other", "VFlashModuleNotSupported"),
    ],
)
def test_flash_read_cache(there: float, module: str, fault: str | None) -> None:
    edits = (
        *web01(flash_cache_gib=10),
        set_to((*ESX02, "flash_cache_gib"), there),
        set_to((*ESX02, "flash_module"), module),
    )
    said = ["-", "error", "error", "-"] if fault else SILENT
    assert by_profile("vm-flash-read-cache", *edits) == said
    assert by_profile("vm-flash-read-cache", *edits[1:]) == SILENT
    assert by_profile("vm-flash-read-cache", *edits, **FILES) == SILENT
    for finding in findings("vm-flash-read-cache", *edits):
        assert finding.fault is not None
        assert finding.fault.name == fault
        if fault == "InsufficientVFlashResourcesFault":
            fields = {"freeSpaceInMB": 9728, "requestedSpaceInMB": 10240}
            fields |= {"freeSpace": 9728 * 2**20, "requestedSpace": 10240 * 2**20}
            assert finding.fault.fields == fields


@pytest.mark.parametrize(
    ("partner", "asks", "fault"),
    [
        (None, FILES, None),
        ("esx02", {}, "FaultToleranceAntiAffinityViolated"),
        ("esx02", {"kind": "cold"}, "FaultToleranceAntiAffinityViolated"),
        ("esx03", {}, None),
        ("esx03", FILES, "CannotMoveFaultToleranceVm"),
        ("esx02", BOTH, "CannotMoveFaultToleranceVm"),
    ],
)
def test_fault_tolerance(partner: str | None, asks: dict[str, Any], fault: str | None) -> None:
    edits = (THIRD, *web01(fault_tolerance_partner=partner))
    assert by_profile("vm-fault-tolerance", *edits, **asks) == (ERROR if fault else SILENT)
    names = [f.fault.name for f in findings("vm-fault-tolerance", *edits, **asks) if f.fault]
    assert names == ([fault] if fault else [])


@pytest.mark.parametrize(("build", "said"), [("", False), ("1", False), ("2", True)])
def test_secondaries_run_on_the_same_build(build: str, said: bool) -> None:
    edits = (
        THIRD,
        *web01(fault_tolerance_partner="esx03"),
        set_to((*ESX02, "build"), build),
    )
    found = findings("vm-fault-tolerance", *edits)
    assert [f.fault for f in found] == (
        [Fault("FaultToleranceNotSameBuild", {"build": build})] if said else []
    )
    assert findings("vm-fault-tolerance", *edits, **FILES)[0].path[-1] == "fault_tolerance_partner"
