"""Drives, ports and hardware of the host, connected and not."""

from __future__ import annotations

from typing import Any

import pytest

from support.relocations import WEB01, by_profile, findings
from vmlab.inventory import Edit, Profile, remove, set_to
from vmlab.rules.rule import Fault

ERROR = ["error"] * 4
WARNING = ["warning"] * 4
SILENT = ["-"] * 4
SINCE_55 = ["-", "error", "error", "error"]
DEVICE = (*WEB01, "devices", "device 1")
ESX02 = ("hosts", "esx02")
HOST, IMAGE, CLIENT, FILE = (
    "vm-host-device-connected",
    "vm-image-device",
    "vm-client-device",
    "vm-file-port",
)


def device(**facts: Any) -> Edit:
    return set_to(DEVICE, facts)


@pytest.mark.parametrize("kind", ["cd-dvd", "floppy", "serial", "parallel"])
@pytest.mark.parametrize(
    ("connected", "there", "said"),
    [
        (True, ["dev0"], ERROR),
        (True, [], ERROR),
        (False, ["dev0"], SILENT),  # the same name on the destination
        (False, [], WARNING),
        (False, ["dev1"], WARNING),
    ],
)
def test_hardware_of_the_host(
    kind: str, connected: bool, there: list[str], said: list[str]
) -> None:
    edits = (
        device(kind=kind, backing="host", hardware="dev0", connected=connected),
        set_to((*ESX02, "hardware"), there),
    )
    assert by_profile(HOST, *edits) == said
    for finding in findings(HOST, *edits):
        fields = {"device": "device 1", "backing": "dev0", "connected": connected}
        assert finding.fault == Fault("CannotAccessVmDevice", fields)
        assert finding.edits


def test_hardware_without_a_name_is_whatever_the_host_has() -> None:
    assert findings(HOST, device(backing="host")) == []
    assert [f.severity for f in findings(HOST, device(backing="host", connected=True))] == ["error"]


@pytest.mark.parametrize("kind", ["usb", "pci-passthrough", "sr-iov", "vgpu", "nvdimm"])
def test_other_devices_have_rules_of_their_own(kind: str) -> None:
    for backing in ("host", "client", "file", "image"):
        one = device(kind=kind, backing=backing, connected=True, datastore="esx01-local")
        for rule in (HOST, IMAGE, CLIENT, FILE):
            assert by_profile(rule, one) == SILENT


@pytest.mark.parametrize("kind", ["cd-dvd", "floppy"])
def test_images(kind: str) -> None:
    def holds(store: str | None, connected: bool) -> Edit:
        return device(kind=kind, backing="image", datastore=store, connected=connected)

    assert by_profile(IMAGE, holds("esx01-local", True)) == ERROR
    assert by_profile(IMAGE, holds("esx01-local", False)) == WARNING
    assert by_profile(IMAGE, holds("nfs-01", True)) == SILENT
    assert by_profile(IMAGE, holds(None, True)) == SILENT
    (finding,) = findings(IMAGE, holds("esx01-local", True))
    fields = {"device": "device 1", "backing": "[esx01-local]", "connected": True}
    assert finding.fault == Fault("CannotAccessVmDevice", fields)
    assert [edit.value for edit in finding.edits] == ["san-01"]


@pytest.mark.parametrize(
    "unseen",
    [
        remove(("datastores", "nfs-01", "mounts", "esx02")),
        set_to(("datastores", "nfs-01", "mounts", "esx02", "accessible"), False),
        set_to(("datastores", "nfs-01", "mounts", "esx02", "backing"), "nas2.lab:/other"),
        set_to(("datastores", "nfs-01", "kind"), "local"),
    ],
)
def test_a_datastore_that_only_has_the_name(unseen: Edit) -> None:
    image = device(backing="image", datastore="nfs-01", connected=True)
    assert [f.severity for f in findings(IMAGE, image, unseen)] == ["error"]


def test_an_image_without_a_shared_datastore_is_given_up() -> None:
    names = ("san-01", "iscsi-01", "nfs-01")
    none = [remove(("datastores", name, "mounts", "esx02")) for name in names]
    image = device(backing="image", datastore="esx01-local", connected=True)
    (finding,) = findings(IMAGE, image, *none)
    assert len(finding.edits) == 3
    assert finding.fix.startswith("Disconnect")


