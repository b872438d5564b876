"""Hardware versions, processors, memory, and whether anything holds a VM back."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import WEB01, by_profile, findings
from vmlab.inventory import Edit, set_to
from vmlab.rules.machine.version import first_release
from vmlab.rules.rule import Fault

ERROR = ["error"] * 4
SILENT = ["-"] * 4
ESX02 = ("hosts", "esx02")
VCPUS = (*WEB01, "vcpus")


def version(number: int, release: str, kind: str = "ESXi") -> tuple[Edit, ...]:
    """The VM's hardware version, and the release and kind of the destination."""
    return (
        set_to((*WEB01, "hardware_version"), number),
        set_to((*ESX02, "version"), release),
        set_to((*ESX02, "kind"), kind),
    )


# The reference, section 2, vm-hardware-version: the first release of each version.
@pytest.mark.parametrize(
    ("number", "first", "before"),
    [
        (7, "4.0", "3.5"),
        (8, "5.0", "4.1"),
        (9, "5.1", "5.0"),
        (10, "5.5", "5.1"),
        (11, "6.0", "5.5"),
        (13, "6.5", "6.0"),
        (14, "6.7", "6.5"),
        (15, "6.7 U2", "6.7 U1"),
        (17, "7.0", "6.7 U3"),
        (18, "7.0 U1", "7.0"),
        (19, "7.0 U2", "7.0 U1"),
        (20, "8.0", "7.0 U3"),
        (21, "8.0 U2", "8.0 U1"),
    ],
)
def test_the_first_release_of_a_hardware_version(number: int, first: str, before: str) -> None:
    assert first_release(number) == first
    rule = "vm-hardware-version"
    assert findings(rule, *version(number, first)) == []
    (finding,) = findings(rule, *version(number, before))
    assert finding.path == (*ESX02, "version")
    names = {"hostName": "esx02", "host": "esx02"}
    assert finding.fault == Fault("VirtualHardwareVersionNotSupported", names)
    assert by_profile(rule, *version(number, before)) == ERROR


def test_hardware_versions_between_and_beyond() -> None:
    assert first_release(3) == "0"
    assert first_release(4) == "3.0"
    assert first_release(12) == "6.5"
    assert first_release(16) == "7.0"
    assert first_release(30) is None
    (finding,) = findings("vm-hardware-version", *version(30, "9.0"))
    assert finding.edits == ()


def test_an_esx_is_not_upgraded_beyond_4_1() -> None:
    (finding,) = findings("vm-hardware-version", *version(8, "4.1", "ESX"))
    assert finding.edits == ()
    (finding,) = findings("vm-hardware-version", *version(7, "3.5", "ESX"))
    assert [edit.value for edit in finding.edits] == ["4.0"]


@pytest.mark.parametrize("kind", ["vmotion", "both", "cold", "suspended"])
def test_hardware_matters_whenever_the_host_changes(kind: str) -> None:
    assert findings("vm-hardware-version", *version(20, "7.0"), kind=kind)
    assert findings("vm-vcpu-count", set_to(VCPUS, 9), kind=kind)
    assert findings("vm-memory-size", set_to((*WEB01, "memory_mib"), 3), kind=kind)


def test_a_move_of_files_alone_asks_nothing_of_hosts() -> None:
    wrong = (*version(20, "7.0"), set_to(VCPUS, 9), set_to((*WEB01, "memory_mib"), 3))
    for rule in ("vm-hardware-version", "vm-vcpu-count", "vm-memory-size"):
        assert findings(rule, *wrong, kind="storage", datastore="nfs-01") == []


def test_processors_of_the_host() -> None:
    # Two sockets of four cores: eight.
    assert by_profile("vm-vcpu-count", set_to(VCPUS, 8)) == SILENT
    assert by_profile("vm-vcpu-count", set_to(VCPUS, 9)) == ERROR
    (finding,) = findings("vm-vcpu-count", set_to(VCPUS, 9))
    fields = {"numCpuDest": 8, "numCpuVm": 9, "host": "esx02"}
    assert finding.fault == Fault("NotEnoughLogicalCpus", fields)
    threads = set_to((*ESX02, "cpu"), {"threads_per_core": 2})
    assert findings("vm-vcpu-count", set_to(VCPUS, 16), threads) == []


def test_processors_of_the_software() -> None:
    limit = set_to((*ESX02, "capabilities", "max_vcpus"), 4)
    assert findings("vm-vcpu-count", limit, set_to(VCPUS, 4)) == []
    (finding,) = findings("vm-vcpu-count", limit, set_to(VCPUS, 9))
    fields = {"maxSupportedVcpusDest": 4, "numCpuVm": 9}
    assert finding.fault == Fault("NumVirtualCpusNotSupported", fields)
    # A limit above the host's processors is not what stops it.
    loose = set_to((*ESX02, "capabilities", "max_vcpus"), 32)
    (finding,) = findings("vm-vcpu-count", loose, set_to(VCPUS, 9))
    assert finding.fault is not None
    assert finding.fault.name == "NotEnoughLogicalCpus"


