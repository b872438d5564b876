"""Swapfiles: policies of clusters and VMs, hosts without a place, files that must be copied."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, WEB01, by_profile, findings
from vmlab.inventory import Edit, remove, set_to

WARNING = ["warning"] * 4
POLICY = ("clusters", "cluster-01", "swap_policy")
LOCALLY = set_to(POLICY, "host-local")
OWN = (*WEB01, "swap_placement")
NFS = ("datastores", "nfs-01", "mounts")
RULES = (
    "swap-unshared-capability",
    "swap-dest-unset",
    "swap-dest-not-writable",
    "swap-relocated-slow",
)


def on(host: str, store: str) -> Edit:
    return set_to(("hosts", host, "swap_datastore"), store)


APART = (on("esx01", "esx01-local"), on("esx02", "esx02-local"))
SHARED = (on("esx01", "nfs-01"), on("esx02", "nfs-01"))


def names(*edits: Edit, **asks: str) -> list[str]:
    return [rule for rule in RULES if findings(rule, *edits, **asks)]


def test_with_the_vm_nothing_is_asked_of_swap_datastores() -> None:
    assert names() == []
    assert names(*APART) == []
    assert names(LOCALLY, *APART, set_to(OWN, "vm-directory")) == []
    assert names(remove(("clusters", "cluster-01")), *APART) == []


def test_hosts_that_swap_apart_copy_the_swapfile() -> None:
    assert names(LOCALLY, *APART) == ["swap-relocated-slow"]
    assert by_profile("swap-relocated-slow", LOCALLY, *APART) == ["advice"] * 4
    (finding,) = findings("swap-relocated-slow", LOCALLY, *APART)
    assert finding.path == POLICY
    assert "4096 MiB" in finding.message
    (finding,) = findings("swap-relocated-slow", *APART, set_to(OWN, "host-local"))
    assert finding.path == OWN


def test_hosts_that_swap_on_shared_storage_copy_nothing() -> None:
    assert names(LOCALLY, *SHARED) == []
    # One name, two storages.
    other = set_to((*NFS, "esx02", "backing"), "nas.lab:/export/b")
    assert names(LOCALLY, *SHARED, other) == ["swap-relocated-slow"]
    # The swap datastore is the VM's home.
    assert names(LOCALLY, on("esx01", "san-01"), on("esx02", "san-01")) == []


def test_only_a_running_vm_has_a_swapfile_to_copy() -> None:
    for kind in ("cold", "suspended", "storage", "both"):
        assert "swap-relocated-slow" not in names(LOCALLY, *APART, kind=kind)


def test_a_target_without_a_swap_datastore() -> None:
    # On both hosts the swapfile falls back to the VM's directory: nothing is copied.
    assert names(LOCALLY) == ["swap-dest-unset"]
    assert by_profile("swap-dest-unset", LOCALLY) == WARNING
    assert findings("swap-dest-unset", LOCALLY)[0].edits == (on("esx02", "esx02-local"),)
    both = names(LOCALLY, on("esx01", "nfs-01"))
    assert both == ["swap-dest-unset", "swap-relocated-slow"]
    assert names(LOCALLY, kind="storage", datastore="nfs-01") == []
    assert names(set_to(OWN, "host-local")) == ["swap-dest-unset"]


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (remove((*NFS, "esx02")), (*NFS, "esx02")),
        (set_to((*NFS, "esx02"), {"read_only": True}), (*NFS, "esx02", "read_only")),
        (set_to((*NFS, "esx02"), {"accessible": False}), (*NFS, "esx02", "accessible")),
        (set_to((*NFS, "esx02"), {"accessible": False, "read_only": True}), (*NFS, "esx02")),
    ],
)
def test_a_swap_datastore_that_the_target_cannot_write(edit: Edit, path: tuple[str, ...]) -> None:
    assert by_profile("swap-dest-not-writable", LOCALLY, *SHARED, edit) == WARNING
    (finding,) = findings("swap-dest-not-writable", LOCALLY, *SHARED, edit)
    assert finding.path == path
    assert finding.fault is not None
    assert finding.fault.fields == {"datastore": "nfs-01", "name": "nfs-01", "host": "esx02"}
    assert "swap-dest-unset" not in names(LOCALLY, *SHARED, edit)
    assert names(*SHARED, edit) == []


@pytest.mark.parametrize(("version", "able"), [("3.0", False), ("3.5", True), ("4.0", True)])
@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_hosts_before_3_5_cannot_copy_it(host: str, version: str, able: bool) -> None:
    edits = (LOCALLY, *APART, set_to(("hosts", host, "version"), version))
    expected = ["swap-relocated-slow"] if able else ["swap-unshared-capability"]
    assert names(*edits, start=TWO_HOSTS) == expected
    found = findings("swap-unshared-capability", *edits, start=TWO_HOSTS)
    for finding in found:
        assert finding.severity == "error"
        assert finding.fault is not None
        assert finding.fault.fields == {
            "atSourceHost": host == "esx01",
            "failedHostName": host,
            "failedHost": host,
        }
    # Where the swapfile stays, nobody needs to be able.
    assert names(LOCALLY, *SHARED, edits[-1], start=TWO_HOSTS) == []


@pytest.mark.parametrize(("version", "able"), [("3.0", False), ("3.5", True)])
@pytest.mark.parametrize("placement", ["inherit", "vm-directory", "host-local"])
def test_a_placement_of_its_own(version: str, able: bool, placement: str) -> None:
    edits = (set_to(("hosts", "esx02", "version"), version), set_to(OWN, placement))
    found = findings("swap-override", *edits, start=TWO_HOSTS)
    assert bool(found) is (not able and placement != "inherit")
    assert findings("swap-override", *edits, start=TWO_HOSTS, kind="storage") == []