def test_devices_of_the_client() -> None:
    cd = device(connected=True)
    assert by_profile(CLIENT, cd) == ERROR
    assert by_profile(CLIENT, device(connected=False)) == SILENT
    (finding,) = findings(CLIENT, cd)
    inner = Fault("RemoteDeviceNotSupported", {"device": "device 1"})
    assert finding.fault == Fault("DisallowedMigrationDeviceAttached", inner=inner)
    for kind in ("cold", "suspended"):
        assert by_profile(CLIENT, cd, kind=kind) == SILENT
    able = [
        set_to(("hosts", host, "capabilities", "remote_device_vmotion"), True)
        for host in ("esx01", "esx02")
    ]
    assert by_profile(CLIENT, cd, *able) == SILENT
    assert by_profile(CLIENT, cd, able[0]) == ERROR
    assert by_profile(CLIENT, cd, able[1]) == ERROR


@pytest.mark.parametrize("kind", ["serial", "parallel"])
def test_ports_to_files(kind: str) -> None:
    assert by_profile(FILE, device(kind=kind, backing="file", connected=True)) == ERROR
    assert by_profile(FILE, device(kind=kind, backing="file", connected=False)) == SILENT
    (finding,) = findings(FILE, device(kind=kind, backing="file", connected=True))
    inner = Fault("FileBackedPortNotSupported", {"device": "device 1"})
    assert finding.fault == Fault("DisallowedMigrationDeviceAttached", inner=inner)


@pytest.mark.parametrize("rule", [HOST, IMAGE, CLIENT, FILE])
def test_devices_stay_where_the_host_stays(rule: str) -> None:
    for backing in ("host", "client", "file", "image"):
        for kind in ("cd-dvd", "serial"):
            one = device(kind=kind, backing=backing, connected=True, datastore="esx01-local")
            assert findings(rule, one, kind="storage", datastore="nfs-01") == []


def test_usb() -> None:
    rule = "vm-usb-passthrough"
    usb: dict[str, Any] = {"kind": "usb", "backing": "host", "hardware": "dongle"}
    assert by_profile(rule, device(**usb)) == SINCE_55
    marked = device(**usb, vmotion_allowed=True)
    assert by_profile(rule, marked) == ["-", "advice", "advice", "advice"]
    assert by_profile(rule, device(**usb), kind="suspended") == SILENT
    # Behind the client, or passed through although nobody said so.
    assert by_profile(rule, device(kind="usb", connected=True)) == SILENT
    assert by_profile(rule, device(kind="usb", hardware="dongle")) == SINCE_55
    second = set_to((*WEB01, "devices", "device 2"), {**usb, "vmotion_allowed": True})
    assert [f.severity for f in findings(rule, device(**usb), second)] == ["error", "advice"]


@pytest.mark.parametrize(
    ("rule", "kind", "said"),
    [("vm-directpath", "pci-passthrough", ERROR), ("vm-sriov", "sr-iov", SINCE_55)],
)
def test_hardware_that_a_guest_drives(rule: str, kind: str, said: list[str]) -> None:
    assert by_profile(rule, device(kind=kind)) == said
    assert by_profile(rule, device(kind="usb")) == SILENT
    (finding,) = findings(rule, device(kind=kind))
    assert finding.fault is not None
    assert finding.fault.inner is not None
    assert finding.fault.inner.name == "DeviceNotSupported"
    for other in ("cold", "suspended"):
        assert by_profile(rule, device(kind=kind), kind=other) == SILENT
    assert by_profile(rule, device(kind=kind), kind="storage", datastore="nfs-01") == SILENT


@pytest.mark.parametrize(
    ("here", "there", "fex", "said"),
    [
        ("5.0", "5.5", True, False),
        ("6.0", "6.5", True, False),
        ("6.5", "6.5 U3", True, False),
        ("6.7", "6.5", True, True),
        ("4.1", "5.0", True, True),
        ("5.5", "5.5", False, True),
    ],
)
def test_cisco_ucs_takes_directpath_along(here: str, there: str, fex: bool, said: bool) -> None:
    edits = (
        set_to(("hosts", "esx01", "version"), here),
        set_to((*ESX02, "version"), there),
        set_to(("hosts", "esx01", "vm_fex"), True),
        set_to((*ESX02, "vm_fex"), fex),
        device(kind="pci-passthrough"),
    )
    assert bool(findings("vm-directpath", *edits, profile=Profile.VSPHERE_55)) is said