def test_cores_a_socket() -> None:
    limit = set_to((*ESX02, "capabilities", "max_cores_per_socket"), 2)
    cores = (*WEB01, "cores_per_socket")
    assert findings("vm-vcpu-count", limit, set_to(cores, 2)) == []
    (finding,) = findings("vm-vcpu-count", limit, set_to(cores, 4))
    fields = {"maxSupportedCoresPerSocketDest": 2, "numCoresPerSocketVm": 4}
    assert finding.fault == Fault("NumVirtualCoresPerSocketNotSupported", fields)
    both = findings("vm-vcpu-count", limit, set_to(cores, 4), set_to(VCPUS, 12))
    assert [f.path[-1] for f in both] == ["vcpus", "cores_per_socket"]


@pytest.mark.parametrize(
    ("mib", "guest", "said"),
    [
        (4, None, None),
        (3, None, "error"),
        (8192, None, None),
        (8193, None, "error"),
        (2048, [2048, 4096], None),
        (4096, [2048, 4096], None),
        (2047, [2048, 4096], "warning"),
        (4097, [2048, 4096], "warning"),
        (9000, [2048, 4096], "error"),
        (2047, [16384, 32768], "warning"),  # no size suits both: nothing is offered
        (9000, [16384, 32768], "error"),
    ],
)
def test_memory_at_its_limits(mib: int, guest: Any, said: str | None) -> None:
    edits = [
        set_to((*WEB01, "memory_mib"), mib),
        set_to((*ESX02, "capabilities", "max_vm_memory_mib"), 8192),
        set_to((*WEB01, "guest_memory_mib"), guest),
    ]
    found = findings("vm-memory-size", *edits)
    assert [f.severity for f in found] == ([said] if said else [])
    assert by_profile("vm-memory-size", *edits) == [said or "-"] * 4
    for finding in found:
        low, high = guest if said == "warning" else (4, 8192)
        fields = {"memorySizeMB": mib, "minMemorySizeMB": low, "maxMemorySizeMB": high}
        name = "MemorySizeNotRecommended" if said == "warning" else "MemorySizeNotSupported"
        assert finding.fault == Fault(name, fields)
        assert bool(finding.edits) is (guest != [16384, 32768])


def test_a_host_without_an_upper_limit() -> None:
    (finding,) = findings("vm-memory-size", set_to((*WEB01, "memory_mib"), 3))
    assert finding.fault is not None
    assert "maxMemorySizeMB" not in finding.fault.fields
    assert [edit.value for edit in finding.edits] == [4]


@pytest.mark.parametrize(
    ("made_on", "state", "said"),
    [
        ("ESX 2.5", "suspended", True),
        ("ESX Server 2.0.1", "on", True),
        ("ESX 2.5", "off", False),
        ("ESX 3.0", "suspended", False),
        ("GSX Server 2.5", "suspended", False),
        ("", "suspended", False),
    ],
)
def test_machines_of_esx_2(made_on: str, state: str, said: bool) -> None:
    kind = {"on": "vmotion", "off": "cold"}.get(state, state)
    edit = set_to((*WEB01, "created_on"), made_on)
    found = by_profile("vm-esx2-origin", edit, kind=kind)
    assert found == (["error", "-", "-", "-"] if said else SILENT)


@pytest.mark.parametrize("kind", ["vmotion", "both", "storage", "cold", "suspended"])
def test_what_holds_every_move_back(kind: str) -> None:
    asks = {"kind": kind, "datastore": "nfs-01"} if kind in {"storage", "both"} else {"kind": kind}
    question = set_to((*WEB01, "question_pending"), True)
    assert by_profile("vm-question-pending", question, **asks) == ERROR
    backup = set_to((*WEB01, "migration_disabled_by"), "Backup")
    assert by_profile("vm-migration-disabled", backup, **asks) == ERROR


@pytest.mark.parametrize("tools", ["running", "installing", "silent", "not-installed"])
@pytest.mark.parametrize("kind", ["vmotion", "storage", "cold", "suspended"])
def test_only_a_running_guest_with_silent_tools_is_missed(tools: str, kind: str) -> None:
    said = tools == "silent" and kind in {"vmotion", "storage"}
    found = by_profile("vm-guest-heartbeat", set_to((*WEB01, "tools"), tools), kind=kind)
    assert found == (["warning"] * 4 if said else SILENT)
